//! `[cache]`: what several processes share and may forget.

use anyhow::{Context, Result};
use cache::Cache;

super::key::table! {
    /// What several processes share and may forget, such as the published state of the tracker.
    Raw, Flags = "cache";
    /// `memory` (each process for itself) or `redis://[user:password@]host[:port][/number]`.
    #[arg(id = "cache.url", long = "cache", value_name = "URL", global = true)]
    url: String = "\"memory\"";
}

impl Raw {
    /// The cache, which is connected to when it is used.
    pub fn resolve(self) -> Result<Cache> {
        Cache::open(&self.url).context("cache.url")
    }
}
