//! Which addresses may be linked to, and where they stand in plain text.

use std::borrow::Cow;
use std::ops::Range;

/// The longest address taken, in bytes; a magnet with a dozen trackers fits.
const MAX_ADDRESS: usize = 4096;

/// The longest label made of an address, in characters.
const MAX_LABEL: usize = 70;

/// An address that may stand in `href`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address<'a> {
    /// The address as it goes into the attribute, before escaping.
    pub href: Cow<'a, str>,
    /// The host with port, in lower case; empty for magnets and addresses within the site.
    pub host: String,
}

/// Reads the address of a link: `http`, `https`, `magnet`, a path within the site, or `www.…`.
pub(super) fn link_address(text: &str) -> Option<Address<'_>> {
    if let Some(rest) = text.strip_prefix('/') {
        // a second slash, of either kind, would begin a host
        return (clean(text) && !rest.starts_with(['/', '\\'])).then(|| within(text));
    }
    match strip_prefix_no_case(text, "magnet:?") {
        Some(rest) => (clean(text) && !rest.is_empty()).then(|| within(text)),
        None => web_address(text),
    }
}

/// Reads the address of an image or foreign page: `http`, `https`, or `www.…`.
pub(super) fn web_address(text: &str) -> Option<Address<'_>> {
    if strip_prefix_no_case(text, "www.").is_some() {
        let with_scheme = format!("https://{text}");
        let Address { href, host } = with_scheme_address(&with_scheme)?;
        return Some(Address {
            href: Cow::Owned(href.into_owned()),
            host,
        });
    }
    with_scheme_address(text)
}

fn with_scheme_address(text: &str) -> Option<Address<'_>> {
    let rest = strip_prefix_no_case(text, "https://").or(strip_prefix_no_case(text, "http://"))?;
    let host = &rest[..rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len())];
    (clean(text) && is_host(host)).then(|| Address {
        href: quoted(text),
        host: host.to_lowercase(),
    })
}

/// Whether this can be a host, with or without a port: a name, or an IPv6 address in brackets. A
/// user name before it is not taken, since it is there to be read as the host.
fn is_host(text: &str) -> bool {
    if let Some(rest) = text.strip_prefix('[') {
        return rest.split_once(']').is_some_and(|(address, port)| {
            !address.is_empty()
                && address
                    .bytes()
                    .all(|b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.'))
                && (port.is_empty()
                    || port.starts_with(':') && port[1..].bytes().all(|b| b.is_ascii_digit()))
        });
    }
    text.starts_with(char::is_alphanumeric)
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':'))
}

/// Finds the next address in plain text at or after `from`; `None` when there is none. Together with
/// going on at the end of what it returns, this looks at each byte a bounded number of times.
pub(super) fn find_address(text: &str, from: usize, steps: &mut u64) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = from;
    while at < bytes.len() {
        *steps += 1;
        let begins_word = at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
        if begins_word
            && matches!(bytes[at] | 0x20, b'h' | b'w' | b'm')
            && begins_address(&text[at..])
        {
            let end = at + address_len(&text[at..], steps);
            if link_address(&text[at..end]).is_some() {
                return Some(at..end);
            }
            at = end.max(at + 1);
        } else {
            at += 1;
        }
    }
    None
}

/// The label of an address that has no other: the address itself, its middle cut out where it is
/// longer than 70 characters.
pub(super) fn label(address: &str) -> Cow<'_, str> {
    let chars = address.chars().count();
    if chars <= MAX_LABEL {
        return Cow::Borrowed(address);
    }
    let head: String = address.chars().take(MAX_LABEL - 20).collect();
    let tail: String = address.chars().skip(chars - 19).collect();
    Cow::Owned(format!("{head}…{tail}"))
}

fn begins_address(text: &str) -> bool {
    ["http://", "https://", "www.", "magnet:?"]
        .into_iter()
        .any(|prefix| strip_prefix_no_case(text, prefix).is_some())
}

/// How much of the text belongs to the address it begins with: up to white space, a quote or a
/// closing tag, without the punctuation that ends a sentence or closes a bracket opened before the
/// address.
fn address_len(text: &str, steps: &mut u64) -> usize {
    let ends = |&(at, c): &(usize, char)| match c {
        '<' | '>' | '"' | '«' | '»' | '“' | '”' | '„' => true,
        '[' => text.as_bytes().get(at + 1) == Some(&b'/'),
        c => c.is_whitespace(),
    };
    let end = text
        .char_indices()
        .find(ends)
        .map_or(text.len(), |(at, _)| at);
    // once to find the end, once for each kind of bracket
    *steps += 5 * end as u64;
    let mut surplus = [('(', ')'), ('[', ']')].map(|(open, close)| {
        let count = |wanted| text[..end].chars().filter(|&c| c == wanted).count();
        (close, count(close).saturating_sub(count(open)))
    });
    let mut len = end;
    while let Some(last) = text[..len].chars().next_back() {
        let closes = surplus.iter_mut().find(|(close, _)| *close == last);
        let drop = match closes {
            Some((_, 0)) => false,
            Some((_, more)) => {
                *more -= 1;
                true
            }
            None => matches!(
                last,
                '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '…' | '|'
            ),
        };
        if !drop {
            break;
        }
        len -= last.len_utf8();
    }
    len
}

fn within(text: &str) -> Address<'_> {
    Address {
        href: quoted(text),
        host: String::new(),
    }
}

/// Whether an address holds nothing that browsers skip or cut at.
fn clean(text: &str) -> bool {
    text.len() <= MAX_ADDRESS && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// The address with the characters that have a meaning in HTML percent-encoded.
fn quoted(text: &str) -> Cow<'_, str> {
    if !text.contains(['"', '\'', '<', '>', '`']) {
        return Cow::Borrowed(text);
    }
    let mut quoted = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("%22"),
            '\'' => quoted.push_str("%27"),
            '<' => quoted.push_str("%3C"),
            '>' => quoted.push_str("%3E"),
            '`' => quoted.push_str("%60"),
            c => quoted.push(c),
        }
    }
    Cow::Owned(quoted)
}

fn strip_prefix_no_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.as_bytes().get(..prefix.len())?;
    // the head is ASCII if it matches, so the cut falls between characters
    head.eq_ignore_ascii_case(prefix.as_bytes())
        .then(|| &text[prefix.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_addresses_are_links() {
        for good in [
            "http://a",
            "HTTPS://A.example/x?y#z",
            "https://[::1]:8080/",
            "http://[::1]/",
            "http://[::1]/",
            "https://пример.рф/я",
            "/topics/1",
            "/",
            "magnet:?xt=urn:btih:x",
            "www.example.org",
            "http://a/\"x'<y>`",
        ] {
            assert!(link_address(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "javascript:alert(1)",
            "JaVaScRiPt:x",
            " javascript:x",
            "java\tscript:x",
            "java&#115;cript:x",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "ftp://a",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil",
            "/\t/evil.example",
            "http:",
            "http://",
            "http:///x",
            "http://?x",
            "http://a b",
            "http://a\u{a0}b",
            "http://forum.example@evil.example/",
            "http://[/url]",
            "http://[",
            "http://[::1]x",
            "https:evil.example",
            "magnet:?",
            "magnet:x",
            "mailto:a@b.example",
            "a.example",
        ] {
            assert_eq!(link_address(bad), None, "{bad:?}");
        }
        assert_eq!(
            link_address(&format!("http://a/{}", "x".repeat(MAX_ADDRESS))),
            None
        );
        for bad in ["/relative.png", "magnet:?xt=x", "data:image/png;base64,x"] {
            assert_eq!(web_address(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn an_address_is_quoted_and_knows_its_host() {
        let address = link_address("HTTP://Forum.Example:80/\"x'<y>`").unwrap();
        assert_eq!(address.href, "HTTP://Forum.Example:80/%22x%27%3Cy%3E%60");
        assert_eq!(address.host, "forum.example:80");
        assert_eq!(
            link_address("www.a.example").unwrap().href,
            "https://www.a.example"
        );
        assert_eq!(
            link_address("http://evil.example\\@forum.example/")
                .unwrap()
                .host,
            "evil.example"
        );
    }

    #[test]
    fn addresses_are_found_in_sentences() {
        let found = |text: &str| {
            let (mut found, mut at) = (Vec::new(), 0);
            while let Some(range) = find_address(text, at, &mut 0) {
                at = range.end;
                found.push(text[range].to_owned());
            }
            found
        };
        for (text, addresses) in [
            ("see http://a.example/x.", &["http://a.example/x"][..]),
            ("(see http://a.example/x)", &["http://a.example/x"]),
            ("http://a.example/x_(y)", &["http://a.example/x_(y)"]),
            ("(http://a.example/x_(y))", &["http://a.example/x_(y)"]),
            (
                "«https://a.example»,http://b.example!",
                &["https://a.example", "http://b.example"],
            ),
            (
                "www.a.example и WWW.b.example",
                &["www.a.example", "WWW.b.example"],
            ),
            (
                "magnet:?xt=urn:btih:abc&dn=x",
                &["magnet:?xt=urn:btih:abc&dn=x"],
            ),
            ("xhttp://a.example", &[]),
            ("http:// a", &[]),
            ("http://.", &[]),
            ("www.", &[]),
            ("whhwmm", &[]),
        ] {
            assert_eq!(found(text), addresses, "{text}");
        }
    }

    #[test]
    fn a_label_has_at_most_seventy_characters() {
        let address = format!("http://a.example/{}", "я".repeat(53));
        assert_eq!(label(&address), address);
        let longer = format!("{address}ю");
        let label = label(&longer);
        assert_eq!(label.chars().count(), 70);
        assert!(label.starts_with("http://a.example/я") && label.ends_with("яю"));
    }
}
