use super::forwarded;
use super::request::{REQUEST_KIB, Request};
use crate::announce::{self, Desk, wire_count};
use crate::config::Config;
use crate::metering::Metering;
use bittorrent::PeerId;
use bittorrent::wire::http::{
    AnnounceAnswer, AnnounceQuery, Endpoint, EndpointError, EndpointKind, PeerList, RetryIn,
    ScrapeEntry, ScrapeQuery, write_failure, write_scrape,
};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use swarm::{Families, Peers, Protocol};

/// Turns requests of one connection into answers.
pub(crate) struct Responder {
    from: SocketAddr,
    desk: Arc<Desk>,
    config: Arc<Config>,
    metering: Metering,
    peers: Peers,
    body: Vec<u8>,
}

impl Responder {
    pub(crate) fn new(
        from: SocketAddr,
        desk: Arc<Desk>,
        config: Arc<Config>,
        metering: Metering,
    ) -> Self {
        Self {
            from,
            desk,
            config,
            metering,
            peers: Peers::default(),
            body: Vec::new(),
        }
    }

    /// Appends the whole answer to `out`.
    pub(crate) fn answer(&mut self, request: &Request<'_>, keep_alive: bool, out: &mut Vec<u8>) {
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
                self.metering.http.announces.increment(1);
                let client = forwarded::client(
                    self.from.ip(),
                    &request.forwarded,
                    &self.config.trusted_proxies,
                );
                self.announce(query, passkey, client);
            }
            Ok(Endpoint {
                kind: EndpointKind::Scrape,
                passkey,
            }) => {
                self.metering.http.scrapes.increment(1);
                self.scrape(query, passkey);
            }
            Err(EndpointError::NotFound) => return write_page(out, "404 Not Found", keep_alive),
            Err(error @ EndpointError::BadPasskey) => {
                self.refuse("url", &error.to_string(), Some(RetryIn::Never));
            }
        }
        self.write(out, keep_alive, request.http_10);
    }

    /// Appends the answer to a request that does not end.
    pub(crate) fn too_long(&mut self, out: &mut Vec<u8>) {
        self.body.clear();
        self.refuse(
            "too_long",
            &format!("the request is longer than {REQUEST_KIB} KiB"),
            Some(RetryIn::Never),
        );
        self.write(out, false, false);
    }

    fn announce(&mut self, query: &str, passkey: Option<&str>, client: IpAddr) {
        let query = match AnnounceQuery::parse(query) {
            Ok(query) => query,
            Err(error) => return self.refuse("malformed", &error.to_string(), None),
        };
        let named = query.ip.filter(|_| self.config.trust_ip_parameter);
        let contact = SocketAddr::new(named.unwrap_or(client).to_canonical(), query.port);
        let counts = self.desk.announce(
            &announce::Request {
                protocol: Protocol::Http,
                info_hash: query.info_hash,
                passkey,
                peer_id: query.peer_id,
                contact,
                dialable: true,
                key: query.key,
                uploaded: query.uploaded,
                downloaded: query.downloaded,
                left: query.left,
                event: query.event,
                limit: self.desk.swarm.config().numwant(query.numwant),
                families: Families::Both,
                now: self.desk.now(),
            },
            &mut self.peers,
        );
        let counts = match counts {
            Ok(counts) => counts,
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
        AnnounceAnswer {
            interval: self.desk.pace.interval(),
            min_interval: self.config.min_interval.as_secs() as u32,
            complete: counts.seeders,
            incomplete: counts.leechers,
            downloaded: wire_count(counts.completed),
            peers,
            external_ip: Some(client),
            warning: None,
        }
        .write(&mut self.body);
    }

    /// Torrents the asker may not know of are left out, as those that do not exist are. Only when
    /// that leaves nothing is it told why.
    fn scrape(&mut self, query: &str, passkey: Option<&str>) {
        let query = match ScrapeQuery::parse(query) {
            Ok(query) => query,
            Err(error) => return self.refuse("malformed", &error.to_string(), None),
        };
        let mut entries = Vec::with_capacity(query.info_hashes.len());
        let mut refusal = None;
        for info_hash in query.info_hashes {
            match self.desk.scrape(info_hash, passkey) {
                Ok(counts) => entries.push(ScrapeEntry {
                    info_hash,
                    complete: counts.seeders,
                    downloaded: wire_count(counts.completed),
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
        write_head(out, "200 OK", self.body.len(), keep_alive, http_10);
        out.extend_from_slice(&self.body);
    }
}

/// Appends an answer that says nothing but its status.
pub(crate) fn write_page(out: &mut Vec<u8>, status: &str, keep_alive: bool) {
    write_head(out, status, status.len(), keep_alive, false);
    out.extend_from_slice(status.as_bytes());
}

fn write_head(out: &mut Vec<u8>, status: &str, len: usize, keep_alive: bool, http_10: bool) {
    let connection = match (keep_alive, http_10) {
        (false, _) => "Connection: close\r\n",
        (true, true) => "Connection: keep-alive\r\n",
        (true, false) => "",
    };
    for part in [
        "HTTP/1.1 ",
        status,
        "\r\nContent-Type: text/plain\r\nContent-Length: ",
        &len.to_string(),
        "\r\n",
        connection,
        "\r\n",
    ] {
        out.extend_from_slice(part.as_bytes());
    }
}

/// Seconds between scrapes of one client (BEP 48's `min_request_interval`).
const SCRAPE_INTERVAL: u32 = 300;
