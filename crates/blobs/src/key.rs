//! The name of a blob.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// The SHA-256 of a blob's bytes; written as 64 lower-case hex digits. Having one is proof that it
/// names a blob and not a path.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobKey([u8; 32]);

/// The text is not 64 lower-case hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a blob key is 64 lower-case hex digits")]
pub struct BlobKeyError;

impl BlobKey {
    /// The key of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlobKey({self})")
    }
}

impl FromStr for BlobKey {
    type Err = BlobKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(BlobKeyError);
        }
        let mut key = [0; 32];
        hex::decode_to_slice(text, &mut key).map_err(|_| BlobKeyError)?;
        Ok(Self(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_what_it_writes() {
        let key = BlobKey::of(b"abc");
        assert_eq!(
            key.to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(key.to_string().parse(), Ok(key));
    }

    #[test]
    fn nothing_but_a_hash_is_a_key() {
        let good = BlobKey::of(b"").to_string();
        let slash = format!("{}/{}", &good[..2], &good[3..]);
        for bad in [
            "",
            "..",
            "../../etc/passwd",
            "a",
            &good[1..],
            &good.to_uppercase(),
            &slash,
        ] {
            assert_eq!(bad.parse::<BlobKey>(), Err(BlobKeyError), "{bad:?}");
        }
        assert_eq!(format!("{good}0").parse::<BlobKey>(), Err(BlobKeyError));
        assert_eq!(
            good.replace(&good[..1], "\0").parse::<BlobKey>(),
            Err(BlobKeyError)
        );
    }
}
