index-title = Форумы
index-empty = Форумов пока нет.
index-empty-guest = Здесь пока нет ничего, что вам видно. Войдите, если у вас есть учётная запись.
index-empty-admin = Создайте раздел и первый форум — и можно будет писать.
index-make-forums = Создать форумы
index-latest = Новые торренты
index-latest-all = Все торренты
index-latest-empty = Торрентов пока нет. Первый появится здесь.
index-about = В цифрах
index-members = участников
index-topics = тем
index-posts = сообщений
index-torrents = торрентов
index-size = в торрентах
index-peers = пиров сейчас
index-subforums = Подфорумы:
index-no-posts = Сообщений пока нет
index-counts-topics = { $count ->
    [one] { $count } тема
    [few] { $count } темы
    [many] { $count } тем
   *[other] { $count } темы
}
index-counts-posts = { $count ->
    [one] { $count } сообщение
    [few] { $count } сообщения
    [many] { $count } сообщений
   *[other] { $count } сообщения
}
index-online = { $count ->
    [one] Сейчас здесь { $count } участник:
    [few] Сейчас здесь { $count } участника:
    [many] Сейчас здесь { $count } участников:
   *[other] Сейчас здесь { $count } участника:
}
forum-closed-guest = Этот форум можно читать только с учётной записью. Войдите, чтобы увидеть его темы.
forum-closed-member = Этот форум вам виден, но читать его вы не можете. Попросите доступ у администрации.
forum-subforums = Подфорумы
forum-topics = Темы
forum-new-topic = Новая тема
forum-log-in-to-post = Войти, чтобы писать
forum-empty = Здесь ещё никто не писал.
forum-empty-post = Создать первую тему
forum-sort = Порядок
forum-sort-last = Последнее сообщение
forum-sort-seeders = Сиды
forum-sort-size = Размер
forum-sort-added = Добавлено
forum-col-topic = Тема
forum-col-size = Размер
forum-col-swarm = С / Л
forum-col-swarm-long = Сиды и личи
forum-col-completed = Скачан
forum-col-completed-long = Сколько раз скачан полностью
forum-col-replies = Ответы
forum-col-last = Последнее сообщение
forum-pinned = Закреплена
forum-locked = Закрыта
forum-topic-count = { $count ->
    [one] { $count } тема
    [few] { $count } темы
    [many] { $count } тем
   *[other] { $count } темы
}
pages-label = Страницы
pages-previous = Предыдущая страница
pages-next = Следующая страница
pages-page = Страница { $number }
torrents-title = Торренты
torrents-about = { $count ->
    [0] Пока нет ничего, что вам видно.
    [one] { $count } торрент в видимых вам форумах.
    [few] { $count } торрента в видимых вам форумах.
    [many] { $count } торрентов в видимых вам форумах.
   *[other] { $count } торрента в видимых вам форумах.
}
torrents-newest = Новые
torrents-seeded = Больше сидов
torrents-empty = Торрентов пока нет. Первый можно выложить в любом форуме.
torrents-empty-forums = Выбрать форум
torrents-col-name = Название
torrents-col-seeders = Сиды
torrents-col-leechers = Личи
torrents-col-added = Добавлен
