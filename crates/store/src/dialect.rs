//! The few places where the engines truly differ.

use sqlx::error::ErrorKind;

use crate::db::{Engine, Tx, exec};
use crate::{Result, StoreError};

/// How a write transaction starts on SQLite: it takes the write lock at once, so that it never finds
/// half-way through that somebody else has it.
pub(crate) const BEGIN_SQLITE: &str = "begin immediate";

/// How many values one statement may carry: SQLite takes 32766, PostgreSQL 65535.
pub(crate) const BINDS: usize = 30_000;

/// The sum of a column and a number that stops at the largest instead of failing.
macro_rules! capped_sum {
    ($column:literal, $more:literal) => {
        concat!(
            "case when ",
            $column,
            " > 9223372036854775807 - ",
            $more,
            " then 9223372036854775807 else ",
            $column,
            " + ",
            $more,
            " end"
        )
    };
}
pub(crate) use capped_sum;

/// What transactions take turns at, beside the rows they write. Whoever needs several things locks
/// `Accounting` first, then `Structure` or `Roles`, then rows (topics, forums, torrents, users, each by id), and
/// `Changes` last, just before the end.
#[derive(Clone, Copy)]
pub(crate) enum Turn {
    /// What users transferred of torrents.
    Accounting = 6,
    /// Handing out numbers of the change log, so that they become visible in their order.
    Changes = 7,
    /// The tree of categories and forums, and the groups their rights name.
    Structure = 8,
    /// Who administers the site.
    Roles = 9,
}

/// Waits for all other transactions that have this turn, until they end. SQLite has one writer
/// anyway.
pub(crate) async fn take_turn(tx: &mut Tx<'_>, turn: Turn) -> Result<()> {
    if tx.engine() == Engine::Postgres {
        exec!(
            tx,
            "select pg_advisory_xact_lock(hashtextextended(current_schema(), $1))",
            turn as i64,
        )?;
    }
    Ok(())
}

/// Locks the rows a `select` in a transaction reads against change by others.
pub(crate) fn for_update(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "",
        Engine::Postgres => " for no key update",
    }
}

/// A condition that `column` is one of the numbers in the text parameter `$n`, written `1,2,3`.
pub(crate) fn one_of(engine: Engine, column: &str, n: usize) -> String {
    match engine {
        Engine::Sqlite => {
            format!("{column} in (select value from json_each('[' || ${n} || ']'))")
        }
        Engine::Postgres => {
            format!("{column} = any(cast(string_to_array(${n}, ',') as bigint[]))")
        }
    }
}

/// A condition that the text in `column` begins with the text parameter `$n`, as the bytes stand.
pub(crate) fn begins_with(engine: Engine, column: &str, n: usize) -> String {
    match engine {
        // a stretch of the column's index, up to the last character there is
        Engine::Sqlite => format!("({column} >= ${n} and {column} <= ${n} || char(1114111))"),
        Engine::Postgres => format!("starts_with({column}, ${n})"),
    }
}

/// Makes the next id of a table follow its highest one, where rows were written with ids of their
/// own. SQLite does so by itself.
pub(crate) fn continue_ids(engine: Engine, table: &str) -> Option<String> {
    match engine {
        Engine::Sqlite => None,
        Engine::Postgres => Some(format!(
            "select setval(pg_get_serial_sequence('{table}', 'id'),
                greatest((select max(id) from {table}), 1))"
        )),
    }
}

/// Rows of so many values as something to select from, named `v`, with columns `column1`, `column2` …
/// `kinds` are the types of the values; PostgreSQL takes each column as one parameter.
pub(crate) fn rows_of(engine: Engine, kinds: &[Kind], rows: usize) -> String {
    let mut sql = String::new();
    match engine {
        Engine::Sqlite => {
            sql.push_str("(values ");
            for row in 0..rows {
                sql.push_str(if row == 0 { "(" } else { ",(" });
                for column in 0..kinds.len() {
                    sql.push_str(if column == 0 { "?" } else { ",?" });
                }
                sql.push(')');
            }
            sql.push_str(") as v");
        }
        Engine::Postgres => {
            let parameter = |(n, kind): (usize, &Kind)| match kind {
                Kind::Number => format!("cast(${} as bigint[])", n + 1),
                Kind::Bytes => format!("cast(${} as bytea[])", n + 1),
            };
            let parameters: Vec<_> = kinds.iter().enumerate().map(parameter).collect();
            let names: Vec<_> = (1..=kinds.len()).map(|n| format!("column{n}")).collect();
            sql = format!("unnest({}) as v({})", parameters.join(","), names.join(","));
        }
    }
    sql
}

/// What a column of [`rows_of`] holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Number,
    Bytes,
}

/// Refreshes the planner's statistics; on PostgreSQL also what lets it answer from indexes alone.
pub(crate) fn optimize(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "analyze",
        Engine::Postgres => "vacuum (analyze)",
    }
}

/// Whether an insert named a parent row that is not there.
pub(crate) fn is_missing_parent(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|e| e.kind() == ErrorKind::ForeignKeyViolation)
}

/// The unique index that an insert or update ran into, as `table_column`.
pub(crate) fn unique_violation(error: &sqlx::Error) -> Option<String> {
    let error = error.as_database_error()?;
    if error.kind() != ErrorKind::UniqueViolation {
        return None;
    }
    if let Some(constraint) = error.constraint() {
        return Some(constraint.to_owned());
    }
    // SQLite names the columns instead: "UNIQUE constraint failed: users.name_key"
    let (_, column) = error.message().rsplit_once(": ")?;
    Some(column.replace('.', "_"))
}

/// An engine's error in the words of [`StoreError`].
pub(crate) fn classify(error: sqlx::Error) -> StoreError {
    let message = one_line(&error);
    match sqlite_code(&error) {
        Some(SQLITE_BUSY | SQLITE_LOCKED) => {
            return StoreError::Unavailable("another process is writing to it".to_owned());
        }
        Some(SQLITE_FULL) => return StoreError::DiskFull,
        Some(SQLITE_CORRUPT | SQLITE_NOTADB) => return StoreError::Corrupt(message),
        Some(SQLITE_IOERR) => {
            return StoreError::Unavailable(format!(
                "its disk cannot be read or written, it may be full or failing ({message})"
            ));
        }
        Some(SQLITE_READONLY) => {
            return StoreError::Unavailable(
                "it, or its -wal or -shm beside it, may not be written to: look at their owner and mode"
                    .to_owned(),
            );
        }
        Some(SQLITE_CANTOPEN) => return StoreError::Unavailable(message),
        _ => {}
    }
    match &error {
        sqlx::Error::Io(error) => StoreError::Unavailable(one_line(error)),
        sqlx::Error::PoolTimedOut => {
            StoreError::Unavailable("no connection became free in time".to_owned())
        }
        sqlx::Error::Tls(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
            StoreError::Unavailable(message)
        }
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => StoreError::Corrupt(message),
        sqlx::Error::Database(database) => match database.code().as_deref() {
            Some("53100") => StoreError::DiskFull,
            Some(code) if code.starts_with("XX00") => StoreError::Corrupt(message),
            Some(code) if UNAVAILABLE.iter().any(|class| code.starts_with(class)) => {
                StoreError::Unavailable(message)
            }
            _ => StoreError::Database(message),
        },
        _ => StoreError::Database(message),
    }
}

/// PostgreSQL's classes for: no connection, serialisation or deadlock, no resources, wrong state,
/// operator's intervention.
const UNAVAILABLE: [&str; 5] = ["08", "40", "53", "55", "57"];

/// SQLite's primary result code, when the error is SQLite's.
pub(crate) fn sqlite_code(error: &sqlx::Error) -> Option<i32> {
    let database = error.as_database_error()?;
    database.try_downcast_ref::<sqlx::sqlite::SqliteError>()?;
    database
        .code()?
        .parse::<i32>()
        .ok()
        .map(|extended| extended & 0xff)
}

const SQLITE_BUSY: i32 = 5;
const SQLITE_LOCKED: i32 = 6;
pub(crate) const SQLITE_READONLY: i32 = 8;
const SQLITE_IOERR: i32 = 10;
const SQLITE_CORRUPT: i32 = 11;
const SQLITE_FULL: i32 = 13;
pub(crate) const SQLITE_CANTOPEN: i32 = 14;
pub(crate) const SQLITE_NOTADB: i32 = 26;

fn one_line(text: &impl std::fmt::Display) -> String {
    text.to_string()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}
