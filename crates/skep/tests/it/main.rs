//! The real binary on temporary data folders and free ports.

mod commands;
mod config;
mod database;
mod failures;
mod processes;
mod serve;
mod takeover;
mod world;
