//! Whether the configured ports are free, asked before anything is made or opened.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, UdpSocket};

use anyhow::{Error, Result, anyhow};

use super::inherited::Inherited;
use crate::config::Config;

/// Tries every address that this process is to listen on and has no socket for.
///
/// The tracker's UDP sockets share a port between its own threads, and would share it with a stranger's as
/// readily; a plain socket tells.
pub fn check(config: &Config, inherited: &Inherited) -> Result<()> {
    match problems(config, inherited).into_iter().next() {
        Some((key, problem)) => Err(problem.context(format!("cannot listen for {key}"))),
        None => Ok(()),
    }
}

/// The addresses that cannot be listened on: whose, and why.
pub fn problems(config: &Config, inherited: &Inherited) -> Vec<(&'static str, Error)> {
    let mut wanted: Vec<(&'static str, SocketAddr, bool)> = Vec::new();
    if config.roles.web {
        wanted.push(("web.listen", config.web.listen, true));
    }
    if config.roles.tracker {
        wanted.push(("tracker.http", config.tracker.http, true));
        wanted.push(("tracker.udp", config.tracker.udp, false));
    }
    if let Some(address) = config.telemetry.listen {
        wanted.push(("telemetry.listen", address, true));
    }
    wanted.retain(|(key, ..)| !inherited.has(key));
    // all are held until all were tried, so that two of our own on one port are found as well
    let (mut tcp, mut udp, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for (key, address, stream) in wanted {
        let tried = match stream {
            true => TcpListener::bind(address).map(|socket| tcp.push(socket)),
            false => UdpSocket::bind(address).map(|socket| udp.push(socket)),
        };
        if let Err(error) = tried {
            let advice = match error.kind() {
                ErrorKind::AddrInUse => {
                    anyhow!("{address} is in use; stop what uses it, or give another address")
                }
                ErrorKind::PermissionDenied => {
                    anyhow!("{address} is not ours to use; ports below 1024 need root")
                }
                ErrorKind::AddrNotAvailable => {
                    anyhow!("{address} is not an address of this machine")
                }
                _ => Error::new(error).context(format!("{address}")),
            };
            problems.push((key, advice));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Sources, load};

    #[test]
    fn a_used_port_is_named() {
        let (tcp, udp) = (
            TcpListener::bind("127.0.0.1:0").unwrap(),
            UdpSocket::bind("127.0.0.1:0").unwrap(),
        );
        let flags = vec![
            ("web", "listen", "127.0.0.1:0".to_owned()),
            ("tracker", "http", tcp.local_addr().unwrap().to_string()),
            ("tracker", "udp", udp.local_addr().unwrap().to_string()),
        ];
        let config = load(&Sources {
            flags,
            ..Sources::default()
        })
        .unwrap();
        let problems = problems(&config, &Inherited::default());
        assert_eq!(
            problems.iter().map(|(key, _)| *key).collect::<Vec<_>>(),
            ["tracker.http", "tracker.udp"]
        );
        assert!(problems[0].1.to_string().contains("is in use"));
    }
}
