//! `skep config print|check|init`.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Subcommand;

use crate::config::{Config, Layers, Sources, sample};
use crate::{data, out};

/// What to do with the configuration.
#[derive(Subcommand)]
pub enum Command {
    /// Show every value and where it came from.
    Print,
    /// Read everything and say what is wrong.
    Check,
    /// Write a commented skep.toml that changes nothing; an existing file is kept.
    Init,
    /// Write the reference page.
    #[command(hide = true)]
    Reference,
}

/// Runs the command.
pub fn run(sources: &Sources, command: &Command) -> Result<()> {
    match command {
        Command::Print => {
            let layers = Layers::read(sources)?;
            out::line(sample::effective(&layers).trim_end());
        }
        Command::Check => {
            let (layers, mut faults) = Layers::read_all(sources);
            faults.extend(Config::check(&layers).err().unwrap_or_default());
            if faults.len() > 1 {
                for fault in &faults {
                    out::line(format_args!("{fault:#}"));
                }
                bail!("{} faults in the configuration", faults.len());
            }
            if let Some(fault) = faults.pop() {
                return Err(fault);
            }
            match &layers.file {
                Some(path) => out::line(format_args!(
                    "{}: the configuration is sound",
                    path.display()
                )),
                None => out::line("no file was read; the configuration is sound"),
            }
        }
        Command::Init => {
            let path = destination(sources);
            refuse_a_second(sources, &path)?;
            init(&path)?;
            out::line(format_args!("wrote {}", path.display()));
        }
        Command::Reference => out::line(sample::reference().trim_end()),
    }
    Ok(())
}

/// The file named by `--config`, else `skep.toml` in the data folder if one is named, else in the working folder.
fn destination(sources: &Sources) -> PathBuf {
    let data = sources
        .flags
        .iter()
        .find(|(table, key, _)| (*table, *key) == ("serve", "data"));
    match (&sources.file, data) {
        (Some(file), _) => file.clone(),
        (None, Some((_, _, data))) => Path::new(data).join("skep.toml"),
        (None, None) => PathBuf::from("skep.toml"),
    }
}

/// Of two files only one is read: a second one would be ignored, or would hide the first.
fn refuse_a_second(sources: &Sources, path: &Path) -> Result<()> {
    let read = Layers::read(sources).ok().and_then(|layers| layers.file);
    match read {
        Some(read) if sources.file.is_none() && read != path => bail!(
            "{} is there already and is the one that is read; remove it, or name another file with --config",
            read.display()
        ),
        _ => Ok(()),
    }
}

fn init(path: &Path) -> Result<()> {
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        data::make(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    // it may come to hold the password of a database
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match file.and_then(|mut file| file.write_all(sample::file().as_bytes())) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!(
                "{} is there already; remove it, or name another file with --config",
                path.display()
            )
        }
        Err(error) => Err(error).with_context(|| format!("cannot write {}", path.display())),
    }
}
