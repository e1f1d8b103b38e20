//! Developer commands of the repository, run as `cargo xtask NAME`.
//!
//! One file per command. None of them is needed to use Skep.

mod bench;
mod fuzz;
mod provision;
mod run;
mod services;
mod test;
mod tidy;

use std::env;
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  test [--only SUITE,…] [--no-fuzz] [--list]
                        everything CI checks after the lints; installs what is missing and says so
  services [-- CMD …]   PostgreSQL for tests: prints its environment and waits, or runs CMD with it
  tidy                  layering and house rules of this repository
  fuzz [--seconds N] [--only TARGET]
                        every parser on random and mutated input
  seed [--data DIR] [--store URL] [--topics N] [--posts N] [--users N]
                        a data folder or store filled with a site that looks lived in
  pages [--store URL]   how long the pages of a filled store take
  accounting [--store URL] [--clients N]
                        what it costs to credit what clients report to a filled store
  bench tracker [--rounds N] [--seconds S] [--only WORD,…] [--dry] [--list]
                        the tracker beside what the machine allows and beside other trackers, into docs/BENCHMARKS.md
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let Some((command, rest)) = arguments.split_first() else {
        eprint!("{USAGE}");
        return ExitCode::from(2);
    };
    let outcome = match command.as_str() {
        "test" => test::run(rest),
        "services" => services::run(rest),
        "tidy" => tidy::run(rest),
        "fuzz" => fuzz::run(rest),
        "seed" | "pages" | "accounting" => bench::run(command, rest),
        "bench" => bench::tracker(rest),
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(())
        }
        _ => {
            eprint!("unknown command `{command}`\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask {command}: {error:#}");
            ExitCode::FAILURE
        }
    }
}
