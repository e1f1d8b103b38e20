//! The v2 side of a torrent: `file tree` and `piece layers` (BEP 52).

use std::collections::{BTreeMap, BTreeSet};

use bencode::{Kind, Value};

use super::error::{MetainfoError, MetainfoRule};
use super::info::{has_attribute, total_size, uint};
use super::{Budget, File, names, v1};
use crate::merkle::{self, BLOCK, Hash};

/// Reads `file tree` in its order and holds `piece layers` against it.
pub(super) fn read(
    info: Value<'_, '_>,
    layers: Option<Value<'_, '_>>,
    piece_length: u64,
    budget: &mut Budget,
) -> Result<Vec<File>, MetainfoError> {
    if !piece_length.is_power_of_two() || piece_length < BLOCK as u64 {
        return Err(MetainfoError::new(
            "info.piece length",
            MetainfoRule::PieceLengthV2(piece_length),
        ));
    }
    let Some(tree) = info.get(b"file tree") else {
        return Err(MetainfoError::new("info.file tree", MetainfoRule::Missing));
    };
    let files = file_tree(tree, budget)?;
    if total_size(files.iter().map(|file| file.length))? == 0 {
        return Err(MetainfoError::new(
            "info.file tree",
            MetainfoRule::NoContent,
        ));
    }
    piece_layers(&files, layers, piece_length)?;
    Ok(files)
}

/// Walks the tree without recursion, in the order of its keys.
fn file_tree(tree: Value<'_, '_>, budget: &mut Budget) -> Result<Vec<File>, MetainfoError> {
    let wrong_type =
        |path: &str| MetainfoError::new(field(path), MetainfoRule::WrongType("a dictionary"));
    if tree.kind() != Kind::Dict {
        return Err(wrong_type(""));
    }
    let limits = budget.limits;
    let mut files = Vec::new();
    let mut path = String::new();
    // Each folder being walked, with the length of its path.
    let mut folders = vec![(tree.entries(), 0)];
    while let Some((entries, folder)) = folders.last_mut() {
        let folder = *folder;
        let Some((key, entry)) = entries.next() else {
            folders.pop();
            continue;
        };
        path.truncate(folder);
        let name = names::component(key).map_err(|rule| {
            let shown = String::from_utf8_lossy(key);
            MetainfoError::new(format!("{}[{shown:?}]", field(&path)), rule.into())
        })?;
        let depth = folders.len() - 1;
        names::push(&mut path, name, depth, || "info.file tree".into(), &limits)?;
        if entry.kind() != Kind::Dict {
            return Err(wrong_type(&path));
        }
        match entry.entries().next() {
            None => return Err(MetainfoError::new(field(&path), MetainfoRule::EmptyFolder)),
            Some((b"", properties)) => {
                if entry.entries().nth(1).is_some() {
                    return Err(MetainfoError::new(
                        field(&path),
                        MetainfoRule::FileWithEntries,
                    ));
                }
                budget.take_file()?;
                budget.take_path(path.len())?;
                files.push(file(properties, &path, budget)?);
            }
            Some(_) => folders.push((entry.entries(), path.len())),
        }
    }
    Ok(files)
}

fn file(properties: Value<'_, '_>, path: &str, budget: &mut Budget) -> Result<File, MetainfoError> {
    let refuse = |key: &str, rule| Err(MetainfoError::new(format!("{}{key}", field(path)), rule));
    if properties.kind() != Kind::Dict {
        return refuse("", MetainfoRule::WrongType("a dictionary"));
    }
    if has_attribute(properties, b'p', || field(path))? {
        return refuse(".attr", MetainfoRule::PadInFileTree);
    }
    v1::check_link(properties, || field(path), budget)?;
    let Some(length) = properties.get(b"length") else {
        return refuse(".length", MetainfoRule::Missing);
    };
    let length = uint(length, || format!("{}.length", field(path)))?;
    let pieces_root = match properties.get(b"pieces root").map(|root| root.as_bytes()) {
        Some(None) => return refuse(".pieces root", MetainfoRule::WrongType("a string")),
        Some(Some(_)) if length == 0 => {
            return refuse(".pieces root", MetainfoRule::PiecesRootOfEmpty);
        }
        None if length > 0 => return refuse(".pieces root", MetainfoRule::Missing),
        None => None,
        Some(Some(root)) => match root.try_into() {
            Ok(root) => Some(root),
            Err(_) => return refuse(".pieces root", MetainfoRule::PiecesRootLength(root.len())),
        },
    };
    Ok(File {
        path: path.to_owned(),
        length,
        pieces_root,
    })
}

/// Every file larger than a piece has its layer, every layer leads to its root and belongs to a file.
fn piece_layers(
    files: &[File],
    layers: Option<Value<'_, '_>>,
    piece_length: u64,
) -> Result<(), MetainfoError> {
    let refuse = |rule| Err(MetainfoError::new("piece layers", rule));
    let mut found = BTreeMap::new();
    if let Some(layers) = layers {
        if layers.kind() != Kind::Dict {
            return refuse(MetainfoRule::WrongType("a dictionary"));
        }
        for (root, layer) in layers.entries() {
            let Some(layer) = layer.as_bytes() else {
                return refuse(MetainfoRule::WrongType("a dictionary of strings"));
            };
            found.insert(root, layer);
        }
    }
    let mut used = BTreeSet::new();
    for file in files.iter().filter(|file| file.length > piece_length) {
        let Some(root) = &file.pieces_root else {
            continue;
        };
        let Some(layer) = found.get(&root[..]) else {
            return refuse(MetainfoRule::LayerMissing(file.path.clone()));
        };
        let expected = file.length.div_ceil(piece_length).saturating_mul(32);
        if layer.len() as u64 != expected {
            let (path, found) = (file.path.clone(), layer.len() as u64);
            return refuse(MetainfoRule::LayerLength {
                path,
                expected,
                found,
            });
        }
        used.insert(&root[..]);
    }
    // Each layer is hashed once, however many files share it.
    let pad = merkle::pad((piece_length / BLOCK as u64).ilog2());
    for (root, layer) in found {
        if !used.contains(root) {
            return refuse(MetainfoRule::LayerUnused);
        }
        let hashes: Vec<Hash> = layer.as_chunks().0.to_vec();
        if merkle::root(hashes, pad) != *root {
            return refuse(MetainfoRule::LayerRoot);
        }
    }
    Ok(())
}

/// Names a place in the tree.
fn field(path: &str) -> String {
    match path {
        "" => "info.file tree".into(),
        path => format!("info.file tree[{path:?}]"),
    }
}
