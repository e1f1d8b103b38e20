use super::forwarded;
use super::listener::Parts;
use crate::announce::{self, Desk, Served, wire_count};
use crate::config::Config;
use crate::full_scrape::{FullScrape, NotSent, Sending};
use crate::metering::Metering;
use bittorrent::wire::http::{
    AnnounceAnswer, AnnounceQuery, Endpoint, EndpointError, EndpointKind, PeerList, QueryError,
    Request, RequestError, RetryIn, ScrapeEntry, ScrapeQuery, write_failure, write_scrape,
};
use bittorrent::{Event, PeerId};
use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use swarm::{Families, Peers, Protocol, UnixTime};

/// Turns requests into answers, for one thread.
pub(crate) struct Responder {
    desk: Arc<Desk>,
    config: Arc<Config>,
    metering: Metering,
    now: UnixTime,
    peers: Peers,
    body: Vec<u8>,
    announces: u64,
    scrapes: u64,
    full_scrape: Option<Arc<FullScrape>>,
    /// One more for each full scrape that is on its way.
    full_scrapes: Arc<()>,
}

impl Responder {
    pub(crate) fn new(parts: &Parts) -> Self {
        Self {
            now: parts.desk.now(),
            desk: parts.desk.clone(),
            config: parts.config.clone(),
            metering: parts.metering.clone(),
            peers: Peers::default(),
            body: Vec::new(),
            announces: 0,
            scrapes: 0,
            full_scrape: parts.full_scrape.clone(),
            full_scrapes: Arc::new(()),
        }
    }

    /// Begins a round of requests, all of them at this time.
    pub(crate) fn begin(&mut self, now: UnixTime) {
        self.now = now;
    }

    /// Ends the round, and counts what was asked in it.
    pub(crate) fn finish(&mut self) {
        let http = &self.metering.http;
        http.announces
            .increment(std::mem::take(&mut self.announces));
        http.scrapes.increment(std::mem::take(&mut self.scrapes));
    }

    /// Appends the answer to `out`. `from` is who the connection is with. An answer whose body is
    /// returned is only its head, and the last one on its connection.
    pub(crate) fn answer(
        &mut self,
        from: SocketAddr,
        request: &Request<'_>,
        keep_alive: bool,
        out: &mut Vec<u8>,
    ) -> Option<Sending> {
        let (path, query) = request
            .target
            .split_once('?')
            .unwrap_or((request.target, ""));
        self.body.clear();
        match Endpoint::parse(path, query) {
            Ok(Endpoint {
                kind: EndpointKind::Announce,
                passkey,
            }) => {
                self.announces += 1;
                let client = self.client(from, request);
                self.announce(query, passkey, client);
            }
            Ok(Endpoint {
                kind: EndpointKind::Scrape,
                passkey,
            }) => {
                self.scrapes += 1;
                match ScrapeQuery::parse(query) {
                    Ok(query) => self.scrape(&query, passkey),
                    Err(QueryError::Missing(_)) => match self.scrape_all(from, request) {
                        Ok(sending) => {
                            write_head(out, "200 OK", sending.len(), false, request.http_10);
                            return Some(sending);
                        }
                        Err(refusal) => {
                            let retry_in = refusal.retry_in();
                            let retry_in = retry_in.map_or(RetryIn::Never, RetryIn::Minutes);
                            self.refuse("full_scrape", &refusal.to_string(), Some(retry_in));
                        }
                    },
                    Err(error) => self.refuse("malformed", &error.to_string(), None),
                }
            }
            Err(EndpointError::NotFound) => {
                write_page(out, "404 Not Found", keep_alive);
                return None;
            }
            Err(error @ EndpointError::BadPasskey) => {
                self.refuse("url", &error.to_string(), Some(RetryIn::Never));
            }
        }
        self.write(out, keep_alive, request.http_10);
        None
    }

    /// Who asks, when the connection is with `from`.
    pub(crate) fn client(&self, from: SocketAddr, request: &Request<'_>) -> IpAddr {
        forwarded::client(from.ip(), &request.forwarded, &self.config.trusted_proxies)
    }

    /// Appends the answer to what is no request.
    pub(crate) fn refuse_request(&mut self, error: RequestError, out: &mut Vec<u8>) {
        let status = match error {
            RequestError::TooLong => {
                self.body.clear();
                self.refuse("too_long", &error.to_string(), Some(RetryIn::Never));
                return self.write(out, false, false);
            }
            RequestError::Malformed => "400 Bad Request",
            RequestError::Method => "405 Method Not Allowed",
        };
        self.refuse_connection();
        write_page(out, status, false);
    }

    /// Counts a connection that does not speak as it should.
    pub(crate) fn refuse_connection(&self) {
        self.metering.http.refused("connection");
    }

    /// Counts a connection for which there is no place.
    pub(crate) fn refuse_place(&self) {
        self.metering.http.refused("no_place");
    }

    fn announce(&mut self, query: &str, passkey: Option<&str>, client: IpAddr) {
        let query = match AnnounceQuery::parse(query) {
            Ok(query) => query,
            Err(error) => return self.refuse("malformed", &error.to_string(), None),
        };
        let (contact, also) = match self.config.trust_ip_parameter {
            true => named_contacts(&query, client),
            false => (SocketAddr::new(client.to_canonical(), query.port), None),
        };
        let served = self.desk.announce(
            &announce::Request {
                protocol: Protocol::Http,
                info_hash: query.info_hash,
                passkey,
                peer_id: query.peer_id,
                from: client,
                contact,
                also,
                dialable: true,
                key: query.key,
                uploaded: query.uploaded,
                downloaded: query.downloaded,
                left: query.left,
                event: query.event,
                limit: self.desk.swarm.config().numwant(query.numwant),
                families: Families::Both,
                now: self.now,
            },
            &mut self.peers,
        );
        let Served { counts, uncredited } = match served {
            Ok(served) => served,
            Err(refusal) => return self.refuse_announce(&refusal),
        };
        let dictionaries: Vec<(SocketAddr, Option<PeerId>)>;
        let peers = if query.compact {
            PeerList::Compact {
                v4: &self.peers.v4,
                v6: &self.peers.v6,
            }
        } else {
            dictionaries = self
                .peers
                .with_ids()
                .map(|(at, id)| (at, id.filter(|_| !query.no_peer_id)))
                .collect();
            PeerList::Dictionaries(&dictionaries)
        };
        let warning = match query.event {
            // Once for each start is enough.
            Event::Started => warning(self.config.notice.as_deref(), uncredited),
            _ => None,
        };
        AnnounceAnswer {
            interval: self.desk.pace.interval(),
            min_interval: self.config.min_interval.as_secs() as u32,
            complete: counts.seeders,
            incomplete: counts.leechers,
            downloaded: wire_count(counts.completed),
            peers,
            external_ip: Some(client),
            tracker_id: Some(TRACKER_ID),
            warning: warning.as_deref(),
        }
        .write(&mut self.body);
    }

    /// Torrents the asker may not know of are left out, as those that do not exist are. Only when
    /// that leaves nothing is it told why.
    fn scrape(&mut self, query: &ScrapeQuery, passkey: Option<&str>) {
        let mut entries = Vec::with_capacity(query.info_hashes.len());
        let mut refusal = None;
        for &info_hash in &query.info_hashes {
            match self.desk.scrape(info_hash, passkey) {
                Ok(counts) => entries.push(ScrapeEntry {
                    info_hash,
                    complete: counts.seeders,
                    downloaded: wire_count(counts.completed),
                    downloaders: counts.downloaders,
                    incomplete: counts.leechers,
                }),
                Err(refused) => refusal = Some(refused),
            }
        }
        match refusal {
            Some(refusal) if entries.is_empty() => self.refuse_announce(&refusal),
            _ => write_scrape(&mut self.body, &entries, Some(SCRAPE_INTERVAL)),
        }
    }

    /// Everything there is (BEP 48: a scrape that names no torrent).
    fn scrape_all(&self, from: SocketAddr, request: &Request<'_>) -> Result<Sending, NotSent> {
        let full_scrape = self.full_scrape.as_ref().ok_or(NotSent::Off)?;
        full_scrape.take(self.client(from, request), &self.full_scrapes, self.now)
    }

    fn refuse_announce(&mut self, refusal: &announce::Refusal) {
        let retry_in = refusal.retry_in().map_or(RetryIn::Never, RetryIn::Minutes);
        self.refuse(refusal.name(), &refusal.to_string(), Some(retry_in));
    }

    fn refuse(&mut self, reason: &'static str, sentence: &str, retry_in: Option<RetryIn>) {
        self.metering.http.refused(reason);
        self.body.clear();
        write_failure(&mut self.body, sentence, retry_in);
    }

    fn write(&self, out: &mut Vec<u8>, keep_alive: bool, http_10: bool) {
        write_head(out, "200 OK", self.body.len() as u64, keep_alive, http_10);
        out.extend_from_slice(&self.body);
    }
}

/// What the person at a client that is served should know nevertheless.
fn warning(notice: Option<&str>, uncredited: bool) -> Option<Cow<'_, str>> {
    match (notice, uncredited) {
        (None, false) => None,
        (Some(notice), false) => Some(notice.into()),
        (None, true) => Some(UNCREDITED.into()),
        (Some(notice), true) => Some(format!("{notice} - {UNCREDITED}").into()),
    }
}

/// Where a client that is believed is reached: over the family of addresses it comes from, and over the
/// other one (BEP 7).
fn named_contacts(query: &AnnounceQuery, client: IpAddr) -> (SocketAddr, Option<SocketAddr>) {
    let somewhere = |at: &SocketAddr| !at.ip().is_unspecified();
    let canonical = |at: SocketAddr| SocketAddr::new(at.ip().to_canonical(), at.port());
    let v4 = query.ipv4.map(SocketAddr::V4).filter(somewhere);
    let v6 = query.ipv6.map(SocketAddr::V6).map(canonical);
    let v6 = v6.filter(|at| at.is_ipv6() && somewhere(at));
    let from = |ip: IpAddr| SocketAddr::new(ip.to_canonical(), query.port);
    let named = query.ip.map(from).filter(somewhere);
    let base = named.unwrap_or(from(client));
    let (same, other) = if base.is_ipv4() { (v4, v6) } else { (v6, v4) };
    (named.or(same).unwrap_or(base), other)
}

/// Appends an answer that says nothing but its status.
fn write_page(out: &mut Vec<u8>, status: &str, keep_alive: bool) {
    write_head(out, status, status.len() as u64, keep_alive, false);
    out.extend_from_slice(status.as_bytes());
}

fn write_head(out: &mut Vec<u8>, status: &str, len: u64, keep_alive: bool, http_10: bool) {
    let connection = match (keep_alive, http_10) {
        (false, _) => "Connection: close\r\n",
        (true, true) => "Connection: keep-alive\r\n",
        (true, false) => "",
    };
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(status.as_bytes());
    out.extend_from_slice(b"\r\nContent-Type: text/plain\r\nContent-Length: ");
    let mut digits = [0; 20];
    let (mut at, mut rest) = (digits.len(), len);
    while rest > 0 || at == digits.len() {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    out.extend_from_slice(&digits[at..]);
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(connection.as_bytes());
    out.extend_from_slice(b"\r\n");
}

/// To clients of a torrent of the site that do not say whose they are.
const UNCREDITED: &str = "no account is credited for this torrent: \
    to count, download the .torrent from this site while logged in";
/// Clients send it back (BEP 3). There is nothing to tell apart by it here.
const TRACKER_ID: &str = "skep";
/// Seconds between scrapes of one client (BEP 48's `min_request_interval`).
const SCRAPE_INTERVAL: u32 = 300;
