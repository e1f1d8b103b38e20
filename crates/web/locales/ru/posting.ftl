posting-new-title = Новая тема
posting-new-in = Новая тема в форуме «{ $forum }»
posting-reply-title = Ответ
posting-reply-to = Ответ в теме «{ $title }»
posting-edit-title = Изменить сообщение
posting-edit-of = Изменить сообщение в теме «{ $title }»
posting-forum = Форум
posting-forum-choose = Выберите форум
posting-topic-title = Заголовок
posting-topic-title-hint = Что это, версия, язык, качество: то, по чему ищут.
posting-text = Текст
posting-text-hint = BBCode: [b] [i] [u] [s] [color] [size] [url] [img] [quote] [code] [spoiler] [list]
posting-torrent = Торрент-файл
posting-torrent-optional = Тема без торрента — обычное обсуждение.
posting-drop = Перетащите сюда .torrent или выберите его. Он будет прочитан сразу, до публикации.
posting-check = Проверить
posting-check-hint = Читает файл и показывает, что будет опубликовано.
posting-kept = { $name } сохранён для вас.
posting-kept-again = Чтобы заменить его, выберите другой файл.
posting-preview = Предпросмотр
posting-publish = Создать тему
posting-send = Ответить
posting-save = Сохранить
posting-cancel = Отмена
posting-problems = { $count ->
    [one] Прежде чем публиковать, исправьте { $count } место
    [few] Прежде чем публиковать, исправьте { $count } места
    [many] Прежде чем публиковать, исправьте { $count } мест
   *[other] Прежде чем публиковать, исправьте { $count } места
}
posting-no-forum = Вам пока нельзя писать ни в одном форуме. Попросите доступ у администрации.
posting-policy-force = Только приватные торренты; публичный будет сделан приватным.
posting-policy-require = Только приватные торренты.
posting-policy-allow = Приватные и публичные торренты.
toolbar-label = Оформление
toolbar-bold = Полужирный (Ctrl+B)
toolbar-italic = Курсив (Ctrl+I)
toolbar-underline = Подчёркнутый (Ctrl+U)
toolbar-strike = Зачёркнутый
toolbar-link = Ссылка
toolbar-image = Картинка
toolbar-quote = Цитата
toolbar-code = Код
toolbar-spoiler = Спойлер
toolbar-list = Список
fault-forum-missing = Выберите форум.
fault-title-empty = Дайте теме заголовок.
fault-title-long = В заголовке может быть не больше { $max } знаков.
fault-text-empty = Напишите что-нибудь.
fault-text-long = В тексте может быть не больше { $max } знаков.
fault-attach-denied = В этом форуме вам нельзя прикладывать торренты.
fault-too-large-torrent = Файл больше { $limit } — предела для .torrent. Создайте его с более крупными частями.
fault-empty-torrent = Файл пуст.
fault-draft-gone = Файл хранился некоторое время, и теперь его уже нет. Выберите его снова.
fault-drafts-full = Сейчас на сайте слишком много незаконченных загрузок. Выберите файл снова, когда будете публиковать.
fault-duplicate-torrent = Такой торрент здесь уже есть.
fault-duplicate-torrent-topic = Такой торрент здесь уже есть: «{ $title }».
fault-duplicate-torrent-go = Открыть тему
fault-policy-v1-only = Этот форум не принимает торренты v1. Создайте в клиенте гибридный торрент или v2.
fault-policy-hybrid = Этот форум не принимает гибридные торренты. Создайте в клиенте торрент v1 или v2.
fault-policy-v2-only = Этот форум не принимает торренты только v2. Создайте в клиенте гибридный торрент или v1.
fault-policy-not-private = Этот форум принимает только приватные торренты. Отметьте в клиенте «приватный» и создайте торрент заново.
fault-stale-edit = Пока вы правили, сообщение кто-то изменил. Ваш текст ниже, нынешний над ним; сохраните ещё раз, чтобы заменить его.
fault-topic-locked = Тему тем временем закрыли: отвечать нельзя.
fault-metainfo = Из этого файла не получится торрент.
fault-metainfo-detail = Что не так: { $detail }
fault-blocked-releases = Сначала исправьте прежние раздачи: модератор просил об этом.
analysis-title = Что в файле
analysis-ok = Можно публиковать.
analysis-size = Размер
analysis-files = Файлы
analysis-pieces = Части
analysis-pieces-of = { $count ->
    [one] { $count } часть по { $size }
    [few] { $count } части по { $size }
    [many] { $count } частей по { $size }
   *[other] { $count } части по { $size }
}
analysis-version = Версия
analysis-version-v1 = v1
analysis-version-hybrid = v1 + v2 (гибрид)
analysis-version-v2 = v2
analysis-private = Приватный
analysis-yes = да
analysis-no = нет
analysis-hash-v1 = Инфо-хеш v1
analysis-hash-v2 = Инфо-хеш v2
analysis-created = Создан
analysis-by = программой { $client }
analysis-force-title = Он будет сделан приватным
analysis-force = Этот форум принимает только приватные торренты. Флаг приватности будет установлен, и инфо-хеш изменится: после публикации скачайте .torrent из темы и раздавайте его.
analysis-strip-title = Чужие трекеры будут убраны
analysis-strip = { $count ->
    [one] В файле указан { $count } чужой трекер; в этом форуме работает только трекер сайта.
    [few] В файле указаны { $count } чужих трекера; в этом форуме работает только трекер сайта.
    [many] В файле указано { $count } чужих трекеров; в этом форуме работает только трекер сайта.
   *[other] В файле указано { $count } чужого трекера; в этом форуме работает только трекер сайта.
}
analysis-keep = { $count ->
    [one] В файле указан ещё { $count } трекер; он останется после трекера сайта.
    [few] В файле указаны ещё { $count } трекера; они останутся после трекера сайта.
    [many] В файле указано ещё { $count } трекеров; они останутся после трекера сайта.
   *[other] В файле указано ещё { $count } трекера; они останутся после трекера сайта.
}
analysis-passkey-title = В файле есть пасскей этого сайта
analysis-passkey = Он будет убран до сохранения. Никому не передавайте скачанный здесь .torrent: у кого он есть, тот качает от имени владельца.
analysis-bad-title = Этот файл нельзя опубликовать
analysis-more = …и ещё { $count }
