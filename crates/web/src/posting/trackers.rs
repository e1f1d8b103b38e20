//! Which announce URLs are ours, and which of them give a key away.

use bittorrent::Metainfo;
use domain::markup;
use percent_encoding::percent_decode_str;

use crate::config::Config;

/// The addresses this site's tracker and pages answer at.
#[derive(Clone, Debug)]
pub(crate) struct Own {
    hosts: Vec<String>,
    /// Those of the tracker alone.
    announce: Vec<String>,
}

impl Own {
    /// The addresses named by the settings.
    pub fn new(config: &Config) -> Self {
        let announce = [&config.announce_http, &config.announce_udp];
        let announce: Vec<String> = (announce.into_iter().flatten())
            .filter_map(|url| host(url))
            .collect();
        let public = config.public_url.as_deref().and_then(host);
        let hosts = announce.iter().cloned().chain(public).collect();
        Own { hosts, announce }
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

    /// What of a file besides its announce URLs must not be handed out to others; see
    /// [`Own::leaks`].
    pub fn leaking(&self, metainfo: &Metainfo, passkey: Option<&str>) -> Vec<String> {
        texts(metainfo)
            .filter(|text| self.leaks(text, passkey))
            .map(str::to_owned)
            .collect()
    }

    /// Whether a text holds somebody's key or `passkey`, or names an address of this site's tracker,
    /// where nothing is served but what a key opens.
    fn leaks(&self, text: &str, passkey: Option<&str>) -> bool {
        let plain = percent_decode_str(text).decode_utf8_lossy().to_lowercase();
        passkey.is_some_and(|key| plain.contains(&key.to_lowercase()))
            || markup::redact(text) != text
            || markup::redact(&plain) != plain
            || self.names_tracker(&plain)
    }

    fn names_tracker(&self, text: &str) -> bool {
        let bare = |host: &String| text.contains(&format!("{host}/announce"));
        self.announce.iter().any(bare)
            || text.match_indices("://").any(|(at, _)| {
                let scheme = text[..at].rfind(|c: char| !c.is_ascii_alphanumeric());
                let url = &text[scheme.map_or(0, |before| text.ceil_char_boundary(before + 1))..];
                let url = url
                    .split([' ', '\n', '\t', '"', '\'', '<', '>', ']', ')', ','])
                    .next();
                url.and_then(host)
                    .is_some_and(|host| self.announce.contains(&host))
            })
    }
}

/// What a file says in words and in addresses that are not trackers'.
pub(super) fn texts(metainfo: &Metainfo) -> impl Iterator<Item = &str> {
    let seeds = metainfo.web_seeds().iter().map(String::as_str);
    seeds.chain(metainfo.created_by()).chain(metainfo.comment())
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

    #[test]
    fn texts_that_open_this_site_are_known() {
        let key = "0123456789abcdef0123456789abcdef";
        for leak in [
            format!("http://cdn.example/announce/{key}/file"),
            format!("http://cdn.example/file?passkey={key}"),
            format!("http://cdn.example/file?PASSKEY={}", key.to_uppercase()),
            format!("http://cdn.example/?from=http%3A%2F%2Fx.example%2Fannounce%2F{key}"),
            "made at [http://Tracker.Example:6969]".to_owned(),
            "see tracker.example:6969/announce".to_owned(),
            "\u{448}\u{a0}udp://tracker.example:6969/x".to_owned(),
            "http%3A%2F%2Ftracker.example%3A6969%2Ffile".to_owned(),
        ] {
            assert!(own().leaks(&leak, None), "{leak}");
        }
        for harmless in [
            "",
            "made by hand",
            "://",
            "mktorrent 1.1",
            "https://seeds.example/file",
            "https://forum.example/topics/1",
            "http://tracker.example.evil.example:6969/file",
            "http://seeds.example/0123456789abcdef0123456789abcdef/file",
        ] {
            assert!(!own().leaks(harmless, None), "{harmless}");
        }
        assert!(own().leaks(&format!("it is {}", key.to_uppercase()), Some(key)));
    }
}
