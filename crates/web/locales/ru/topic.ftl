topic-posts = Сообщения
topic-posted-by = автор
topic-spoiler = Скрытый текст
topic-closed-title = Эта тема только для участников
topic-closed-text = Форум, в котором она находится, можно читать только с учётной записью. Войдите, чтобы прочитать её.
topic-views = { $count ->
    [one] { $count } просмотр
    [few] { $count } просмотра
    [many] { $count } просмотров
   *[other] { $count } просмотра
}
topic-locked = Закрыта
topic-pinned = Закреплена
topic-reply = Ответить
topic-edited = Изменено
topic-edited-by = Изменил { $name }
topic-quote = Цитировать
topic-edit = Изменить
topic-permalink = Ссылка на сообщение { $number }
topic-reply-label = Ваш ответ
topic-reply-placeholder = Напишите ответ. BBCode работает; Ctrl+Enter отправляет.
topic-reply-send = Ответить
topic-reply-login = Войдите, чтобы ответить.
topic-reply-locked = Тема закрыта: отвечать нельзя.
topic-reply-denied = Вы можете читать этот форум, но не отвечать в нём.
topic-author = Автор
topic-staff = Администратор
torrent-title = Торрент
torrent-seeders = сидов
torrent-leechers = личей
torrent-completed = скачали
torrent-health = Сидов: %s из %p пиров
torrent-no-peers = Сейчас в рое никого нет
torrent-download = Скачать .torrent
torrent-magnet = Магнет-ссылка
torrent-files-page = Все файлы на одной странице
torrent-original = Файл в том виде, как вы его загрузили
torrent-state = Статус
torrent-size = Размер
torrent-size-files = { $count ->
    [one] { $size }, { $count } файл
    [few] { $size }, { $count } файла
    [many] { $size }, { $count } файлов
   *[other] { $size }, { $count } файла
}
torrent-added = Добавлен
torrent-last-seed = Сид был
torrent-last-seed-now = сейчас
torrent-last-seed-never = ещё не было
torrent-hash-v1 = Инфо-хеш v1
torrent-hash-v2 = Инфо-хеш v2
torrent-copied = Скопировано
torrent-copy-hash = Скопировать инфо-хеш
torrent-private = приватный
torrent-public = публичный
torrent-files = { $count ->
    [one] { $count } файл
    [few] { $count } файла
    [many] { $count } файлов
   *[other] { $count } файла
}
torrent-files-more = { $count ->
    [one] Показать ещё { $count } файл
    [few] Показать ещё { $count } файла
    [many] Показать ещё { $count } файлов
   *[other] Показать ещё { $count } файла
}
torrent-refused-login = Войдите, чтобы скачать этот торрент.
torrent-refused-right = Вашим группам нельзя скачивать в этом форуме. Попросите доступ у администрации.
torrent-refused-frozen = Сейчас это никто не может скачать: { $state }.
fault-torrent-missing = Сохранённый файл пропал. Сообщите администрации; автор может выложить его снова.
fault-torrent-frozen = Сейчас этот торрент никто не может скачать. Почему — сказано в теме.
torrent-author-frozen = Скачать это можете только вы: { $state }.
torrent-rehashed-title = Скачайте торрент заново, прежде чем раздавать
torrent-rehashed = Этот форум принимает только приватные торренты, поэтому флаг приватности установлен, и инфо-хеш теперь другой. Файл с вашего диска здесь работать не будет: скачайте .torrent с этой страницы и добавьте в клиент его.
torrent-stripped-title = Чужие трекеры убраны
torrent-stripped = { $count ->
    [one] Это приватный форум: из вашего файла убран { $count } чужой трекер.
    [few] Это приватный форум: из вашего файла убраны { $count } чужих трекера.
    [many] Это приватный форум: из вашего файла убрано { $count } чужих трекеров.
   *[other] Это приватный форум: из вашего файла убрано { $count } чужого трекера.
}
torrent-posted-title = Опубликовано
torrent-posted = Торрент зарегистрирован. Скачайте .torrent с этой страницы, добавьте в клиент и начните раздавать.
state-not_approved = Не проверено
state-closed = Закрыто
state-approved = Проверено
state-needs_edit = Нужно исправить
state-no_description = Нет описания
state-duplicate = Повтор
state-taken_down = Закрыто правообладателем
state-consumed = Поглощено
state-doubtful = Сомнительно
state-checking = Проверяется
state-temporary = Временная
state-premoderation = Премодерация
state-replenish = Пополняется
files-title = Файлы: { $title }
files-heading = Файлы
files-back = Вернуться к теме
files-about = { $count ->
    [one] { $count } файл, { $size }
    [few] { $count } файла, { $size }
    [many] { $count } файлов, { $size }
   *[other] { $count } файла, { $size }
}
files-cut = Показаны только первые файлы: { $count }.
