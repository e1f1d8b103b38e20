posting-new-title = New topic
posting-new-in = New topic in { $forum }
posting-reply-title = Reply
posting-reply-to = Reply to “{ $title }”
posting-edit-title = Edit post
posting-edit-of = Edit post in “{ $title }”
posting-forum = Forum
posting-forum-choose = Choose a forum
posting-topic-title = Title
posting-topic-title-hint = What it is, version, language, quality: what people search for.
posting-text = Text
posting-text-hint = BBCode: [b] [i] [u] [s] [color] [size] [url] [img] [quote] [code] [spoiler] [list]
posting-torrent = Torrent file
posting-torrent-optional = A topic without a torrent is a plain discussion.
posting-drop = Drop a .torrent here or choose it. It is read at once, before you post.
posting-check = Check
posting-check-hint = Reads the file and shows what would be posted.
posting-kept = { $name } is kept for you.
posting-kept-again = Choose another file to replace it.
posting-preview = Preview
posting-publish = Post topic
posting-send = Post reply
posting-save = Save
posting-cancel = Cancel
posting-problems = { $count ->
    [one] One thing to mend before this can be posted
   *[other] { $count } things to mend before this can be posted
}
posting-no-forum = You may not post in any forum yet. Ask the staff for access.
posting-policy-force = Private torrents only; a public one is made private here.
posting-policy-require = Private torrents only.
posting-policy-allow = Private and public torrents.
toolbar-label = Formatting
toolbar-bold = Bold (Ctrl+B)
toolbar-italic = Italic (Ctrl+I)
toolbar-underline = Underline (Ctrl+U)
toolbar-strike = Struck out
toolbar-link = Link
toolbar-image = Picture
toolbar-quote = Quote
toolbar-code = Code
toolbar-spoiler = Spoiler
toolbar-list = List
fault-forum-missing = Choose a forum.
fault-title-empty = Give the topic a title.
fault-title-long = The title may have { $max } characters.
fault-text-empty = Write something.
fault-text-long = The text may have { $max } characters.
fault-attach-denied = You may not attach torrents in this forum.
fault-too-large-torrent = The file is larger than { $limit }, the limit for .torrent files. Make it with larger pieces.
fault-empty-torrent = The file is empty.
fault-draft-gone = The file was kept for a while and is gone now. Choose it again.
fault-drafts-full = The site keeps too many unfinished uploads right now. Choose the file again when you post.
fault-duplicate-torrent = This torrent is already here.
fault-duplicate-torrent-topic = This torrent is already here: “{ $title }”.
fault-duplicate-torrent-go = Open the topic
fault-policy-v1-only = This forum does not take v1 torrents. Make a hybrid or v2 torrent in your client.
fault-policy-hybrid = This forum does not take hybrid torrents. Make a v1 or v2 torrent in your client.
fault-policy-v2-only = This forum does not take v2-only torrents. Make a hybrid or v1 torrent in your client.
fault-policy-not-private = This forum takes private torrents only. Tick “private” in your client and make the torrent again.
fault-stale-edit = Somebody changed this post while you were editing. Your text is below, the present text above it; save again to replace it.
fault-topic-locked = The topic was locked meanwhile: nobody can reply.
fault-metainfo = The file is not a usable torrent.
fault-metainfo-detail = What is wrong: { $detail }
fault-blocked-releases = Mend your earlier releases first: a moderator asked for changes.
analysis-title = What the file says
analysis-ok = It can be posted.
analysis-size = Size
analysis-files = Files
analysis-pieces = Pieces
analysis-pieces-of = { $count ->
    [one] { $count } piece of { $size }
   *[other] { $count } pieces of { $size }
}
analysis-version = Version
analysis-version-v1 = v1
analysis-version-hybrid = v1 + v2 (hybrid)
analysis-version-v2 = v2
analysis-private = Private
analysis-yes = yes
analysis-no = no
analysis-hash-v1 = Info-hash v1
analysis-hash-v2 = Info-hash v2
analysis-created = Made
analysis-by = with { $client }
analysis-force-title = It will be made private
analysis-force = This forum takes private torrents only. The private flag will be set, so the info-hash changes: after posting, download the .torrent from the topic and seed that one.
analysis-strip-title = Foreign trackers will be left out
analysis-strip = { $count ->
    [one] The file names one foreign tracker; in this forum only this site's tracker is used.
   *[other] The file names { $count } foreign trackers; in this forum only this site's tracker is used.
}
analysis-keep = { $count ->
    [one] The file names one other tracker; it is kept after this site's.
   *[other] The file names { $count } other trackers; they are kept after this site's.
}
analysis-passkey-title = The file contains a passkey of this site
analysis-passkey = It is taken out before anything is stored. Never share a .torrent downloaded from here: whoever has it downloads in its owner's name.
analysis-bad-title = This file cannot be posted
analysis-more = …and { $count } more
