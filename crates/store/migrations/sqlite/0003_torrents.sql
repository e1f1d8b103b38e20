-- Torrents, who transferred what, and the views for people and dashboards.

-- topic : torrent is 1 : 0..1
create table torrents (
    id integer primary key autoincrement,
    topic_id integer references topics (id),
    -- the topic's, repeated here for lists
    forum_id integer references forums (id),
    author_id integer references users (id),
    attachment_id integer references attachments (id),
    info_hash blob check (length(info_hash) = 20),
    info_hash_v2 blob check (length(info_hash_v2) = 32),
    info_hash_v2_short blob check (length(info_hash_v2_short) = 20),
    name text not null,
    total_size integer not null check (total_size >= 0),
    piece_length integer not null check (piece_length >= 0),
    num_pieces integer not null check (num_pieces >= 0),
    file_count integer not null check (file_count >= 0),
    private boolean not null,
    comment text,
    created_date integer,
    collected_at integer not null,
    inserted_at integer not null,
    state integer not null check (state between 0 and 12),
    state_reason text not null default '',
    state_by integer references users (id),
    state_at integer,
    upload_percent integer not null default 100 check (upload_percent >= 0),
    download_percent integer not null default 100 check (download_percent >= 0),
    -- as last counted by the tracker
    seeders integer not null default 0 check (seeders >= 0),
    leechers integer not null default 0 check (leechers >= 0),
    completed integer not null default 0 check (completed >= 0),
    last_seed_at integer,
    check (info_hash is not null or info_hash_v2 is not null),
    check ((info_hash_v2 is null) = (info_hash_v2_short is null))
);
create unique index torrents_topic_id on torrents (topic_id);
create unique index torrents_info_hash on torrents (info_hash);
create unique index torrents_info_hash_v2 on torrents (info_hash_v2);
create unique index torrents_info_hash_v2_short on torrents (info_hash_v2_short);
create index torrents_attachment on torrents (attachment_id);
-- lists: the forum stands last so that hidden forums are left out without reading the rows
create index torrents_by_topic on torrents (topic_id, forum_id);
create index torrents_by_forum on torrents (forum_id, topic_id);
create index torrents_by_forum_size on torrents (forum_id, total_size, topic_id);
create index torrents_by_forum_seeders on torrents (forum_id, seeders, topic_id);
create index torrents_by_author on torrents (author_id, topic_id, forum_id);
create index torrents_by_size on torrents (total_size, topic_id, forum_id);
create index torrents_by_seeders on torrents (seeders, topic_id, forum_id);
create index torrents_by_leechers on torrents (leechers, topic_id, forum_id);
create index torrents_by_completed on torrents (completed, topic_id, forum_id);

create table torrent_files (
    id integer primary key autoincrement,
    torrent_id integer not null references torrents (id) on delete cascade,
    position integer not null,
    path text not null,
    size integer not null check (size >= 0),
    pieces_root blob check (length(pieces_root) = 32)
);
create index torrent_files_torrent on torrent_files (torrent_id, position);

-- The totals each client of a user last reported for a torrent.
create table transfers (
    torrent_id integer not null,
    user_id integer not null,
    peer_id blob not null check (length(peer_id) = 20),
    uploaded integer not null check (uploaded >= 0),
    downloaded integer not null check (downloaded >= 0),
    updated_at integer not null,
    primary key (torrent_id, user_id, peer_id)
) without rowid;
create index transfers_updated on transfers (updated_at);

-- What a user transferred of a torrent in all.
create table downloads (
    torrent_id integer not null,
    user_id integer not null,
    uploaded integer not null check (uploaded >= 0),
    downloaded integer not null check (downloaded >= 0),
    left_bytes integer,
    started_at integer not null,
    announced_at integer not null,
    completed_at integer,
    primary key (torrent_id, user_id)
) without rowid;
create index downloads_user on downloads (user_id, torrent_id);

-- Up to which sequence number each tracker's journal has been applied.
create table accounting_journals (
    instance text primary key,
    applied_seq integer not null check (applied_seq >= 0)
);

create view v_torrents as
select
    id,
    lower(hex(coalesce(info_hash, info_hash_v2_short))) as info_hash,
    name, total_size, piece_length, num_pieces, comment, created_date, collected_at, inserted_at
from torrents;

create view v_files as
select id, torrent_id, path, size from torrent_files;
