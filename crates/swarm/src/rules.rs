use crate::config::{Config, Identities};
use crate::secret::Secret;

/// What holds while one announce, or one slice of a sweep, is taken in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules<'a> {
    pub(crate) config: &'a Config,
    pub(crate) secret: &'a Secret,
    /// Seconds; see [`UnixTime::compact`](crate::UnixTime).
    pub(crate) now: u32,
    /// How long a peer is kept that is not heard of, in seconds.
    pub(crate) ttl: u32,
}

impl Rules<'_> {
    /// Who was last heard of before this is gone.
    pub(crate) fn oldest(&self) -> u32 {
        self.now.saturating_sub(self.ttl)
    }

    /// Whether peers without an account are records of their contact.
    pub(crate) fn by_contact(&self) -> bool {
        self.config.identities == Identities::Contact
    }
}
