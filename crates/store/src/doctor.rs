//! Proof that the stored numbers agree with each other.

use crate::db::{Engine, rows};
use crate::{Result, Store};

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Stable snake_case name of the check.
    pub check: &'static str,
    /// What is wrong, with ids and both numbers, in one line.
    pub message: String,
}

impl Store {
    /// Runs every check; an empty list means that all is well. At most 20 findings per check.
    /// Reads the whole database: seconds on a large one.
    pub async fn doctor(&self) -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        self.engine_findings(&mut findings).await?;
        for (check, sql) in CHECKS {
            let rows: Vec<(i64, i64, i64)> = rows!(self.db(), *sql)?;
            findings.extend(rows.into_iter().map(|(id, stored, counted)| Finding {
                check,
                message: format!("{check}: row {id} says {stored}, counted {counted}"),
            }));
        }
        self.total_findings(&mut findings).await?;
        Ok(findings)
    }
}

/// Each finds rows that are wrong: id, what is stored, what was counted.
const CHECKS: &[(&str, &str)] = &[
    (
        "users_posts",
        "select u.id, u.posts, coalesce(c.number, 0) from users u
         left join (select author_id, count(*) as number from posts group by author_id) c
            on c.author_id = u.id
         where u.posts <> coalesce(c.number, 0) limit 20",
    ),
    (
        "users_total",
        "select cast(0 as bigint), t.value, c.number from totals t
         join (select count(*) as number from users where foreign_id is null) c
            on t.value <> c.number
         where t.name = 'users' limit 20",
    ),
    (
        "topics_replies",
        "select t.id, t.replies, coalesce(c.number, 0) - 1 from topics t
         left join (select topic_id, count(*) as number from posts group by topic_id) c
            on c.topic_id = t.id
         where t.replies <> coalesce(c.number, 0) - 1 limit 20",
    ),
    (
        "topics_first_post",
        "select t.id, t.first_post_id, coalesce(c.post, 0) from topics t
         left join (select topic_id, min(id) as post from posts group by topic_id) c
            on c.topic_id = t.id
         where t.first_post_id <> coalesce(c.post, 0) limit 20",
    ),
    (
        "topics_last_post",
        "select t.id, t.last_post_id, coalesce(c.post, 0) from topics t
         left join (select topic_id, max(id) as post from posts group by topic_id) c
            on c.topic_id = t.id
         where t.last_post_id <> coalesce(c.post, 0) limit 20",
    ),
    (
        "topics_last_poster",
        "select t.id, t.last_poster_id, p.author_id from topics t
         join posts p on p.id = t.last_post_id
         where t.last_poster_id <> p.author_id or t.last_post_at <> p.created_at limit 20",
    ),
    (
        "posts_without_text",
        "select p.id, cast(1 as bigint), cast(0 as bigint) from posts p
         left join post_texts x on x.post_id = p.id where x.post_id is null limit 20",
    ),
    (
        "posts_edits",
        "select p.id, p.edits, coalesce(c.number, 0) from posts p
         left join (select post_id, count(*) as number from post_revisions group by post_id) c
            on c.post_id = p.id
         where p.edits <> coalesce(c.number, 0) limit 20",
    ),
    (
        "forums_topics",
        "select f.id, f.topics, coalesce(c.number, 0) from forums f
         left join (select forum_id, count(*) as number from topics group by forum_id) c
            on c.forum_id = f.id
         where f.topics <> coalesce(c.number, 0) limit 20",
    ),
    (
        "forums_posts",
        "select f.id, f.posts, coalesce(c.number, 0) from forums f
         left join (select forum_id, cast(sum(replies + 1) as bigint) as number from topics
                    group by forum_id) c
            on c.forum_id = f.id
         where f.posts <> coalesce(c.number, 0) limit 20",
    ),
    (
        "forums_torrents",
        "select f.id, f.torrents, coalesce(c.number, 0) from forums f
         left join (select forum_id, count(*) as number from torrents group by forum_id) c
            on c.forum_id = f.id
         where f.torrents <> coalesce(c.number, 0) limit 20",
    ),
    (
        "forums_torrents_size",
        "select f.id, f.torrents_size, coalesce(c.size, 0) from forums f
         left join (select forum_id, cast(sum(total_size) as bigint) as size from torrents
                    group by forum_id) c
            on c.forum_id = f.id
         where f.torrents_size <> coalesce(c.size, 0) limit 20",
    ),
    (
        "forums_last_topic",
        "select f.id, coalesce(t.last_post_id, 0), coalesce(c.post, 0) from forums f
         left join topics t on t.id = f.last_topic_id and t.forum_id = f.id
         left join (select forum_id, max(last_post_id) as post from topics group by forum_id) c
            on c.forum_id = f.id
         where coalesce(t.last_post_id, 0) <> coalesce(c.post, 0) limit 20",
    ),
    (
        "forums_category",
        "select f.id, f.category_id, p.category_id from forums f join forums p on p.id = f.parent_id
         where f.category_id <> p.category_id limit 20",
    ),
    (
        "torrents_forum",
        "select r.id, coalesce(r.forum_id, 0), coalesce(t.forum_id, 0) from torrents r
         left join topics t on t.id = r.topic_id
         where coalesce(r.forum_id, 0) <> coalesce(t.forum_id, 0) limit 20",
    ),
    (
        "torrents_short_hash",
        "select id, cast(1 as bigint), cast(0 as bigint) from torrents
         where info_hash_v2_short <> substr(info_hash_v2, 1, 20) limit 20",
    ),
    (
        "torrents_crossed_hashes",
        "select a.id, a.id, b.id from torrents a join torrents b on b.info_hash_v2_short = a.info_hash
         where a.id <> b.id limit 20",
    ),
    (
        "torrents_files",
        "select r.id, r.file_count, coalesce(c.number, 0) from torrents r
         left join (select torrent_id, count(*) as number from torrent_files group by torrent_id) c
            on c.torrent_id = r.id
         where r.file_count <> coalesce(c.number, 0) limit 20",
    ),
    (
        "torrents_completed",
        "select r.id, r.completed, c.number from torrents r
         join (select torrent_id, count(*) as number from downloads
               where completed_at is not null group by torrent_id) c on c.torrent_id = r.id
         where r.completed < c.number limit 20",
    ),
    (
        "downloads_without_torrent",
        "select d.torrent_id, d.user_id, cast(0 as bigint) from downloads d
         left join torrents r on r.id = d.torrent_id where r.id is null limit 20",
    ),
];

impl Store {
    /// What the engine itself finds.
    async fn engine_findings(&self, findings: &mut Vec<Finding>) -> Result<()> {
        if self.engine() == Engine::Postgres {
            return Ok(());
        }
        let damage: Vec<(String,)> = rows!(self.db(), "pragma quick_check(20)")?;
        findings.extend(
            damage
                .into_iter()
                .filter(|(line,)| line != "ok")
                .map(|(line,)| Finding {
                    check: "file",
                    message: format!("file: {}", line.replace('\n', " ")),
                }),
        );
        let orphans: Vec<(String, Option<i64>, String)> = rows!(
            self.db(),
            "select \"table\", rowid, parent from pragma_foreign_key_check limit 20",
        )?;
        findings.extend(orphans.into_iter().map(|(table, row, parent)| Finding {
            check: "references",
            message: format!(
                "references: row {} of {table} names something missing in {parent}",
                row.unwrap_or(0)
            ),
        }));
        Ok(())
    }

    /// Users' sums against their shares, added up beyond 64 bits: each column in two halves.
    async fn total_findings(&self, findings: &mut Vec<Finding>) -> Result<()> {
        let rows: Vec<TotalsRow> = rows!(
            self.db(),
            "select u.id, u.uploaded, u.downloaded, u.uploaded_base, u.downloaded_base,
                coalesce(d.up_high, 0) as up_high, coalesce(d.up_low, 0) as up_low,
                coalesce(d.down_high, 0) as down_high, coalesce(d.down_low, 0) as down_low
             from users u left join (
                select user_id,
                    cast(sum(uploaded / 4294967296) as bigint) as up_high,
                    cast(sum(uploaded % 4294967296) as bigint) as up_low,
                    cast(sum(downloaded / 4294967296) as bigint) as down_high,
                    cast(sum(downloaded % 4294967296) as bigint) as down_low
                from downloads group by user_id) d on d.user_id = u.id
             where u.uploaded > 0 or u.downloaded > 0 or d.user_id is not null",
        )?;
        for row in rows {
            for (check, stored, base, high, low) in [
                (
                    "users_uploaded",
                    row.uploaded,
                    row.uploaded_base,
                    row.up_high,
                    row.up_low,
                ),
                (
                    "users_downloaded",
                    row.downloaded,
                    row.downloaded_base,
                    row.down_high,
                    row.down_low,
                ),
            ] {
                let counted = i128::from(base) + (i128::from(high) << 32) + i128::from(low);
                if i128::from(stored) != counted.min(i128::from(i64::MAX))
                    && findings.iter().filter(|f| f.check == check).count() < 20
                {
                    findings.push(Finding {
                        check,
                        message: format!(
                            "{check}: row {} says {stored}, counted {counted}",
                            row.id
                        ),
                    });
                }
            }
        }
        Ok(())
    }
}

#[derive(sqlx::FromRow)]
struct TotalsRow {
    id: i64,
    uploaded: i64,
    downloaded: i64,
    uploaded_base: i64,
    downloaded_base: i64,
    up_high: i64,
    up_low: i64,
    down_high: i64,
    down_low: i64,
}
