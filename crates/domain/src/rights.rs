//! Who may do what in a forum.

use crate::{Error, GroupId, Viewer};

/// Who a right is given to. Stored as a number: see [`Audience::code`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Anyone, also without an account.
    Everyone,
    /// Anyone with an account.
    Members,
    /// Those who run the site.
    Staff,
    /// The members of one group.
    Group(GroupId),
}

impl Audience {
    /// The number it is stored as: 0 everyone, -1 members, -2 staff, above 0 the group.
    pub const fn code(self) -> i64 {
        match self {
            Self::Everyone => 0,
            Self::Members => -1,
            Self::Staff => -2,
            Self::Group(group) => group.0,
        }
    }

    /// Whether the viewer belongs to it. A banned viewer belongs to [`Audience::Everyone`] alone.
    pub fn includes(self, viewer: &Viewer) -> bool {
        match self {
            Self::Everyone => true,
            _ if viewer.user.is_none() || viewer.banned => false,
            Self::Members => true,
            Self::Staff => viewer.admin,
            Self::Group(group) => viewer.admin || viewer.groups.contains(&group),
        }
    }
}

impl TryFrom<i64> for Audience {
    type Error = Error;

    /// The reverse of [`Audience::code`]; any other number is refused rather than taken for
    /// someone.
    fn try_from(code: i64) -> Result<Self, Error> {
        match code {
            0 => Ok(Self::Everyone),
            -1 => Ok(Self::Members),
            -2 => Ok(Self::Staff),
            1.. => Ok(Self::Group(GroupId(code))),
            _ => Err(Error::Audience),
        }
    }
}

impl From<Audience> for i64 {
    fn from(audience: Audience) -> Self {
        audience.code()
    }
}

/// Something a viewer may be allowed to do in a forum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Right {
    /// See that the forum exists, with its title and counters.
    See,
    /// Read its topics.
    Read,
    /// Begin a topic.
    Post,
    /// Reply to a topic.
    Reply,
    /// Attach files, the torrent above all.
    Attach,
    /// Download attached files and torrents.
    Download,
}

impl Right {
    /// Every right, in the order of the permission matrix.
    pub const ALL: [Self; 6] = [
        Self::See,
        Self::Read,
        Self::Post,
        Self::Reply,
        Self::Attach,
        Self::Download,
    ];
}

/// Who has which right in one forum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForumRights {
    /// Who sees that the forum exists.
    pub see: Audience,
    /// Who reads its topics.
    pub read: Audience,
    /// Who begins topics.
    pub post: Audience,
    /// Who replies.
    pub reply: Audience,
    /// Who attaches files.
    pub attach: Audience,
    /// Who downloads files.
    pub download: Audience,
}

impl ForumRights {
    /// The audience of one right.
    pub const fn audience(&self, right: Right) -> Audience {
        match right {
            Right::See => self.see,
            Right::Read => self.read,
            Right::Post => self.post,
            Right::Reply => self.reply,
            Right::Attach => self.attach,
            Right::Download => self.download,
        }
    }
}

/// A public forum: everyone reads, members write and download.
impl Default for ForumRights {
    fn default() -> Self {
        Self {
            see: Audience::Everyone,
            read: Audience::Everyone,
            post: Audience::Members,
            reply: Audience::Members,
            attach: Audience::Members,
            download: Audience::Members,
        }
    }
}

/// Whether the viewer has the right in a forum with these rights, its ancestors aside.
///
/// Each right stands on those before it: who may not see the forum may not read it, and who may not
/// read it may do nothing else there. Writing (post, reply, attach) needs an account even where the
/// audience is everyone. An administrator may do everything; a banned viewer has no more than a
/// guest.
pub fn may(viewer: &Viewer, rights: &ForumRights, right: Right) -> bool {
    if viewer.is_admin() {
        return true;
    }
    let has = |right| rights.audience(right).includes(viewer);
    match right {
        Right::See => has(Right::See),
        Right::Read => has(Right::See) && has(Right::Read),
        Right::Download => may(viewer, rights, Right::Read) && has(Right::Download),
        Right::Post | Right::Reply | Right::Attach => {
            viewer.is_member() && may(viewer, rights, Right::Read) && has(right)
        }
    }
}

/// Whether the viewer has the right in a forum that stands below others: a forum is visible only if
/// all of its `ancestors` are.
pub fn may_below<'a>(
    viewer: &Viewer,
    ancestors: impl IntoIterator<Item = &'a ForumRights>,
    rights: &ForumRights,
    right: Right,
) -> bool {
    may(viewer, rights, right)
        && ancestors
            .into_iter()
            .all(|ancestor| may(viewer, ancestor, Right::See))
}
