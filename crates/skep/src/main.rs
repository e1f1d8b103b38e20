//! Skep: forum and BitTorrent tracker in one binary.
//!
//! This crate parses the command line, reads the configuration, makes the clock and the randomness, and
//! starts the roles. It is the only place that looks at the environment; what the roles do is theirs.

mod cli;
mod commands;
mod config;
mod data;
mod open;
mod out;
mod serve;
mod telemetry;
mod world;

use std::process::ExitCode;

use clap::Subcommand;

use commands::{config as config_command, convert, doctor, migrate, show, token, user};

/// What the program can be asked to do.
#[derive(Subcommand)]
enum Command {
    /// Run the site and the tracker. This is what happens without a command, too.
    Serve(Box<serve::Flags>),
    /// Add, list, ban and unban accounts, and reset their passkeys.
    #[command(subcommand)]
    User(user::Command),
    /// Make API tokens.
    #[command(subcommand)]
    Token(token::Command),
    /// Turn a .torrent into a magnet link, and say what is known of a magnet link or a hash.
    Convert(convert::Arguments),
    /// Show a torrent: a file, or one of the site by its info-hash.
    Show(show::Arguments),
    /// Check the store, the files, the journal, the ports and the disk. All well: exit status 0.
    Doctor(doctor::Arguments),
    /// Bring the store's tables up to date. `serve` does it, too.
    Migrate,
    /// Show, check or write the configuration.
    #[command(subcommand)]
    Config(config_command::Command),
}

fn main() -> ExitCode {
    let (sources, command) = cli::parse();
    let outcome = match command {
        Command::Serve(flags) => serve::run(&sources, &flags),
        Command::User(command) => user::run(&sources, command),
        Command::Token(command) => token::run(&sources, command),
        Command::Convert(arguments) => convert::run(&arguments),
        Command::Show(arguments) => show::run(&sources, &arguments),
        Command::Doctor(arguments) => doctor::run(&sources, &arguments),
        Command::Migrate => migrate::run(&sources),
        Command::Config(command) => config_command::run(&sources, &command),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            out::failure(&error);
            ExitCode::FAILURE
        }
    }
}
