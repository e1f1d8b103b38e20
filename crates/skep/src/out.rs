//! Standard output and the one line on standard error that ends a failed command.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::process;

/// Prints a line. When nobody reads any more (`skep user list | head`), that is the end, quietly.
pub fn line(text: impl Display) {
    let mut stdout = io::stdout().lock();
    if let Err(error) = writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
        if error.kind() == ErrorKind::BrokenPipe {
            process::exit(0);
        }
        failure(&anyhow::Error::new(error).context("cannot write to standard output"));
        process::exit(1);
    }
}

/// Prints a line for whoever is listening; what runs goes on when nobody is.
pub fn told(text: impl Display) {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}")
        .and_then(|()| stdout.flush())
        .ok();
}

/// Prints why a command failed, as one line.
pub fn failure(error: &anyhow::Error) {
    let text = format!("{error:#}");
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    writeln!(io::stderr(), "skep: {line}").ok();
}
