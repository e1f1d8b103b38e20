use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ConnectionAddr, IntoConnectionInfo, RedisError};
use tokio::sync::Mutex;

use crate::cache::{Cursor, Place, Write};
use crate::error::CacheError;

/// A Redis, and the connection to it while there is one.
pub(crate) struct Remote {
    client: Client,
    /// Host and port.
    at: String,
    link: Mutex<Option<MultiplexedConnection>>,
}

impl Remote {
    pub(crate) fn new(address: &str) -> Result<Self, CacheError> {
        let wrong = |_| CacheError::Address(shown(address));
        if !address.starts_with("redis://") {
            return Err(CacheError::Address(shown(address)));
        }
        let info = address.into_connection_info().map_err(wrong)?;
        let at = match info.addr() {
            ConnectionAddr::Tcp(host, port) if host.contains(':') => format!("[{host}]:{port}"),
            ConnectionAddr::Tcp(host, port) => format!("{host}:{port}"),
            _ => return Err(CacheError::Address(shown(address))),
        };
        Ok(Self {
            client: Client::open(info).map_err(wrong)?,
            at,
            link: Mutex::default(),
        })
    }

    pub(crate) async fn write(&self, writes: &[Write]) -> Result<(), CacheError> {
        if writes.is_empty() {
            return Ok(());
        }
        let mut pipe = redis::Pipeline::with_capacity(writes.len());
        for write in writes {
            match write {
                Write::Put { key, value, ttl } => {
                    let ttl = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).max(1);
                    let put = pipe.cmd("SET").arg(key).arg(value.as_slice());
                    put.arg("PX").arg(ttl).ignore();
                }
                Write::Remove { key } => {
                    pipe.cmd("DEL").arg(key).ignore();
                }
            }
        }
        let mut link = self.link().await?;
        let done = pipe.exec_async(&mut link).await;
        self.checked(done).await
    }

    pub(crate) async fn read(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, CacheError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut link = self.link().await?;
        let values = redis::cmd("MGET").arg(keys).query_async(&mut link).await;
        self.checked(values).await
    }

    pub(crate) async fn keys(
        &self,
        prefix: &str,
        from: Cursor,
    ) -> Result<(Vec<String>, Option<Cursor>), CacheError> {
        let from = match from.0 {
            Place::Scan(cursor) => cursor,
            Place::Start | Place::After(_) => 0,
        };
        let mut link = self.link().await?;
        let mut scan = redis::cmd("SCAN");
        scan.arg(from).arg("MATCH").arg(pattern(prefix));
        let page = scan.arg("COUNT").arg(PAGE).query_async(&mut link).await;
        let (next, keys): (u64, Vec<Vec<u8>>) = self.checked(page).await?;
        // what others have written under keys that are no text is none of ours
        let keys = keys
            .into_iter()
            .filter_map(|key| String::from_utf8(key).ok());
        let next = (next != 0).then_some(Cursor(Place::Scan(next)));
        Ok((keys.collect(), next))
    }

    /// The connection, made where there is none.
    async fn link(&self) -> Result<MultiplexedConnection, CacheError> {
        let mut link = self.link.lock().await;
        if let Some(link) = &*link {
            return Ok(link.clone());
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        let made = self
            .client
            .get_multiplexed_async_connection_with_config(&config)
            .await
            .map_err(|error| self.error(&error))?;
        Ok(link.insert(made).clone())
    }

    /// Gives up a connection that failed, so that the next call makes another.
    async fn checked<T>(&self, outcome: Result<T, RedisError>) -> Result<T, CacheError> {
        match outcome {
            Ok(value) => Ok(value),
            Err(error) => {
                let error = self.error(&error);
                if matches!(error, CacheError::Unreachable { .. }) {
                    *self.link.lock().await = None;
                }
                Err(error)
            }
        }
    }

    fn error(&self, error: &RedisError) -> CacheError {
        let at = self.at.clone();
        let lost = error.is_io_error() || error.is_timeout() || error.is_connection_dropped();
        if lost {
            let why = match error.is_timeout() {
                true => "it does not answer".to_owned(),
                false => error.to_string(),
            };
            return CacheError::Unreachable { at, why };
        }
        // one of many commands, each of which may say the same
        let first = error.clone().into_server_errors();
        let why = match first.as_deref().and_then(<[_]>::first) {
            Some((_, said)) => said.to_string(),
            None => error.to_string(),
        };
        CacheError::Refused { at, why }
    }
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Remote").field(&self.at).finish()
    }
}

/// What SCAN takes for "begins with".
fn pattern(prefix: &str) -> String {
    let mut pattern = String::with_capacity(prefix.len() + 1);
    for letter in prefix.chars() {
        if matches!(letter, '*' | '?' | '[' | ']' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern + "*"
}

/// An address without what may be a password in it.
fn shown(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((before, host)) => {
            let scheme = before.split_once("://").map_or("", |(scheme, _)| scheme);
            format!("{scheme}://***@{host}")
        }
        None => address.to_owned(),
    }
}

const PATIENCE: Duration = Duration::from_secs(5);
/// How many keys Redis looks at for one answer.
const PAGE: usize = 500;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_refused_without_their_password() {
        for (address, at) in [
            ("redis://127.0.0.1:7000/3", "127.0.0.1:7000"),
            ("redis://mira:s%40crt@redis.example", "redis.example:6379"),
            ("redis://:secret@[::1]:1/0", "[::1]:1"),
        ] {
            assert_eq!(Remote::new(address).unwrap().at, at);
        }
        for address in [
            "",
            "redis",
            "rediss://:secret@host",
            "redis://:secret@host:port",
            "redis://:secret@host/name",
            "unix:///secret",
            "redis://",
        ] {
            let error = Remote::new(address).unwrap_err();
            assert!(matches!(error, CacheError::Address(_)), "{error}");
            assert!(!error.to_string().contains(":secret"), "{error}");
        }
    }

    #[test]
    fn a_prefix_is_taken_literally() {
        assert_eq!(pattern("torrent::"), "torrent::*");
        assert_eq!(pattern("a*[b]"), "a\\*\\[b\\]*");
    }
}
