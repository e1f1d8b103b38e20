index-title = Forums
index-empty = There are no forums yet.
index-empty-guest = There is nothing you may see here yet. Log in if you have an account.
index-empty-admin = Make a category and its first forum, then people can post.
index-make-forums = Make forums
index-latest = Latest torrents
index-latest-all = All torrents
index-latest-empty = No torrents yet. The first one posted appears here.
index-about = In numbers
index-members = members
index-topics = topics
index-posts = posts
index-torrents = torrents
index-size = in torrents
index-peers = peers now
index-subforums = Subforums:
index-no-posts = No posts yet
index-counts-topics = { $count ->
    [one] { $count } topic
   *[other] { $count } topics
}
index-counts-posts = { $count ->
    [one] { $count } post
   *[other] { $count } posts
}
index-online = { $count ->
    [one] One member here now:
   *[other] { $count } members here now:
}
forum-closed-guest = This forum can be read only with an account. Log in to see its topics.
forum-closed-member = You may see this forum but not read it. Ask the staff for access.
forum-subforums = Subforums
forum-topics = Topics
forum-new-topic = New topic
forum-log-in-to-post = Log in to post
forum-empty = Nobody has posted here yet.
forum-empty-post = Post the first topic
forum-sort = Order
forum-sort-last = Last post
forum-sort-seeders = Seeders
forum-sort-size = Size
forum-sort-added = Added
forum-col-topic = Topic
forum-col-size = Size
forum-col-swarm = S / L
forum-col-swarm-long = Seeders and leechers
forum-col-completed = Done
forum-col-completed-long = Completed downloads
forum-col-replies = Replies
forum-col-last = Last post
forum-pinned = Pinned
forum-locked = Locked
forum-topic-count = { $count ->
    [one] { $count } topic
   *[other] { $count } topics
}
pages-label = Pages
pages-previous = Previous page
pages-next = Next page
pages-page = Page { $number }
torrents-title = Torrents
torrents-about = { $count ->
    [0] Nothing you may see yet.
    [one] One torrent in the forums you may see.
   *[other] { $count } torrents in the forums you may see.
}
torrents-newest = Newest
torrents-seeded = Most seeded
torrents-empty = No torrents yet. Post the first one from any forum.
torrents-empty-forums = Choose a forum
torrents-col-name = Name
torrents-col-seeders = Seeders
torrents-col-leechers = Leechers
torrents-col-added = Added
