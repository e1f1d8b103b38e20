-- Users of foreign front ends, members who may only seed, and torrents that were deleted.

-- the number a foreign front end knows its user by; null for members of this site
alter table users add column foreign_id integer;
alter table users add column may_download boolean not null default true;
create unique index users_foreign_id on users (foreign_id);
create index users_members on users (id) where foreign_id is null;

-- What clients that still announce one are told. The number is the one it had in torrents.
create table deleted_torrents (
    torrent_id integer primary key,
    forum_id integer,
    info_hash blob check (length(info_hash) = 20),
    info_hash_v2 blob check (length(info_hash_v2) = 32),
    reason text not null,
    deleted_by integer not null,
    deleted_at integer not null,
    check (info_hash is not null or info_hash_v2 is not null)
);
