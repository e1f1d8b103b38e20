//! What leaves the site with a key in it: `.torrent` files and magnets; and the list of files.

pub mod access;
pub mod files;
pub mod name;
pub mod torrent;

#[cfg(test)]
mod tests;
