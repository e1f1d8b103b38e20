copy = Копировать
copied = Скопировано
crumbs = Вы здесь
form-faults = { $count ->
    [one] Посмотрите ещё раз на { $count } поле; пока ничего не изменено.
    [few] Посмотрите ещё раз на { $count } поля; пока ничего не изменено.
   *[other] Посмотрите ещё раз на { $count } полей; пока ничего не изменено.
}

login-title = Вход
login-name = Имя или эл. почта
login-password = Пароль
login-send = Войти
login-register = Впервые здесь? Зарегистрироваться
register-title = Регистрация
register-closed = Регистрация закрыта. Если у вас есть учётная запись, войдите.
register-invite = Приглашение
register-invite-hint = Новым участникам нужно приглашение от администрации.
register-invite-gone = Это приглашение больше не действует.
register-invite-gone-help = Его использовали, отозвали, или оно устарело: приглашение действует один раз и две недели. Попросите новое у того, кто его прислал.
register-name = Имя
register-name-hint = От 2 до 32 букв, цифр, пробелов, - _ или точек. Его видят все.
register-password = Пароль
register-password-hint = Не меньше 10 знаков. Несколько случайных слов запомнить легче, чем символы.
register-email = Эл. почта (необязательно)
register-email-hint = Чтобы администрация могла с вами связаться, если пароль потерян. Другие участники её не видят.
register-accept = Правила прочитаны, буду их соблюдать.
register-send = Создать учётную запись
register-login = Уже есть учётная запись? Войти

fault-name-length = Выберите имя от 2 до 32 знаков.
fault-name-character = В имени могут быть только буквы, цифры, «_», «-», «.» и одиночные пробелы внутри.
fault-name-empty = В имени нужна хотя бы одна буква или цифра.
fault-name-taken = Это имя или неотличимое от него занято. Выберите другое.
fault-bad-email = Это не похоже на адрес эл. почты: someone@example.org.
fault-password-short = В пароле должно быть не меньше 10 знаков.
fault-password-long = В пароле может быть не больше 200 байт.
fault-password-is-name = Пароль не должен совпадать с именем.
fault-password-common = Этот пароль пробуют одним из первых. Выберите другой.
fault-invite-invalid = Приглашение неизвестно, использовано или устарело. Попросите новое.
fault-rules-not-accepted = Чтобы стать участником, примите правила.
fault-wrong-login = Неверное имя или пароль.
fault-wrong-password = Это не ваш нынешний пароль.
fault-token-name = Дайте токену название от 1 до 80 знаков.
fault-token-scopes = Выберите хотя бы одно, что токену можно.
fault-token-scopes-staff = Это право токену могут дать только администраторы.

notice-welcome = Добро пожаловать! Учётная запись готова.
notice-logged-out = Вы вышли.
notice-saved = Сохранено.
notice-password-changed = Пароль изменён. Все остальные сеансы завершены.
notice-sessions-ended = Завершено. Кто им пользовался, должен войти снова.
notice-passkey-reset = У вас новый ключ. Скачайте файлы .torrent заново: старый ключ больше не действует.
notice-token-revoked = Токен отозван.

settings-profile = Профиль
settings-security = Пароль и сеансы
settings-passkey = Ключ трекера
settings-tokens = Токены API
settings-public = Публичный профиль
settings-like-browser = Как в браузере
settings-save = Сохранить
settings-email = Адрес эл. почты
settings-new-email = Новый адрес
settings-new-email-hint = Сохранённый адрес не показывается даже вам, чтобы никто не прочёл его через плечо. Новый его заменит.
settings-remove-email = Удалить сохранённый адрес
settings-save-email = Сохранить адрес
settings-password = Смена пароля
settings-present-password = Нынешний пароль
settings-new-password = Новый пароль
settings-new-password-hint = Не меньше 10 знаков. Все остальные ваши сеансы завершатся.
settings-change-password = Сменить пароль
settings-sessions = Где вы вошли
settings-session-browser = Браузер
settings-session-began = С какого дня
settings-session-seen = Использован
settings-session-this = Этот
settings-end-session = Завершить
settings-end-others = Завершить остальные

passkey-about = Этот ключ ваш BitTorrent-клиент показывает трекеру; он есть в каждом файле .torrent, который вы здесь скачали.
passkey-key = Ключ
passkey-announce = Адрес анонса
passkey-reset = Сменить ключ
passkey-reset-about = Сделайте это, если ключ мог увидеть кто-то ещё. Торренты в вашем клиенте перестанут анонсироваться, пока вы не скачаете файлы .torrent заново.
passkey-reset-sure = Все скачанные раньше файлы .torrent придётся скачать заново. Продолжить?
passkey-reset-yes = Да, дать новый ключ

tokens-about = С токеном программа действует от вашего имени через API. Дайте каждой программе свой и не больше прав, чем ей нужно.
tokens-made = Скопируйте токен сейчас: больше он не покажется.
tokens-yours = Ваши токены
tokens-name = Название
tokens-created = Создан
tokens-used = Использован
tokens-never = никогда
tokens-revoke = Отозвать
tokens-revoke-sure = Программы, которые им пользуются, сразу перестанут работать.
tokens-revoke-yes = Да, отозвать
tokens-new = Новый токен
tokens-new-name = Название
tokens-new-name-hint = Для чего он, чтобы потом узнать.
tokens-scopes = Что ему можно
tokens-create = Создать токен
scope-read = Читать то, что можно читать вам
scope-download = Скачивать файлы .torrent с вашим ключом
scope-account = Смотреть и менять вашу учётную запись
scope-post = Создавать темы и отвечать
scope-tracker = Регистрировать торренты и участников на трекере
scope-moderate = То же, что модераторам
scope-admin = То же, что администраторам

members-title = Участники
members-count = { $count ->
    [one] { $count } участник
    [few] { $count } участника
   *[other] { $count } участников
}
members-name = Имя
members-joined = Здесь с
members-posts = Сообщения
members-uploaded = Отдано
members-downloaded = Скачано
members-ratio = Рейтинг
member-admin = Администратор
member-banned = Заблокирован
member-since = Участник с
member-seen = последний раз на сайте
member-manage = Управлять
member-topics = Темы
member-latest = Последние темы
member-no-topics = Пока нет тем, которые вам можно видеть.
