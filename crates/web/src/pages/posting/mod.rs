//! Writing: a new topic, a reply, an edit, and what the editor asks the server on the way.

pub mod analyse;
pub mod edit;
pub mod new;
pub mod preview;
pub mod quote;
pub mod reply;
mod report;

#[cfg(test)]
mod tests;

pub use report::Report;
