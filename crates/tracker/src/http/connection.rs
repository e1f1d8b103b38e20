use super::answer::Responder;
use super::seats::{Seat, Seats};
use super::tls::Certificates;
use super::upgraded::{Upgraded, decrypt};
use crate::full_scrape::Sending;
use bittorrent::wire::http::{ProxyHeader, Request};
use rustix::buffer::spare_capacity;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send};
use rustls::ServerConnection;
use std::io::Write;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;

/// One client's connection: requests in, answers out in the same order, pipelined or not.
///
/// It keeps bytes only of a request that goes on, and of answers the client does not take.
pub(super) struct Connection {
    pub(super) socket: TcpStream,
    client: SocketAddr,
    seat: Option<Seat>,
    tls: Option<Box<ServerConnection>>,
    opening: Opening,
    input: Vec<u8>,
    output: Vec<u8>,
    /// What is left of a long answer, which is the last one.
    sending: Option<Box<Sending>>,
    /// What is to come when the client has taken its answers, unless the connection goes on.
    end: Option<End>,
    pub(super) wait: Wait,
}

/// What a connection waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    /// A request: it is idle.
    Request,
    /// The rest of one, or of what comes before the first.
    Rest,
    /// That the client takes what it was answered.
    Room,
    /// That the client takes this piece of a long answer.
    Piece(u32),
    /// That the client hangs up.
    End,
    /// Nothing any more.
    Gone,
    /// Somebody who speaks WebSocket; its request takes so many bytes.
    Upgrade(usize),
}

/// What the first bytes of a connection are taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// A PROXY header.
    Proxy,
    /// The beginning of TLS, or a request.
    First,
    /// It is open.
    Over,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Done,
    /// The client may have more to say that nobody will read. Unread, it would turn the end into a
    /// reset, and the answer might be lost.
    Lingering,
}

/// What all connections of a worker work with.
pub(super) struct Bench {
    pub(super) responder: Responder,
    pub(super) certificates: Option<Arc<Certificates>>,
    pub(super) seats: Arc<Seats>,
    /// Whether somebody speaks WebSocket.
    pub(super) upgrades: bool,
    /// Whether connections end after their answers: places are few, or the tracker stops.
    pub(super) closing: bool,
    buffers: Buffers,
}

struct Buffers {
    raw: Vec<u8>,
    plain: Vec<u8>,
    output: Vec<u8>,
}

impl Bench {
    pub(super) fn new(
        responder: Responder,
        certificates: Option<Arc<Certificates>>,
        seats: Arc<Seats>,
        upgrades: bool,
    ) -> Self {
        Self {
            responder,
            certificates,
            seats,
            upgrades,
            closing: false,
            buffers: Buffers {
                raw: Vec::with_capacity(INPUT),
                plain: Vec::with_capacity(INPUT),
                output: Vec::with_capacity(2 * OUTPUT),
            },
        }
    }
}

impl Connection {
    pub(super) fn new(
        socket: TcpStream,
        client: SocketAddr,
        seat: Option<Seat>,
        opening: Opening,
    ) -> Self {
        Self {
            socket,
            client,
            seat,
            tls: None,
            opening,
            input: Vec::new(),
            output: Vec::new(),
            sending: None,
            end: None,
            wait: Wait::Request,
        }
    }

    /// Whether anything has come from the client.
    pub(super) fn was_heard(&self) -> bool {
        self.opening == Opening::Over || self.tls.is_some() || !self.input.is_empty()
    }

    /// Goes on: there is something to read, or room to write.
    pub(super) fn proceed(&mut self, bench: &mut Bench) -> Wait {
        // They go back at the end, so that one connection's memory is the next one's.
        let mut buffers = std::mem::replace(
            &mut bench.buffers,
            Buffers {
                raw: Vec::new(),
                plain: Vec::new(),
                output: Vec::new(),
            },
        );
        self.wait = match self.wait {
            Wait::Room | Wait::Piece(_) => self.write(bench, &mut buffers),
            Wait::End => self.drain(&mut buffers.raw),
            _ => self.read(bench, &mut buffers),
        };
        bench.buffers = buffers;
        self.wait
    }

    fn read(&mut self, bench: &mut Bench, buffers: &mut Buffers) -> Wait {
        let Buffers { raw, plain, output } = buffers;
        raw.clear();
        output.clear();
        if self.tls.is_none() {
            raw.append(&mut std::mem::take(&mut self.input));
        }
        let carried = raw.len();
        match recv(&self.socket, spare_capacity(raw), RecvFlags::empty()) {
            Ok((0, _)) => return Wait::Gone,
            Ok(_) => {}
            Err(Errno::AGAIN | Errno::INTR) => {
                if self.tls.is_none() {
                    self.input = raw.to_vec();
                }
                return self.wait;
            }
            Err(_) => return Wait::Gone,
        }
        let mut bytes = &raw[..];
        let mut fresh = carried;
        if self.opening != Opening::Over {
            fresh = 0;
            match self.open(bytes, bench) {
                Err(wait) => return wait,
                Ok(used) => bytes = &bytes[used..],
            }
        }
        let Some(tls) = &mut self.tls else {
            return self.exchange(bytes, fresh, bench, output);
        };
        plain.clear();
        plain.append(&mut std::mem::take(&mut self.input));
        let fresh = plain.len();
        let ended = decrypt(tls, &mut bytes, plain);
        while tls.wants_write() {
            if tls.write_tls(output).is_err() {
                return Wait::Gone;
            }
        }
        match ended {
            Ok(false) => {}
            Ok(true) => return Wait::Gone,
            Err(_) => {
                // What is wrong is in the output, for the client to know.
                let _ = send(&self.socket, output, SendFlags::NOSIGNAL);
                bench.responder.refuse_connection();
                return Wait::Gone;
            }
        }
        let shaking_hands = tls.is_handshaking();
        if plain.len() > fresh {
            return self.exchange(plain, fresh, bench, output);
        }
        self.input = plain.to_vec();
        match self.send(output) {
            Sent::Failed => Wait::Gone,
            Sent::Partly => Wait::Room,
            Sent::Whole if shaking_hands || !self.input.is_empty() => Wait::Rest,
            Sent::Whole => Wait::Request,
        }
    }

    /// What comes before the first request. Returns how much of it was used.
    fn open(&mut self, bytes: &[u8], bench: &mut Bench) -> Result<usize, Wait> {
        let mut used = 0;
        if self.opening == Opening::Proxy {
            match ProxyHeader::parse(bytes) {
                Ok(None) => {
                    self.input = bytes.to_vec();
                    return Err(Wait::Rest);
                }
                Ok(Some(header)) => {
                    used = header.len;
                    if let Some(from) = header.from {
                        self.client = SocketAddr::new(from.ip().to_canonical(), from.port());
                        self.seat = bench.seats.take(self.client.ip()).map_err(|_| {
                            bench.responder.refuse_place();
                            Wait::Gone
                        })?;
                    }
                }
                Err(_) => {
                    bench.responder.refuse_connection();
                    return Err(Wait::Gone);
                }
            }
            self.opening = Opening::First;
        }
        match (bytes.get(used), &bench.certificates) {
            (None, _) => return Err(Wait::Request),
            (Some(&HANDSHAKE), Some(certificates)) => {
                let tls = ServerConnection::new(certificates.server());
                let mut tls = tls.map_err(|_| Wait::Gone)?;
                // Answers are limited here, where they are made.
                tls.set_buffer_limit(None);
                self.tls = Some(Box::new(tls));
            }
            _ => {}
        }
        self.opening = Opening::Over;
        Ok(used)
    }

    /// Answers the requests in `input`, of which everything from `fresh` on is new. What is in
    /// `output` goes out first.
    fn exchange(
        &mut self,
        input: &[u8],
        fresh: usize,
        bench: &mut Bench,
        output: &mut Vec<u8>,
    ) -> Wait {
        if fresh > 0
            && input.len() < Request::MAX
            && memchr::memchr(b'\n', &input[fresh..]).is_none()
        {
            // It goes on, and looking at all of it again would be what a dripping client wants.
            self.input = input.to_vec();
            return Wait::Rest;
        }
        let mut used = 0;
        // TLS has something of its own to say first.
        let mut answers = match self.tls {
            Some(_) => Vec::with_capacity(OUTPUT),
            None => std::mem::take(output),
        };
        let wait = loop {
            let mut goes_on = false;
            while !goes_on && self.end.is_none() && used < input.len() && answers.len() < OUTPUT {
                match Request::parse(&input[used..]) {
                    Ok(None) => goes_on = true,
                    Ok(Some(request)) if request.websocket && bench.upgrades => {
                        self.input = input[used..].to_vec();
                        break;
                    }
                    Ok(Some(request)) => {
                        used += request.len;
                        let keep_alive = request.keep_alive && !bench.closing;
                        let sending =
                            bench
                                .responder
                                .answer(self.client, &request, keep_alive, &mut answers);
                        self.sending = sending.map(Box::new);
                        if !keep_alive || self.sending.is_some() {
                            self.end = Some(match used < input.len() {
                                true => End::Lingering,
                                false => End::Done,
                            });
                        }
                    }
                    Err(error) => {
                        (used, self.end) = (input.len(), Some(End::Lingering));
                        bench.responder.refuse_request(error, &mut answers);
                    }
                }
            }
            let sent = self.send_answers(&answers, output);
            answers.clear();
            output.clear();
            match (sent, self.end) {
                (Sent::Failed, _) => break Wait::Gone,
                (Sent::Partly, _) if !self.input.is_empty() => break Wait::Gone,
                (Sent::Partly, _) => {
                    self.input = input[used..].to_vec();
                    break Wait::Room;
                }
                (Sent::Whole, _) if !self.input.is_empty() => {
                    let head = Request::parse(&self.input).ok().flatten();
                    break head.map_or(Wait::Gone, |request| Wait::Upgrade(request.len));
                }
                (Sent::Whole, Some(_)) => break self.finish(),
                (Sent::Whole, None) if used == input.len() => break Wait::Request,
                (Sent::Whole, None) if goes_on => {
                    self.input = input[used..].to_vec();
                    break Wait::Rest;
                }
                (Sent::Whole, None) => {}
            }
        };
        if self.tls.is_none() {
            *output = answers;
        }
        wait
    }

    fn send_answers(&mut self, answers: &[u8], output: &mut Vec<u8>) -> Sent {
        let Some(tls) = &mut self.tls else {
            return self.send(answers);
        };
        let mut written = tls.writer().write_all(answers);
        if self.end.is_some() && self.sending.is_none() {
            tls.send_close_notify();
        }
        while written.is_ok() && tls.wants_write() {
            written = tls.write_tls(output).map(|_| ());
        }
        match written {
            Ok(()) => self.send(output),
            Err(_) => Sent::Failed,
        }
    }

    /// Sends as much as goes, and keeps the rest.
    fn send(&mut self, bytes: &[u8]) -> Sent {
        if bytes.is_empty() {
            return Sent::Whole;
        }
        let sent = match send(&self.socket, bytes, SendFlags::NOSIGNAL) {
            Ok(sent) => sent,
            Err(Errno::AGAIN | Errno::INTR) => 0,
            Err(_) => return Sent::Failed,
        };
        if sent == bytes.len() {
            return Sent::Whole;
        }
        self.output = bytes[sent..].to_vec();
        Sent::Partly
    }

    /// There is room for what the client did not take before.
    fn write(&mut self, bench: &mut Bench, buffers: &mut Buffers) -> Wait {
        let output = std::mem::take(&mut self.output);
        match self.send(&output) {
            Sent::Failed => return Wait::Gone,
            Sent::Partly => return self.wait,
            Sent::Whole => {}
        }
        if self.sending.is_some() {
            return self.send_piece(buffers);
        }
        if self.end.is_some() {
            return self.finish();
        }
        if self.tls.as_ref().is_some_and(|tls| tls.is_handshaking()) {
            return Wait::Rest;
        }
        let input = std::mem::take(&mut self.input);
        if input.is_empty() {
            return Wait::Request;
        }
        buffers.output.clear();
        self.exchange(&input, 0, bench, &mut buffers.output)
    }

    /// Goes on with a long answer: one piece, then others have their turn.
    fn send_piece(&mut self, buffers: &mut Buffers) -> Wait {
        let Buffers { plain, output, .. } = buffers;
        output.clear();
        let Some(Ok(last)) = self.sending.as_mut().map(|sending| sending.next(plain)) else {
            return Wait::Gone;
        };
        if last {
            self.sending = None;
        }
        let piece = match self.wait {
            Wait::Piece(piece) => piece.wrapping_add(1),
            _ => 0,
        };
        match self.send_answers(plain, output) {
            Sent::Failed => Wait::Gone,
            Sent::Whole if last => self.finish(),
            Sent::Whole | Sent::Partly => Wait::Piece(piece),
        }
    }

    fn finish(&mut self) -> Wait {
        if self.sending.is_some() {
            return Wait::Piece(0);
        }
        if self.end == Some(End::Lingering) && self.socket.shutdown(Shutdown::Write).is_ok() {
            return Wait::End;
        }
        Wait::Gone
    }

    fn drain(&mut self, raw: &mut Vec<u8>) -> Wait {
        raw.clear();
        match recv(&self.socket, spare_capacity(raw), RecvFlags::empty()) {
            Ok((1.., _)) | Err(Errno::AGAIN | Errno::INTR) => Wait::End,
            Ok((0, _)) | Err(_) => Wait::Gone,
        }
    }

    /// Lets the connection go, with its request of `head` bytes, to whoever speaks WebSocket.
    pub(super) fn upgraded(self, head: usize, responder: &Responder) -> Upgraded {
        let mut input = self.input;
        let rest = input.split_off(head.min(input.len()));
        let from = match Request::parse(&input) {
            Ok(Some(request)) => responder.client(self.client, &request),
            _ => self.client.ip(),
        };
        Upgraded {
            socket: self.socket,
            tls: self.tls,
            seat: self.seat,
            from,
            head: input,
            rest,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    Whole,
    /// The rest is kept.
    Partly,
    Failed,
}

/// Answers to pipelined requests are sent together up to this size.
const OUTPUT: usize = 16 << 10;
/// Room for the longest request, so that one that fills it is known to be too long.
const INPUT: usize = Request::MAX + ProxyHeader::MAX;
/// How a TLS connection begins: the type of the record in which the client says hello.
const HANDSHAKE: u8 = 0x16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_connection_is_small() {
        assert!(size_of::<Connection>() <= 256);
    }
}
