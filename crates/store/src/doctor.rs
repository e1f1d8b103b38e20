//! Proof that the stored numbers agree with each other.

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
        Err(later())
    }
}

fn later() -> crate::StoreError {
    crate::StoreError::Unavailable("not written yet".to_owned())
}
