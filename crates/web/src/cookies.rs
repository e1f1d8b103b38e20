//! Cookies: read, and written with the flags each needs.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::device::DEVICE_SECONDS;

/// A cookie of the site; all are `HttpOnly`, `SameSite=Lax` and of path `/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie {
    /// The session's secret.
    Session,
    /// A random value that form tokens of visitors without a session are made from.
    Visitor,
    /// The chosen language.
    Language,
    /// The chosen theme.
    Theme,
    /// The key of a message to show once.
    Notice,
    /// That an account was logged in on this device; see `device`.
    Device,
}

impl Cookie {
    const fn name(self) -> &'static str {
        match self {
            Cookie::Session => "skep-session",
            Cookie::Visitor => "skep-visitor",
            Cookie::Language => "skep-language",
            Cookie::Theme => "skep-theme",
            Cookie::Notice => "skep-notice",
            Cookie::Device => "skep-device",
        }
    }

    /// `None`: until the browser closes.
    const fn max_age(self) -> Option<u32> {
        match self {
            Cookie::Session => Some(SESSION_SECONDS as u32),
            Cookie::Visitor => None,
            Cookie::Language | Cookie::Theme => Some(365 * 86_400),
            Cookie::Notice => Some(60),
            Cookie::Device => Some(DEVICE_SECONDS as u32),
        }
    }

    /// The value sent by the browser. With `secure`, only the `__Host-` name counts: another host of
    /// the domain cannot have set it.
    pub fn read(self, headers: &HeaderMap, secure: bool) -> Option<&str> {
        let prefix = prefix(secure);
        headers
            .get_all(header::COOKIE)
            .into_iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| name.strip_prefix(prefix) == Some(self.name()))
            .map(|(_, value)| value)
    }

    /// A `Set-Cookie` value. `value` must be made of cookie octets (RFC 6265 §4.1.1); others are
    /// dropped.
    pub fn set(self, value: &str, secure: bool) -> HeaderValue {
        self.line(value, self.max_age(), secure)
    }

    /// A `Set-Cookie` value that makes the browser forget it.
    pub fn forget(self, secure: bool) -> HeaderValue {
        self.line("", Some(0), secure)
    }

    fn line(self, value: &str, max_age: Option<u32>, secure: bool) -> HeaderValue {
        let value: String = value
            .chars()
            .filter(|c| c.is_ascii_graphic() && !matches!(c, ';' | ',' | '"' | '\\'))
            .collect();
        let mut line = format!(
            "{}{}={value}; Path=/; HttpOnly; SameSite=Lax",
            prefix(secure),
            self.name()
        );
        if let Some(seconds) = max_age {
            line.push_str(&format!("; Max-Age={seconds}"));
        }
        if secure {
            line.push_str("; Secure");
        }
        // Only visible ASCII went in.
        HeaderValue::from_str(&line).unwrap_or(HeaderValue::from_static(""))
    }
}

/// How long a session lives after it was last used, in seconds.
pub const SESSION_SECONDS: i64 = 60 * 86_400;

fn prefix(secure: bool) -> &'static str {
    if secure { "__Host-" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_follow_the_transport() {
        assert_eq!(
            Cookie::Session.set("abc", true),
            "__Host-skep-session=abc; Path=/; HttpOnly; SameSite=Lax; Max-Age=5184000; Secure"
        );
        assert_eq!(
            Cookie::Visitor.set("a;b\r\nc", false),
            "skep-visitor=abc; Path=/; HttpOnly; SameSite=Lax"
        );
    }

    #[test]
    fn only_the_host_cookie_counts_behind_tls() {
        let mut headers = HeaderMap::new();
        let line = "skep-session=planted; x=y; __Host-skep-session=real";
        headers.insert(header::COOKIE, line.parse().unwrap());
        assert_eq!(Cookie::Session.read(&headers, true), Some("real"));
        assert_eq!(Cookie::Session.read(&headers, false), Some("planted"));
        assert_eq!(Cookie::Theme.read(&headers, false), None);
    }
}
