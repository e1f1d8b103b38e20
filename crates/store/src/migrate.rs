//! Opening the pools and bringing the schema up to date.

use std::str::FromStr;
use std::time::Duration;

use sqlx::Connection;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::pool::PoolOptions;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqliteSynchronous,
};

use crate::db::{Db, On, SqlitePools};
use crate::{Options, Result, StoreError, dialect};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// Opens the database at `url` with an up-to-date schema.
pub(crate) async fn open(url: &str, options: &Options) -> Result<Db> {
    match url.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() => open_sqlite(path, options).await,
        Some(("postgres" | "postgresql", _)) => open_postgres(url, options).await,
        _ => Err(StoreError::Open(
            "the store address is not understood: write sqlite:PATH or postgres://USER@HOST/DATABASE"
                .to_owned(),
        )),
    }
}

async fn open_sqlite(path: &str, options: &Options) -> Result<Db> {
    let place = format!("the database {path}");
    let failed = |error| cannot_open(&place, error);
    let in_memory = path == ":memory:";
    let connect = SqliteConnectOptions::new()
        .create_if_missing(true)
        .foreign_keys(true)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(options.patience)
        .statement_cache_capacity(STATEMENTS)
        // in KiB: an index of some hundred thousand topics, for each connection
        .pragma("cache_size", "-16000")
        .pragma("temp_store", "memory")
        .pragma("journal_size_limit", "67108864");
    let one = PoolOptions::new()
        .max_connections(1)
        .min_connections(1)
        .acquire_timeout(options.patience)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None);
    if in_memory {
        let pool: SqlitePool = one
            .connect_with(connect.in_memory(true))
            .await
            .map_err(&failed)?;
        migrated(SQLITE.run(&pool).await, &SQLITE, &place)?;
        return Ok(Db::new(On::Sqlite(SqlitePools {
            write: pool.clone(),
            read: pool,
            on_disk: false,
        })));
    }
    refuse_foreign(path, options).await?;
    let connect = connect.filename(path).journal_mode(SqliteJournalMode::Wal);
    // The one writer goes over more of the file than any reader, and takes rows by the batch: its
    // thread hands over so many at a time.
    let writer = connect.clone().row_buffer_size(ROWS);
    let writer = writer.pragma("cache_size", "-64000");
    let write: SqlitePool = one.connect_with(writer).await.map_err(&failed)?;
    migrated(SQLITE.run(&write).await, &SQLITE, &place)?;
    // readers beyond the cores would only wait for each other
    let cores = std::thread::available_parallelism().map_or(2, |cores| cores.get() as u32);
    let read = PoolOptions::new()
        .max_connections(options.connections.clamp(1, cores + 1))
        .acquire_timeout(options.patience)
        .test_before_acquire(false)
        .connect_lazy_with(connect.pragma("query_only", "on"));
    Ok(Db::new(On::Sqlite(SqlitePools {
        write,
        read,
        on_disk: true,
    })))
}

/// A database that is there and not ours is left as it is.
async fn refuse_foreign(path: &str, options: &Options) -> Result<()> {
    let refuse = |why: &str| {
        Err(StoreError::Open(format!(
            "the database {path} cannot be opened: {why}"
        )))
    };
    let path = std::path::Path::new(path);
    if path.is_dir() {
        return refuse("it is a folder");
    }
    if !std::fs::metadata(path).is_ok_and(|file| file.len() > 0) {
        return Ok(());
    }
    let connect = SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(options.patience);
    let look = async {
        let mut connection = SqliteConnection::connect_with(&connect).await?;
        let (all, ours): (i64, i64) = sqlx::query_as(
            "select count(*), count(*) filter (where name = '_sqlx_migrations')
             from sqlite_schema where type = 'table'",
        )
        .fetch_one(&mut connection)
        .await?;
        connection.close().await?;
        Ok::<bool, sqlx::Error>(all > 0 && ours == 0)
    };
    match look.await {
        Ok(true) => refuse("it is another program's"),
        // what is wrong with it is said where it is opened
        Ok(false) | Err(_) => Ok(()),
    }
}

async fn open_postgres(url: &str, options: &Options) -> Result<Db> {
    let connect = PgConnectOptions::from_str(url)
        .map_err(|_| {
            StoreError::Open(
                "the store address is not understood: write postgres://USER:PASSWORD@HOST/DATABASE"
                    .to_owned(),
            )
        })?
        .application_name("skep")
        .statement_cache_capacity(STATEMENTS)
        .options([("jit", "off")]);
    let place = format!(
        "PostgreSQL at {}:{}, database {}",
        connect.get_host(),
        connect.get_port(),
        connect.get_database().unwrap_or(connect.get_username()),
    );
    let failed = |error| cannot_open(&place, error);
    // A pool would try again and again, and say no more than that it took too long.
    let first = tokio::time::timeout(FIRST, PgConnection::connect_with(&connect)).await;
    match first {
        Ok(Ok(connection)) => drop(connection.close().await),
        Ok(Err(error)) => return Err(failed(error)),
        Err(_) => {
            return Err(StoreError::Open(format!(
                "{place} cannot be opened: there was no answer within {} s",
                FIRST.as_secs()
            )));
        }
    }
    let pool: PgPool = PoolOptions::new()
        .max_connections(options.connections.max(2))
        .acquire_timeout(options.patience)
        .test_before_acquire(false)
        .before_acquire(|connection: &mut PgConnection, state| {
            Box::pin(async move {
                // A connection in steady use needs no test; one that slept may have lost its server.
                if state.idle_for < Duration::from_secs(10) {
                    return Ok(true);
                }
                Ok(sqlx::Connection::ping(connection).await.is_ok())
            })
        })
        .connect_with(connect)
        .await
        .map_err(&failed)?;
    migrated(POSTGRES.run(&pool).await, &POSTGRES, &place)?;
    Ok(Db::new(On::Postgres(pool)))
}

/// How long a server may take to answer the first time.
const FIRST: Duration = Duration::from_secs(3);

/// How many rows the writer's thread hands over at a time.
const ROWS: usize = 512;

/// How many prepared statements a connection keeps.
const STATEMENTS: usize = 200;

fn migrated(outcome: Result<(), MigrateError>, migrator: &Migrator, place: &str) -> Result<()> {
    let why = match outcome {
        Ok(()) => return Ok(()),
        Err(MigrateError::VersionMissing(found) | MigrateError::VersionTooNew(found, _)) => {
            let known = migrator.iter().map(|m| m.version).max().unwrap_or(0);
            return Err(StoreError::Newer { found, known });
        }
        Err(MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) => {
            return Err(cannot_open(place, error));
        }
        Err(MigrateError::VersionMismatch(version)) => {
            format!("its migration {version} is not this program's")
        }
        Err(MigrateError::Dirty(version)) => {
            format!("its migration {version} was interrupted; restore the backup made before it")
        }
        Err(other) => other.to_string(),
    };
    Err(StoreError::Open(format!("{place} cannot be used: {why}")))
}

/// Says what could not be opened, why, and what to do.
fn cannot_open(place: &str, error: sqlx::Error) -> StoreError {
    let why = match dialect::sqlite_code(&error) {
        Some(dialect::SQLITE_NOTADB) => "it is not a SQLite database".to_owned(),
        Some(dialect::SQLITE_CANTOPEN) => {
            "its folder does not exist or may not be written to".to_owned()
        }
        Some(dialect::SQLITE_READONLY) => "it may not be written to".to_owned(),
        _ => match dialect::classify(error) {
            StoreError::DiskFull => "the disk is full".to_owned(),
            StoreError::Unavailable(why) | StoreError::Database(why) | StoreError::Corrupt(why) => {
                why
            }
            other => other.to_string(),
        },
    };
    StoreError::Open(format!("{place} cannot be opened: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(migrator: &Migrator) -> Vec<(i64, String)> {
        migrator
            .iter()
            .map(|m| (m.version, m.description.to_string()))
            .collect()
    }

    #[test]
    fn both_engines_have_the_same_migrations() {
        assert_eq!(names(&SQLITE), names(&POSTGRES));
        assert!(!names(&SQLITE).is_empty());
    }
}
