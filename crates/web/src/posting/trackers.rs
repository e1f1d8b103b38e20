//! Which announce URLs are ours, and which of them give a key away.

use crate::config::Config;

/// The addresses this site's tracker and pages answer at.
#[derive(Clone, Debug)]
pub(crate) struct Own {
    hosts: Vec<String>,
}

impl Own {
    /// The addresses named by the settings.
    pub fn new(config: &Config) -> Self {
        let hosts = [
            &config.announce_http,
            &config.announce_udp,
            &config.public_url,
        ]
        .into_iter()
        .flatten()
        .filter_map(|url| host(url))
        .collect();
        Own { hosts }
    }

    /// Whether the URL leads to this site.
    pub fn is(&self, url: &str) -> bool {
        host(url).is_some_and(|host| self.hosts.contains(&host))
    }

    /// Whether the URL leads to this site with a member's key in it, or holds `passkey` wherever it
    /// leads.
    pub fn gives_key(&self, url: &str, passkey: Option<&str>) -> bool {
        passkey.is_some_and(|key| url.contains(key)) || (self.is(url) && has_key(url))
    }
}

/// Host and port, lower case: `http://A.example:6969/x` → `a.example:6969`. A port that goes without
/// saying is left out.
pub(super) fn host(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = rest[..end].rsplit('@').next()?.to_ascii_lowercase();
    let default = match scheme.to_ascii_lowercase().as_str() {
        "http" | "ws" => ":80",
        "https" | "wss" => ":443",
        _ => "",
    };
    let bare = match authority.strip_suffix(default) {
        Some(bare) if !default.is_empty() => bare,
        _ => &authority,
    };
    (!bare.is_empty()).then(|| bare.to_owned())
}

/// Keys are 10 to 64 letters and digits: a path segment or a query value that is one and holds a
/// digit (`announce` does not).
fn has_key(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else {
        return false;
    };
    let path = rest.find(['/', '?']).map_or("", |at| &rest[at..]);
    path.split(['/', '?', '&', '=', '#']).any(|part| {
        (10..=64).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_alphanumeric())
            && part.bytes().any(|b| b.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> Own {
        Own::new(&Config {
            announce_http: Some("http://tracker.example:6969".into()),
            announce_udp: Some("udp://tracker.example:6969".into()),
            public_url: Some("https://forum.example".into()),
            ..Config::default()
        })
    }

    #[test]
    fn our_addresses_are_known_however_they_are_written() {
        for ours in [
            "http://tracker.example:6969/announce",
            "HTTP://Tracker.Example:6969/0123456789abcdef0123456789abcdef/announce",
            "udp://tracker.example:6969/announce/00",
            "https://forum.example:443/bt/announce.php?uk=1",
            "https://someone@forum.example",
        ] {
            assert!(own().is(ours), "{ours}");
        }
        for foreign in [
            "http://tracker.example/announce",
            "http://tracker.example:6969.evil.example/announce",
            "http://evil.example/tracker.example:6969",
            "tracker.example:6969",
            "",
            "://",
        ] {
            assert!(!own().is(foreign), "{foreign}");
        }
    }

    #[test]
    fn a_key_is_found_wherever_it_stands() {
        let key = "0123456789abcdef0123456789abcdef";
        for leak in [
            format!("http://tracker.example:6969/announce/{key}"),
            format!("http://tracker.example:6969/{key}/announce"),
            "http://forum.example:443/bt/announce.php?uk=abcDEF1234".to_owned(),
            format!("https://forum.example/x?passkey={key}&y=1"),
        ] {
            let ours = own().is(&leak);
            assert_eq!(own().gives_key(&leak, None), ours, "{leak}");
        }
        assert!(!own().gives_key("http://tracker.example:6969/announce", None));
        let elsewhere = format!("http://evil.example/{key}/announce");
        assert!(!own().gives_key(&elsewhere, None));
        assert!(own().gives_key(&elsewhere, Some(key)));
    }
}
