//! Where it is measured: the built programs, other trackers, a folder, and two cores.

use std::cell::{Cell, RefCell};
use std::env;
use std::fs;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{self, Command};

use anyhow::{Context, Result, bail, ensure};

use super::figures::Figures;
use crate::provision::{on_path, root, target};
use crate::run;

/// The core of servers, and the one of generators.
pub const SERVER: &str = "0";
pub const GENERATOR: &str = "1";

/// How long and how often everything is measured.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    pub rounds: usize,
    pub seconds: u64,
}

/// The place, with what is found in it.
pub struct Lab {
    pub extent: Extent,
    /// Gone with this value.
    pub folder: PathBuf,
    pub opentracker: Option<Opentracker>,
    pub aquatic_udp: Option<PathBuf>,
    pub aquatic_http: Option<PathBuf>,
    /// Commands of the present measure, as a person would type them.
    commands: RefCell<Vec<String>>,
    site: RefCell<Option<Site>>,
    copies: Cell<usize>,
}

/// An opentracker, as it was built.
#[derive(Clone, Debug)]
pub struct Opentracker {
    pub path: PathBuf,
    /// Serves only what stands in a file.
    pub listed: bool,
}

/// A filled store, with who may announce what to it.
#[derive(Clone, Debug)]
pub struct Site {
    pub data: PathBuf,
    pub passkeys: PathBuf,
    pub hashes: PathBuf,
}

impl Lab {
    /// Builds what is measured and looks for other trackers.
    pub fn open(extent: Extent) -> Result<Self> {
        let cores = std::thread::available_parallelism()?.get();
        ensure!(cores >= 2, "two cores are needed, here is {cores}");
        ensure!(
            on_path("taskset").is_some(),
            "install util-linux: taskset is missing"
        );
        // all in one go: each set of packages would be built with features of its own
        let mut build = run::cargo();
        build
            .args(["build", "--release", "--quiet"])
            .current_dir(root());
        for package in ["skep", "load", "bench", "swarm", "datagrams"] {
            build.args(["--package", package]);
        }
        build.args(["--bins", "--example", "fill", "--example", "uring_echo"]);
        run::foreground(&mut build)?;
        let folder = env::temp_dir().join(format!("skep-bench-{}", process::id()));
        fs::create_dir(&folder).with_context(|| format!("creating {}", folder.display()))?;
        let opentracker = found("OPENTRACKER", "opentracker").map(|path| Opentracker {
            listed: is_listed(&path),
            path,
        });
        Ok(Self {
            extent,
            folder,
            opentracker,
            aquatic_udp: found("AQUATIC_UDP", "aquatic_udp"),
            aquatic_http: found("AQUATIC_HTTP", "aquatic_http"),
            commands: RefCell::default(),
            site: RefCell::default(),
            copies: Cell::new(0),
        })
    }

    /// A program of ours, built for release.
    pub fn program(&self, name: &str) -> PathBuf {
        target().join("release").join(name)
    }

    /// The machine, and what else it did at this moment.
    pub fn circumstances(&self) -> String {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let cpu = read("/proc/cpuinfo");
        let mut models = cpu.lines().filter_map(|line| {
            let (name, model) = line.split_once(':')?;
            (name.trim() == "model name").then(|| model.trim())
        });
        let model = models.next().unwrap_or("unknown processor");
        let cores = models.count() + 1;
        let kernel = read("/proc/sys/kernel/osrelease");
        let load = read("/proc/loadavg");
        let date = said(Command::new("date").arg("+%-d %B %Y"));
        format!(
            "{date}; {cores} cores of {model}, Linux {}; load before it began {}",
            kernel.trim(),
            load.split(' ').next().unwrap_or("unknown")
        )
    }

    /// Runs a generator on its core, and reads what it prints.
    pub fn load(&self, arguments: &[String]) -> Result<Figures> {
        let mut command = pinned(GENERATOR, &self.program("load"));
        command.args(arguments);
        Ok(Figures::parse(&self.output(&mut command)?))
    }

    /// Runs a command to its end and returns what it prints.
    pub fn output(&self, command: &mut Command) -> Result<String> {
        self.note(command);
        let output = command
            .output()
            .with_context(|| format!("starting `{}`", run::shown(command)))?;
        ensure!(
            output.status.success(),
            "`{}` ended with {}: {}",
            run::shown(command),
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Keeps a command in mind for the report.
    pub fn note(&self, command: &Command) {
        let mut line = String::new();
        for (key, value) in command.get_envs() {
            if let Some(value) = value {
                line += &format!("{}={} ", key.display(), value.display());
            }
        }
        line += &run::shown(command);
        line = line
            .replace(&*self.program("").to_string_lossy(), "target/release/")
            .replace(&*self.folder.to_string_lossy(), "DIR");
        let mut commands = self.commands.borrow_mut();
        if !commands.contains(&line) {
            commands.push(line);
        }
    }

    /// The commands since this was asked last; what differs only in a number of a port, a process or a copy
    /// stands there once.
    pub fn noted(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for line in self.commands.take() {
            let line = plain(&line);
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        lines
    }

    /// The filled store, which is made when it is asked for first.
    pub fn site(&self) -> Result<Site> {
        if let Some(site) = &*self.site.borrow() {
            return Ok(site.clone());
        }
        let site = Site {
            data: self.folder.join("site"),
            passkeys: self.folder.join("passkeys"),
            hashes: self.folder.join("hashes"),
        };
        let bench = self.program("bench");
        let mut seed = Command::new(&bench);
        seed.args(["seed", "--topics", "25000", "--posts", "25000"])
            .args(["--users", "10000", "--data"])
            .arg(&site.data);
        self.output(&mut seed)?;
        let store = format!("sqlite:{}/skep.db", site.data.display());
        let mut members = Command::new(&bench);
        members.args(["members", "--store", &store, "--passkeys"]);
        members
            .arg(&site.passkeys)
            .arg("--hashes")
            .arg(&site.hashes);
        self.output(&mut members)?;
        *self.site.borrow_mut() = Some(site.clone());
        Ok(site)
    }

    /// A folder of its own for a server, empty or with a copy of the site's store.
    pub fn data(&self, site: Option<&Site>) -> Result<PathBuf> {
        let number = self.copies.replace(self.copies.get() + 1);
        let folder = self.folder.join(format!("data-{number}"));
        fs::create_dir(&folder)?;
        if let Some(site) = site {
            for name in ["skep.db", "skep.db-wal"] {
                let from = site.data.join(name);
                if from.exists() {
                    fs::copy(&from, folder.join(name))
                        .with_context(|| format!("copying {}", from.display()))?;
                }
            }
        }
        Ok(folder)
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.folder).ok();
    }
}

/// A command that keeps to some cores.
pub fn pinned(cores: &str, program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", cores]).arg(program);
    command
}

/// An address on this machine that is free for both protocols.
pub fn free_address() -> Result<SocketAddr> {
    for _ in 0..100 {
        let addr = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        if UdpSocket::bind(addr).is_ok() {
            return Ok(addr);
        }
    }
    bail!("no port is free")
}

/// A program named by the environment, or on the PATH.
fn found(variable: &str, name: &str) -> Option<PathBuf> {
    match env::var_os(variable) {
        Some(path) => Some(PathBuf::from(path)),
        None => on_path(name),
    }
}

/// Whether an opentracker is one that serves only what is listed, which is decided when it is built.
fn is_listed(path: &Path) -> bool {
    let help = Command::new(path).arg("-h").output();
    help.is_ok_and(|help| {
        let text = [help.stdout, help.stderr].concat();
        String::from_utf8_lossy(&text).contains("whitelist")
    })
}

fn said(command: &mut Command) -> String {
    let output = command.output().map(|output| output.stdout);
    String::from_utf8_lossy(&output.unwrap_or_default())
        .trim()
        .to_owned()
}

/// A command without what is different each time.
fn plain(line: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in line.split(' ') {
        words.push(match words.last().map(String::as_str) {
            Some("--server") => "PID".to_owned(),
            Some("--rate") => "RATE".to_owned(),
            _ => unnumbered(&unnumbered(word, "127.0.0.1:", "PORT"), "DIR/data-", ""),
        });
    }
    words.join(" ")
}

/// A word with something else in the place of the number behind `mark`; a lone 0 stays.
fn unnumbered(word: &str, mark: &str, instead: &str) -> String {
    let Some((before, after)) = word.split_once(mark) else {
        return word.to_owned();
    };
    let rest = after.trim_start_matches(|digit: char| digit.is_ascii_digit());
    match &after[..after.len() - rest.len()] {
        "0" if !instead.is_empty() => word.to_owned(),
        _ => format!("{before}{}{instead}{rest}", mark.trim_end_matches('-')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_shown_without_what_differs_each_time() {
        assert_eq!(
            plain("X=1 load udp 127.0.0.1:4711 --rate 812 --server 99 --data DIR/data-17/x"),
            "X=1 load udp 127.0.0.1:PORT --rate RATE --server PID --data DIR/data/x"
        );
        assert_eq!(
            plain("a --http 127.0.0.1:0 --store postgres://p@127.0.0.1:38075/p DIR/data-0"),
            "a --http 127.0.0.1:0 --store postgres://p@127.0.0.1:PORT/p DIR/data"
        );
    }
}
