-- What it takes to know a late packet of a client's session before: see swarm::SessionTotals.

alter table transfers add column stopped boolean not null default false;
alter table transfers add column heard bigint not null default 0;
alter table transfers add column before_uploaded bigint;
alter table transfers add column before_downloaded bigint;
alter table transfers add column before_heard bigint;
alter table transfers add column before_end bigint check (before_end between 0 and 2);
alter table transfers add column before_at bigint;
