//! The v1 side of an info dictionary: `length` or `files`, and `pieces` (BEP 3, BEP 47).

use bencode::{Kind, Value};

use super::error::{MetainfoError, MetainfoRule};
use super::info::{has_attribute, total_size, uint};
use super::{Budget, File, names};

/// The files as v1 lays them out one after the other.
pub(super) struct Layout {
    pub single_file: bool,
    pub entries: Vec<Entry>,
    pub piece_count: u64,
}

/// A file or a pad.
pub(super) struct Entry {
    pub path: String,
    pub length: u64,
    pub pad: bool,
}

impl Layout {
    /// Where each file that is no pad stands in `info.files`.
    pub fn listed(&self) -> Vec<usize> {
        let entries = self.entries.iter().enumerate();
        let files = entries.filter(|(_, entry)| !entry.pad);
        files.map(|(index, _)| index).collect()
    }

    /// The files, without pads.
    pub fn into_files(self) -> Vec<File> {
        let files = self.entries.into_iter().filter(|entry| !entry.pad);
        files
            .map(|entry| File {
                path: entry.path,
                length: entry.length,
                pieces_root: None,
            })
            .collect()
    }
}

/// Reads `length` or `files`, and holds `pieces` against them.
pub(super) fn read(
    info: Value<'_, '_>,
    name: &str,
    piece_length: u64,
    budget: &mut Budget,
) -> Result<Layout, MetainfoError> {
    let (single_file, entries) = match (info.get(b"length"), info.get(b"files")) {
        (Some(_), Some(_)) => return Err(MetainfoError::new("info", MetainfoRule::LengthAndFiles)),
        (None, None) => return Err(MetainfoError::new("info.length", MetainfoRule::Missing)),
        (Some(length), None) => {
            let length = uint(length, || "info.length".into())?;
            let pad = has_attribute(info, b'p', || "info".into())?;
            check_link(info, || "info".into(), budget)?;
            (
                true,
                vec![Entry {
                    path: name.to_owned(),
                    length,
                    pad,
                }],
            )
        }
        (None, Some(files)) => (false, entries(files, budget)?),
    };
    if total_size(
        entries
            .iter()
            .filter(|entry| !entry.pad)
            .map(|entry| entry.length),
    )? == 0
    {
        return Err(MetainfoError::new("info", MetainfoRule::NoContent));
    }
    let laid_out = total_size(entries.iter().map(|entry| entry.length))?;
    let expected = laid_out.div_ceil(piece_length);
    let found = pieces(info)?;
    if found != expected {
        return Err(MetainfoError::new(
            "info.pieces",
            MetainfoRule::PieceCount { expected, found },
        ));
    }
    Ok(Layout {
        single_file,
        entries,
        piece_count: found,
    })
}

fn entries(files: Value<'_, '_>, budget: &mut Budget) -> Result<Vec<Entry>, MetainfoError> {
    if files.kind() != Kind::List {
        return Err(MetainfoError::new(
            "info.files",
            MetainfoRule::WrongType("a list of dictionaries"),
        ));
    }
    let mut entries = Vec::new();
    for (index, file) in files.items().enumerate() {
        let field = || format!("info.files[{index}]");
        if file.kind() != Kind::Dict {
            return Err(MetainfoError::new(
                field(),
                MetainfoRule::WrongType("a dictionary"),
            ));
        }
        let Some(length) = file.get(b"length") else {
            return Err(MetainfoError::new(
                format!("{}.length", field()),
                MetainfoRule::Missing,
            ));
        };
        let length = uint(length, || format!("{}.length", field()))?;
        let pad = has_attribute(file, b'p', field)?;
        let limits = budget.limits;
        let path = match pad {
            // A pad is never written, but a program that knows no pads would.
            true => {
                if let Some(path) = file.get(b"path") {
                    names::harmless_path(path, || format!("{}.path", field()))?;
                }
                String::new()
            }
            false => {
                budget.take_file()?;
                names::path(file, index, &limits, budget)?
            }
        };
        check_link(file, field, budget)?;
        // At most one pad follows each file, so more than that is nonsense.
        if entries.len() > 2 * limits.files {
            return Err(MetainfoError::new(
                "info.files",
                MetainfoRule::TooManyFiles(limits.files),
            ));
        }
        entries.push(Entry { path, length, pad });
    }
    Ok(entries)
}

/// A symbolic link (BEP 47) must stay inside the torrent.
pub(super) fn check_link(
    file: Value<'_, '_>,
    field: impl Fn() -> String + Copy,
    budget: &mut Budget,
) -> Result<(), MetainfoError> {
    let limits = budget.limits;
    match file.get(b"symlink path") {
        None => Ok(()),
        Some(path) => names::joined(
            path,
            || format!("{}.symlink path", field()),
            &limits,
            budget,
        )
        .map(|_| ()),
    }
}

/// How many hashes `pieces` holds.
fn pieces(info: Value<'_, '_>) -> Result<u64, MetainfoError> {
    let refuse = |rule| Err(MetainfoError::new("info.pieces", rule));
    match info.get(b"pieces").map(|pieces| pieces.as_bytes()) {
        None => refuse(MetainfoRule::Missing),
        Some(None) => refuse(MetainfoRule::WrongType("a string")),
        Some(Some(pieces)) if pieces.len() % 20 != 0 => {
            refuse(MetainfoRule::PiecesLength(pieces.len()))
        }
        Some(Some(pieces)) => Ok((pieces.len() / 20) as u64),
    }
}
