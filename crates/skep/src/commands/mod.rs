//! The commands beside `serve`; one file each. All of them work beside a running `serve`.

pub mod config;
pub mod convert;
pub mod doctor;
pub mod migrate;
pub mod show;
pub mod token;
pub mod user;
