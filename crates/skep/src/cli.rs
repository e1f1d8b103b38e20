//! The command line as a whole: flags that go with every command, and `serve` when no command is given.

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser};

use crate::Command;
use crate::config::{Sources, TABLES};
use crate::serve;

/// Forum and BitTorrent tracker in one binary.
///
/// Without a command, `serve` runs: the site on 127.0.0.1:8080 and the tracker on port 6969, with everything kept
/// in ./skep-data.
#[derive(Parser)]
#[command(name = "skep", version)]
struct Cli {
    /// The configuration file. Not given: skep.toml in the data folder or in the working folder.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,

    #[command(flatten)]
    serve: serve::Flags,

    #[command(subcommand)]
    command: Option<Command>,
}

/// Parses the command line. On a wrong one, prints why and exits with 2.
pub fn parse() -> (Sources, Command) {
    let matches = with_defaults(Cli::command()).get_matches();
    let mut cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());

    // flags of `serve` are taken in front of it as well, but not in front of another command
    let mut flags = cli.serve.keys.given();
    let command = match cli.command.take() {
        None => Command::Serve(Box::new(cli.serve)),
        Some(Command::Serve(mut own)) => {
            flags.extend(own.keys.given());
            own.later.join(&cli.serve.later);
            Command::Serve(own)
        }
        Some(other) => {
            flags.retain(|(table, key, _)| {
                let global = matches!(
                    (*table, *key),
                    ("serve", "data") | ("log" | "store" | "blobs", _)
                );
                if !global {
                    let message = format!("the flag for {table}.{key} goes with `skep serve` only");
                    Cli::command()
                        .error(ErrorKind::ArgumentConflict, message)
                        .exit();
                }
                global
            });
            other
        }
    };
    (
        Sources {
            file: cli.config,
            flags,
            ..Sources::environment()
        },
        command,
    )
}

/// Writes the defaults of the configuration behind the help of their flags, and puts those that go with every command
/// behind a command's own.
fn with_defaults(mut command: clap::Command) -> clap::Command {
    for (place, id) in EVERYWHERE.into_iter().enumerate() {
        command = command.mut_arg(id, |argument| argument.display_order(BEHIND + place));
    }
    for table in TABLES {
        for key in table
            .keys
            .iter()
            .filter(|key| (table.flag)(key.name).is_some())
        {
            let default = key.default_value();
            let shown = default
                .as_str()
                .map_or_else(String::new, |text| format!(" [default: {text}]"));
            let add = |argument: clap::Arg| {
                let help = argument
                    .get_help()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                argument.help(format!("{help}{shown}"))
            };
            let id = format!("{}.{}", table.name, key.name);
            command = command
                .mut_arg(&id, add)
                .mut_subcommand("serve", |serve| serve.mut_arg(&id, add));
        }
    }
    command
}

/// The flags that go with every command.
const EVERYWHERE: [&str; 5] = [
    "serve.data",
    "config",
    "store.url",
    "blobs.url",
    "log.level",
];

/// More flags than any command has of its own, and fewer than clap puts before `--help`.
const BEHIND: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        with_defaults(Cli::command()).debug_assert();
    }
}
