//! Why a `.torrent` file is refused.

use std::fmt;

/// Why a `.torrent` file is refused: which field broke which rule.
///
/// Its text is a sentence like `info.files[3].path[0]: the name is "." or ".."`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetainfoError {
    field: String,
    rule: MetainfoRule,
}

impl MetainfoError {
    pub(super) fn new(field: impl Into<String>, rule: MetainfoRule) -> Self {
        Self {
            field: field.into(),
            rule,
        }
    }

    /// The field, like `info.files[3].path[0]`; empty for the file as a whole.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// The rule.
    pub fn rule(&self) -> &MetainfoRule {
        &self.rule
    }

    /// The rule's stable name in snake case, for translations and the API.
    pub fn code(&self) -> &'static str {
        self.rule.code()
    }
}

impl fmt::Display for MetainfoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.as_str() {
            "" => write!(f, "{}", self.rule),
            field => write!(f, "{field}: {}", self.rule),
        }
    }
}

// The rule is part of the text, so it is no separate source.
impl std::error::Error for MetainfoError {}

/// The rules a `.torrent` file is held to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MetainfoRule {
    /// The file is larger than [`MetainfoLimits::bytes`](crate::MetainfoLimits::bytes).
    #[error("the file is {size} bytes long, at most {limit} are accepted")]
    FileTooLarge {
        /// Bytes given.
        size: usize,
        /// Bytes accepted.
        limit: usize,
    },
    /// It is not strict bencode.
    #[error("the file is not valid bencode: {0}")]
    Bencode(#[from] bencode::Error),
    /// A field that must be there is not.
    #[error("the field is missing")]
    Missing,
    /// A field is of another kind.
    #[error("the field must be {0}")]
    WrongType(&'static str),
    /// A text is not UTF-8.
    #[error("the text is not UTF-8")]
    NotUtf8,
    /// A number is below zero.
    #[error("the number {0} is negative")]
    Negative(i64),
    /// A file or folder name is not acceptable.
    #[error("{0}")]
    Name(#[from] NameRule),
    /// A path has too many components.
    #[error("the path is more than {0} folders deep")]
    PathTooDeep(usize),
    /// A path is too long altogether.
    #[error("the path is longer than {0} bytes")]
    PathTooLong(usize),
    /// All paths together are too long.
    #[error("the paths of all files together are longer than {0} bytes")]
    PathsTooLong(usize),
    /// Two files have the same path, or paths that some file system takes for the same: they differ
    /// only in case, in how Unicode spells a letter with its accent, in characters that do not show,
    /// or in the dots and spaces a name ends with. The path is that of the later file, and so is the
    /// field.
    #[error(
        "the path {0:?} appears twice (case, the two spellings of an accented letter, invisible characters, and dots and spaces at the end of a name make no difference)"
    )]
    DuplicatePath(String),
    /// One path is a file and also a folder, compared as for [`Self::DuplicatePath`]. The field is
    /// that of the later file.
    #[error("the path {0:?} is both a file and a folder")]
    FileAndFolder(String),
    /// There are more files than [`MetainfoLimits::files`](crate::MetainfoLimits::files).
    #[error("there are more than {0} files")]
    TooManyFiles(usize),
    /// There is no file, or all are empty.
    #[error("the torrent has no content")]
    NoContent,
    /// The sizes together exceed 63 bits.
    #[error("the sizes of all files together are too large")]
    SizeOverflow,
    /// A torrent is one file and several at once.
    #[error("there must be either length or files, not both")]
    LengthAndFiles,
    /// The piece length is zero.
    #[error("the piece length is zero")]
    PieceLengthZero,
    /// The piece length is beyond [`MetainfoLimits::piece_length`](crate::MetainfoLimits::piece_length).
    #[error("the piece length {value} is larger than {limit}")]
    PieceLengthTooLarge {
        /// Bytes given.
        value: u64,
        /// Bytes accepted.
        limit: u64,
    },
    /// The piece length of a v2 torrent is not what BEP 52 wants.
    #[error("the piece length {0} of a v2 torrent is not a power of two of at least 16384")]
    PieceLengthV2(u64),
    /// `pieces` is no row of SHA-1 hashes.
    #[error("the length {0} is not a multiple of 20")]
    PiecesLength(usize),
    /// `pieces` has not one hash for each piece.
    #[error("there are {found} piece hashes where the sizes make {expected}")]
    PieceCount {
        /// Pieces that the sizes make.
        expected: u64,
        /// Hashes given.
        found: u64,
    },
    /// The private flag is neither 0 nor 1, so that clients would disagree about it.
    #[error("the private flag must be the integer 1 or 0")]
    PrivateFlag,
    /// The torrent is of a protocol yet to come.
    #[error("the meta version must be 2, not {0}")]
    MetaVersion(i64),
    /// A file tree without `meta version`, so that clients would disagree about it.
    #[error("a file tree needs meta version 2")]
    FileTreeWithoutVersion,
    /// Files of v1 in a torrent that is v2 alone.
    #[error("a v2 torrent has v1 files but no v1 pieces")]
    FilesWithoutPieces,
    /// A folder of the file tree is empty.
    #[error("the folder is empty")]
    EmptyFolder,
    /// A file of the file tree has other entries beside it.
    #[error("the entry is both a file and a folder")]
    FileWithEntries,
    /// A pad file where BEP 52 has none.
    #[error("a file tree must not have padding files")]
    PadInFileTree,
    /// The root of a file's hash tree is not 32 bytes long.
    #[error("the pieces root must be 32 bytes, not {0}")]
    PiecesRootLength(usize),
    /// An empty file has a hash tree.
    #[error("an empty file must not have a pieces root")]
    PiecesRootOfEmpty,
    /// A file larger than a piece has no piece layer.
    #[error("the piece layer of the file {0:?} is missing")]
    LayerMissing(String),
    /// A piece layer has not one hash for each piece of its file.
    #[error("the piece layer of the file {path:?} is {found} bytes long instead of {expected}")]
    LayerLength {
        /// The file.
        path: String,
        /// Bytes that the file's size makes.
        expected: u64,
        /// Bytes given.
        found: u64,
    },
    /// A piece layer does not lead to the root it stands under.
    #[error("the piece layer does not match its pieces root")]
    LayerRoot,
    /// A piece layer belongs to no file that needs one.
    #[error("the piece layer belongs to no file")]
    LayerUnused,
    /// A hybrid has not the same files on both sides.
    #[error("the v1 files and the v2 file tree have {v1} and {v2} files")]
    HybridCount {
        /// Files on the v1 side, without pads.
        v1: usize,
        /// Files on the v2 side.
        v2: usize,
    },
    /// A hybrid's sides name another file in the same place.
    #[error("file {index} is {v1:?} on the v1 side and {v2:?} on the v2 side")]
    HybridPath {
        /// Which, from 0.
        index: usize,
        /// Path on the v1 side.
        v1: String,
        /// Path on the v2 side.
        v2: String,
    },
    /// A hybrid's sides have another size for the same file.
    #[error("the file {path:?} has {v1} bytes on the v1 side and {v2} on the v2 side")]
    HybridLength {
        /// The file.
        path: String,
        /// Bytes on the v1 side.
        v1: u64,
        /// Bytes on the v2 side.
        v2: u64,
    },
    /// A file of a hybrid does not begin with a v1 piece, so that its pieces differ between the sides.
    #[error("the file {0:?} of a hybrid does not begin at a piece")]
    HybridUnaligned(String),
    /// There are more URLs than [`MetainfoLimits::urls`](crate::MetainfoLimits::urls).
    #[error("there are more than {0} URLs")]
    TooManyUrls(usize),
    /// A URL is too long.
    #[error("the URL is longer than {0} bytes")]
    UrlTooLong(usize),
    /// A URL has blanks or control characters in it.
    #[error("the URL has blanks or control characters")]
    UrlCharacters,
}

impl MetainfoRule {
    /// The rule's stable name in snake case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::FileTooLarge { .. } => "file_too_large",
            Self::Bencode(_) => "not_bencode",
            Self::Missing => "missing",
            Self::WrongType(_) => "wrong_type",
            Self::NotUtf8 => "not_utf8",
            Self::Negative(_) => "negative",
            Self::Name(rule) => rule.code(),
            Self::PathTooDeep(_) => "path_too_deep",
            Self::PathTooLong(_) => "path_too_long",
            Self::PathsTooLong(_) => "paths_too_long",
            Self::DuplicatePath(_) => "duplicate_path",
            Self::FileAndFolder(_) => "file_and_folder",
            Self::TooManyFiles(_) => "too_many_files",
            Self::NoContent => "no_content",
            Self::SizeOverflow => "size_overflow",
            Self::LengthAndFiles => "length_and_files",
            Self::PieceLengthZero => "piece_length_zero",
            Self::PieceLengthTooLarge { .. } => "piece_length_too_large",
            Self::PieceLengthV2(_) => "piece_length_v2",
            Self::PiecesLength(_) => "pieces_length",
            Self::PieceCount { .. } => "piece_count",
            Self::PrivateFlag => "private_flag",
            Self::MetaVersion(_) => "meta_version",
            Self::FileTreeWithoutVersion => "file_tree_without_version",
            Self::FilesWithoutPieces => "files_without_pieces",
            Self::EmptyFolder => "empty_folder",
            Self::FileWithEntries => "file_with_entries",
            Self::PadInFileTree => "pad_in_file_tree",
            Self::PiecesRootLength(_) => "pieces_root_length",
            Self::PiecesRootOfEmpty => "pieces_root_of_empty",
            Self::LayerMissing(_) => "layer_missing",
            Self::LayerLength { .. } => "layer_length",
            Self::LayerRoot => "layer_root",
            Self::LayerUnused => "layer_unused",
            Self::HybridCount { .. } => "hybrid_count",
            Self::HybridPath { .. } => "hybrid_path",
            Self::HybridLength { .. } => "hybrid_length",
            Self::HybridUnaligned(_) => "hybrid_unaligned",
            Self::TooManyUrls(_) => "too_many_urls",
            Self::UrlTooLong(_) => "url_too_long",
            Self::UrlCharacters => "url_characters",
        }
    }
}

/// What a file or folder name must not be, on any system a torrent may be downloaded to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameRule {
    /// Nothing.
    #[error("the name is empty")]
    Empty,
    /// Other than UTF-8.
    #[error("the name is not UTF-8")]
    NotUtf8,
    /// The folder itself or the one above.
    #[error("the name is \".\" or \"..\"")]
    Dots,
    /// Dots, blanks and other characters that do not show alone.
    #[error("the name has nothing that shows but dots")]
    Blank,
    /// More than one component, or an absolute path.
    #[error("the name has a slash or a backslash")]
    Separator,
    /// With NUL or other control characters.
    #[error("the name has control characters")]
    Control,
    /// With characters that turn the writing direction around.
    #[error("the name has invisible characters that turn the writing direction around")]
    Direction,
    /// With one of `? < > : * | "`.
    #[error("the name has one of the characters ? < > : * | \"")]
    Reserved,
    /// Longer than 255 bytes.
    #[error("the name is longer than 255 bytes")]
    TooLong,
    /// A device, like `NUL` or `com1.txt`.
    #[error("the name is that of a Windows device")]
    Device,
    /// Somebody's home.
    #[error("the name begins with a tilde")]
    Tilde,
    /// A padding file that is not marked as one (BEP 47).
    #[error("the name is that of a padding file, but the file is not marked as one")]
    Padding,
}

impl NameRule {
    /// The rule's stable name in snake case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "name_empty",
            Self::NotUtf8 => "name_not_utf8",
            Self::Dots => "name_dots",
            Self::Blank => "name_blank",
            Self::Separator => "name_separator",
            Self::Control => "name_control",
            Self::Direction => "name_direction",
            Self::Reserved => "name_reserved",
            Self::TooLong => "name_too_long",
            Self::Device => "name_device",
            Self::Tilde => "name_tilde",
            Self::Padding => "name_padding",
        }
    }
}
