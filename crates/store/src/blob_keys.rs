//! Which blobs the store speaks of.

use crate::db::rows;
use crate::{Result, Store};

impl Store {
    /// Keys of blobs that something refers to, above `after` and ascending, at most `limit`: for
    /// walking through all.
    pub async fn blob_keys_after(&self, after: &str, limit: u32) -> Result<Vec<String>> {
        let rows: Vec<(String,)> = rows!(
            self.db(),
            "select blob from attachments where blob > $1
             union select original_blob from attachments where original_blob > $1
             order by 1 limit $2",
            after,
            i64::from(limit),
        )?;
        Ok(rows.into_iter().map(|(key,)| key).collect())
    }
}
