//! The info dictionary: what the torrent is.

use bencode::{Kind, Value};

use super::error::{MetainfoError, MetainfoRule};
use super::{Budget, File, MetainfoLimits, names, v1, v2};
use crate::{InfoHash, InfoHashV2, InfoHashes};

/// What an info dictionary says.
#[derive(Debug, Clone)]
pub(super) struct Info {
    pub name: String,
    pub files: Vec<File>,
    pub single_file: bool,
    pub total_size: u64,
    pub piece_length: u64,
    pub piece_count: u64,
    pub private: bool,
    pub hashes: InfoHashes,
    pub source: Option<String>,
}

impl Info {
    /// Reads an info dictionary; `layers` is what stands beside it under `piece layers`.
    pub fn read(
        info: Value<'_, '_>,
        layers: Option<Value<'_, '_>>,
        limits: &MetainfoLimits,
    ) -> Result<Self, MetainfoError> {
        if info.kind() != Kind::Dict {
            return Err(MetainfoError::new(
                "info",
                MetainfoRule::WrongType("a dictionary"),
            ));
        }
        let name = names::name(info, "name", "info")?;
        let piece_length = piece_length(info, limits)?;
        let is_v2 = is_v2(info)?;
        let v1 = match is_v2 && info.get(b"pieces").is_none() {
            true => None,
            false => Some(v1::read(
                info,
                &name,
                piece_length,
                &mut Budget::new(limits),
            )?),
        };
        if v1.is_none() && (info.get(b"files").is_some() || info.get(b"length").is_some()) {
            return Err(MetainfoError::new(
                "info.pieces",
                MetainfoRule::FilesWithoutPieces,
            ));
        }
        let v2 = match is_v2 {
            true => Some(v2::read(
                info,
                layers,
                piece_length,
                &mut Budget::new(limits),
            )?),
            false => None,
        };

        let raw = info.raw();
        let hashes = match (&v1, &v2) {
            (Some(_), Some(_)) => InfoHashes::hybrid(InfoHash::of(raw), InfoHashV2::of(raw)),
            (None, _) => InfoHashes::from_v2(InfoHashV2::of(raw)),
            (_, None) => InfoHashes::from_v1(InfoHash::of(raw)),
        };
        if let (Some(v1), Some(v2)) = (&v1, &v2) {
            agree(v1, v2, piece_length)?;
        }
        let single_file = match (&v1, &v2) {
            (Some(v1), _) => v1.single_file,
            (None, files) => matches!(files.as_deref(), Some([file]) if file.path == name),
        };
        let piece_count = match (&v1, &v2) {
            (Some(v1), _) => v1.piece_count,
            (None, files) => {
                let files = files.iter().flatten();
                files.map(|file| file.length.div_ceil(piece_length)).sum()
            }
        };
        let listed = v1.as_ref().map(|v1| v1.listed());
        // The v2 files of a hybrid are the same and know their hash trees.
        let files = v2.unwrap_or_else(|| v1.map(|v1| v1.into_files()).unwrap_or_default());
        check_paths(&files, listed.as_deref())?;
        Ok(Self {
            total_size: total_size(files.iter().map(|file| file.length))?,
            name,
            files,
            single_file,
            piece_length,
            piece_count,
            private: private(info)?,
            hashes,
            source: text(info, "source", "info.source")?,
        })
    }
}

/// Reads a number that is not negative.
pub(super) fn uint(value: Value<'_, '_>, field: impl Fn() -> String) -> Result<u64, MetainfoError> {
    match value.as_int() {
        None => Err(MetainfoError::new(
            field(),
            MetainfoRule::WrongType("an integer"),
        )),
        Some(number) => u64::try_from(number)
            .map_err(|_| MetainfoError::new(field(), MetainfoRule::Negative(number))),
    }
}

/// Reads a text that is only shown, in whatever encoding.
pub(super) fn text(
    dict: Value<'_, '_>,
    key: &str,
    field: &str,
) -> Result<Option<String>, MetainfoError> {
    let value = dict
        .get(format!("{key}.utf-8").as_bytes())
        .or_else(|| dict.get(key.as_bytes()));
    match value.map(|value| value.as_bytes()) {
        None => Ok(None),
        Some(Some(bytes)) => Ok(Some(String::from_utf8_lossy(bytes).into_owned())),
        Some(None) => Err(MetainfoError::new(
            field,
            MetainfoRule::WrongType("a string"),
        )),
    }
}

/// Whether the file is marked with this letter (BEP 47).
pub(super) fn has_attribute(
    file: Value<'_, '_>,
    letter: u8,
    field: impl Fn() -> String,
) -> Result<bool, MetainfoError> {
    match file.get(b"attr").map(|value| value.as_bytes()) {
        None => Ok(false),
        Some(Some(letters)) => Ok(letters.contains(&letter)),
        Some(None) => Err(MetainfoError::new(
            format!("{}.attr", field()),
            MetainfoRule::WrongType("a string"),
        )),
    }
}

/// Sums up sizes, which must leave room for 63 bits.
pub(super) fn total_size(lengths: impl IntoIterator<Item = u64>) -> Result<u64, MetainfoError> {
    lengths
        .into_iter()
        .try_fold(0u64, |total, length| {
            total
                .checked_add(length)
                .filter(|total| *total <= i64::MAX as u64)
        })
        .ok_or_else(|| MetainfoError::new("info", MetainfoRule::SizeOverflow))
}

fn piece_length(info: Value<'_, '_>, limits: &MetainfoLimits) -> Result<u64, MetainfoError> {
    let refuse = |rule| Err(MetainfoError::new("info.piece length", rule));
    let Some(value) = info.get(b"piece length") else {
        return refuse(MetainfoRule::Missing);
    };
    match uint(value, || "info.piece length".into())? {
        0 => refuse(MetainfoRule::PieceLengthZero),
        value if value > limits.piece_length => refuse(MetainfoRule::PieceLengthTooLarge {
            value,
            limit: limits.piece_length,
        }),
        value => Ok(value),
    }
}

/// Whether there is a v2 side (BEP 52).
fn is_v2(info: Value<'_, '_>) -> Result<bool, MetainfoError> {
    let refuse = |rule| Err(MetainfoError::new("info.meta version", rule));
    match info.get(b"meta version").map(|version| version.as_int()) {
        None if info.get(b"file tree").is_some() => refuse(MetainfoRule::FileTreeWithoutVersion),
        None => Ok(false),
        Some(None) => refuse(MetainfoRule::WrongType("an integer")),
        Some(Some(2)) => Ok(true),
        Some(Some(version)) => refuse(MetainfoRule::MetaVersion(version)),
    }
}

fn private(info: Value<'_, '_>) -> Result<bool, MetainfoError> {
    match info.get(b"private").map(|flag| flag.as_int()) {
        None | Some(Some(0)) => Ok(false),
        Some(Some(1)) => Ok(true),
        Some(_) => Err(MetainfoError::new(
            "info.private",
            MetainfoRule::PrivateFlag,
        )),
    }
}

/// Holds the two sides of a hybrid against each other: the same files in the same order, each
/// beginning with a piece, so that a piece is the same bytes on both sides.
fn agree(v1: &v1::Layout, v2: &[File], piece_length: u64) -> Result<(), MetainfoError> {
    let refuse = |rule| Err(MetainfoError::new("info", rule));
    let files: Vec<&v1::Entry> = v1.entries.iter().filter(|entry| !entry.pad).collect();
    if files.len() != v2.len() {
        return refuse(MetainfoRule::HybridCount {
            v1: files.len(),
            v2: v2.len(),
        });
    }
    for (index, (a, b)) in files.iter().zip(v2).enumerate() {
        if a.path != b.path {
            let (v1, v2) = (a.path.clone(), b.path.clone());
            return refuse(MetainfoRule::HybridPath { index, v1, v2 });
        }
        if a.length != b.length {
            let (path, v1, v2) = (a.path.clone(), a.length, b.length);
            return refuse(MetainfoRule::HybridLength { path, v1, v2 });
        }
    }
    let mut offset = 0u64;
    for entry in &v1.entries {
        if !entry.pad && entry.length > 0 && !offset.is_multiple_of(piece_length) {
            return refuse(MetainfoRule::HybridUnaligned(entry.path.clone()));
        }
        offset += entry.length;
    }
    Ok(())
}

/// Looks for paths that a file system would take for one. `listed` is where each file stands in
/// `info.files`, if that is where it was read.
fn check_paths(files: &[File], listed: Option<&[usize]>) -> Result<(), MetainfoError> {
    let mut paths: Vec<(String, usize)> = files
        .iter()
        .enumerate()
        .map(|(at, file)| (names::folded(&file.path), at))
        .collect();
    paths.sort_unstable();
    for pair in paths.windows(2) {
        let ((first, a), (second, b)) = (&pair[0], &pair[1]);
        let later = *a.max(b);
        let rule = match second.strip_prefix(first.as_str()) {
            Some("") => MetainfoRule::DuplicatePath(files[later].path.clone()),
            // what is inside a folder follows it at once
            Some(rest) if rest.starts_with(names::FOLDED_SEPARATOR) => {
                MetainfoRule::FileAndFolder(files[*a].path.clone())
            }
            _ => continue,
        };
        let field = match listed.and_then(|listed| listed.get(later)) {
            Some(index) => format!("info.files[{index}].path"),
            None => format!("info.file tree[{:?}]", files[later].path),
        };
        return Err(MetainfoError::new(field, rule));
    }
    Ok(())
}
