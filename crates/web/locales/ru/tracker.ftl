admin-tracker = Трекер
tracker-about = Что он слышит и отвечает прямо сейчас.
tracker-find = Инфохеш или участник
tracker-found-nothing = Участника «{ $query }» нет, и это не инфохеш из 40 или 64 шестнадцатеричных цифр.
tracker-tile-announces = анонсов в секунду
tracker-tile-refusals = отказов в секунду
tracker-rates-none = Трекер только что запустился; скорости появятся через несколько секунд.
tracker-rates-over = Скорости усреднены за { $seconds ->
    [one] последнюю { $seconds } секунду
    [few] последние { $seconds } секунды
   *[other] последние { $seconds } секунд
}; счётчики идут с запуска.
tracker-one-in = Для списков ниже учитывается один анонс из { $count }.
tracker-protocols = По протоколам
tracker-protocol = Протокол
tracker-answers-rate = ответов/с
tracker-answers = ответов
tracker-scrapes-rate = скрейпов/с
tracker-scrapes = скрейпов
tracker-refusals = Отказы
tracker-refusals-none = С запуска отказов не было.
tracker-reason = Причина
tracker-rate = в секунду
tracker-count = всего
tracker-largest = Крупнейшие раздачи
tracker-largest-none = Пока никого нет. Раздачи появятся с первым анонсом.
tracker-topic = Тема
tracker-clients = Клиенты
tracker-clients-none = Ни один клиент ещё не анонсировал.
tracker-client-unknown = Неизвестно
tracker-unregistered = Спрашивают, но не зарегистрировано
tracker-unregistered-none = Незарегистрированных торрентов никто не спрашивал.
tracker-hash = Инфохеш
tracker-asked = запросов
tracker-refused = Последние отказы
tracker-refused-none = В последнее время отказов не было.
tracker-elsewhere-title = Трекер работает в другом процессе
tracker-elsewhere = Что он слышит и отвечает, известно только там.
tracker-elsewhere-instead = Скорости и отказы смотрите в /metrics того процесса; итоги участников и торрентов есть здесь, на их страницах.
tracker-user-foreign = Внешний сайт
tracker-user-seeds-only = Скачивать нельзя
tracker-user-account = Учётная запись
tracker-user-number = Номер на своём сайте
tracker-user-torrents = Торренты
tracker-user-torrents-none = Пока ничего не передано.
tracker-seeding = раздаёт
tracker-leeching = качает
tracker-last-announce = Последний анонс
tracker-address = Адрес
tracker-left = осталось
tracker-more = Дальше
tracker-announces = Последние анонсы
tracker-announces-none = Ни одного не сохранилось.
tracker-torrent-unregistered = Не зарегистрирован
tracker-torrent-frozen = Торрент заморожен: анонсам отказывают.
tracker-torrent-by = Зарегистрировал
tracker-torrent-users = Кто передавал
tracker-torrent-users-none = Никто с учётной записью его ещё не передавал.

announce-regular = обычный
announce-started = начал
announce-stopped = остановил
announce-completed = скачал
announce-paused = на паузе
announce-account = учётная запись { $id }
announce-nobody = без учётной записи
announce-left = осталось { $size }
announce-left-unknown = остаток неизвестен
announce-told = { $peers ->
    [one] { $peers } пир
    [few] { $peers } пира
   *[other] { $peers } пиров
}; сидов { $seeders }, личей { $leechers }

refused-absurd = Невозможное число
refused-banned = Забанен
refused-deleted = Торрент удалён
refused-downloads = Скачивать нельзя
refused-forum = Форум закрыт для него
refused-frozen = Торрент заморожен
refused-journal = Журнал не пишется
refused-malformed = Запрос с ошибкой
refused-not-listed = Нет в списке разрешённых
refused-other = Другое
refused-passkey-missing = Нет пасскея
refused-passkey-unknown = Неизвестный пасскей
refused-too-long = Слишком длинный запрос
refused-unregistered = Не зарегистрирован
refused-url = Неверный адрес

moderate-title = Модерация
moderate-state = Статус торрента
moderate-reason = Причина
moderate-reason-hint = Видна здесь; пока торрент заморожен, её узнают и клиенты.
moderate-save = Сохранить
moderate-tracker = На трекере
moderate-delete = Удалить тему
moderate-delete-sure = Тема исчезнет навсегда вместе с сообщениями и торрентом. Переданное останется участникам; их клиенты узнают, что торрент удалён.
moderate-delete-reason = Почему удалена
moderate-delete-yes = Удалить навсегда
notice-topic-deleted = Тема удалена.

fault-bad-user-id = user_id — целое число больше 0.
fault-passkey-taken = Этот пасскей уже у другого пользователя.
fault-reason-without-ban = Причина указывается вместе с "banned": true.
fault-reason-without-state = Причина указывается вместе со статусом.
fault-user-is-member = Это участник сайта, его меняют через /api/v1/users.
fault-bad-info-hash = Инфохеш — 40 шестнадцатеричных цифр (v1) или 64 (v2).
fault-unknown-user = Пользователя с таким user_id нет: сначала создайте его.
fault-torrent-has-topic = Этот торрент стоит в теме: удалите тему.
fault-bad-state = Такого статуса нет.

suspicions = Неправдоподобная отдача
suspicions-about = Сообщения об отдаче быстрее, чем сайт считает возможным. Они не засчитаны, пока вы не решите.
suspicions-limit = Предел
suspicions-unlimited = Сайт верит любой скорости, поэтому ничего не отложено.
suspicions-none = Решать пока нечего.
suspicions-who = Участник и торрент
suspicions-uploaded = Заявлено
suspicions-counts = засчитается { $size }
suspicions-last = Последнее сообщение
suspicions-decide = Решение
suspicions-torrent = Торрент { $number }
suspicions-gone = Торрента больше нет
suspicions-grant = Засчитать
suspicions-dismiss = Не засчитывать
tracker-speed = { $size }/с
notice-upload-granted = Отдача засчитана.
notice-upload-dismissed = Отдача не засчитана.
