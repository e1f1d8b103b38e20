//! What the tests need from the machine: looked for, and installed when it is missing and we may.

use std::env;
use std::fmt;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};

use crate::run;
use crate::services;

/// Something a suite cannot run without.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The server's binaries.
    Postgres,
    /// A Debian package that brings this command.
    Command {
        /// The command looked for on the PATH.
        name: &'static str,
        /// The package that brings it.
        package: &'static str,
    },
    /// A Python with libtorrent; see [`python`].
    Libtorrent,
    /// The command `st`; see [`schemathesis`].
    Schemathesis,
    /// The packages of `e2e/package-lock.json`.
    NodeModules,
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Need::Postgres => f.write_str("PostgreSQL"),
            Need::Command { name, .. } => f.write_str(name),
            Need::Libtorrent => f.write_str("libtorrent for Python"),
            Need::Schemathesis => f.write_str("schemathesis"),
            Need::NodeModules => f.write_str("node packages of e2e/"),
        }
    }
}

impl Need {
    /// Whether it is there already.
    pub fn present(self) -> bool {
        match self {
            Need::Postgres => services::binaries().is_some(),
            Need::Command { name, .. } => on_path(name).is_some(),
            Need::Libtorrent => python().is_some(),
            Need::Schemathesis => schemathesis().is_some(),
            Need::NodeModules => node_modules_current(),
        }
    }

    fn package(self) -> Option<&'static str> {
        match self {
            Need::Postgres => Some("postgresql"),
            Need::Command { package, .. } => Some(package),
            Need::Libtorrent | Need::Schemathesis | Need::NodeModules => None,
        }
    }
}

/// Installs what is missing of `needs`; an error says what could not be had and why.
pub fn obtain(needs: &[Need]) -> Result<()> {
    let missing: Vec<Need> = needs
        .iter()
        .copied()
        .filter(|need| !need.present())
        .collect();
    let packages: Vec<&str> = missing.iter().filter_map(|need| need.package()).collect();
    if !packages.is_empty() {
        apt_install(&packages)?;
    }
    for need in missing {
        match need {
            Need::Libtorrent => install("libtorrent>=2.0.9,<2.2")?,
            Need::Schemathesis => install("schemathesis>=4.32,<5")?,
            Need::NodeModules => install_node_modules()?,
            Need::Postgres | Need::Command { .. } => {}
        }
        if !need.present() {
            bail!("{need} is still missing after its installation");
        }
    }
    Ok(())
}

/// The first executable of this name on the PATH.
pub fn on_path(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(name))
        .find(|path| {
            fs::metadata(path)
                .is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
        })
}

/// Whether we run as root, told by who owns our own process.
pub fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|data| data.uid() == 0)
}

/// The repository's root folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask stands in the repository's root")
}

/// Where cargo puts what it builds.
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// A Python interpreter that can import libtorrent: the system's, or our virtual environment's.
pub fn python() -> Option<PathBuf> {
    [on_path("python3"), Some(venv().join("bin/python3"))]
        .into_iter()
        .flatten()
        .find(|python| {
            Command::new(python)
                .args(["-c", "import libtorrent"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success())
        })
}

/// The command that walks an API by its description: the system's, or our virtual environment's.
pub fn schemathesis() -> Option<PathBuf> {
    let ours = venv().join("bin/st");
    on_path("st").or_else(|| ours.is_file().then_some(ours))
}

/// The virtual environment kept beside what cargo builds.
fn venv() -> PathBuf {
    target().join("python")
}

/// Puts a package into the virtual environment, which is made when there is none.
fn install(package: &str) -> Result<()> {
    let python = on_path("python3")
        .context("python3 is not installed (apt-get install python3 python3-venv)")?;
    let folder = venv();
    say(&format!(
        "installing {package} into the Python environment {}",
        folder.display()
    ));
    let made = run::foreground(Command::new(&python).args(["-m", "venv"]).arg(&folder));
    if made.is_err() {
        // Debian's python3 comes without the module until this package is there
        apt_install(&["python3-venv"])?;
        run::foreground(
            Command::new(&python)
                .args(["-m", "venv", "--clear"])
                .arg(&folder),
        )?;
    }
    run::foreground(Command::new(folder.join("bin/pip")).args([
        "install",
        "--quiet",
        "--disable-pip-version-check",
        package,
    ]))
}

fn node_modules_current() -> bool {
    let e2e = root().join("e2e");
    let modified = |path: PathBuf| fs::metadata(path).and_then(|data| data.modified());
    match (
        modified(e2e.join("node_modules/.package-lock.json")),
        modified(e2e.join("package-lock.json")),
    ) {
        (Ok(installed), Ok(wanted)) => installed >= wanted,
        _ => false,
    }
}

fn install_node_modules() -> Result<()> {
    if on_path("npm").is_none() {
        apt_install(&["nodejs", "npm"])?;
    }
    say("npm ci in e2e/");
    run::foreground(
        Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
            // the tests drive the system's browser
            .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
            .current_dir(root().join("e2e")),
    )
}

fn apt_install(packages: &[&str]) -> Result<()> {
    if on_path("apt-get").is_none() {
        bail!(
            "install {} by hand: there is no apt-get here",
            packages.join(", ")
        );
    }
    let sudo = !is_root();
    if sudo && !quiet(Command::new("sudo").args(["-n", "true"])) {
        bail!(
            "install {} by hand, or run as root: apt-get needs it",
            packages.join(", ")
        );
    }
    let apt = |arguments: &[&str]| {
        let mut command = if sudo {
            Command::new("sudo")
        } else {
            Command::new("env")
        };
        if sudo {
            command.args(["-n", "env"]);
        }
        // the services of these packages are not to start on this machine: tests run their own
        command.args([
            "DEBIAN_FRONTEND=noninteractive",
            "RUNLEVEL=1",
            "apt-get",
            "-qq",
            "-o",
            "Dpkg::Use-Pty=0",
        ]);
        command.args(arguments);
        command
    };
    static UPDATED: OnceLock<()> = OnceLock::new();
    if UPDATED.set(()).is_ok() {
        say("apt-get update");
        run::foreground(&mut apt(&["update"]))?;
    }
    say(&format!("apt-get install {}", packages.join(" ")));
    let mut arguments = vec!["install", "-y", "--no-install-recommends"];
    arguments.extend(packages);
    run::foreground(&mut apt(&arguments))
}

fn quiet(command: &mut Command) -> bool {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn say(what: &str) {
    eprintln!("xtask: {what}");
}
