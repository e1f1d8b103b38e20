-- Accounts and everything that stands for one: sessions, tokens, invites, groups.

create table users (
    id integer primary key autoincrement,
    name text not null,
    -- all names that look the same have the same key
    name_key text not null,
    email text,
    email_key text,
    password_hash text not null,
    passkey text not null,
    admin boolean not null default false,
    language text,
    theme text,
    created_at integer not null,
    last_seen_at integer,
    banned_at integer,
    ban_reason text not null default '',
    -- the sums of this user's rows in downloads, and the base: what came from elsewhere or from
    -- torrents that are gone
    uploaded integer not null default 0 check (uploaded >= 0),
    downloaded integer not null default 0 check (downloaded >= 0),
    uploaded_base integer not null default 0 check (uploaded_base >= 0),
    downloaded_base integer not null default 0 check (downloaded_base >= 0),
    posts integer not null default 0 check (posts >= 0)
);
create unique index users_name_key on users (name_key);
create unique index users_email_key on users (email_key);
create unique index users_passkey on users (passkey);
create index users_seen on users (last_seen_at);
create index users_banned on users (banned_at) where banned_at is not null;
create index users_admins on users (id) where admin;

create table groups (
    id integer primary key autoincrement,
    name text not null,
    name_key text not null,
    description text not null default '',
    created_at integer not null
);
create unique index groups_name_key on groups (name_key);

create table group_members (
    group_id integer not null references groups (id) on delete cascade,
    user_id integer not null references users (id) on delete cascade,
    since integer not null,
    primary key (group_id, user_id)
);
create index group_members_user on group_members (user_id, group_id);

create table sessions (
    id integer primary key autoincrement,
    token_hash blob not null check (length(token_hash) = 32),
    user_id integer not null references users (id) on delete cascade,
    csrf blob not null check (length(csrf) = 32),
    ip text not null,
    user_agent text not null,
    created_at integer not null,
    last_seen_at integer not null,
    expires_at integer not null
);
create unique index sessions_token_hash on sessions (token_hash);
create index sessions_user on sessions (user_id, last_seen_at);
create index sessions_expiry on sessions (expires_at);

create table tokens (
    id integer primary key autoincrement,
    token_hash blob not null check (length(token_hash) = 32),
    user_id integer not null references users (id) on delete cascade,
    name text not null,
    scopes text not null,
    created_at integer not null,
    last_used_at integer,
    expires_at integer
);
create unique index tokens_token_hash on tokens (token_hash);
create index tokens_user on tokens (user_id);

create table invites (
    id integer primary key autoincrement,
    code_hash blob not null check (length(code_hash) = 32),
    created_by integer not null references users (id) on delete cascade,
    created_at integer not null,
    expires_at integer not null,
    used_by integer references users (id) on delete set null,
    used_at integer
);
create unique index invites_code_hash on invites (code_hash);
create index invites_maker on invites (created_by);
create index invites_user on invites (used_by);

-- Counted rather than summed up on every page.
create table totals (
    name text primary key,
    value integer not null check (value >= 0)
);
insert into totals (name, value) values ('users', 0);

create table settings (
    key text primary key,
    value text not null
);

-- What happened, for those who keep a copy. kind: 1 site, 2 user, 3 torrent.
create table changes (
    seq integer primary key autoincrement,
    kind integer not null,
    subject integer not null
);
