//! Row numbers of the store, one type for each kind of thing so that they cannot be mixed up.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)+) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<i64> for $name {
            fn from(number: i64) -> Self {
                Self(number)
            }
        }

        impl From<$name> for i64 {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        /// Reads the number of an address or form: decimal digits only, above zero.
        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                number(text).map(Self).ok_or(Error::Id)
            }
        }
    )+};
}

ids! {
    /// An account.
    UserId,
    /// A group of accounts.
    GroupId,
    /// A category: the heading that forums stand under on the index.
    CategoryId,
    /// A forum.
    ForumId,
    /// A topic.
    TopicId,
    /// A post of a topic.
    PostId,
    /// A torrent registered with a topic.
    TorrentId,
    /// A file attached to a post.
    AttachmentId,
    /// A browser's session.
    SessionId,
    /// An API token.
    TokenId,
    /// An invitation to register.
    InviteId,
}

fn number(text: &str) -> Option<i64> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|&n| n > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_only_plain_positive_numbers() {
        assert_eq!("42".parse::<TopicId>().unwrap(), TopicId(42));
        assert_eq!(
            "9223372036854775807".parse::<TopicId>().unwrap().0,
            i64::MAX
        );
        for bad in [
            "",
            "0",
            "-1",
            "+1",
            " 1",
            "1 ",
            "9223372036854775808",
            "٣",
            "1e3",
        ] {
            assert!(bad.parse::<TopicId>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_id_shows_its_number() {
        assert_eq!(TopicId(7).to_string(), "7");
    }
}
