//! What every page must keep to: who sees it, how it is marked up, what it costs.

mod access;
mod budget;
pub mod markup;
