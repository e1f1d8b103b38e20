//! The real binary on temporary data folders and free ports.

mod commands;
mod config;
mod failures;
mod serve;
mod world;
