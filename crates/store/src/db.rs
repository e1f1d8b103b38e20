//! The open database: two engines behind one set of macros.
//!
//! SQL is written once. `rows!`, `row!` and `exec!` run it on whichever engine is open and count it;
//! only `dialect` knows where the engines differ.

use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::{PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction};

use crate::Result;

/// Which engine is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// Something there is one of for each engine.
pub(crate) enum On<S, P> {
    Sqlite(S),
    Postgres(P),
}

/// The pools. SQLite has one writer, so that writers queue here instead of failing there, and
/// several readers; in memory it has a single connection for both.
pub(crate) struct Db {
    pub(crate) pools: On<SqlitePools, PgPool>,
    statements: AtomicU64,
}

pub(crate) struct SqlitePools {
    pub(crate) write: SqlitePool,
    pub(crate) read: SqlitePool,
    /// Whether the database outlives its connections.
    pub(crate) on_disk: bool,
}

/// A write transaction; rolled back when dropped.
pub(crate) struct Tx<'db> {
    transaction: On<Transaction<'static, Sqlite>, Transaction<'static, Postgres>>,
    statements: &'db AtomicU64,
}

impl Db {
    pub(crate) fn new(pools: On<SqlitePools, PgPool>) -> Self {
        Self {
            pools,
            statements: AtomicU64::new(0),
        }
    }

    pub(crate) fn engine(&self) -> Engine {
        match self.pools {
            On::Sqlite(_) => Engine::Sqlite,
            On::Postgres(_) => Engine::Postgres,
        }
    }

    /// How many statements have been run, transaction control left out.
    pub(crate) fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Where the next reading statement runs.
    pub(crate) fn executor(&self) -> On<&SqlitePool, &PgPool> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        match &self.pools {
            On::Sqlite(pools) => On::Sqlite(&pools.read),
            On::Postgres(pool) => On::Postgres(pool),
        }
    }

    /// Runs a statement that the engine does not take inside a transaction.
    pub(crate) async fn outside_transactions(&self, sql: &'static str) -> Result<()> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        match &self.pools {
            On::Sqlite(pools) => sqlx::query(sql).execute(&pools.write).await.map(|_| ())?,
            On::Postgres(pool) => sqlx::query(sql).execute(pool).await.map(|_| ())?,
        }
        Ok(())
    }

    /// Begins a write transaction.
    pub(crate) async fn begin(&self) -> Result<Tx<'_>> {
        let transaction = match &self.pools {
            On::Sqlite(pools) => On::Sqlite(pools.begin().await?),
            On::Postgres(pool) => On::Postgres(pool.begin().await?),
        };
        Ok(Tx {
            transaction,
            statements: &self.statements,
        })
    }
}

impl SqlitePools {
    async fn begin(&self) -> Result<Transaction<'static, Sqlite>> {
        let begin = || self.write.begin_with(crate::dialect::BEGIN_SQLITE);
        match begin().await {
            // SQLite ended a transaction by itself, as it does when the disk is full, and the driver
            // holds on to it for good: only another connection can write.
            Err(sqlx::Error::InvalidSavePointStatement) if self.on_disk => {
                self.write.acquire().await?.close().await?;
                Ok(begin().await?)
            }
            begun => Ok(begun?),
        }
    }
}

impl Tx<'_> {
    pub(crate) fn engine(&self) -> Engine {
        match self.transaction {
            On::Sqlite(_) => Engine::Sqlite,
            On::Postgres(_) => Engine::Postgres,
        }
    }

    /// Where the next statement of the transaction runs.
    pub(crate) fn executor(&mut self) -> On<&mut SqliteConnection, &mut PgConnection> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        match &mut self.transaction {
            On::Sqlite(transaction) => On::Sqlite(&mut **transaction),
            On::Postgres(transaction) => On::Postgres(&mut **transaction),
        }
    }

    pub(crate) async fn commit(self) -> Result<()> {
        match self.transaction {
            On::Sqlite(transaction) => transaction.commit().await?,
            On::Postgres(transaction) => transaction.commit().await?,
        }
        Ok(())
    }
}

/// All rows of a statement: `rows!(db_or_tx, "select …", bind, bind)`.
macro_rules! rows {
    ($on:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $on.executor() {
            $crate::db::On::Sqlite(executor) => {
                sqlx::query_as($sql)$(.bind($bind))*.fetch_all(executor).await
            }
            $crate::db::On::Postgres(executor) => {
                sqlx::query_as($sql)$(.bind($bind))*.fetch_all(executor).await
            }
        }
    };
}

/// The first row of a statement, if any.
macro_rules! row {
    ($on:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $on.executor() {
            $crate::db::On::Sqlite(executor) => {
                sqlx::query_as($sql)$(.bind($bind))*.fetch_optional(executor).await
            }
            $crate::db::On::Postgres(executor) => {
                sqlx::query_as($sql)$(.bind($bind))*.fetch_optional(executor).await
            }
        }
    };
}

/// The one value of the one row of a statement.
macro_rules! value {
    ($on:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $on.executor() {
            $crate::db::On::Sqlite(executor) => {
                sqlx::query_scalar($sql)$(.bind($bind))*.fetch_one(executor).await
            }
            $crate::db::On::Postgres(executor) => {
                sqlx::query_scalar($sql)$(.bind($bind))*.fetch_one(executor).await
            }
        }
    };
}

/// How many rows a statement changed.
macro_rules! exec {
    ($on:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $on.executor() {
            $crate::db::On::Sqlite(executor) => {
                sqlx::query($sql)$(.bind($bind))*.execute(executor).await.map(|r| r.rows_affected())
            }
            $crate::db::On::Postgres(executor) => {
                sqlx::query($sql)$(.bind($bind))*.execute(executor).await.map(|r| r.rows_affected())
            }
        }
    };
}

/// Runs one statement over many rows, in chunks that both engines take:
/// `bulk!(tx, "insert into t (a, b)", items, 2, |row, item| { row.push_bind(…)… }, "on conflict …")`.
/// Between the two texts stands `values (…), (…)`; the number is how many values a row has.
macro_rules! bulk {
    ($tx:expr, $before:expr, $items:expr, $width:expr, |$row:ident, $item:pat_param| $push:block, $after:expr $(,)?) => {{
        let mut changed = 0;
        for chunk in $items.chunks($crate::dialect::BINDS / $width) {
            changed += match $tx.executor() {
                $crate::db::On::Sqlite(executor) => {
                    let mut query = sqlx::QueryBuilder::<sqlx::Sqlite>::new($before);
                    query.push(" ").push_values(chunk, |mut $row, $item| $push);
                    query.push(" ").push($after);
                    query
                        .build()
                        .persistent(false)
                        .execute(executor)
                        .await?
                        .rows_affected()
                }
                $crate::db::On::Postgres(executor) => {
                    let mut query = sqlx::QueryBuilder::<sqlx::Postgres>::new($before);
                    query.push(" ").push_values(chunk, |mut $row, $item| $push);
                    query.push(" ").push($after);
                    query
                        .build()
                        .persistent(false)
                        .execute(executor)
                        .await?
                        .rows_affected()
                }
            };
        }
        changed
    }};
}

/// Like `bulk!`, for a `select … from (values …) …`: all rows of all chunks.
macro_rules! bulk_rows {
    ($tx:expr, $before:expr, $items:expr, $width:expr, |$row:ident, $item:pat_param| $push:block, $after:expr $(,)?) => {{
        let mut found = Vec::new();
        for chunk in $items.chunks($crate::dialect::BINDS / $width) {
            found.extend(match $tx.executor() {
                $crate::db::On::Sqlite(executor) => {
                    let mut query = sqlx::QueryBuilder::<sqlx::Sqlite>::new($before);
                    query.push(" ").push_values(chunk, |mut $row, $item| $push);
                    query.push(" ").push($after);
                    query
                        .build_query_as()
                        .persistent(false)
                        .fetch_all(executor)
                        .await?
                }
                $crate::db::On::Postgres(executor) => {
                    let mut query = sqlx::QueryBuilder::<sqlx::Postgres>::new($before);
                    query.push(" ").push_values(chunk, |mut $row, $item| $push);
                    query.push(" ").push($after);
                    query
                        .build_query_as()
                        .persistent(false)
                        .fetch_all(executor)
                        .await?
                }
            });
        }
        found
    }};
}

pub(crate) use {bulk, bulk_rows, exec, row, rows, value};
