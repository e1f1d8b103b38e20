topic-posts = Posts
topic-posted-by = posted by
topic-spoiler = Spoiler
topic-closed-title = This topic is for members
topic-closed-text = The forum it stands in can be read only with an account. Log in to read it.
topic-views = { $count ->
    [one] { $count } view
   *[other] { $count } views
}
topic-locked = Locked
topic-pinned = Pinned
topic-reply = Reply
topic-edited = Edited
topic-edited-by = Edited by { $name }
topic-quote = Quote
topic-edit = Edit
topic-permalink = Link to post { $number }
topic-reply-label = Your reply
topic-reply-placeholder = Write a reply. BBCode works; Ctrl+Enter sends.
topic-reply-send = Post reply
topic-reply-login = Log in to reply.
topic-reply-locked = This topic is locked: nobody can reply.
topic-reply-denied = You may read this forum but not reply in it.
topic-author = Author
topic-staff = Administrator
torrent-title = Torrent
torrent-seeders = seeders
torrent-leechers = leechers
torrent-completed = completed
torrent-health = %s of %p peers are seeders
torrent-no-peers = Nobody is in the swarm right now
torrent-download = Download .torrent
torrent-magnet = Magnet link
torrent-files-page = All files on one page
torrent-original = The file as you uploaded it
torrent-state = State
torrent-size = Size
torrent-size-files = { $count ->
    [one] { $size } in { $count } file
   *[other] { $size } in { $count } files
}
torrent-added = Added
torrent-last-seed = Last seed
torrent-last-seed-now = now
torrent-last-seed-never = never
torrent-hash-v1 = Info-hash v1
torrent-hash-v2 = Info-hash v2
torrent-copied = Copied
torrent-copy-hash = Copy the info-hash
torrent-private = private
torrent-public = public
torrent-files = { $count ->
    [one] { $count } file
   *[other] { $count } files
}
torrent-files-more = { $count ->
    [one] Show { $count } more file
   *[other] Show { $count } more files
}
torrent-refused-login = Log in to download this torrent.
torrent-refused-right = Your groups may not download in this forum. Ask its staff for access.
torrent-refused-frozen = Nobody can download this now: { $state }.
fault-torrent-missing = The stored file is gone. Tell the staff; the author can post it again.
fault-torrent-frozen = Nobody can download this torrent now. Its topic says why.
torrent-author-frozen = Only you can download this: { $state }.
torrent-rehashed-title = Download the torrent again before you seed
torrent-rehashed = This forum takes private torrents only, so the private flag was set and the info-hash is now another. The file on your disk will not work here: download the .torrent from this page and add that one to your client.
torrent-stripped-title = Foreign trackers were taken out
torrent-stripped = { $count ->
    [one] This forum is private: the foreign tracker in your file was left out.
   *[other] This forum is private: the { $count } foreign trackers in your file were left out.
}
torrent-posted-title = Posted
torrent-posted = Your torrent is registered. Download the .torrent from this page, add it to your client and start seeding.
state-not_approved = Not checked yet
state-closed = Closed
state-approved = Approved
state-needs_edit = Needs edit
state-no_description = No description
state-duplicate = Duplicate
state-taken_down = Taken down
state-consumed = Merged
state-doubtful = Doubtful
state-checking = Being checked
state-temporary = Temporary
state-premoderation = Premoderation
state-replenish = Growing
files-title = Files of { $title }
files-heading = Files
files-back = Back to the topic
files-about = { $count ->
    [one] { $count } file, { $size }
   *[other] { $count } files, { $size }
}
files-cut = Only the first { $count } files are shown.
