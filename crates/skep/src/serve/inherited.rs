//! Sockets that were open before this process: of systemd, or whoever else speaks its protocol.
//!
//! Whoever holds them keeps them over a restart. Meanwhile the kernel keeps what arrives: connections in
//! the queue of the listener, packets in the buffer of the socket.

use std::net::{SocketAddr, TcpListener, UdpSocket};

use anyhow::{Context, Result, bail};
use listenfd::ListenFd;

use crate::config::Config;

/// The sockets, by what they are for.
#[derive(Debug, Default)]
pub struct Inherited {
    /// For `web.listen`.
    pub web: Option<TcpListener>,
    /// For `tracker.http` and `tracker.udp`.
    pub tracker: tracker::Sockets,
    /// For `telemetry.listen`.
    pub telemetry: Option<TcpListener>,
}

impl Inherited {
    /// Takes the sockets that `LISTEN_FDS` counts, if it is this process they are for.
    ///
    /// # Errors
    /// When there is one that nothing configured listens on: it would be open and never answered.
    pub fn take(config: &Config) -> Result<Self> {
        let mut passed = ListenFd::from_env();
        let mut taken = Self::default();
        for at in 0..passed.len() {
            if let Ok(Some(socket)) = passed.take_udp_socket(at) {
                taken.take_udp(config, socket)?;
            } else if let Ok(Some(listener)) = passed.take_tcp_listener(at) {
                taken.take_tcp(config, listener)?;
            } else {
                bail!("LISTEN_FDS: socket {at} is neither UDP nor TCP");
            }
        }
        Ok(taken)
    }

    /// Whether there is one for this key of the configuration.
    pub fn has(&self, key: &str) -> bool {
        match key {
            "web.listen" => self.web.is_some(),
            "tracker.http" => !self.tracker.http.is_empty(),
            "tracker.udp" => !self.tracker.udp.is_empty(),
            "telemetry.listen" => self.telemetry.is_some(),
            _ => false,
        }
    }

    fn take_udp(&mut self, config: &Config, socket: UdpSocket) -> Result<()> {
        let at = socket.local_addr().context("LISTEN_FDS")?;
        if !(config.roles.tracker && is(config.tracker.udp, at)) {
            bail!("LISTEN_FDS: nothing that is configured listens on udp {at}");
        }
        self.tracker.udp.push(socket);
        Ok(())
    }

    fn take_tcp(&mut self, config: &Config, listener: TcpListener) -> Result<()> {
        let at = listener.local_addr().context("LISTEN_FDS")?;
        let telemetry = config.telemetry.listen;
        if config.roles.tracker && is(config.tracker.http, at) {
            self.tracker.http.push(listener);
        } else if config.roles.web && is(config.web.listen, at) && self.web.is_none() {
            self.web = Some(listener);
        } else if telemetry.is_some_and(|wanted| is(wanted, at)) && self.telemetry.is_none() {
            self.telemetry = Some(listener);
        } else {
            bail!("LISTEN_FDS: nothing that is configured listens on tcp {at}");
        }
        Ok(())
    }
}

/// Whether a socket is the configured one. Of two that mean every address one may be of IPv6.
fn is(wanted: SocketAddr, found: SocketAddr) -> bool {
    let every = wanted.ip().is_unspecified() && found.ip().is_unspecified();
    wanted.port() == found.port() && (every || wanted.ip() == found.ip())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Sources, load};

    #[test]
    fn a_socket_is_for_what_listens_on_its_address() {
        let (one, other) = (
            TcpListener::bind("127.0.0.1:0").unwrap(),
            TcpListener::bind("127.0.0.1:0").unwrap(),
        );
        let (udp, stray) = (
            UdpSocket::bind("127.0.0.1:0").unwrap(),
            UdpSocket::bind("127.0.0.1:0").unwrap(),
        );
        let config = load(&Sources {
            flags: vec![
                ("web", "listen", one.local_addr().unwrap().to_string()),
                ("tracker", "http", other.local_addr().unwrap().to_string()),
                ("tracker", "udp", udp.local_addr().unwrap().to_string()),
            ],
            ..Sources::default()
        })
        .unwrap();
        let mut taken = Inherited::default();
        assert!(!taken.has("web.listen"));
        taken.take_tcp(&config, one).unwrap();
        for _ in 0..2 {
            let listener = other.try_clone().unwrap();
            taken.take_tcp(&config, listener).unwrap();
        }
        taken.take_udp(&config, udp).unwrap();
        assert!(
            ["web.listen", "tracker.http", "tracker.udp"]
                .iter()
                .all(|key| taken.has(key))
        );
        assert_eq!(taken.tracker.http.len(), 2);
        let error = taken.take_udp(&config, stray).unwrap_err().to_string();
        assert!(
            error.contains("nothing that is configured listens on udp"),
            "{error}"
        );
    }

    #[test]
    fn every_address_is_every_address_of_either_family() {
        let is = |wanted: &str, found: &str| is(wanted.parse().unwrap(), found.parse().unwrap());
        assert!(is("0.0.0.0:80", "[::]:80"));
        assert!(is("127.0.0.1:80", "127.0.0.1:80"));
        assert!(!is("0.0.0.0:80", "[::]:81"));
        assert!(!is("127.0.0.1:80", "[::]:80"));
    }
}
