//! Pages: one file each, with its template beside it.

pub mod account;
pub mod admin;
pub mod download;
pub mod forum;
pub mod index;
pub mod members;
pub mod pager;
pub mod posting;
pub mod settings;
pub mod setup;
pub mod to;
pub mod topic;

#[cfg(test)]
pub mod checks;
#[cfg(test)]
pub mod samples;
