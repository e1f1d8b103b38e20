//! What is measured: the echo, Skep and other trackers, each started alike.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::lab::{Lab, Opentracker, SERVER, Site, free_address, pinned};
use super::usage;
use crate::provision::is_root;
use crate::run::{Leash, Output, Terms};

/// A program that answers announces.
#[derive(Clone, Debug)]
pub enum Program {
    /// `load echo`: answers in the right size and knows nothing.
    Echo,
    /// The same over io_uring.
    UringEcho,
    Skep,
    Opentracker(Opentracker),
    AquaticUdp(PathBuf),
    AquaticHttp(PathBuf),
}

/// How it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Udp,
    Http,
    /// HTTP with an end to each connection after its answer.
    HttpClose,
}

/// A program and its settings.
#[derive(Clone, Debug)]
pub struct Server {
    pub program: Program,
    pub protocol: Protocol,
    pub threads: usize,
    pub cores: &'static str,
    /// Torrents that it is asked for, where it wants to know them.
    pub torrents: u64,
    /// A site whose members announce; without one any torrent is served.
    pub site: Option<Site>,
    /// Certificate and key, both PEM files.
    pub tls: Option<(PathBuf, PathBuf)>,
}

/// A server that runs until this is dropped.
pub struct Running {
    pub addr: SocketAddr,
    pub pid: u32,
    _leash: Leash,
}

impl Server {
    /// One thread on the servers' core, open to all.
    pub fn new(program: Program, protocol: Protocol) -> Self {
        Self {
            program,
            protocol,
            threads: 1,
            cores: SERVER,
            torrents: 0,
            site: None,
            tls: None,
        }
    }

    /// What it is called in a table.
    pub fn label(&self) -> String {
        match &self.program {
            Program::Echo => "echo".to_owned(),
            Program::UringEcho => "echo over io_uring".to_owned(),
            Program::Skep => "Skep".to_owned(),
            Program::Opentracker(Opentracker { listed: true, .. }) => {
                "opentracker, with a list of all torrents".to_owned()
            }
            Program::Opentracker(_) => "opentracker".to_owned(),
            Program::AquaticUdp(_) => "aquatic_udp".to_owned(),
            Program::AquaticHttp(_) => "aquatic_http".to_owned(),
        }
    }

    /// Starts it and waits until it answers and has read what it reads at its start.
    pub fn start(&self, lab: &Lab) -> Result<Running> {
        let addr = free_address()?;
        let folder = lab.data(self.site.as_ref())?;
        let command = self.command(lab, addr, &folder)?;
        lab.note(&command);
        let log = folder.join("log");
        let leash = Leash::spawn(
            &command,
            Terms {
                stop: "TERM",
                user: None,
                output: Output::File(&log),
                folder: Some(&folder),
            },
        )?;
        let outcome = self.await_answer(addr, &leash);
        let pid = outcome.with_context(|| {
            let said = fs::read_to_string(&log).unwrap_or_default();
            format!("{} does not answer: {}", self.label(), said.trim())
        })?;
        usage::wait_for_rest(pid)?;
        Ok(Running {
            addr,
            pid,
            _leash: leash,
        })
    }

    fn await_answer(&self, addr: SocketAddr, leash: &Leash) -> Result<u32> {
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            let answers = match self.protocol {
                Protocol::Udp => connects(addr),
                Protocol::Http | Protocol::HttpClose => TcpStream::connect(addr).is_ok(),
            };
            if answers {
                break;
            }
            if Instant::now() > end {
                bail!("nothing came from {addr} for 30 s");
            }
            thread::sleep(Duration::from_millis(20));
        }
        let pid = usage::children(leash.shell()).first().copied();
        pid.context("it is gone")
    }

    fn command(&self, lab: &Lab, addr: SocketAddr, folder: &Path) -> Result<Command> {
        let is_udp = self.protocol == Protocol::Udp;
        let command = |program: &Path| pinned(self.cores, program);
        Ok(match &self.program {
            Program::Echo => {
                let mut echo = command(&lab.program("load"));
                echo.arg("echo").arg(addr.to_string());
                match self.protocol {
                    Protocol::Udp => {}
                    Protocol::Http => drop(echo.arg("--http")),
                    Protocol::HttpClose => drop(echo.args(["--http", "--close"])),
                }
                echo
            }
            Program::UringEcho => {
                let mut echo = command(&lab.program("examples/uring_echo"));
                echo.arg(addr.to_string());
                echo
            }
            Program::Skep => {
                let mut skep = command(&lab.program("skep"));
                let (udp, http) = match is_udp {
                    true => (addr.to_string(), "127.0.0.1:0".to_owned()),
                    false => ("127.0.0.1:0".to_owned(), addr.to_string()),
                };
                skep.args(["serve", "--roles", "tracker", "--tracker-udp", &udp])
                    .args(["--tracker-http", &http, "--data"])
                    .arg(folder);
                let access = match self.site {
                    Some(_) => "registered",
                    None => "open",
                };
                let threads = match is_udp {
                    true => "SKEP_TRACKER__UDP_THREADS",
                    false => "SKEP_TRACKER__HTTP_THREADS",
                };
                skep.env("SKEP_TRACKER__ACCESS", access)
                    .env(threads, self.threads.to_string());
                if !is_udp {
                    skep.env("SKEP_TRACKER__MAX_CONNECTIONS", "20000");
                }
                if let Some((certificate, key)) = &self.tls {
                    skep.env("SKEP_TRACKER__TLS_CERT", certificate)
                        .env("SKEP_TRACKER__TLS_KEY", key);
                }
                skep
            }
            Program::Opentracker(built) => {
                let mut tracker = command(&built.path);
                tracker
                    .arg("-f")
                    .arg(self.opentracker(lab, built, addr, folder)?);
                tracker
            }
            Program::AquaticUdp(path) => {
                let text = format!(
                    "socket_workers = {}\nlog_level = \"error\"\n[network]\nuse_ipv6 = false\n\
                     address_ipv4 = \"{addr}\"\n",
                    self.threads
                );
                let mut tracker = command(path);
                tracker.arg("-c").arg(written(folder, &text)?);
                tracker
            }
            Program::AquaticHttp(path) => {
                // how its address is called has changed once
                let sample = Command::new(path).arg("-p").output()?.stdout;
                let sample = String::from_utf8_lossy(&sample).into_owned();
                let network = match sample.contains("address_ipv4") {
                    true => format!("use_ipv6 = false\naddress_ipv4 = \"{addr}\""),
                    false => format!("address = \"{addr}\""),
                };
                let keeps = self.protocol == Protocol::Http;
                let text = format!(
                    "socket_workers = 1\nswarm_workers = 1\nlog_level = \"error\"\n[network]\n\
                     {network}\nkeep_alive = {keeps}\n"
                );
                let mut tracker = command(path);
                tracker.arg("-c").arg(written(folder, &text)?);
                tracker
            }
        })
    }

    /// Writes its configuration and, where it wants one, the list of all torrents.
    fn opentracker(
        &self,
        lab: &Lab,
        built: &Opentracker,
        addr: SocketAddr,
        folder: &Path,
    ) -> Result<PathBuf> {
        let mut text = String::new();
        if self.protocol == Protocol::Udp {
            text += &format!("listen.udp.workers {}\nlisten.udp {addr}\n", self.threads);
        } else {
            text += &format!("listen.tcp {addr}\n");
        }
        text += &format!("tracker.rootdir {}\n", folder.display());
        if is_root() {
            text += "tracker.user nobody\n";
        }
        if built.listed {
            let mut hashes = Command::new(lab.program("load"));
            hashes.args(["hashes", &self.torrents.to_string()]);
            fs::write(folder.join("hashes"), lab.output(&mut hashes)?)?;
            // as it is called from its root folder, which it may keep to
            text += &match is_root() {
                true => "access.whitelist /hashes\n".to_owned(),
                false => format!("access.whitelist {}/hashes\n", folder.display()),
            };
        }
        written(folder, &text)
    }
}

impl Running {
    /// Whether a connection outlives its answer.
    pub fn keeps_connections(&self) -> Result<bool> {
        let mut stream = TcpStream::connect(self.addr)?;
        stream.set_read_timeout(Some(Duration::from_millis(500)))?;
        stream.write_all(b"GET /announce HTTP/1.1\r\nHost: tracker\r\n\r\n")?;
        let mut end = Vec::new();
        // it ends when the connection does, or with a time-out
        Ok(stream.read_to_end(&mut end).is_err())
    }
}

/// Whether somebody answers BEP 15's first packet.
fn connects(addr: SocketAddr) -> bool {
    let ask = || -> std::io::Result<usize> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.set_read_timeout(Some(Duration::from_millis(100)))?;
        let mut packet = [0; 16];
        packet[..8].copy_from_slice(&0x0417_2710_1980_u64.to_be_bytes());
        socket.send_to(&packet, addr)?;
        socket.recv(&mut [0; 64])
    };
    ask().is_ok_and(|length| length == 16)
}

fn written(folder: &Path, text: &str) -> Result<PathBuf> {
    let path = folder.join("configuration");
    fs::write(&path, text)?;
    Ok(path)
}
