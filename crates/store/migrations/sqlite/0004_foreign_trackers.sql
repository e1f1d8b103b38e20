-- What becomes of announce addresses of other sites. Forums that took public torrents kept them.

alter table forums add column foreign_trackers text not null default 'strip'
    check (foreign_trackers in ('strip', 'reject', 'keep'));
update forums set foreign_trackers = 'keep' where private_policy = 'allow';
