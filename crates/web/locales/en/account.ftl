copy = Copy
copied = Copied
crumbs = You are here
form-faults = { $count ->
    [one] One field needs another look; nothing was changed yet.
   *[other] { $count } fields need another look; nothing was changed yet.
}

login-title = Log in
login-name = Name or e-mail
login-password = Password
login-send = Log in
login-register = New here? Register
register-title = Register
register-closed = Registration is closed. If you have an account, log in.
register-invite = Invitation
register-invite-hint = New members need an invitation from the staff here.
register-invite-gone = This invitation no longer works.
register-invite-gone-help = It was used, taken back, or is too old; an invitation works once and for two weeks. Ask whoever sent it for a new one.
register-name = Name
register-name-hint = 2 to 32 letters, digits, spaces, - _ or dots. Everyone sees it.
register-password = Password
register-password-hint = At least 10 characters. A few random words are easier to remember than symbols.
register-email = E-mail (optional)
register-email-hint = For the staff to reach you, should you lose your password. Other members do not see it.
register-accept = I have read the rules and will keep to them.
register-send = Create account
register-login = Have an account? Log in

fault-name-length = Choose a name of 2 to 32 characters.
fault-name-character = Only letters, digits, “_”, “-”, “.” and single spaces inside the name, please.
fault-name-empty = The name needs at least one letter or digit.
fault-name-taken = This name, or one that looks just like it, is taken. Choose another.
fault-bad-email = This does not look like an e-mail address: someone@example.org.
fault-password-short = The password needs at least 10 characters.
fault-password-long = The password may have 200 bytes at most.
fault-password-is-name = The password must not be the name.
fault-password-common = This password is one of the first that anyone tries. Choose another.
fault-invite-invalid = The invitation is unknown, used up or too old. Ask for a new one.
fault-rules-not-accepted = Accept the rules to become a member.
fault-wrong-login = The name or the password is wrong.
fault-wrong-password = This is not your present password.
fault-token-name = Give the token a name of 1 to 80 characters.
fault-token-scopes = Choose at least one thing the token may do.
fault-token-scopes-staff = Only administrators can give a token this scope.

notice-welcome = Welcome! Your account is ready.
notice-logged-out = You are logged out.
notice-saved = Saved.
notice-password-changed = The password is changed. All other sessions were ended.
notice-sessions-ended = Ended. Whoever used it has to log in again.
notice-passkey-reset = You have a new passkey. Download your .torrent files again: the old key no longer works.
notice-token-revoked = The token is revoked.

settings-profile = Profile
settings-security = Password and sessions
settings-passkey = Passkey
settings-tokens = API tokens
settings-public = Public profile
settings-like-browser = As the browser says
settings-save = Save
settings-email = E-mail address
settings-new-email = New address
settings-new-email-hint = The stored address is not shown, not even to you, so that nobody reads it over your shoulder. A new one replaces it.
settings-remove-email = Remove the stored address
settings-save-email = Save address
settings-password = Change password
settings-present-password = Present password
settings-new-password = New password
settings-new-password-hint = At least 10 characters. All your other sessions are ended.
settings-change-password = Change password
settings-sessions = Where you are logged in
settings-session-browser = Browser
settings-session-began = Since
settings-session-seen = Last used
settings-session-this = This one
settings-end-session = End
settings-end-others = End all others

passkey-about = Your BitTorrent client shows this key to the tracker; it is inside every .torrent you download here.
passkey-key = Passkey
passkey-announce = Announce address
passkey-reset = Reset passkey
passkey-reset-about = Do this when somebody else may have seen the key. Torrents in your client stop announcing until you download their .torrent files again.
passkey-reset-sure = Every .torrent you downloaded before must be downloaded again. Go on?
passkey-reset-yes = Yes, give me a new key

tokens-about = A token lets a program act for you through the API. Give each program its own, with no more scopes than it needs.
tokens-made = Copy the token now: it is not shown again.
tokens-yours = Your tokens
tokens-name = Name
tokens-created = Created
tokens-used = Last used
tokens-never = never
tokens-revoke = Revoke
tokens-revoke-sure = Programs that use it stop working at once.
tokens-revoke-yes = Yes, revoke it
tokens-new = New token
tokens-new-name = Name
tokens-new-name-hint = What it is for, so that you recognise it later.
tokens-scopes = What it may do
tokens-create = Create token
scope-read = Read what you may read
scope-download = Download .torrent files with your passkey
scope-account = See and change your account
scope-post = Post topics and replies
scope-tracker = Register torrents and users at the tracker
scope-moderate = What moderators may do
scope-admin = What administrators may do

members-title = Members
members-count = { $count ->
    [one] { $count } member
   *[other] { $count } members
}
members-name = Name
members-joined = Joined
members-posts = Posts
members-uploaded = Uploaded
members-downloaded = Downloaded
members-ratio = Ratio
member-admin = Administrator
member-banned = Banned
member-since = Member since
member-seen = last seen
member-manage = Manage
member-topics = Topics
member-latest = Latest topics
member-no-topics = No topics that you may see yet.
