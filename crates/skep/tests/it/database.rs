//! A database that several processes open.

use tempfile::TempDir;

/// Empty at first, and gone when this is dropped.
pub struct Database {
    url: String,
    place: Place,
}

enum Place {
    Folder(#[allow(dead_code)] TempDir),
    Schema { server: String, name: String },
}

impl Database {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            url: format!("sqlite:{}", folder.path().join("shared.db").display()),
            place: Place::Folder(folder),
        }
    }

    /// A schema of its own on the server of `SKEP_TEST_POSTGRES`; `None` when none is named, which CI
    /// does not accept.
    pub fn postgres() -> Option<Self> {
        let Ok(server) = std::env::var("SKEP_TEST_POSTGRES") else {
            assert!(
                std::env::var_os("CI").is_none(),
                "SKEP_TEST_POSTGRES must name a server in CI"
            );
            eprintln!("skipped: two processes on PostgreSQL (SKEP_TEST_POSTGRES is not set)");
            return None;
        };
        static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);
        let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = format!("skep_it_{}_{number}", std::process::id());
        admin(&server, &format!("create schema {name}"));
        let mark = if server.contains('?') { '&' } else { '?' };
        Some(Self {
            url: format!("{server}{mark}options=-c%20search_path%3D{name}"),
            place: Place::Schema { server, name },
        })
    }

    pub fn url(&self) -> String {
        self.url.clone()
    }

    pub fn name(&self) -> &'static str {
        match self.place {
            Place::Folder(_) => "SQLite",
            Place::Schema { .. } => "PostgreSQL",
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Place::Schema { server, name } = &self.place {
            admin(server, &format!("drop schema {name} cascade"));
        }
    }
}

fn admin(server: &str, sql: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        use sqlx::{Connection, Executor};
        let mut connection = sqlx::PgConnection::connect(server).await.unwrap();
        connection
            .execute(sqlx::AssertSqlSafe(sql.to_owned()))
            .await
            .unwrap();
    });
}
