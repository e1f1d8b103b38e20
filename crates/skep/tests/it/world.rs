//! A data folder, the binary over it, and its `serve`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A temporary folder with a data folder in it; the binary runs there with an empty environment.
pub struct World {
    folder: TempDir,
}

impl World {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The binary with these arguments, on the data folder.
    pub fn skep(&self, arguments: &[&str]) -> Command {
        self.skep_on(arguments, self.data())
    }

    /// The binary with these arguments, on another data folder.
    pub fn skep_on(&self, arguments: &[&str], data: impl AsRef<Path>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skep"));
        command.args(arguments).arg("--data").arg(data.as_ref());
        command
            .current_dir(self.folder())
            .env_clear()
            .env("HOME", self.folder());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.skep(arguments).stdin(Stdio::null()).output().unwrap()
    }

    /// Runs a command with something on its standard input.
    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = self
            .skep(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        child.wait_with_output().unwrap()
    }

    /// Runs a command that must succeed; its standard output without the last line's end.
    pub fn ok(&self, arguments: &[&str]) -> String {
        said(&self.run(arguments))
    }

    /// Runs a command that must fail with status 1; its one line on standard error.
    pub fn refusal(&self, arguments: &[&str]) -> String {
        one_line(&self.run(arguments))
    }

    /// Starts `serve` on free ports and waits until it is ready.
    pub fn serve(&self) -> Serve {
        self.serve_with(&[])
    }

    /// Starts `serve` on free ports with more flags.
    pub fn serve_with(&self, flags: &[&str]) -> Serve {
        let mut arguments = vec!["serve"];
        arguments.extend(FREE_PORTS);
        arguments.extend(flags);
        Serve::start(self.skep(&arguments))
    }
}

pub const FREE_PORTS: [&str; 6] = [
    "--web",
    "127.0.0.1:0",
    "--tracker-http",
    "127.0.0.1:0",
    "--tracker-udp",
    "127.0.0.1:0",
];

/// A running `serve`, killed when dropped.
pub struct Serve {
    child: Child,
    /// The lines before `ready`.
    pub before: Vec<String>,
    /// The words of the ready line.
    pub ready: Vec<String>,
}

impl Serve {
    pub fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut before = Vec::new();
        loop {
            match lines.next() {
                Some(Ok(line)) if line.starts_with("ready") => {
                    let ready = line.split(' ').map(str::to_owned).collect();
                    // the pipe stays open until the process ends: nothing more is written to it
                    std::thread::spawn(move || lines.for_each(drop));
                    return Self {
                        child,
                        before,
                        ready,
                    };
                }
                Some(Ok(line)) => before.push(line),
                _ => {
                    let mut log = String::new();
                    child
                        .stderr
                        .take()
                        .unwrap()
                        .read_to_string(&mut log)
                        .unwrap();
                    panic!("serve ended before it was ready: {log}");
                }
            }
        }
    }

    /// The address behind `web=`, `tracker-http=` or `tracker-udp=`.
    pub fn address(&self, part: &str) -> &str {
        let find = |word: &'_ String| {
            word.strip_prefix(part)
                .is_some_and(|rest| rest.starts_with('='))
        };
        let word = self.ready.iter().find(|word| find(word)).unwrap();
        &word[part.len() + 1..]
    }

    /// Status and body of a GET of the site.
    pub fn get(&self, path: &str) -> (u16, String) {
        let host = self.address("web").strip_prefix("http://").unwrap();
        get(host, path)
    }

    /// The token of the set-up line, if there was one.
    pub fn setup_token(&self) -> Option<&str> {
        let line = self.before.iter().find(|line| line.starts_with("setup "))?;
        Some(line.split_once("/setup?token=").unwrap().1)
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", name, &id])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Waits for the end; what it wrote to standard error.
    pub fn wait(mut self) -> (ExitStatus, String) {
        let end = Instant::now() + Duration::from_secs(15);
        let mut stderr = self.child.stderr.take().unwrap();
        let reader = std::thread::spawn(move || {
            let mut log = String::new();
            stderr.read_to_string(&mut log).ok();
            log
        });
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status, reader.join().unwrap());
            }
            assert!(Instant::now() < end, "serve did not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Stops it in good order.
    pub fn stop(self) {
        self.signal("TERM");
        let (status, log) = self.wait();
        assert!(status.success(), "{log}");
    }

    /// Kills it as a crash would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Status and body of a GET.
pub fn get(host: &str, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1.to_owned();
    (status, body)
}

/// Standard output of a command that succeeded, without the last line's end.
pub fn said(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout.clone())
        .unwrap()
        .trim_end()
        .to_owned()
}

/// The one line on standard error of a command that failed with status 1.
pub fn one_line(output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    text.trim_end().to_owned()
}
