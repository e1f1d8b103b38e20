use std::collections::BTreeSet;
use std::time::Duration;

use cache::testing::RedisServer;
use cache::{Cache, Cursor, Write};

/// Makes a test for each variant of every `async fn name(cache: &Cache) { … }`.
macro_rules! on_every_variant {
    ($(async fn $name:ident($cache:ident: &Cache) $body:block)+) => {
        $(async fn $name($cache: &Cache) $body)+

        mod memory {
            $(#[tokio::test]
            async fn $name() {
                super::$name(&cache::Cache::open("memory").unwrap()).await;
            })+
        }

        mod redis {
            $(#[tokio::test]
            async fn $name() {
                let Some(server) = super::RedisServer::start() else { return };
                super::$name(&cache::Cache::open(&server.url()).unwrap()).await;
            })+
        }
    };
}

const LONG: Duration = Duration::from_secs(600);

fn put(key: &str, value: impl AsRef<[u8]>) -> Write {
    Write::Put {
        key: key.to_owned(),
        value: value.as_ref().to_vec(),
        ttl: LONG,
    }
}

fn remove(key: &str) -> Write {
    Write::Remove {
        key: key.to_owned(),
    }
}

async fn read(cache: &Cache, key: &str) -> Option<Vec<u8>> {
    cache.read(&[key.to_owned()]).await.unwrap().remove(0)
}

async fn all_keys(cache: &Cache, prefix: &str) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    let mut from = Some(Cursor::default());
    while let Some(cursor) = from {
        let (page, next) = cache.keys(prefix, cursor).await.unwrap();
        keys.extend(page);
        from = next;
    }
    keys
}

on_every_variant! {
    async fn what_was_written_last_is_read(cache: &Cache) {
        assert_eq!(read(cache, "a").await, None);
        cache.write(&[put("a", "1"), put("b", [0, 255]), put("a", "2")]).await.unwrap();
        let keys = ["b", "none", "a", "b"].map(str::to_owned);
        let values = cache.read(&keys).await.unwrap();
        assert_eq!(values, [Some(vec![0, 255]), None, Some(b"2".to_vec()), Some(vec![0, 255])]);
        cache.write(&[put("a", ""), remove("b"), remove("none")]).await.unwrap();
        assert_eq!((read(cache, "a").await, read(cache, "b").await), (Some(vec![]), None));
    }

    async fn nothing_is_written_and_nothing_read(cache: &Cache) {
        cache.write(&[]).await.unwrap();
        assert_eq!(cache.read(&[]).await.unwrap(), Vec::<Option<Vec<u8>>>::new());
        assert_eq!(all_keys(cache, "").await, BTreeSet::new());
    }

    async fn a_value_ends_with_its_time(cache: &Cache) {
        let short = |key: &str| Write::Put {
            key: key.into(),
            value: b"1".to_vec(),
            ttl: Duration::from_millis(30),
        };
        cache.write(&[short("a"), put("b", "2")]).await.unwrap();
        while read(cache, "a").await.is_some() {
            tokio::task::yield_now().await;
        }
        assert_eq!(all_keys(cache, "").await, BTreeSet::from(["b".to_owned()]));
        // A later write counts anew.
        cache.write(&[short("a"), put("a", "3"), short("c")]).await.unwrap();
        while read(cache, "c").await.is_some() {
            tokio::task::yield_now().await;
        }
        assert_eq!(read(cache, "a").await, Some(b"3".to_vec()));
    }

    async fn keys_are_gone_through_by_their_beginning(cache: &Cache) {
        let mut expected = BTreeSet::new();
        let mut writes = vec![put("torrent:", ""), put("torrent;:x", ""), put("user::1", "")];
        for number in 0..2500 {
            let key = format!("torrent::{number}");
            writes.push(put(&key, "x"));
            expected.insert(key);
        }
        cache.write(&writes).await.unwrap();
        assert_eq!(all_keys(cache, "torrent::").await, expected);
        cache.write(&[put("a*b", ""), put("axb", "")]).await.unwrap();
        assert_eq!(all_keys(cache, "a*").await, BTreeSet::from(["a*b".to_owned()]));
    }

    async fn clones_share_everything(cache: &Cache) {
        cache.clone().write(&[put("a", "1")]).await.unwrap();
        assert_eq!(read(cache, "a").await, Some(b"1".to_vec()));
    }
}

#[tokio::test]
async fn memory_makes_room_by_what_ends_soonest() {
    let cache = Cache::open("memory").unwrap();
    assert!(!cache.is_shared());
    let large = vec![7; 1 << 20];
    for number in 0..100_u64 {
        let write = Write::Put {
            key: number.to_string(),
            value: large.clone(),
            ttl: LONG + Duration::from_secs(number),
        };
        cache.write(&[write]).await.unwrap();
    }
    assert_eq!(read(&cache, "0").await, None);
    assert_eq!(read(&cache, "99").await, Some(large));
    assert_eq!(all_keys(&cache, "").await.len(), 63);
}
