//! What only Redis does: being away, coming back, and refusing.

use std::time::Duration;

use cache::testing::RedisServer;
use cache::{Cache, CacheError, Cursor, Write};

fn put(value: &str) -> [Write; 1] {
    [Write::Put {
        key: "a".into(),
        value: value.as_bytes().to_vec(),
        ttl: Duration::from_secs(60),
    }]
}

#[tokio::test]
async fn what_is_lost_and_comes_back_is_used_again() {
    let Some(mut server) = RedisServer::start() else {
        return;
    };
    let cache = Cache::open(&server.url()).unwrap();
    assert!(cache.is_shared());
    cache.write(&put("1")).await.unwrap();
    assert!(server.ask(&["GET", "a"]).contains("$1\r\n1\r\n"));
    server.stop();
    for _ in 0..3 {
        let error = cache.write(&put("2")).await.unwrap_err();
        assert!(matches!(error, CacheError::Unreachable { .. }), "{error}");
        assert!(cache.read(&["a".into()]).await.is_err());
        assert!(cache.keys("", Cursor::default()).await.is_err());
    }
    server.start_again();
    cache.write(&put("3")).await.unwrap();
    assert_eq!(
        cache.read(&["a".into()]).await.unwrap(),
        [Some(b"3".to_vec())]
    );
}

#[tokio::test]
async fn a_restart_between_two_calls_costs_one_of_them_at_most() {
    let Some(mut server) = RedisServer::start() else {
        return;
    };
    let cache = Cache::open(&server.url()).unwrap();
    cache.write(&put("1")).await.unwrap();
    server.start_again();
    // whether the first one notices in time is a matter of luck
    let _ = cache.write(&put("2")).await;
    cache.write(&put("3")).await.unwrap();
}

#[tokio::test]
async fn it_may_be_away_when_it_is_opened() {
    let Some(mut server) = RedisServer::start() else {
        return;
    };
    server.stop();
    let cache = Cache::open(&server.url()).unwrap();
    let error = cache.write(&put("1")).await.unwrap_err();
    assert!(
        error.to_string().starts_with("Redis at 127.0.0.1:"),
        "{error}"
    );
    server.start_again();
    cache.write(&put("1")).await.unwrap();
}

#[tokio::test]
async fn a_password_is_used_and_a_wrong_one_is_not_told() {
    let Some(server) = RedisServer::start_with(Some("hunter2")) else {
        return;
    };
    let cache = Cache::open(&server.url()).unwrap();
    cache.write(&put("1")).await.unwrap();
    for wrong in [":hunter3@", ""] {
        let cache = Cache::open(&server.url().replace(":hunter2@", wrong)).unwrap();
        let error = cache.write(&put("1")).await.unwrap_err();
        assert!(matches!(error, CacheError::Refused { .. }), "{error}");
        assert!(!error.to_string().contains("hunter"), "{error}");
        assert!(!format!("{cache:?}").contains("hunter"));
    }
}

#[tokio::test]
async fn numbered_databases_are_apart() {
    let Some(server) = RedisServer::start() else {
        return;
    };
    let first = Cache::open(&server.url()).unwrap();
    let second = Cache::open(&server.url().replace("/0", "/1")).unwrap();
    first.write(&put("1")).await.unwrap();
    assert_eq!(second.read(&["a".into()]).await.unwrap(), [None]);
}

#[tokio::test]
async fn a_server_without_room_refuses() {
    let Some(server) = RedisServer::start() else {
        return;
    };
    let cache = Cache::open(&server.url()).unwrap();
    cache.write(&put("1")).await.unwrap();
    server.ask(&["CONFIG", "SET", "maxmemory", "1"]);
    let error = cache.write(&put("2")).await.unwrap_err();
    assert!(
        matches!(&error, CacheError::Refused { why, .. } if why.contains("memory")),
        "{error}"
    );
}
