setup-missing = This site is not set up yet
setup-missing-about = It has no administrator. Come back later, or ask whoever runs it.
setup-missing-yours = If it is yours
setup-missing-link = Open the set-up link. skep serve prints it on standard output when it starts, in a line like this:
setup-missing-address = http://…/setup?token=…
setup-missing-again = It prints the same link at every start until there is an administrator; the token is in the file setup-token of the data folder, too.
setup-missing-command = Or make the administrator on the machine that Skep runs on:
setup-missing-name = NAME
setup-title = Set up the site
setup-about = This page works once. It makes the first administrator: you.
setup-site-name = Name of the site
setup-name = Your name
setup-name-hint = 2 to 32 letters, digits, spaces, - _ or dots. Everyone sees it.
setup-send = Create the site
fault-bad-site-name = Give the site a name of 1 to 80 characters.
notice-set-up = The site is yours. Make a category and its first forum.
