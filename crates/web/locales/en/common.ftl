skip = Skip to content
nav-main = Main
nav-forums = Forums
nav-torrents = Torrents
nav-login = Log in
nav-register = Register
nav-rules = Rules
totals-title = Uploaded, downloaded, ratio
menu-account = Account of { $name }
menu-profile = Profile
menu-settings = Settings
menu-admin = Administration
menu-logout = Log out
switch-language = Language
switch-theme = Theme
theme-auto = Auto
theme-light = Light
theme-dark = Dark
ago-now = just now
ago-minutes = { $count ->
    [one] { $count } minute ago
   *[other] { $count } minutes ago
}
ago-hours = { $count ->
    [one] { $count } hour ago
   *[other] { $count } hours ago
}
ago-days = { $count ->
    [one] { $count } day ago
   *[other] { $count } days ago
}
rules-title = Rules
rules-more = More
rules-none = This site has no written rules. Be kind.

error-go-there = Open it
error-again = Try again
error-home = Go to the forums
error-refused = That did not work
error-not-found = Nothing here
error-not-found-text = The page does not exist, or you may not see it.
error-no-call-text = There is no such call.
error-no-thing-text = There is no such thing, or you may not see it.
error-no-method-text = The address has no such method.
error-unsupported-media-type-text = Send the body as { $expected }.
error-forbidden = You may not do this
error-forbidden-text = Your account does not have the right. If you think it should, ask the staff.
error-banned = This account is banned
error-banned-text = It can be used again when an administrator lifts the ban.
error-banned-reason = The reason given: { $reason }
error-unauthorized = Log in first
error-unauthorized-text = This needs an account. Log in and try again.
error-bad-token = The token is not valid
error-bad-token-text = The bearer token is unknown, expired or revoked. Create a new one in the settings.
error-missing-scope = The token may not do this
error-missing-scope-text = The token lacks the scope “{ $scope }”. Create one that has it in the settings.
error-csrf = The form is out of date
error-csrf-text = It was opened too long ago or on another site, so nothing was changed. Go back, reload the page and send it again.
error-bad-request = The request cannot be read
error-bad-request-text = Something in it is not as expected: { $reason }
error-method-not-allowed = This address does not work that way
error-method-not-allowed-text = The page exists, but not for what was sent to it.
error-too-large = Too large
error-too-large-text = What was sent is larger than { $limit }, the limit here. Nothing was changed.
error-too-many-requests = Slow down a little
error-too-many-requests-text = { $seconds ->
    [one] Too many tries. Wait { $seconds } second and try again.
   *[other] Too many tries. Wait { $seconds } seconds and try again.
}
error-disk-full = The disk is full
error-disk-full-text = The disk of the site is full. Nothing was saved; tell the staff, and keep what you have written.
error-unavailable = Back in a moment
error-unavailable-text = The site cannot reach its database right now. Nothing was changed; try again in a minute.
error-internal = Something broke on our side
error-internal-text = It was written to the log, and nothing you sent was half-done. Try again; if it happens again, tell the staff when it was.
fault-duplicate = It exists already.
fault-conflict = Something changed in the meantime. Reload the page and look again.
