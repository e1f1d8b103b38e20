setup-title = Set up the site
setup-about = This page works once. It makes the first administrator: you.
setup-site-name = Name of the site
setup-name = Your name
setup-name-hint = 2 to 32 letters, digits, spaces, - _ or dots. Everyone sees it.
setup-send = Create the site
fault-bad-site-name = Give the site a name of 1 to 80 characters.
notice-set-up = The site is yours. Make a category and its first forum.
