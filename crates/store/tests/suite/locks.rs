//! What PostgreSQL's writers wait for. SQLite has one writer.

use sqlx::{Connection, PgConnection};

use crate::world::{World, reply};

/// Another process in the middle of a transaction.
struct Other {
    connection: PgConnection,
    watcher: PgConnection,
}

impl Other {
    async fn holding(w: &World, sql: &'static str) -> Self {
        let mut connection = PgConnection::connect(&w.url).await.unwrap();
        sqlx::raw_sql("begin")
            .execute(&mut connection)
            .await
            .unwrap();
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        Self {
            connection,
            watcher: PgConnection::connect(&w.url).await.unwrap(),
        }
    }

    async fn number(&mut self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql)
            .fetch_one(&mut self.watcher)
            .await
            .unwrap()
    }

    /// Waits until the task stands behind what this process holds; fails when it gets past it.
    async fn blocks<T>(&mut self, task: &tokio::task::JoinHandle<T>) {
        let pid: i32 = sqlx::query_scalar("select pg_backend_pid()")
            .fetch_one(&mut self.connection)
            .await
            .unwrap();
        loop {
            let waiting: i64 = sqlx::query_scalar(
                "select count(*) from pg_stat_activity where $1 = any(pg_blocking_pids(pid))",
            )
            .bind(pid)
            .fetch_one(&mut self.watcher)
            .await
            .unwrap();
            if waiting > 0 {
                return;
            }
            assert!(!task.is_finished(), "it did not wait");
        }
    }

    async fn commit(mut self) {
        sqlx::raw_sql("commit")
            .execute(&mut self.connection)
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_change_waits_for_those_numbered_before_it() {
    let Some(world) = World::postgres().await else {
        return;
    };
    crate::world::run(world, |w| {
        Box::pin(async move {
            let start = w.store.last_change().await.unwrap();
            let mut other = Other::holding(
                w,
                "select pg_advisory_xact_lock(hashtextextended(current_schema(), 7));
                 insert into changes (kind, subject) values (1, 0)",
            )
            .await;
            let (store, account) = (w.store.clone(), w.account("Ann"));
            let writing = tokio::spawn(async move { store.register(&account).await.unwrap() });
            other.blocks(&writing).await;
            assert_eq!(w.store.changes_after(start).await.unwrap(), []);
            other.commit().await;
            writing.await.unwrap();
            assert_eq!(w.store.changes_after(start).await.unwrap().len(), 2);
        })
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_post_gets_its_number_when_it_is_its_turn_in_the_forum() {
    let Some(world) = World::postgres().await else {
        return;
    };
    crate::world::run(world, |w| {
        Box::pin(async move {
            let ann = w.user("Ann").await;
            let topic = w.post(w.forum("Talk").await, ann, "First").await.topic;
            let mut other = Other::holding(w, "select 1 from forums for no key update").await;
            let numbers = "select last_value from posts_id_seq";
            let before = other.number(numbers).await;
            let store = w.store.clone();
            let writing =
                tokio::spawn(async move { store.reply(&reply(topic, ann, "hi")).await.unwrap() });
            other.blocks(&writing).await;
            assert_eq!(other.number(numbers).await, before);
            other.commit().await;
            writing.await.unwrap();
        })
    })
    .await;
}
