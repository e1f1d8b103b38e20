posting-new-title = Новая тема
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
fault-title-long = В заголовке может быть не больше 250 знаков.
fault-text-empty = Напишите что-нибудь.
fault-text-long = В тексте может быть не больше 60 000 знаков.
fault-attach-denied = В этом форуме вам нельзя прикладывать торренты.
fault-too-large-torrent = Файл больше { $limit } — предела для .torrent. Создайте его с более крупными частями.
fault-empty-torrent = Файл пуст.
fault-draft-gone = Файл хранился некоторое время, и теперь его уже нет. Выберите его снова.
fault-duplicate-torrent = Такой торрент здесь уже есть.
fault-duplicate-torrent-topic = Такой торрент здесь уже есть: «{ $title }».
fault-duplicate-torrent-go = Открыть тему
fault-policy-v1-only = Этот форум не принимает торренты v1. Создайте в клиенте гибридный торрент или v2.
fault-policy-hybrid = Этот форум не принимает гибридные торренты. Создайте в клиенте торрент v1 или v2.
fault-policy-v2-only = Этот форум не принимает торренты только v2. Создайте в клиенте гибридный торрент или v1.
fault-foreign-trackers = { $count ->
    [one] Этот форум не принимает торренты с чужими трекерами, а в файле назван { $count } такой трекер, первый — { $tracker }. Уберите чужие трекеры в клиенте и выберите файл снова; инфо-хеш не изменится.
    [few] Этот форум не принимает торренты с чужими трекерами, а в файле названы { $count } таких трекера, первый — { $tracker }. Уберите чужие трекеры в клиенте и выберите файл снова; инфо-хеш не изменится.
   *[other] Этот форум не принимает торренты с чужими трекерами, а в файле названо { $count } таких трекеров, первый — { $tracker }. Уберите чужие трекеры в клиенте и выберите файл снова; инфо-хеш не изменится.
}
fault-policy-not-private = Этот форум принимает только приватные торренты. Отметьте в клиенте «приватный» и создайте торрент заново.
fault-stale-edit = Пока вы правили, сообщение кто-то изменил. Ваш текст ниже, нынешний над ним; сохраните ещё раз, чтобы заменить его.
fault-topic-locked = Тему тем временем закрыли: отвечать нельзя.
fault-metainfo = Из этого файла не получится торрент.
fault-metainfo-detail = Что не так: { $detail }
analysis-title = Что в файле
analysis-ok = Можно публиковать.
analysis-size = Размер
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
analysis-force = Этот форум делает приватным каждый торрент. Флаг приватности будет установлен, и инфо-хеш изменится: после публикации скачайте .torrent из темы и раздавайте его.
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
metainfo-file-too-large = файл занимает { $value } Б, принимается не больше { $limit } Б
metainfo-not-bencode = файл не записан в bencode ({ $value })
metainfo-missing = поля нет
metainfo-wrong-type = поле другого типа, нужно: { $value }
metainfo-not-utf8 = текст не в UTF-8
metainfo-negative = число { $value } отрицательное
metainfo-path-too-deep = в пути больше { $limit } папок
metainfo-path-too-long = путь длиннее { $limit } Б
metainfo-paths-too-long = пути всех файлов вместе длиннее { $limit } Б
metainfo-duplicate-path = путь «{ $value }» встречается дважды (регистр букв, два способа записи букв с надстрочными знаками, невидимые знаки, точки и пробелы в конце имени не учитываются)
metainfo-file-and-folder = путь «{ $value }» — и файл, и папка
metainfo-too-many-files = файлов больше { $limit }
metainfo-no-content = в торренте нет содержимого
metainfo-size-overflow = файлы вместе слишком велики
metainfo-length-and-files = должно быть либо length, либо files, но не оба
metainfo-piece-length-zero = размер части — ноль
metainfo-piece-length-too-large = размер части { $value } больше { $limit }
metainfo-piece-length-v2 = размер части { $value } в торренте v2 должен быть степенью двойки не меньше 16384
metainfo-pieces-length = длина { $value } не делится на 20
metainfo-piece-count = хешей частей { $value }, а по размерам должно быть { $limit }
metainfo-private-flag = флаг приватности должен быть числом 1 или 0
metainfo-meta-version = meta version должна быть 2, а не { $value }
metainfo-file-tree-without-version = дереву файлов нужна meta version 2
metainfo-files-without-pieces = в торренте v2 есть файлы v1, но нет частей v1
metainfo-empty-folder = папка пуста
metainfo-file-with-entries = запись — и файл, и папка
metainfo-pad-in-file-tree = в дереве файлов не должно быть заполнителей
metainfo-pieces-root-length = корневой хеш должен занимать 32 Б, а не { $value }
metainfo-pieces-root-of-empty = у пустого файла не должно быть корневого хеша
metainfo-layer-missing = нет слоя хешей файла «{ $value }»
metainfo-layer-length = слой хешей занимает { $value } Б вместо { $limit }
metainfo-layer-root = слой хешей не сходится со своим корневым хешем
metainfo-layer-unused = слой хешей не относится ни к одному файлу
metainfo-hybrid-count = файлов v1 и v2 разное число: { $value } и { $limit }
metainfo-hybrid-path = файл v1 называется «{ $value }», а v2 — «{ $limit }»
metainfo-hybrid-length = файл занимает { $value } Б в v1 и { $limit } Б в v2
metainfo-hybrid-unaligned = файл «{ $value }» гибрида начинается не с начала части
metainfo-too-many-urls = адресов больше { $limit }
metainfo-url-too-long = адрес длиннее { $limit } Б
metainfo-url-characters = в адресе пробелы или управляющие символы
metainfo-name-empty = имя пустое
metainfo-name-not-utf8 = имя не в UTF-8
metainfo-name-dots = имя — «.» или «..»
metainfo-name-blank = в имени нет ничего видимого, кроме точек
metainfo-name-separator = в имени есть косая черта
metainfo-name-control = в имени есть управляющие символы
metainfo-name-direction = в имени есть невидимые знаки, меняющие направление письма
metainfo-name-reserved = в имени есть один из знаков ? < > : * | "
metainfo-name-too-long = имя длиннее 255 Б
metainfo-name-device = имя совпадает с именем устройства Windows
metainfo-name-tilde = имя начинается с тильды
metainfo-name-padding = имя как у заполнителя, но файл так не помечен
