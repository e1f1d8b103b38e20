-- What it takes to know a late packet of a client's session before: see swarm::SessionTotals.

alter table transfers add column stopped boolean not null default false;
alter table transfers add column heard integer not null default 0;
alter table transfers add column before_uploaded integer;
alter table transfers add column before_downloaded integer;
alter table transfers add column before_heard integer;
alter table transfers add column before_end integer check (before_end between 0 and 2);
alter table transfers add column before_at integer;
