//! The forums a list may show.

use domain::{ForumId, Right, Viewer};

use crate::db::Engine;
use crate::dialect;
use crate::row::id_list;
use crate::site::Site;

/// The forums a viewer may read, as a condition on a column that names a forum.
pub(super) struct ReadableForums {
    which: Which,
    /// What to bind to the parameter of the condition.
    pub(super) list: String,
}

enum Which {
    /// There is none that the viewer may not read.
    All,
    One,
    Some,
}

impl ReadableForums {
    /// All the viewer may read, or those of them that are in `family`.
    pub(super) fn new(site: &Site, viewer: &Viewer, family: Option<&[ForumId]>) -> Self {
        let ids: Vec<i64> = site
            .forums_with(viewer, Right::Read)
            .iter()
            .map(|forum| forum.id)
            .filter(|id| family.is_none_or(|family| family.contains(id)))
            .map(i64::from)
            .collect();
        if ids.len() == site.forums.len() {
            return Self {
                which: Which::All,
                list: String::new(),
            };
        }
        let which = if ids.len() == 1 {
            Which::One
        } else {
            Which::Some
        };
        Self {
            which,
            list: id_list(ids),
        }
    }

    /// The condition on `column`, with [`ReadableForums::list`] as parameter `$n`.
    ///
    /// One forum is looked up by its index. Of several, the plus keeps the engine from looking each
    /// up and sorting all they hold: it walks the index of the order and leaves the others out.
    pub(super) fn condition(&self, engine: Engine, column: &str, n: usize) -> String {
        match self.which {
            Which::All => format!("${n} = ''"),
            Which::One => format!("{column} = cast(${n} as bigint)"),
            Which::Some => dialect::one_of(engine, &format!("+{column}"), n),
        }
    }
}
