//! Letters that look alike.

/// Lower case, for now.
pub(super) fn skeleton(text: &str) -> String {
    text.to_lowercase()
}
