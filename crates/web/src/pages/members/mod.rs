//! `/members` and `/members/{id}`: who is here.

pub mod list;
pub mod profile;
