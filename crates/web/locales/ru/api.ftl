first-category = Форумы
fault-no-torrent-field = Отправьте файл .torrent в поле «torrent».
