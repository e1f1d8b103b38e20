//! A forum and its topics.

pub mod mark;
pub mod show;
