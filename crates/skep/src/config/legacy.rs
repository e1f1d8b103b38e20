//! Older names of environment variables that people's set-ups carry.

use toml::Value;

/// What an older variable stands for in this build.
pub enum Legacy {
    /// A key: table, key, value.
    Key(&'static str, &'static str, Value),
    /// Something of a part that this build does not have.
    Unused,
}

/// Understands an older variable; `None` when the name is not one of them.
pub fn read(name: &str, value: &str) -> Option<Legacy> {
    match name {
        "STORAGE_DB_PATH" => Some(Legacy::Key(
            "store",
            "url",
            Value::String(format!("sqlite:{value}")),
        )),
        // written in capitals in the set-ups it comes from
        "LOG_LEVEL" => {
            let level = match value.to_ascii_lowercase().as_str() {
                "warning" => "warn".to_owned(),
                "critical" | "fatal" => "error".to_owned(),
                level => level.to_owned(),
            };
            Some(Legacy::Key("log", "level", Value::String(level)))
        }
        "DHT_PORT"
        | "METADATA_TIMEOUT"
        | "KAFKA_BOOTSTRAP_SERVERS"
        | "KAFKA_TOPIC_HASHES"
        | "KAFKA_TOPIC_METADATA" => Some(Legacy::Unused),
        _ => None,
    }
}

/// The cache that `REDIS_HOST`, `REDIS_PORT` and `REDIS_PASSWORD` stand for together, and which of
/// them stand for nothing because no host is given.
pub fn redis(environment: &[(String, String)]) -> (Option<Value>, Vec<&'static str>) {
    let given = |wanted: &str| {
        let found = environment.iter().find(|(name, _)| name == wanted);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    };
    let Some(host) = given(REDIS_HOST) else {
        let alone = ["REDIS_PASSWORD", "REDIS_PORT"];
        let alone = alone.into_iter().filter(|name| given(name).is_some());
        return (None, alone.collect());
    };
    let host = match host.contains(':') && !host.starts_with('[') {
        true => format!("[{host}]"),
        false => host.to_owned(),
    };
    let port = given("REDIS_PORT").unwrap_or("6379");
    let password = given("REDIS_PASSWORD").map(|password| format!(":{}@", escaped(password)));
    let password = password.unwrap_or_default();
    let url = format!("redis://{password}{host}:{port}/0");
    (Some(Value::String(url)), Vec::new())
}

/// The one of three that the others belong to.
pub const REDIS_HOST: &str = "REDIS_HOST";

/// A text as it stands in an address, whatever is in it.
fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_variables_are_one_cache() {
        let read = |given: &[(&str, &str)]| {
            let environment: Vec<_> = given
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            let (url, unused) = redis(&environment);
            (url.and_then(|url| url.as_str().map(str::to_owned)), unused)
        };
        assert_eq!(read(&[]), (None, vec![]));
        assert_eq!(read(&[("REDIS_HOST", "")]), (None, vec![]));
        assert_eq!(read(&[("REDIS_PORT", "1")]), (None, vec!["REDIS_PORT"]));
        let url = |url: &str| (Some(url.to_owned()), vec![]);
        assert_eq!(read(&[("REDIS_HOST", "r")]), url("redis://r:6379/0"));
        let all = [
            ("REDIS_PASSWORD", "a@b:/%"),
            ("REDIS_PORT", "7"),
            ("REDIS_HOST", "::1"),
        ];
        assert_eq!(read(&all), url("redis://:a%40b%3A%2F%25@[::1]:7/0"));
        assert!(cache::Cache::open("redis://:a%40b%3A%2F%25@[::1]:7/0").is_ok());
    }
}
