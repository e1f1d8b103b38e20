//! Processes that end with us: a command on a leash, in its own process group.
//!
//! The leash is a pipe. A small shell in the child's process group reads from it; when the pipe closes,
//! because the `Leash` was dropped or because we ourselves were killed, the whole group is ended.

use std::env;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

const SCRIPT: &str = r#"
signal=$1; folder=$2; shift 2
exec 3<&0 </dev/null
"$@" 3<&- &
child=$!
(
    trap '' TERM
    read -r _ <&3
    kill -s "$signal" "$child" 2>/dev/null
    tries=0
    while kill -0 "$child" 2>/dev/null && [ "$tries" -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
    [ -z "$folder" ] || rm -rf "$folder"
    kill -s KILL -- "-$$"
) >/dev/null 2>&1 &
guard=$!
exec 3<&-
wait "$child"
code=$?
trap '' TERM
kill -s TERM -- "-$$" 2>/dev/null
kill -s KILL "$guard" 2>/dev/null
[ -z "$folder" ] || rm -rf "$folder"
exit "$code"
"#;

/// A running command whose whole process group ends when this value is dropped or our process dies.
pub struct Leash {
    child: Child,
    name: String,
}

/// How a leashed command is started and ended.
pub struct Terms<'a> {
    /// The signal it is first asked to end with: `TERM`, `QUIT`, …
    pub stop: &'a str,
    /// User and group to run as; `None` keeps ours.
    pub user: Option<(u32, u32)>,
    /// Where its output goes.
    pub output: Output<'a>,
    /// A folder that goes when the leash does.
    pub folder: Option<&'a Path>,
}

/// Where the output of a leashed command goes.
pub enum Output<'a> {
    /// Both streams into a file.
    File(&'a Path),
    /// Standard output to [`Leash::stdout`], errors where ours go.
    Piped,
}

impl Leash {
    /// Starts `command` on a leash. Its environment and working directory are kept, its input is empty.
    pub fn spawn(command: &Command, terms: Terms<'_>) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut shell = Command::new("sh");
        shell
            .args(["-c", SCRIPT, "leash", terms.stop])
            .arg(terms.folder.unwrap_or(Path::new("")));
        shell.arg(command.get_program()).args(command.get_args());
        for (key, value) in command.get_envs() {
            match value {
                Some(value) => shell.env(key, value),
                None => shell.env_remove(key),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            shell.current_dir(folder);
        }
        if let Some((uid, gid)) = terms.user {
            shell.uid(uid).gid(gid);
        }
        match terms.output {
            Output::Piped => {
                shell.stdout(Stdio::piped());
            }
            Output::File(path) => {
                let file =
                    File::create(path).with_context(|| format!("creating {}", path.display()))?;
                shell.stdout(file.try_clone()?).stderr(file);
            }
        }
        let child = shell
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .with_context(|| format!("starting {name}"))?;
        Ok(Self { child, name })
    }

    /// The command's standard output; once, and only with [`Output::Piped`].
    pub fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// The process of the shell that holds the command, which is the first of its children.
    pub fn shell(&self) -> u32 {
        self.child.id()
    }

    /// Waits at most `limit` for the command; past it the group is ended and that is an error.
    pub fn wait(&mut self, limit: Duration) -> Result<ExitStatus> {
        let end = Instant::now() + limit;
        loop {
            if let Some(status) = self.try_wait()? {
                return Ok(status);
            }
            if Instant::now() >= end {
                self.stop();
                bail!(
                    "{} took longer than {} s and was ended",
                    self.name,
                    limit.as_secs()
                );
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// The exit status if the command has ended already.
    pub fn try_wait(&mut self) -> Result<Option<ExitStatus>> {
        self.child
            .try_wait()
            .with_context(|| format!("waiting for {}", self.name))
    }

    fn stop(&mut self) {
        drop(self.child.stdin.take());
        self.child.wait().ok();
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The cargo that runs us, without what it told us of our own package: build scripts look at that, and would
/// build much anew each time it is different.
pub fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(&name);
        }
    }
    cargo
}

/// Runs a command in the foreground and fails when it does.
pub fn foreground(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("starting {}", command.get_program().to_string_lossy()))?;
    if !status.success() {
        bail!("`{}` ended with {status}", shown(command));
    }
    Ok(())
}

/// The command as a person would type it.
pub fn shown(command: &Command) -> String {
    let mut line = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}
