use super::connection::{Bench, Connection, Opening, Wait};
use super::deadlines::Deadlines;
use super::listener::Parts;
use super::table::Table;
use anyhow::{Context, Result};
use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::{SendFlags, SocketFlags, acceptfrom_with, send};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// One thread's worth of HTTP service: a listener, its connections, and what waits for them.
pub(super) struct Worker {
    poll: OwnedFd,
    listener: Option<TcpListener>,
    /// How many connections are accepted in one go. Asking in vain costs as much as a connection.
    burst: usize,
    accepted: Vec<(TcpStream, SocketAddr)>,
    /// While there are no file descriptors, when to look again.
    resting: Option<Instant>,
    table: Table,
    deadlines: Deadlines,
    bench: Bench,
    parts: Parts,
    /// How many connections at most.
    capacity: usize,
    tick: Duration,
}

impl Worker {
    pub(super) fn new(
        listener: TcpListener,
        parts: Parts,
        bench: Bench,
        capacity: usize,
    ) -> Result<Self> {
        let poll = epoll::create(CreateFlags::CLOEXEC).context("cannot wait for connections")?;
        let token = EventData::new_u64(LISTENER);
        epoll::add(&poll, &listener, token, EventFlags::IN)
            .context("cannot wait for connections")?;
        let config = &parts.config;
        let tick = config.idle_timeout.min(config.request_timeout) / 8;
        let tick = tick.clamp(TICK_MIN, TICK_MAX);
        Ok(Self {
            poll,
            listener: Some(listener),
            burst: 1,
            accepted: Vec::new(),
            resting: None,
            table: Table::default(),
            deadlines: Deadlines::new(Instant::now(), tick),
            bench,
            capacity: capacity.max(1),
            parts,
            tick,
        })
    }

    /// Serves until `stop` is cancelled; then finishes the requests in hand.
    pub(super) fn run(mut self, stop: &CancellationToken) -> Result<()> {
        let mut events: Vec<Event> = Vec::with_capacity(EVENTS);
        let mut passed = Vec::new();
        let mut last = None;
        loop {
            events.clear();
            let tick = match last {
                None => self.tick,
                Some(_) => TICK_MIN,
            };
            let tick = Timespec::try_from(tick).context("a tick is short")?;
            match epoll::wait(&self.poll, spare_capacity(&mut events), Some(&tick)) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error).context("cannot wait for connections"),
            }
            let now = Instant::now();
            self.bench.responder.begin(self.parts.desk.now());
            for event in &events {
                match event.data.u64() {
                    LISTENER => self.accept(now),
                    token => {
                        if let Some(at) = self.table.place(token) {
                            self.proceed(at, now);
                        }
                    }
                }
            }
            self.bench.responder.finish();
            self.deadlines.passed(now, &mut passed);
            for at in &passed {
                self.overdue(*at);
            }
            if self.resting.is_some_and(|until| now >= until) {
                self.listen_again();
            }
            if stop.is_cancelled() && last.is_none() {
                last = Some(now + IN_HAND);
                self.stop(now);
            }
            if let Some(last) = last {
                if now + IN_HAND >= last + FIRST_WORD {
                    self.let_go(|_| true);
                }
                if now >= last || self.table.len() == 0 {
                    return Ok(());
                }
            }
        }
    }

    /// Takes in who has connected, or some of them.
    fn accept(&mut self, now: Instant) {
        let mut accepted = std::mem::take(&mut self.accepted);
        let more = self.collect(&mut accepted, now);
        self.burst = match more {
            true => (self.burst * 2).min(ACCEPTS),
            false => 1,
        };
        // The request of the last to come is hardly there yet; that of those before it mostly is.
        let last = accepted.len().saturating_sub(1);
        for (at, (socket, from)) in accepted.drain(..).enumerate() {
            self.admit(socket, from, at < last, now);
        }
        self.accepted = accepted;
    }

    /// Accepts as many as one go has. Returns whether there may be more.
    fn collect(&mut self, accepted: &mut Vec<(TcpStream, SocketAddr)>, now: Instant) -> bool {
        while accepted.len() < self.burst {
            let Some(listener) = &self.listener else {
                return false;
            };
            let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
            match acceptfrom_with(listener, flags) {
                Ok((socket, from)) => {
                    if let Some(Ok(from)) = from.map(SocketAddr::try_from) {
                        accepted.push((TcpStream::from(socket), from));
                    }
                }
                Err(Errno::AGAIN) => return false,
                Err(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM) => {
                    self.rest(now);
                    return false;
                }
                // News of the one connection that was to be taken in.
                Err(_) => {}
            }
        }
        true
    }

    /// Takes a connection in. `asked`: its request is probably there.
    fn admit(&mut self, socket: TcpStream, from: SocketAddr, asked: bool, now: Instant) {
        if self.table.len() >= self.capacity && !self.evict() {
            return self.refuse(socket, from, now);
        }
        let from = SocketAddr::new(from.ip().to_canonical(), from.port());
        let config = &self.parts.config;
        let proxied = config
            .trusted_proxies
            .iter()
            .any(|proxy| proxy.contains(from.ip()));
        let seat = match proxied {
            // It is many clients.
            true => None,
            false => match self.bench.seats.take(from.ip()) {
                Ok(seat) => seat,
                Err(_) => return self.refuse(socket, from, now),
            },
        };
        let opening = match proxied && config.proxy_protocol {
            true => Opening::Proxy,
            false => Opening::First,
        };
        self.parts.metering.http_connections.increment(1.0);
        let at = self
            .table
            .insert(Connection::new(socket, from, seat, opening));
        self.crowd();
        let mut wait = Wait::Request;
        if asked && let Some(connection) = self.table.get_mut(at) {
            // Where it ends with the answer the system need not be told of it.
            wait = connection.proceed(&mut self.bench);
            if wait == Wait::Gone {
                return self.forget(at);
            }
        }
        self.enlist(at, wait, now);
    }

    fn proceed(&mut self, at: usize, now: Instant) {
        let Some(connection) = self.table.get_mut(at) else {
            return;
        };
        let before = connection.wait;
        let wait = connection.proceed(&mut self.bench);
        self.settle(at, Some(before), wait, now);
    }

    /// Does what a connection's new state asks for. `before` is what the system knows of.
    fn settle(&mut self, at: usize, before: Option<Wait>, wait: Wait, now: Instant) {
        let config = &self.parts.config;
        let time = match wait {
            Wait::Gone => return self.forget(at),
            Wait::Upgrade(head) => return self.hand_over(at, head),
            Wait::Request if self.bench.closing && self.listener.is_none() => {
                return self.forget(at);
            }
            Wait::Request => Some(config.idle_timeout),
            // Whoever goes on being slow gets no more time.
            wait if before == Some(wait) => None,
            Wait::Rest | Wait::Room | Wait::Piece(_) => Some(config.request_timeout),
            Wait::End => Some(LINGER),
        };
        if let Some(time) = time {
            self.deadlines.set(at, now + time);
        }
        if let Some(before) = before
            && interest(before) != interest(wait)
        {
            let token = EventData::new_u64(self.table.token(at));
            let changed = self.table.get_mut(at).map(|connection| {
                epoll::modify(&self.poll, &connection.socket, token, interest(wait))
            });
            if !matches!(changed, Some(Ok(()))) {
                self.forget(at);
            }
        }
    }

    fn overdue(&mut self, at: usize) {
        let wait = self.table.get_mut(at).map(|connection| connection.wait);
        if matches!(wait, Some(Wait::Rest | Wait::Room | Wait::Piece(_))) {
            self.parts.metering.http.refused("slow");
        }
        self.forget(at);
    }

    fn forget(&mut self, at: usize) {
        // Closing the socket takes it out of what is waited for.
        if self.table.remove(at).is_some() {
            self.deadlines.clear(at);
            self.parts.metering.http_connections.decrement(1.0);
            self.crowd();
        }
    }

    /// With few places left, nobody keeps one between requests.
    fn crowd(&mut self) {
        let free = self.capacity.saturating_sub(self.table.len());
        self.bench.closing = self.listener.is_none() || free < self.capacity / 4;
    }

    /// Lets those go that have been idle longest, to make room. Returns whether there were any.
    fn evict(&mut self) -> bool {
        let idle = self.table.iter();
        let mut idle: Vec<(u32, usize)> = idle
            .filter(|(_, connection)| connection.wait == Wait::Request)
            .map(|(at, _)| (self.deadlines.order(at), at))
            .collect();
        // Several at once, so that this is rare.
        let count = (self.capacity / 32).max(1).min(idle.len());
        if count == 0 {
            return false;
        }
        idle.select_nth_unstable(count - 1);
        for (_, at) in &idle[..count] {
            self.forget(*at);
        }
        true
    }

    /// Says that there is no place, and hangs up when that is heard.
    fn refuse(&mut self, socket: TcpStream, from: SocketAddr, now: Instant) {
        self.bench.responder.refuse_place();
        let said = send(&socket, BUSY, SendFlags::NOSIGNAL).is_ok();
        if !said
            || socket.shutdown(Shutdown::Write).is_err()
            || self.table.len() >= self.capacity + LINGERING
        {
            return;
        }
        let mut connection = Connection::new(socket, from, None, Opening::Over);
        connection.wait = Wait::End;
        self.parts.metering.http_connections.increment(1.0);
        let at = self.table.insert(connection);
        self.enlist(at, Wait::End, now);
    }

    /// Has the system tell when a connection can go on.
    fn enlist(&mut self, at: usize, wait: Wait, now: Instant) {
        let token = EventData::new_u64(self.table.token(at));
        let Some(connection) = self.table.get_mut(at) else {
            return;
        };
        match epoll::add(&self.poll, &connection.socket, token, interest(wait)) {
            Ok(()) => self.settle(at, None, wait, now),
            Err(_) => self.forget(at),
        }
    }

    /// There are no file descriptors: lets idle connections go, and waits a little in any case.
    fn rest(&mut self, now: Instant) {
        if self.resting.is_none() {
            tracing::warn!(
                http.connections = self.table.len(),
                "no file descriptors for more connections: raise the limit of open files (LimitNOFILE)"
            );
        }
        self.evict();
        self.resting = Some(now + PAUSE);
        if let Some(listener) = &self.listener {
            let token = EventData::new_u64(LISTENER);
            let _ = epoll::modify(&self.poll, listener, token, EventFlags::empty());
        }
    }

    fn listen_again(&mut self) {
        self.resting = None;
        if let Some(listener) = &self.listener {
            let token = EventData::new_u64(LISTENER);
            let _ = epoll::modify(&self.poll, listener, token, EventFlags::IN);
        }
    }

    fn hand_over(&mut self, at: usize, head: usize) {
        let Some(connection) = self.table.remove(at) else {
            return;
        };
        self.deadlines.clear(at);
        self.parts.metering.http_connections.decrement(1.0);
        // It may never have been added.
        let _ = epoll::delete(&self.poll, &connection.socket);
        if let Some(upgrades) = &self.parts.upgrades
            && upgrades
                .try_send(connection.upgraded(head, &self.bench.responder))
                .is_err()
        {
            self.bench.responder.refuse_place();
        }
    }

    /// Nothing new from here on: who has connected is served once more, who is idle is let go. Who has
    /// just come may not have been heard yet.
    fn stop(&mut self, now: Instant) {
        self.burst = ACCEPTS;
        self.accept(now);
        self.listener = None;
        self.crowd();
        self.let_go(Connection::was_heard);
    }

    /// Lets those go that are idle, of those that are meant.
    fn let_go(&mut self, are_meant: impl Fn(&Connection) -> bool) {
        let idle = self.table.iter();
        let idle: Vec<usize> = idle
            .filter(|(_, connection)| connection.wait == Wait::Request && are_meant(connection))
            .map(|(at, _)| at)
            .collect();
        for at in idle {
            self.forget(at);
        }
    }
}

fn interest(wait: Wait) -> EventFlags {
    match wait {
        Wait::Room | Wait::Piece(_) => EventFlags::OUT,
        _ => EventFlags::IN,
    }
}

const LISTENER: u64 = u64::MAX;
const EVENTS: usize = 256;
/// Accepted in one go at most; then those that are here have their turn.
const ACCEPTS: usize = 64;
const TICK_MIN: Duration = Duration::from_millis(10);
/// Also how long it takes to notice that it is to stop.
const TICK_MAX: Duration = Duration::from_millis(250);
/// How long a client may take to hang up after its last answer.
const LINGER: Duration = Duration::from_millis(500);
/// Connections beyond the limit that are told so.
const LINGERING: usize = 64;
/// Between two looks whether there are file descriptors again.
const PAUSE: Duration = Duration::from_millis(100);
/// How long who has just connected may take to say something, after the stop.
const FIRST_WORD: Duration = Duration::from_millis(100);
/// How long requests in hand may take after the stop.
const IN_HAND: Duration = Duration::from_millis(500);
const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\n\
    Retry-After: 60\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
