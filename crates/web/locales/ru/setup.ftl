setup-missing = Этот сайт ещё не настроен
setup-missing-about = У него нет администратора. Зайдите позже или спросите того, кто его держит.
setup-missing-yours = Если сайт ваш
setup-missing-link = Откройте ссылку для настройки. skep serve печатает её в стандартный вывод при запуске, такой строкой:
setup-missing-address = http://…/setup?token=…
setup-missing-again = Пока администратора нет, при каждом запуске печатается та же ссылка; её токен лежит и в файле setup-token в папке данных.
setup-missing-command = Или создайте администратора на машине, где работает Skep:
setup-missing-name = ИМЯ
setup-title = Настройка сайта
setup-about = Эта страница работает один раз. Она создаёт первого администратора: вас.
setup-site-name = Название сайта
setup-name = Ваше имя
setup-name-hint = От 2 до 32 букв, цифр, пробелов, - _ или точек. Его видят все.
setup-send = Создать сайт
fault-bad-site-name = Дайте сайту название от 1 до 80 знаков.
notice-set-up = Сайт ваш. Создайте раздел и первый форум в нём.
