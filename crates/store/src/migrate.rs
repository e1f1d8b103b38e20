//! Opening the pools and bringing the schema up to date.

use crate::db::Db;
use crate::{Options, Result, StoreError};

pub(crate) async fn open(url: &str, options: &Options) -> Result<Db> {
    let _ = (url, options);
    Err(StoreError::Open("not written yet".to_owned()))
}
