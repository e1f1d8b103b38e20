use crate::access::Account;
use crate::ids::GroupId;

/// Who a right in a forum is given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Audience {
    /// Anyone, also without a passkey.
    Everyone,
    /// Anyone with an account.
    Members,
    /// Those who run the site.
    Staff,
    /// The members of one group.
    Group(GroupId),
}

impl Audience {
    fn includes(self, asker: Option<&Account>) -> bool {
        match (self, asker) {
            (Self::Everyone, _) => true,
            (_, None) => false,
            (Self::Members, Some(_)) => true,
            (Self::Staff, Some(account)) => account.admin,
            (Self::Group(group), Some(account)) => account.admin || account.groups.contains(&group),
        }
    }
}

/// Who may know of the torrents of one forum, and who may take part in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForumGate {
    /// All of these must include whoever is to know of them.
    know: Box<[Audience]>,
    download: Audience,
}

impl ForumGate {
    /// `know` holds the audiences that all must include an asker who may read the forum: those who
    /// see it, those who see each forum above it, and those who read it. `download` is the audience
    /// of its files.
    pub fn new(know: impl IntoIterator<Item = Audience>, download: Audience) -> Self {
        let mut know: Vec<Audience> = know
            .into_iter()
            .filter(|audience| *audience != Audience::Everyone)
            .collect();
        know.sort_unstable();
        know.dedup();
        Self {
            know: know.into(),
            download,
        }
    }

    /// What the gate says to a member, or to somebody without a passkey.
    pub(crate) fn lets(&self, asker: Option<&Account>, private: bool) -> Passage {
        if asker.is_some_and(|account| account.admin) {
            return Passage::Open;
        }
        if !self.know.iter().all(|audience| audience.includes(asker)) {
            return Passage::Hidden;
        }
        // Files are for members on most sites, and a client of a public torrent may be a member's
        // without saying so: of those it asks no passkey, that is what private torrents are for.
        let passes = match (self.download, asker) {
            (Audience::Members, None) => !private,
            (download, asker) => download.includes(asker),
        };
        if passes {
            Passage::Open
        } else {
            Passage::Closed
        }
    }
}

/// What a gate says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passage {
    /// Come in.
    Open,
    /// Not for this asker, who may know that the torrent is there.
    Closed,
    /// Not for this asker, who may not know that the torrent is there.
    Hidden,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::UserId;

    fn member(admin: bool, groups: &[i64]) -> Account {
        Account {
            user: UserId(1),
            banned: None,
            admin,
            groups: groups.iter().map(|id| GroupId(*id)).collect(),
            downloads: true,
        }
    }

    #[test]
    fn the_matrix_of_audiences_and_askers() {
        let group = Audience::Group(GroupId(7));
        let (plain, inside, other, staff) = (
            member(false, &[]),
            member(false, &[3, 7]),
            member(false, &[3]),
            member(true, &[]),
        );
        let askers = [
            None,
            Some(&plain),
            Some(&inside),
            Some(&other),
            Some(&staff),
        ];
        for (audience, expected) in [
            (Audience::Everyone, [true, true, true, true, true]),
            (Audience::Members, [false, true, true, true, true]),
            (group, [false, false, true, false, true]),
            (Audience::Staff, [false, false, false, false, true]),
        ] {
            for (asker, expected) in askers.into_iter().zip(expected) {
                for private in [false, true] {
                    let hidden = ForumGate::new([Audience::Everyone, audience], Audience::Everyone);
                    let passage = if expected {
                        Passage::Open
                    } else {
                        Passage::Hidden
                    };
                    assert_eq!(
                        hidden.lets(asker, private),
                        passage,
                        "{audience:?} {asker:?}"
                    );
                    let closed = ForumGate::new([], audience);
                    let anonymous = audience == Audience::Members && asker.is_none() && !private;
                    let passage = if expected || anonymous {
                        Passage::Open
                    } else {
                        Passage::Closed
                    };
                    assert_eq!(
                        closed.lets(asker, private),
                        passage,
                        "{audience:?} {asker:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn every_audience_above_counts() {
        let gate = ForumGate::new(
            [Audience::Group(GroupId(1)), Audience::Group(GroupId(2))],
            Audience::Everyone,
        );
        assert_eq!(gate.lets(Some(&member(false, &[1])), true), Passage::Hidden);
        assert_eq!(gate.lets(Some(&member(false, &[2])), true), Passage::Hidden);
        assert_eq!(
            gate.lets(Some(&member(false, &[1, 2])), true),
            Passage::Open
        );
    }
}
