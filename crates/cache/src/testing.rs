//! A Redis of its own for a test, on a free port, gone with it.

use std::env;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Once;
use std::time::{Duration, Instant};

/// A running `redis-server` that keeps nothing on disk.
pub struct RedisServer {
    port: u16,
    password: Option<&'static str>,
    child: Option<Child>,
}

impl RedisServer {
    /// Starts one; `None` where there is no `redis-server`, which CI does not accept.
    pub fn start() -> Option<Self> {
        Self::start_with(None)
    }

    /// Starts one that asks for a password.
    pub fn start_with(password: Option<&'static str>) -> Option<Self> {
        let installed = env::split_paths(&env::var_os("PATH").unwrap_or_default())
            .any(|folder| folder.join("redis-server").is_file());
        if !installed {
            assert!(
                env::var_os("CI").is_none(),
                "redis-server must be installed in CI"
            );
            static LOUD: Once = Once::new();
            // Written past the capture of test output, so that nobody overlooks it.
            LOUD.call_once(|| {
                let line = "\nskipped: tests with Redis (redis-server is not installed)\n\n";
                let _ = std::io::stderr().write_all(line.as_bytes());
            });
            return None;
        }
        for _ in 0..20 {
            let free = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
            let port = free.local_addr().expect("it has an address").port();
            drop(free);
            let mut server = Self {
                port,
                password,
                child: None,
            };
            // somebody else may have taken the port meanwhile
            if server.boot() {
                return Some(server);
            }
        }
        panic!("redis-server does not start");
    }

    /// The address of its first database.
    pub fn url(&self) -> String {
        let password = self.password.map(|word| format!(":{word}@"));
        let password = password.unwrap_or_default();
        format!("redis://{password}127.0.0.1:{}/0", self.port)
    }

    /// Ends it at once, as a crash would; everything in it is lost.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // the shell ends its server when this closes
            drop(child.stdin.take());
            child.wait().expect("a child can be waited for");
        }
    }

    /// Starts it again on the same port, empty.
    pub fn start_again(&mut self) {
        self.stop();
        let end = Instant::now() + PATIENCE;
        while !self.boot() {
            assert!(Instant::now() < end, "redis-server does not start again");
        }
    }

    /// The answer to one command, as it stands on the wire: for a look past the code under test.
    pub fn ask(&self, command: &[&str]) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        let mut say = |words: &[&str]| {
            let mut line = format!("*{}\r\n", words.len());
            for word in words {
                line += &format!("${}\r\n{word}\r\n", word.len());
            }
            stream.write_all(line.as_bytes()).expect("it reads");
        };
        if let Some(password) = self.password {
            say(&["AUTH", password]);
        }
        say(command);
        say(&["QUIT"]);
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer
    }

    fn boot(&mut self) -> bool {
        // ends with this process, however that ends: then the shell's input is closed
        let script = "redis-server \"$@\" >/dev/null 2>&1 & server=$!; read _; kill -9 $server; wait $server";
        let port = self.port.to_string();
        let mut command = Command::new("sh");
        command.args(["-c", script, "sh", "--port", &port, "--bind", "127.0.0.1"]);
        command.args(["--save", "", "--appendonly", "no"]);
        if let Some(password) = self.password {
            command.args(["--requirepass", password]);
        }
        let child = command
            .current_dir(env::temp_dir())
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("there is a shell");
        self.child = Some(child);
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if self.answers() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        self.stop();
        false
    }

    fn answers(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else {
            return false;
        };
        let mut start = [0; 1];
        // with a password it says so, which is an answer too
        stream.write_all(b"PING\r\n").is_ok() && stream.read_exact(&mut start).is_ok()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.stop();
    }
}

const PATIENCE: Duration = Duration::from_secs(10);
