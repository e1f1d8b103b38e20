admin-tracker = Tracker
tracker-about = What it hears and answers, as it happens.
tracker-find = Info-hash or member
tracker-found-nothing = No member is called “{ $query }”, and it is no info-hash of 40 or 64 hex digits.
tracker-tile-announces = announces a second
tracker-tile-refusals = refusals a second
tracker-rates-none = The tracker has only just started; rates appear in a few seconds.
tracker-rates-over = Rates are averages of the last { $seconds ->
    [one] { $seconds } second
   *[other] { $seconds } seconds
}; counts are since the start.
tracker-one-in = Of { $count } announces one is looked at for the lists below.
tracker-protocols = By protocol
tracker-protocol = Protocol
tracker-answers-rate = answers/s
tracker-answers = answers
tracker-scrapes-rate = scrapes/s
tracker-scrapes = scrapes
tracker-refusals = Refusals
tracker-refusals-none = Nothing was refused since the start.
tracker-reason = Reason
tracker-rate = per second
tracker-count = count
tracker-largest = Largest swarms
tracker-largest-none = Nobody is here yet. Swarms appear with the first announce.
tracker-topic = Topic
tracker-clients = Clients
tracker-clients-none = No client has announced yet.
tracker-client-unknown = Unknown
tracker-unregistered = Asked for, not registered
tracker-unregistered-none = Nobody asked for a torrent that is not registered.
tracker-hash = Info-hash
tracker-asked = asked
tracker-refused = Refused last
tracker-refused-none = No announce was refused lately.
tracker-elsewhere-title = The tracker runs in another process
tracker-elsewhere = What it hears and answers is known only there.
tracker-elsewhere-instead = Look at /metrics of that process for rates and refusals; totals of members and torrents are here, on the pages of each.
tracker-user-foreign = Foreign front end
tracker-user-seeds-only = May not download
tracker-user-account = Account
tracker-user-number = Number at its front end
tracker-user-torrents = Torrents
tracker-user-torrents-none = It has transferred nothing yet.
tracker-seeding = seeding
tracker-leeching = leeching
tracker-last-announce = Last announce
tracker-address = Address
tracker-left = left
tracker-more = More
tracker-announces = Last announces
tracker-announces-none = None is remembered.
tracker-torrent-unregistered = Not registered
tracker-torrent-frozen = It is frozen: announces are refused.
tracker-torrent-by = Registered by
tracker-torrent-users = Who transferred it
tracker-torrent-users-none = Nobody with an account has transferred any of it yet.

announce-regular = regular
announce-started = started
announce-stopped = stopped
announce-completed = completed
announce-paused = paused
announce-account = account { $id }
announce-nobody = without an account
announce-left = { $size } left
announce-left-unknown = left unknown
announce-told = { $peers ->
    [one] { $peers } peer
   *[other] { $peers } peers
} of { $seeders } seeders and { $leechers } leechers

refused-absurd = An impossible number
refused-banned = Banned
refused-deleted = Deleted torrent
refused-downloads = May not download
refused-forum = Forum closed to them
refused-frozen = Frozen torrent
refused-journal = Journal cannot be written
refused-malformed = Malformed request
refused-not-listed = Not on the allow list
refused-other = Other
refused-passkey-missing = No passkey
refused-passkey-unknown = Unknown passkey
refused-too-long = Request too long
refused-unregistered = Not registered
refused-url = Bad address

moderate-title = Moderation
moderate-state = State of the torrent
moderate-reason = Reason
moderate-reason-hint = Shown here, and told to clients while the torrent is frozen.
moderate-save = Save
moderate-tracker = At the tracker
moderate-delete = Delete topic
moderate-delete-sure = The topic goes for good, with its posts and its torrent. What was transferred stays with the members; their clients are told that it was deleted.
moderate-delete-yes = Delete for good
notice-topic-deleted = The topic is deleted.

fault-bad-user-id = A user_id is a whole number above 0.
fault-passkey-taken = Another user has this passkey.
fault-reason-without-ban = A reason goes with "banned": true.
fault-reason-without-state = A reason goes with a state.
fault-user-is-member = This is a member of the site, who is changed at /api/v1/users.
fault-bad-info-hash = An info-hash is 40 hex digits (v1) or 64 (v2).
fault-unknown-user = There is no user with this user_id: make it first.
fault-torrent-has-topic = This torrent stands in a topic: delete the topic.
fault-bad-state = There is no such state.
