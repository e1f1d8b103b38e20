posting-new-title = New topic
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
fault-title-long = The title may have 250 characters.
fault-text-empty = Write something.
fault-text-long = The text may have 60,000 characters.
fault-attach-denied = You may not attach torrents in this forum.
fault-too-large-torrent = The file is larger than { $limit }, the limit for .torrent files. Make it with larger pieces.
fault-empty-torrent = The file is empty.
fault-draft-gone = The file was kept for a while and is gone now. Choose it again.
fault-duplicate-torrent = This torrent is already here.
fault-duplicate-torrent-topic = This torrent is already here: “{ $title }”.
fault-duplicate-torrent-go = Open the topic
fault-policy-v1-only = This forum does not take v1 torrents. Make a hybrid or v2 torrent in your client.
fault-policy-hybrid = This forum does not take hybrid torrents. Make a v1 or v2 torrent in your client.
fault-policy-v2-only = This forum does not take v2-only torrents. Make a hybrid or v1 torrent in your client.
fault-foreign-trackers = { $count ->
    [one] This forum takes no torrents with other sites' trackers, and the file names one: { $tracker }. Take it out in your client and choose the file again; the info-hash stays the same.
   *[other] This forum takes no torrents with other sites' trackers, and the file names { $count }, the first being { $tracker }. Take them out in your client and choose the file again; the info-hash stays the same.
}
fault-policy-not-private = This forum takes private torrents only. Tick “private” in your client and make the torrent again.
fault-stale-edit = Somebody changed this post while you were editing. Your text is below, the present text above it; save again to replace it.
fault-topic-locked = The topic was locked meanwhile: nobody can reply.
fault-metainfo = The file is not a usable torrent.
fault-metainfo-detail = What is wrong: { $detail }
analysis-title = What the file says
analysis-ok = It can be posted.
analysis-size = Size
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
analysis-force = This forum makes every torrent private. The private flag will be set, so the info-hash changes: after posting, download the .torrent from the topic and seed that one.
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
metainfo-file-too-large = the file is { $value } bytes long, at most { $limit } are accepted
metainfo-not-bencode = the file is not valid bencode ({ $value })
metainfo-missing = the field is missing
metainfo-wrong-type = the field must be { $value }
metainfo-not-utf8 = the text is not UTF-8
metainfo-negative = the number { $value } is negative
metainfo-path-too-deep = the path is more than { $limit } folders deep
metainfo-path-too-long = the path is longer than { $limit } bytes
metainfo-paths-too-long = the paths of all files together are longer than { $limit } bytes
metainfo-duplicate-path = the path “{ $value }” appears twice (case, the two spellings of an accented letter, invisible characters, and dots and spaces at the end of a name make no difference)
metainfo-file-and-folder = the path “{ $value }” is both a file and a folder
metainfo-too-many-files = there are more than { $limit } files
metainfo-no-content = the torrent has no content
metainfo-size-overflow = the sizes of all files together are too large
metainfo-length-and-files = there must be either length or files, not both
metainfo-piece-length-zero = the piece length is zero
metainfo-piece-length-too-large = the piece length { $value } is larger than { $limit }
metainfo-piece-length-v2 = the piece length { $value } of a v2 torrent is not a power of two of at least 16384
metainfo-pieces-length = the length { $value } is not a multiple of 20
metainfo-piece-count = there are { $value } piece hashes where the sizes make { $limit }
metainfo-private-flag = the private flag must be the integer 1 or 0
metainfo-meta-version = the meta version must be 2, not { $value }
metainfo-file-tree-without-version = a file tree needs meta version 2
metainfo-files-without-pieces = a v2 torrent has v1 files but no v1 pieces
metainfo-empty-folder = the folder is empty
metainfo-file-with-entries = the entry is both a file and a folder
metainfo-pad-in-file-tree = a file tree must not have padding files
metainfo-pieces-root-length = the pieces root must be 32 bytes, not { $value }
metainfo-pieces-root-of-empty = an empty file must not have a pieces root
metainfo-layer-missing = the piece layer of the file “{ $value }” is missing
metainfo-layer-length = a piece layer is { $value } bytes long instead of { $limit }
metainfo-layer-root = the piece layer does not match its pieces root
metainfo-layer-unused = the piece layer belongs to no file
metainfo-hybrid-count = the v1 files and the v2 file tree have { $value } and { $limit } files
metainfo-hybrid-path = a file is “{ $value }” on the v1 side and “{ $limit }” on the v2 side
metainfo-hybrid-length = a file has { $value } bytes on the v1 side and { $limit } on the v2 side
metainfo-hybrid-unaligned = the file “{ $value }” of a hybrid does not begin at a piece
metainfo-too-many-urls = there are more than { $limit } URLs
metainfo-url-too-long = the URL is longer than { $limit } bytes
metainfo-url-characters = the URL has blanks or control characters
metainfo-name-empty = the name is empty
metainfo-name-not-utf8 = the name is not UTF-8
metainfo-name-dots = the name is “.” or “..”
metainfo-name-blank = the name has nothing that shows but dots
metainfo-name-separator = the name has a slash or a backslash
metainfo-name-control = the name has control characters
metainfo-name-direction = the name has invisible characters that turn the writing direction around
metainfo-name-reserved = the name has one of the characters ? < > : * | "
metainfo-name-too-long = the name is longer than 255 bytes
metainfo-name-device = the name is that of a Windows device
metainfo-name-tilde = the name begins with a tilde
metainfo-name-padding = the name is that of a padding file, but the file is not marked as one
