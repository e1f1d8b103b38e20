//! Who may do what in a forum.

use crate::{Error, GroupId, Viewer};

/// Who a right is given to. Stored as a number: see [`Audience::code`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Anyone, also without an account.
    Everyone,
    /// Anyone with an account.
    Members,
    /// Administrators: whoever runs the site. There are no moderators yet; they will belong to it.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UserId;

    const GROUP: GroupId = GroupId(7);

    fn member(groups: &[GroupId], admin: bool, banned: bool) -> Viewer {
        Viewer {
            user: Some(UserId(1)),
            name: "ann".to_owned(),
            groups: groups.to_vec(),
            admin,
            banned,
        }
    }

    /// Guest, member, member of the group, of another group, administrator, banned member of the
    /// group, banned administrator.
    fn viewers() -> [Viewer; 7] {
        [
            Viewer::guest(),
            member(&[], false, false),
            member(&[GroupId(3), GROUP], false, false),
            member(&[GroupId(3)], false, false),
            member(&[], true, false),
            member(&[GROUP], false, true),
            member(&[GROUP], true, true),
        ]
    }

    fn all(audience: Audience) -> ForumRights {
        ForumRights {
            see: audience,
            read: audience,
            post: audience,
            reply: audience,
            attach: audience,
            download: audience,
        }
    }

    #[test]
    fn an_audience_is_stored_as_its_number() {
        for (audience, code) in [
            (Audience::Everyone, 0),
            (Audience::Members, -1),
            (Audience::Staff, -2),
            (Audience::Group(GroupId(1)), 1),
            (Audience::Group(GroupId(i64::MAX)), i64::MAX),
        ] {
            assert_eq!(i64::from(audience), code);
            assert_eq!(Audience::try_from(code), Ok(audience));
        }
        for code in [-3, i64::MIN] {
            assert_eq!(Audience::try_from(code), Err(Error::Audience));
        }
    }

    #[test]
    fn the_matrix_of_viewers_and_audiences() {
        // guest, member, in the group, in another, admin, banned, banned admin
        let matrix = [
            (
                Audience::Everyone,
                [true, true, true, true, true, true, true],
            ),
            (
                Audience::Members,
                [false, true, true, true, true, false, false],
            ),
            (
                Audience::Group(GROUP),
                [false, false, true, false, true, false, false],
            ),
            (
                Audience::Staff,
                [false, false, false, false, true, false, false],
            ),
        ];
        let writers = [false, true, true, true, true, false, false];
        for (audience, expected) in matrix {
            for (index, viewer) in viewers().iter().enumerate() {
                for right in Right::ALL {
                    let writes = matches!(right, Right::Post | Right::Reply | Right::Attach);
                    let expected = expected[index] && (!writes || writers[index]);
                    let got = may(viewer, &all(audience), right);
                    assert_eq!(got, expected, "{audience:?} {right:?} {viewer:?}");
                }
            }
        }
    }

    #[test]
    fn a_right_stands_on_those_before_it() {
        let ann = member(&[], false, false);
        for right in Right::ALL {
            let unseen = ForumRights {
                see: Audience::Staff,
                ..all(Audience::Members)
            };
            assert!(!may(&ann, &unseen, right), "{right:?}");
            let unread = ForumRights {
                read: Audience::Staff,
                ..all(Audience::Members)
            };
            assert_eq!(may(&ann, &unread, right), right == Right::See, "{right:?}");
        }
    }

    #[test]
    fn each_right_asks_its_own_audience() {
        let ann = member(&[], false, false);
        for right in [Right::Post, Right::Reply, Right::Attach, Right::Download] {
            let mut rights = all(Audience::Members);
            match right {
                Right::Post => rights.post = Audience::Staff,
                Right::Reply => rights.reply = Audience::Staff,
                Right::Attach => rights.attach = Audience::Staff,
                _ => rights.download = Audience::Staff,
            }
            for asked in Right::ALL {
                assert_eq!(
                    may(&ann, &rights, asked),
                    asked != right,
                    "{asked:?} without {right:?}"
                );
            }
        }
    }

    #[test]
    fn a_forum_hides_with_its_ancestors() {
        let open = all(Audience::Everyone);
        let hidden = ForumRights {
            see: Audience::Group(GROUP),
            ..open
        };
        let unreadable = ForumRights {
            read: Audience::Staff,
            ..open
        };
        let [guest, ann, in_group, ..] = viewers();
        for right in Right::ALL {
            assert!(
                !may_below(&ann, [&open, &hidden], &open, right),
                "{right:?}"
            );
            assert!(
                may_below(&in_group, [&open, &hidden], &open, right),
                "{right:?}"
            );
        }
        assert!(
            may_below(&guest, [&unreadable], &open, Right::Read),
            "only seeing is inherited"
        );
        assert!(may_below(&guest, [], &open, Right::Read));
    }
}
