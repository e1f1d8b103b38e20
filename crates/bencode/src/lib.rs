//! Bencode (BEP 3): borrowed, iterative decoding with limits, and a canonical writer.
//!
//! [`Document::parse`] turns bytes into a flat tape of tokens that borrows the input, and [`Value`] is
//! a cheap cursor over it that knows the exact span of what it stands on. [`Writer`] writes
//! canonical bencode: sorted keys, shortest integers. Nothing here recurses, so no nesting can
//! overflow the stack, and nothing allocates more than a small constant times the input.
//!
//! ```
//! use bencode::{Document, Limits, Mode, Writer};
//!
//! let mut writer = Writer::new();
//! writer.dict(|d| {
//!     d.key(b"interval").int(1800);
//!     d.key(b"complete").int(3);
//! });
//! let bytes = writer.finish();
//! assert_eq!(bytes, b"d8:completei3e8:intervali1800ee");
//!
//! let document = Document::parse(&bytes, Mode::Strict, &Limits::default())?;
//! assert_eq!(document.root().get(b"interval").and_then(|v| v.as_int()), Some(1800));
//! # Ok::<(), bencode::Error>(())
//! ```

mod document;
mod error;
mod parse;
mod value;
mod writer;

pub use document::{Document, Limits, Mode};
pub use error::Error;
pub use value::{Entries, Items, Kind, Value};
pub use writer::{Dict, Slot, Writer};
