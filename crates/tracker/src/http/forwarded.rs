use crate::network::Network;
use std::net::{IpAddr, SocketAddr};

/// The address a request came from: the connection's, or what proxies that are trusted say. Each
/// proxy adds the address it was asked from at the end, so the list is read from there, and belief
/// ends at the first address that is no trusted proxy.
pub(crate) fn client(connection: IpAddr, forwarded: &[&str], trusted: &[Network]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = connection.to_canonical();
    for entry in forwarded.iter().flat_map(|value| value.split(',')).rev() {
        if !is_trusted(client) {
            break;
        }
        match address(entry.trim()) {
            Some(address) => client = address,
            None => break,
        }
    }
    client
}

/// Some proxies write a port, and brackets round IPv6.
fn address(entry: &str) -> Option<IpAddr> {
    let bare = entry
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(entry);
    let address = bare
        .parse()
        .or_else(|_| entry.parse().map(|at: SocketAddr| at.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(connection: &str, forwarded: &[&str], expected: &str) {
        let trusted = [
            "192.0.2.0/24".parse().unwrap(),
            "2001:db8::1".parse().unwrap(),
        ];
        let found = client(connection.parse().unwrap(), forwarded, &trusted);
        assert_eq!(found, expected.parse::<IpAddr>().unwrap());
    }

    #[test]
    fn strangers_are_not_believed() {
        check("203.0.113.5", &["198.51.100.1"], "203.0.113.5");
        check("203.0.113.5", &[], "203.0.113.5");
        check("::ffff:203.0.113.5", &[], "203.0.113.5");
    }

    #[test]
    fn proxies_are_believed_as_far_as_they_saw() {
        check("192.0.2.1", &["198.51.100.1"], "198.51.100.1");
        check("192.0.2.1", &["1.1.1.1, 198.51.100.1"], "198.51.100.1");
        check("192.0.2.1", &["198.51.100.1, 192.0.2.9"], "198.51.100.1");
        check("192.0.2.1", &["1.1.1.1", "198.51.100.1"], "198.51.100.1");
        check("2001:db8::1", &["[2001:db8:5::7]"], "2001:db8:5::7");
        check("192.0.2.1", &["198.51.100.1:4711"], "198.51.100.1");
        check("192.0.2.1", &["[2001:db8:5::7]:4711"], "2001:db8:5::7");
    }

    #[test]
    fn nonsense_ends_the_chain() {
        check("192.0.2.1", &["unknown"], "192.0.2.1");
        check(
            "192.0.2.1",
            &["198.51.100.1, garbage, 192.0.2.9"],
            "192.0.2.9",
        );
        check("192.0.2.1", &[""], "192.0.2.1");
    }
}
