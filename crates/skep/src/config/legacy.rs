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
        | "KAFKA_TOPIC_METADATA"
        | "REDIS_HOST"
        | "REDIS_PORT"
        | "REDIS_PASSWORD" => Some(Legacy::Unused),
        _ => None,
    }
}
