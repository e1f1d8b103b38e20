//! `cargo xtask services`: a PostgreSQL of our own for tests, gone when we are.
//!
//! A fresh cluster in a temporary folder on a free loopback port, without fsync. Run by root, it runs as
//! an unprivileged user, as PostgreSQL demands.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::provision::{self, Need};
use crate::run::{self, Leash, Output, Terms};

/// Environment variable that tells the store's tests where PostgreSQL is.
pub const POSTGRES_ENV: &str = "SKEP_TEST_POSTGRES";

/// `services [-- CMD …]`: prints the environment and waits for the end of input or a signal, or runs CMD with it.
pub fn run(arguments: &[String]) -> Result<()> {
    // tests that want a Redis start their own: they stop it, too
    let redis = Need::Command {
        name: "redis-server",
        package: "redis-server",
    };
    provision::obtain(&[Need::Postgres, redis])?;
    let postgres = Postgres::start()?;
    match arguments.split_first() {
        None => {
            println!("export {POSTGRES_ENV}={}", postgres.url());
            eprintln!("PostgreSQL runs until Ctrl-C");
            loop {
                thread::park();
            }
        }
        Some((dashes, command)) if dashes == "--" && !command.is_empty() => run::foreground(
            Command::new(&command[0])
                .args(&command[1..])
                .env(POSTGRES_ENV, postgres.url()),
        ),
        Some(_) => bail!("write `cargo xtask services` or `cargo xtask services -- CMD …`"),
    }
}

/// A running PostgreSQL; it and its folder are gone when this is dropped.
pub struct Postgres {
    leash: Option<Leash>,
    folder: PathBuf,
    port: u16,
}

impl Postgres {
    /// Makes a cluster, starts it and waits until it answers.
    pub fn start() -> Result<Self> {
        let binaries =
            binaries().context("PostgreSQL is not installed (apt-get install postgresql)")?;
        let folder = std::env::temp_dir().join(format!("skep-postgres-{}", process::id()));
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        fs::create_dir(&folder).with_context(|| format!("creating {}", folder.display()))?;
        let mut postgres = Self {
            leash: None,
            folder,
            port,
        };
        postgres.boot(&binaries)?;
        Ok(postgres)
    }

    /// `postgres://…` of its administrator, on loopback.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// The process above all of its processes.
    pub fn process(&self) -> Option<u32> {
        self.leash.as_ref().map(Leash::shell)
    }

    fn boot(&mut self, binaries: &Path) -> Result<()> {
        fs::set_permissions(&self.folder, fs::Permissions::from_mode(0o700))?;
        let user = unprivileged()?;
        if let Some((uid, gid)) = user {
            chown(&self.folder, Some(uid), Some(gid))?;
        }
        let data = self.folder.join("data");
        let log = self.folder.join("log");
        let mut initdb = Command::new(binaries.join("initdb"));
        initdb
            .args([
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
                "-D",
            ])
            .arg(&data)
            .current_dir(&self.folder);
        let mut making = Leash::spawn(
            &initdb,
            Terms {
                stop: "TERM",
                user,
                output: Output::File(&log),
                folder: None,
            },
        )?;
        if !making.wait(Duration::from_secs(120))?.success() {
            bail!(
                "initdb failed: {}",
                fs::read_to_string(&log).unwrap_or_default().trim()
            );
        }

        let mut server = Command::new(binaries.join("postgres"));
        server.arg("-D").arg(&data).current_dir(&self.folder);
        let sockets = format!("unix_socket_directories={}", self.folder.display());
        let port = format!("port={}", self.port);
        for setting in [
            "listen_addresses=127.0.0.1",
            "max_connections=400",
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
            &sockets,
            &port,
        ] {
            server.args(["-c", setting]);
        }
        let mut leash = Leash::spawn(
            &server,
            Terms {
                stop: "QUIT",
                user,
                output: Output::File(&log),
                folder: Some(&self.folder),
            },
        )?;
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            let ready = Command::new(binaries.join("pg_isready"))
                .args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()])
                .stdout(Stdio::null())
                .status()?;
            if ready.success() {
                break;
            }
            if leash.try_wait()?.is_some() || Instant::now() > end {
                bail!(
                    "PostgreSQL did not start: {}",
                    fs::read_to_string(&log).unwrap_or_default().trim()
                );
            }
            thread::sleep(Duration::from_millis(50));
        }
        self.leash = Some(leash);
        Ok(())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.leash.take());
        fs::remove_dir_all(&self.folder).ok();
    }
}

/// The folder with `initdb` and `postgres`: Debian's newest, or the one on the PATH.
pub fn binaries() -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
        .collect();
    versions.sort();
    versions
        .pop()
        .or_else(|| Some(provision::on_path("initdb")?.parent()?.to_path_buf()))
}

/// User and group to run PostgreSQL as when we are root: `postgres` where it exists, else `nobody`.
fn unprivileged() -> Result<Option<(u32, u32)>> {
    if !provision::is_root() {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").context("reading /etc/passwd")?;
    let ids = |name: &str| {
        let line = users
            .lines()
            .find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    let user = ids("postgres")
        .or_else(|| ids("nobody"))
        .context("no user `postgres` or `nobody` to run PostgreSQL as")?;
    Ok(Some(user))
}
