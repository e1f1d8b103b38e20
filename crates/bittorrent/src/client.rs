//! Which program a peer id belongs to.

use crate::PeerId;

/// A BitTorrent program and its version, as a peer id tells them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The program's name.
    pub name: &'static str,
    /// Its version, like `4.6.5`; empty where the id does not tell.
    pub version: String,
}

impl Client {
    pub(crate) fn of(_id: &PeerId) -> Option<Self> {
        None
    }
}
