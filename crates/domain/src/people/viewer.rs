//! Who is looking at a page or calling the API.

use crate::{GroupId, UserId};

/// Whoever a request is answered for. The default is a guest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Viewer {
    /// The account; `None` for a guest.
    pub user: Option<UserId>,
    /// The account's name; empty for a guest.
    pub name: String,
    /// The groups the account belongs to.
    pub groups: Vec<GroupId>,
    /// Whether the account runs the site.
    pub admin: bool,
    /// Whether the account is banned, and thus sees what a guest sees.
    pub banned: bool,
}

impl Viewer {
    /// Someone without an account.
    pub fn guest() -> Self {
        Self::default()
    }

    /// Whether this is an account in good standing.
    pub fn is_member(&self) -> bool {
        self.user.is_some() && !self.banned
    }

    /// Whether this is an administrator in good standing.
    pub fn is_admin(&self) -> bool {
        self.is_member() && self.admin
    }

    /// Whether this is the account `user`, in good standing.
    pub fn is(&self, user: UserId) -> bool {
        self.is_member() && self.user == Some(user)
    }
}
