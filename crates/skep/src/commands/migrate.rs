//! `skep migrate`.

use anyhow::Result;

use crate::config::{Sources, store::shown};
use crate::open::{self, Missing};
use crate::out;

/// Opens the store, which brings its tables up to date.
pub fn run(sources: &Sources) -> Result<()> {
    open::with_store(sources, Missing::Make, async |config, _| {
        out::line(format_args!(
            "the store {} is up to date",
            shown(&config.store)
        ));
        Ok(())
    })
}
