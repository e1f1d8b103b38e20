first-category = Forums
fault-torrent-missing = Send a .torrent file in the field “torrent”.
