//! `/admin`: the site in the hands of its administrators.

pub mod categories;
pub mod dashboard;
pub mod forum;
pub mod forums;
pub mod groups;
pub mod invites;
pub mod settings;
pub mod suspicions;
pub mod tracker;
pub mod tracker_torrent;
pub mod tracker_user;
pub mod users;
