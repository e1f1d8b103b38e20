//! Many rows for one statement, the cheap way: the text of the statement does not depend on how many
//! there are (or hardly), so that the engine parses and plans it once.

use sqlx::{AssertSqlSafe, FromRow, postgres::PgRow, sqlite::SqliteRow};

use crate::Result;
use crate::db::{Engine, On, Tx};
use crate::dialect::{self, Kind};

/// Rows, column by column. A row whose first value is null is none: write
/// `where v.column1 is not null`.
#[derive(Debug, Default)]
pub(crate) struct Table(Vec<Column>);

#[derive(Debug)]
pub(crate) enum Column {
    Numbers(Vec<Option<i64>>),
    Bytes(Vec<Vec<u8>>),
}

impl Table {
    pub(crate) fn numbers(mut self, column: impl IntoIterator<Item = i64>) -> Self {
        let column = column.into_iter().map(Some).collect();
        self.0.push(Column::Numbers(column));
        self
    }

    pub(crate) fn perhaps(mut self, column: impl IntoIterator<Item = Option<i64>>) -> Self {
        self.0.push(Column::Numbers(column.into_iter().collect()));
        self
    }

    pub(crate) fn bytes(mut self, column: impl IntoIterator<Item = Vec<u8>>) -> Self {
        self.0.push(Column::Bytes(column.into_iter().collect()));
        self
    }

    fn len(&self) -> usize {
        self.0.first().map_or(0, |column| match column {
            Column::Numbers(column) => column.len(),
            Column::Bytes(column) => column.len(),
        })
    }

    fn kinds(&self) -> Vec<Kind> {
        let kind = |column: &Column| match column {
            Column::Numbers(_) => Kind::Number,
            Column::Bytes(_) => Kind::Bytes,
        };
        self.0.iter().map(kind).collect()
    }

    /// Pieces of the rows: first row, number of rows, number of rows in the statement.
    fn pieces(&self, engine: Engine) -> Vec<(usize, usize, usize)> {
        let (mut pieces, mut at) = (Vec::new(), 0);
        while at < self.len() {
            let left = self.len() - at;
            let (rows, room) = match engine {
                Engine::Postgres => (left, left),
                Engine::Sqlite if left <= FEW => (left, FEW),
                Engine::Sqlite => (left.min(MANY), MANY),
            };
            pieces.push((at, rows, room));
            at += rows;
        }
        pieces
    }
}

/// Binds values row by row; what is left of the room is null.
macro_rules! bind_rows {
    ($query:expr, $table:expr, $from:expr, $rows:expr, $room:expr) => {{
        let mut query = $query;
        for row in $from..$from + $rows {
            for column in &$table.0 {
                query = match column {
                    Column::Numbers(column) => query.bind(column[row]),
                    Column::Bytes(column) => query.bind(&column[row][..]),
                };
            }
        }
        for _ in 0..($room - $rows) * $table.0.len() {
            query = query.bind(None::<i64>);
        }
        query
    }};
}

/// Binds each column as a whole.
macro_rules! bind_columns {
    ($query:expr, $table:expr) => {{
        let mut query = $query;
        for column in &$table.0 {
            query = match column {
                Column::Numbers(column) => query.bind(&column[..]),
                Column::Bytes(column) => query.bind(&column[..]),
            };
        }
        query
    }};
}

impl Tx<'_> {
    /// Runs a statement over all rows: between the two texts stands what can be selected from, named
    /// `v`. Returns how many rows were changed.
    pub(crate) async fn run_over(
        &mut self,
        table: &Table,
        before: &str,
        after: &str,
    ) -> Result<u64> {
        let mut changed = 0;
        for (from, rows, room) in table.pieces(self.engine()) {
            let source = dialect::rows_of(self.engine(), &table.kinds(), room);
            let sql = AssertSqlSafe(format!("{before} {source} {after}"));
            changed += match self.executor() {
                On::Sqlite(executor) => {
                    let query = bind_rows!(sqlx::query(sql), table, from, rows, room);
                    query.execute(executor).await?.rows_affected()
                }
                On::Postgres(executor) => {
                    let query = bind_columns!(sqlx::query(sql), table);
                    query.execute(executor).await?.rows_affected()
                }
            };
        }
        Ok(changed)
    }

    /// Like [`run_over`](Self::run_over), for a statement that gives rows.
    pub(crate) async fn select_over<T>(
        &mut self,
        table: &Table,
        before: &str,
        after: &str,
    ) -> Result<Vec<T>>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let mut found = Vec::with_capacity(table.len());
        for (from, rows, room) in table.pieces(self.engine()) {
            let source = dialect::rows_of(self.engine(), &table.kinds(), room);
            let sql = AssertSqlSafe(format!("{before} {source} {after}"));
            found.extend(match self.executor() {
                On::Sqlite(executor) => {
                    let query = bind_rows!(sqlx::query_as(sql), table, from, rows, room);
                    query.fetch_all(executor).await?
                }
                On::Postgres(executor) => {
                    let query = bind_columns!(sqlx::query_as(sql), table);
                    query.fetch_all(executor).await?
                }
            });
        }
        Ok(found)
    }
}

/// How many rows a statement has room for on SQLite.
const FEW: usize = 16;
const MANY: usize = 512;
