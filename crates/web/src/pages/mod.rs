//! Pages: one file each, with its template beside it.

pub mod account;
