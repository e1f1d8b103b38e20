first-category = Форумы
fault-torrent-missing = Отправьте файл .torrent в поле «torrent».
