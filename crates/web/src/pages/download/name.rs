//! The name a downloaded file gets (RFC 6266, RFC 8187).

use axum::http::HeaderValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// `Content-Disposition: attachment` with a plain name for old programs and the real one for others.
pub fn disposition(filename: &str) -> HeaderValue {
    let name = clean(filename);
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_graphic() || c == ' ' {
                c
            } else {
                '_'
            }
        })
        .map(|c| if matches!(c, '"' | '%' | ';') { '_' } else { c })
        .collect();
    let exact = utf8_percent_encode(&name, ATTR);
    let value = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}");
    HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static("attachment"))
}

/// One plain file name that ends in `.torrent`: nothing any system reads as a path or a device.
fn clean(filename: &str) -> String {
    let stem = filename.strip_suffix(".torrent").unwrap_or(filename);
    let safe = |c: char| {
        if c.is_control() || "\\/:*?\"<>|".contains(c) {
            '_'
        } else {
            c
        }
    };
    let stem: String = stem
        .chars()
        .filter(|c| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'))
        .map(safe)
        .take(150)
        .collect();
    let stem = stem.trim_matches([' ', '.']);
    let device = ["con", "prn", "aux", "nul"]
        .iter()
        .any(|d| stem.eq_ignore_ascii_case(d));
    match stem {
        "" => "download.torrent".to_owned(),
        stem if device => format!("_{stem}.torrent"),
        stem => format!("{stem}.torrent"),
    }
}

/// What RFC 8187 lets stand as it is.
const ATTR: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_tamed() {
        let header = |name: &str| disposition(name).to_str().unwrap().to_owned();
        assert_eq!(
            header("debian 12.torrent"),
            "attachment; filename=\"debian 12.torrent\"; filename*=UTF-8''debian%2012.torrent"
        );
        assert_eq!(
            header("Дебиан.torrent"),
            "attachment; filename=\"______.torrent\"; filename*=UTF-8''\
             %D0%94%D0%B5%D0%B1%D0%B8%D0%B0%D0%BD.torrent"
        );
        assert_eq!(
            header("../../etc/\"passwd\"\r\nX: y%41"),
            "attachment; filename=\"_.._etc__passwd___X_ y_41.torrent\"; \
             filename*=UTF-8''_.._etc__passwd___X_%20y%2541.torrent"
        );
        assert!(header(".torrent").contains("\"download.torrent\""));
        assert!(header("NUL.torrent").contains("\"_NUL.torrent\""));
        assert!(header(&"x".repeat(400)).len() < 400);
        assert!(header("a\u{202e}b.torrent").contains("\"ab.torrent\""));
    }
}
