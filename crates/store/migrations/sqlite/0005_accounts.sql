-- What counts, when it counts less or more, and what is not believed.

-- uploaded and downloaded are as they count, raw_… as they were transferred
alter table downloads add column raw_uploaded integer not null default 0 check (raw_uploaded >= 0);
alter table downloads add column raw_downloaded integer not null default 0 check (raw_downloaded >= 0);
alter table downloads add column seeding_seconds integer not null default 0 check (seeding_seconds >= 0);
alter table downloads add column leeching_seconds integer not null default 0 check (leeching_seconds >= 0);
-- what the user's clients said last, as swarm::Share encodes it
alter table downloads add column state blob not null default x'';
update downloads set raw_uploaded = uploaded, raw_downloaded = downloaded;

-- what clients said last was a row for each: version 1, no rests, no spans, then the clients, gone
update downloads set state = t.state
from (
    select torrent_id, user_id,
        unhex('0100000000' || group_concat(
            hex(peer_id) || printf('%016X%016X%08X00', uploaded, downloaded, updated_at), ''
            order by updated_at)) as state
    from transfers group by torrent_id, user_id) as t
where downloads.torrent_id = t.torrent_id and downloads.user_id = t.user_id;
drop table transfers;

-- Uploads that are faster than the site believes, kept apart until somebody decides.
create table suspicions (
    id integer primary key autoincrement,
    torrent_id integer not null,
    user_id integer not null,
    -- the client that reported last
    peer_id blob not null check (length(peer_id) = 20),
    reports integer not null check (reports > 0),
    raw_uploaded integer not null check (raw_uploaded >= 0),
    uploaded integer not null check (uploaded >= 0),
    seconds integer not null check (seconds >= 0),
    first_at integer not null,
    last_at integer not null,
    granted boolean,
    decided_by integer references users (id),
    decided_at integer
);
-- of what is undecided there is one row for each user and torrent
create unique index suspicions_open on suspicions (torrent_id, user_id) where granted is null;
create index suspicions_undecided on suspicions (id) where granted is null;
create index suspicions_decided on suspicions (decided_at) where decided_at is not null;
