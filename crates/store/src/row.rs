//! How columns become domain values, and back.

use bittorrent::{InfoHash, InfoHashV2, InfoHashes};
use domain::GroupId;

use crate::{Result, StoreError};

/// A column that its check keeps at 0 or above.
pub(crate) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// A number for a column; beyond what the column holds, the largest it does.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A stored value that no version of this program writes.
pub(crate) fn corrupt(column: &str, why: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt(format!("{column}: {why}"))
}

/// Parses a stored text.
pub(crate) fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
    column: &str,
    text: &str,
) -> Result<T> {
    text.parse().map_err(|why| corrupt(column, why))
}

/// Bytes of a fixed length.
pub(crate) fn bytes<const N: usize>(column: &str, bytes: &[u8]) -> Result<[u8; N]> {
    bytes
        .try_into()
        .map_err(|_| corrupt(column, format_args!("{} bytes", bytes.len())))
}

/// The hashes of a torrent's row.
pub(crate) fn hashes(v1: Option<&[u8]>, v2: Option<&[u8]>) -> Result<InfoHashes> {
    let v1 = v1
        .map(|b| bytes::<20>("torrents.info_hash", b))
        .transpose()?
        .map(InfoHash::from);
    let v2 = v2
        .map(|b| bytes::<32>("torrents.info_hash_v2", b))
        .transpose()?
        .map(InfoHashV2::from);
    InfoHashes::from_parts(v1, v2).ok_or_else(|| corrupt("torrents.info_hash", "no hash at all"))
}

/// Group ids as the session statement has them: `3,5`.
pub(crate) fn group_ids(text: Option<&str>) -> Result<Vec<GroupId>> {
    let mut groups = text
        .into_iter()
        .flat_map(|text| text.split(','))
        .map(|id| parsed("group_members.group_id", id))
        .collect::<Result<Vec<_>>>()?;
    groups.sort_unstable();
    Ok(groups)
}

/// Ids as [`dialect::one_of`](crate::dialect::one_of) takes them: `3,5`.
pub(crate) fn id_list(ids: impl IntoIterator<Item = i64>) -> String {
    let mut list = String::new();
    for id in ids {
        if !list.is_empty() {
            list.push(',');
        }
        list.push_str(&id.to_string());
    }
    list
}

/// A text from outside without the one character that PostgreSQL cannot store.
pub(crate) fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
