//! Info-hashes: what identifies a torrent.

use std::fmt;
use std::str::FromStr;

use sha1::Sha1;
use sha2::{Digest, Sha256};

/// The 20 bytes that identify a torrent on the wire: the SHA-1 of a v1 info dictionary (BEP 3), or
/// the first 20 bytes of the SHA-256 of a v2 one (BEP 52).
///
/// ```
/// use bittorrent::InfoHash;
///
/// let hash: InfoHash = "c12fe1c06bba254a9dc9f519b335aa7c1367a88a".parse()?;
/// assert_eq!(hash, "YEX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK".parse()?);
/// assert_eq!(hash.to_string(), "c12fe1c06bba254a9dc9f519b335aa7c1367a88a");
/// # Ok::<(), bittorrent::HashError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InfoHash([u8; 20]);

impl InfoHash {
    /// The v1 hash of an info dictionary's raw bytes.
    pub fn of(info: &[u8]) -> Self {
        Self(Sha1::digest(info).into())
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }
}

impl From<[u8; 20]> for InfoHash {
    fn from(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }
}

impl TryFrom<&[u8]> for InfoHash {
    type Error = HashError;

    fn try_from(bytes: &[u8]) -> Result<Self, HashError> {
        bytes.try_into().map(Self).map_err(|_| HashError::Length {
            expected: "20 bytes",
            found: bytes.len(),
        })
    }
}

/// 40 lower-case hex digits.
impl fmt::Display for InfoHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for InfoHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InfoHash({self})")
    }
}

/// Reads 40 hex digits or, as old magnet links have it, 32 letters and digits of base 32.
impl FromStr for InfoHash {
    type Err = HashError;

    fn from_str(text: &str) -> Result<Self, HashError> {
        let mut bytes = [0; 20];
        match text.len() {
            40 => hex::decode_to_slice(text, &mut bytes).map_err(|_| HashError::NotHex)?,
            32 => decode_base32(text, &mut bytes)?,
            found => {
                let expected = "40 hex digits or 32 base 32 digits";
                return Err(HashError::Length { expected, found });
            }
        }
        Ok(Self(bytes))
    }
}

/// The whole SHA-256 of a v2 info dictionary (BEP 52).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InfoHashV2([u8; 32]);

impl InfoHashV2 {
    /// The v2 hash of an info dictionary's raw bytes.
    pub fn of(info: &[u8]) -> Self {
        Self(Sha256::digest(info).into())
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first 20 bytes, which stand for the hash in announces, handshakes and the DHT.
    pub fn truncated(&self) -> InfoHash {
        let mut bytes = [0; 20];
        bytes.copy_from_slice(&self.0[..20]);
        InfoHash(bytes)
    }
}

impl From<[u8; 32]> for InfoHashV2 {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl TryFrom<&[u8]> for InfoHashV2 {
    type Error = HashError;

    fn try_from(bytes: &[u8]) -> Result<Self, HashError> {
        bytes.try_into().map(Self).map_err(|_| HashError::Length {
            expected: "32 bytes",
            found: bytes.len(),
        })
    }
}

/// 64 lower-case hex digits.
impl fmt::Display for InfoHashV2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for InfoHashV2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InfoHashV2({self})")
    }
}

/// Reads 64 hex digits.
impl FromStr for InfoHashV2 {
    type Err = HashError;

    fn from_str(text: &str) -> Result<Self, HashError> {
        let mut bytes = [0; 32];
        if text.len() != 64 {
            return Err(HashError::Length {
                expected: "64 hex digits",
                found: text.len(),
            });
        }
        hex::decode_to_slice(text, &mut bytes).map_err(|_| HashError::NotHex)?;
        Ok(Self(bytes))
    }
}

/// Why something is no info-hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// It is too long or too short.
    #[error("an info-hash is {expected} long, not {found}")]
    Length {
        /// What would have been right.
        expected: &'static str,
        /// The length given.
        found: usize,
    },
    /// It has the length of a hexadecimal hash but other characters.
    #[error("the info-hash has characters that are not hexadecimal")]
    NotHex,
    /// It has the length of a base 32 hash but other characters.
    #[error("the info-hash has characters that are not base 32")]
    NotBase32,
}

/// Which protocols a torrent speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// BEP 3 alone.
    V1,
    /// Both, over the same files: it has two info-hashes and two swarms.
    Hybrid,
    /// BEP 52 alone.
    V2,
}

/// The one or two hashes of a torrent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InfoHashes {
    v1: Option<InfoHash>,
    v2: Option<InfoHashV2>,
}

impl InfoHashes {
    /// The hash of a v1 torrent.
    pub fn from_v1(hash: InfoHash) -> Self {
        Self {
            v1: Some(hash),
            v2: None,
        }
    }

    /// The hash of a v2 torrent.
    pub fn from_v2(hash: InfoHashV2) -> Self {
        Self {
            v1: None,
            v2: Some(hash),
        }
    }

    /// The hashes of a hybrid torrent.
    pub fn hybrid(v1: InfoHash, v2: InfoHashV2) -> Self {
        Self {
            v1: Some(v1),
            v2: Some(v2),
        }
    }

    /// Whatever is there; `None` if nothing is.
    pub fn from_parts(v1: Option<InfoHash>, v2: Option<InfoHashV2>) -> Option<Self> {
        (v1.is_some() || v2.is_some()).then_some(Self { v1, v2 })
    }

    /// The v1 hash.
    pub fn v1(&self) -> Option<InfoHash> {
        self.v1
    }

    /// The whole v2 hash.
    pub fn v2(&self) -> Option<InfoHashV2> {
        self.v2
    }

    /// The hashes under which peers announce this torrent: v1 first, then truncated v2.
    pub fn wire_hashes(&self) -> impl Iterator<Item = InfoHash> + use<> {
        self.v1
            .into_iter()
            .chain(self.v2.map(|hash| hash.truncated()))
    }

    /// The hash the torrent is filed under: v1 if there is one, else truncated v2.
    pub fn canonical(&self) -> InfoHash {
        match (self.v1, self.v2) {
            (Some(hash), _) => hash,
            (None, Some(hash)) => hash.truncated(),
            (None, None) => unreachable!("every constructor sets at least one hash"),
        }
    }

    /// Which protocols these hashes speak of.
    pub fn version(&self) -> Version {
        match (self.v1, self.v2) {
            (Some(_), Some(_)) => Version::Hybrid,
            (None, Some(_)) => Version::V2,
            _ => Version::V1,
        }
    }
}

fn write_hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// Decodes 32 digits of RFC 4648 base 32, in either case.
fn decode_base32(text: &str, bytes: &mut [u8; 20]) -> Result<(), HashError> {
    let (mut bits, mut held, mut at) = (0u32, 0u32, 0);
    for digit in text.bytes() {
        let value = match digit.to_ascii_uppercase() {
            letter @ b'A'..=b'Z' => letter - b'A',
            number @ b'2'..=b'7' => number - b'2' + 26,
            _ => return Err(HashError::NotBase32),
        };
        bits = bits << 5 | u32::from(value);
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes[at] = (bits >> held) as u8;
            at += 1;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_the_right_length_and_digits_is_a_hash() {
        let refused = |text: &str| text.parse::<InfoHash>().unwrap_err();
        assert_eq!(
            refused(&"a".repeat(39)).to_string(),
            "an info-hash is 40 hex digits or 32 base 32 digits long, not 39"
        );
        assert_eq!(refused(&"g".repeat(40)), HashError::NotHex);
        assert_eq!(refused(&"1".repeat(32)), HashError::NotBase32);
        assert_eq!(refused(&"é".repeat(20)), HashError::NotHex);
        assert!("a".repeat(40).parse::<InfoHashV2>().is_err());
    }

    #[test]
    fn a_hybrid_is_filed_under_v1_and_announced_under_both() {
        let v1 = InfoHash::of(b"x");
        let v2 = InfoHashV2::of(b"x");
        let hashes = InfoHashes::hybrid(v1, v2);
        assert_eq!(hashes.canonical(), v1);
        assert_eq!(
            hashes.wire_hashes().collect::<Vec<_>>(),
            [v1, v2.truncated()]
        );
        assert_eq!(InfoHashes::from_v2(v2).canonical(), v2.truncated());
        assert_eq!(InfoHashes::from_parts(None, None), None);
        assert_eq!(v2.to_string()[..40], v2.truncated().to_string());
    }
}
