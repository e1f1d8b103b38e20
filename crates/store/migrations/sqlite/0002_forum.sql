-- Categories, forums, topics, posts, and the torrents that topics carry.

create table categories (
    id integer primary key autoincrement,
    title text not null,
    position integer not null
);

create table forums (
    id integer primary key autoincrement,
    category_id integer not null references categories (id),
    parent_id integer references forums (id),
    position integer not null,
    title text not null,
    description text not null default '',
    -- rights: 0 everyone, -1 members, -2 staff, above 0 a group
    right_see integer not null,
    right_read integer not null,
    right_post integer not null,
    right_reply integer not null,
    right_attach integer not null,
    right_download integer not null,
    private_policy text not null check (private_policy in ('force', 'require', 'allow')),
    allow_v1 boolean not null,
    allow_hybrid boolean not null,
    allow_v2 boolean not null,
    -- counted with every post
    topics integer not null default 0 check (topics >= 0),
    posts integer not null default 0 check (posts >= 0),
    torrents integer not null default 0 check (torrents >= 0),
    torrents_size integer not null default 0 check (torrents_size >= 0),
    -- the topic with the newest post
    last_topic_id integer
);
create index forums_category on forums (category_id);
create index forums_parent on forums (parent_id);

create table topics (
    id integer primary key autoincrement,
    forum_id integer not null references forums (id),
    author_id integer not null references users (id),
    title text not null,
    created_at integer not null,
    locked boolean not null default false,
    pinned integer not null default 0,
    views integer not null default 0 check (views >= 0),
    -- counted with every post
    replies integer not null default 0 check (replies >= 0),
    first_post_id integer not null default 0,
    last_post_id integer not null default 0,
    last_post_at integer not null,
    last_poster_id integer not null references users (id)
);
create index topics_in_forum on topics (forum_id, pinned, last_post_id, id);
create index topics_begun on topics (forum_id, pinned, id);
create index topics_author on topics (author_id, id);
create index topics_last_poster on topics (last_poster_id);

create table posts (
    id integer primary key autoincrement,
    topic_id integer not null references topics (id),
    author_id integer not null references users (id),
    created_at integer not null,
    edits integer not null default 0 check (edits >= 0),
    edited_at integer,
    edited_by integer references users (id)
);
create index posts_in_topic on posts (topic_id, id);
create index posts_author on posts (author_id, id);

create table post_texts (
    post_id integer primary key references posts (id) on delete cascade,
    text text not null
);

create table post_revisions (
    id integer primary key autoincrement,
    post_id integer not null references posts (id) on delete cascade,
    text text not null,
    replaced_by integer not null references users (id),
    replaced_at integer not null
);
create index post_revisions_post on post_revisions (post_id, id);

create table attachments (
    id integer primary key autoincrement,
    post_id integer not null references posts (id) on delete cascade,
    filename text not null,
    blob text not null,
    original_blob text not null,
    downloads integer not null default 0 check (downloads >= 0),
    created_at integer not null
);
create index attachments_post on attachments (post_id);
create index attachments_blob on attachments (blob);
create index attachments_original_blob on attachments (original_blob);
