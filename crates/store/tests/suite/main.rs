//! One suite, run on SQLite always and on PostgreSQL when `SKEP_TEST_POSTGRES` names a server.
//! Every test ends with a visit of the doctor.

#[macro_use]
mod world;

mod access;
mod accounting;
mod accounts;
mod coverage;
mod damage;
mod editing;
mod forums;
mod import;
mod locks;
mod opening;
mod pages;
mod posting;
mod published;
mod registrations;
mod sessions;
mod together;
mod tracker_users;
mod views;
