use std::fs;

use store::{Engine, Options, Store, StoreError};

async fn refusal(url: &str) -> String {
    let options = Options {
        patience: std::time::Duration::from_millis(500),
        ..Options::default()
    };
    let error = Store::open(url, options).await.unwrap_err();
    let message = error.to_string();
    assert!(matches!(error, StoreError::Open(_)), "{error:?}");
    assert!(!message.contains('\n'), "{message}");
    message
}

#[tokio::test]
async fn a_store_in_memory_works_like_any_other() {
    let store = Store::open("sqlite::memory:", Options::default())
        .await
        .unwrap();
    assert_eq!(store.engine(), Engine::Sqlite);
    store.create_category(&"A".parse().unwrap()).await.unwrap();
    assert_eq!(store.site().categories.len(), 1);
    assert_eq!(store.doctor().await.unwrap(), []);
    assert!(format!("{store:?}").contains("Sqlite"));
}

#[tokio::test]
async fn what_cannot_be_opened_is_said_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let no_folder = format!("sqlite:{}", path("missing/skep.db"));
    let message = refusal(&no_folder).await;
    assert!(
        message.contains("missing/skep.db") && message.contains("folder"),
        "{message}"
    );
    fs::write(
        path("text"),
        "this is no database, only a long enough text of no use\n".repeat(20),
    )
    .unwrap();
    let message = refusal(&format!("sqlite:{}", path("text"))).await;
    assert!(message.contains("it is not a SQLite database"), "{message}");
    let message = refusal(&format!("sqlite:{}", folder.path().display())).await;
    assert!(message.contains("cannot be opened"), "{message}");
    for url in ["", "sqlite:", "mysql://x", "skep.db"] {
        assert!(refusal(url).await.contains("write sqlite:PATH"), "{url}");
    }
}

#[tokio::test]
async fn a_database_of_another_program_is_left_as_it_is() {
    use sqlx::{Connection as _, Executor as _};
    let folder = tempfile::tempdir().unwrap();
    for (name, table) in [("notes.db", "notes"), ("people.db", "users")] {
        let path = folder.path().join(name);
        let made = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true);
        let mut theirs = sqlx::SqliteConnection::connect_with(&made).await.unwrap();
        let sql = sqlx::AssertSqlSafe(format!("create table {table} (x)"));
        theirs.execute(sql).await.unwrap();
        theirs.close().await.unwrap();
        let before = fs::read(&path).unwrap();
        let message = refusal(&format!("sqlite:{}", path.display())).await;
        assert!(message.contains("it is another program's"), "{message}");
        assert_eq!(fs::read(&path).unwrap(), before);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_named_without_its_password() {
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let message = refusal(&format!("postgres://skep:s3cret@127.0.0.1:{port}/site")).await;
    assert!(
        message.contains(&format!("127.0.0.1:{port}")) && message.contains("site"),
        "{message}"
    );
    assert!(!message.contains("s3cret"), "{message}");
    let message = refusal("postgres://skep:s3cret@[/site").await;
    assert!(
        message.contains("postgres://USER") && !message.contains("s3cret"),
        "{message}"
    );
}

on_both_engines! {
    async fn a_newer_database_is_left_alone(w: &World) {
        w.sql(
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
             select 9999, 'from the future', true, checksum, 1 from _sqlx_migrations limit 1",
        )
        .await;
        let error = Store::open(&w.url, Options::default()).await.unwrap_err();
        assert!(matches!(error, StoreError::Newer { found: 9999, known: 1.. }), "{error}");
        assert!(error.to_string().contains("newer skep"));
    }

    async fn opening_again_changes_nothing(w: &World) {
        let ann = w.user("Ann").await;
        let again = Store::open(&w.url, Options::default()).await.unwrap();
        assert_eq!(again.account(ann).await.unwrap().name, "Ann");
        again.close().await;
        assert!(matches!(again.ping().await, Err(StoreError::Unavailable(_))));
        w.store.ping().await.unwrap();
    }

    async fn many_open_a_new_database_at_once(w: &World) {
        let opened: Vec<_> = (0..4)
            .map(|_| {
                let url = w.url.clone();
                tokio::spawn(async move { Store::open(&url, Options::default()).await })
            })
            .collect();
        for store in opened {
            store.await.unwrap().unwrap().close().await;
        }
    }
}
