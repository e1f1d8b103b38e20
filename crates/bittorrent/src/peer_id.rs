//! The 20 bytes a client names itself with.

use std::fmt;

use crate::Client;

/// A peer's own name in a swarm (BEP 3), which usually begins with the client's (BEP 20).
///
/// ```
/// use bittorrent::PeerId;
///
/// let client = PeerId::from(*b"-qB4650-abcdefghijkl").client().unwrap();
/// assert_eq!((client.name, client.version.as_str()), ("qBittorrent", "4.6.5"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId([u8; 20]);

impl PeerId {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// The program behind the id, as far as the id tells and it is a known one.
    pub fn client(&self) -> Option<Client> {
        Client::of(self)
    }
}

impl From<[u8; 20]> for PeerId {
    fn from(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }
}

/// Printable characters as they are, anything else (and `%`) percent-encoded.
impl fmt::Display for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|&byte| match byte {
            b'%' | 0..=0x20 | 0x7f.. => write!(f, "%{byte:02X}"),
            _ => write!(f, "{}", char::from(byte)),
        })
    }
}

impl fmt::Debug for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PeerId({self})")
    }
}
