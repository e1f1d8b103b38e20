use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::client::Client;
use super::{Pace, REPEAT, Sum};

/// Announces for the clients, one after the other, until the end and until the last is answered.
pub fn run(tracker: SocketAddr, mut clients: Vec<Client>, pace: Pace) -> (Vec<Client>, Sum) {
    let mut sum = Sum::default();
    let host = tracker.to_string();
    let mut connection: Option<TcpStream> = None;
    let (mut begun, mut at) = (0, 0);
    while !clients.is_empty() {
        let now = Instant::now();
        let client = &mut clients[at];
        if !client.is_waiting() {
            if now >= pace.end {
                break;
            }
            if begun >= pace.due(now) {
                std::thread::sleep(Duration::from_millis(1));
                continue;
            }
            begun += 1;
            client.step();
        } else if now > pace.last {
            break;
        }
        let stream = match connection.take() {
            Some(stream) => Some(stream),
            None => connect(tracker),
        };
        let answered = stream.and_then(|mut stream| {
            let body = ask(&mut stream, &client.request(&host))?;
            connection = Some(stream);
            Some(body)
        });
        match answered {
            Some(body) if find(&body, b"14:failure reason").is_none() => {
                client.acknowledge();
                sum.answered += 1;
                at = (at + 1) % clients.len();
            }
            Some(body) => {
                sum.refuse(&body);
                std::thread::sleep(PAUSE);
            }
            None => {
                sum.repeated += 1;
                // what could not begin meanwhile is not made up for
                std::thread::sleep(PAUSE);
                begun = pace.due(Instant::now()).max(begun);
            }
        }
    }
    (clients, sum)
}

fn connect(tracker: SocketAddr) -> Option<TcpStream> {
    let stream = TcpStream::connect_timeout(&tracker, REPEAT).ok()?;
    stream.set_read_timeout(Some(REPEAT)).ok()?;
    stream.set_nodelay(true).ok()?;
    Some(stream)
}

/// The body of the answer; `None` when there is none, or only a part.
fn ask(stream: &mut TcpStream, request: &str) -> Option<Vec<u8>> {
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        if let Some(end) = find(&answer, b"\r\n\r\n") {
            let head = std::str::from_utf8(&answer[..end]).ok()?;
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                let named = name.eq_ignore_ascii_case("content-length");
                named.then(|| value.trim().parse::<usize>().ok())?
            })?;
            if let Some(body) = answer.get(end + 4..end + 4 + length) {
                return head.starts_with("HTTP/1.1 200").then(|| body.to_vec());
            }
        }
        match stream.read(&mut chunk) {
            Ok(0) => return None,
            Ok(read) => answer.extend_from_slice(&chunk[..read]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

const PAUSE: Duration = Duration::from_millis(50);
