first-category = Forums
fault-no-torrent-field = Send a .torrent file in the field “torrent”.
