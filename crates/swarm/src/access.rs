use crate::denied::Denied;
use crate::forum_gate::{ForumGate, Passage};
use crate::ids::{ForumId, GroupId, TorrentId, UserId};
use crate::shards::{Keyed, Shards};
use arc_swap::ArcSwap;
use bittorrent::InfoHash;
use parking_lot::RwLock;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Who may announce what, answered from memory.
///
/// Whoever owns the truth (the site's store) feeds this table and keeps it current; deciding never
/// waits for a database. Nothing is copied or allocated to say yes.
#[derive(Debug)]
pub struct Access {
    policy: Policy,
    torrents: Shards<InfoHash, Registration>,
    accounts: Shards<Box<str>, Account>,
    lists: ArcSwap<Lists>,
    /// Torrents that were registered once. A registration comes before them.
    deleted: Shards<InfoHash, Deletion>,
    /// Few, and they rarely change: put in place as a whole.
    forums: ArcSwap<HashMap<ForumId, ForumGate>>,
    /// The other way round, for changes: held through a whole change, never by a decision.
    reverse: RwLock<Reverse>,
}

/// Which torrents the tracker serves at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Policy {
    /// Only registered torrents.
    #[default]
    Registered,
    /// Any torrent, with or without a passkey.
    Open,
    /// Registered torrents and those on an allow list.
    Listed,
}

/// A torrent of the site, as far as the tracker cares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// Which torrent.
    pub torrent: TorrentId,
    /// The hash its swarm is kept under: the v1 and v2 hashes of a hybrid lead to one swarm.
    pub canonical: InfoHash,
    /// Whether only announces with a passkey are served.
    pub private: bool,
    /// Why the torrent is frozen, in words for people; `None` while it is not.
    pub frozen: Option<Arc<str>>,
    /// The forum whose rights hold for it; `None` when it stands in none.
    pub forum: Option<ForumId>,
    /// How much of an upload counts, in percent.
    pub upload_percent: u16,
    /// How much of a download counts, in percent.
    pub download_percent: u16,
}

/// A member of the site, as far as the tracker cares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Which member.
    pub user: UserId,
    /// Why the member is banned, in words for people; `None` while they are not.
    pub banned: Option<Arc<str>>,
    /// Whether the member runs the site, and so may do everything.
    pub admin: bool,
    /// The groups the member belongs to.
    pub groups: Box<[GroupId]>,
    /// Whether the member may download, and not only seed.
    pub downloads: bool,
}

/// A torrent that was taken from the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    /// Why, in words for people.
    pub why: Arc<str>,
    /// The forum it stood in: who may not know of that may not know of this either.
    pub forum: Option<ForumId>,
}

/// Permission to announce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// The hash to announce under.
    pub canonical: InfoHash,
    /// The registered torrent, when it is one.
    pub torrent: Option<TorrentId>,
    /// Whose announce it is, when a passkey was given.
    pub user: Option<UserId>,
    /// Whether they may download, and not only seed.
    pub downloads: bool,
    /// How much of an upload counts, in percent.
    pub upload_percent: u16,
    /// How much of a download counts, in percent.
    pub download_percent: u16,
}

impl Access {
    /// An empty table. `seed` keeps the inner hashing unpredictable.
    pub fn new(policy: Policy, seed: [u8; 16]) -> Self {
        let hash = Keyed(seed);
        Self {
            policy,
            torrents: Shards::new(hash),
            accounts: Shards::new(hash),
            lists: ArcSwap::from_pointee(Lists::new(hash)),
            deleted: Shards::new(hash),
            forums: ArcSwap::default(),
            reverse: RwLock::default(),
        }
    }

    /// The policy this table was made with.
    pub fn policy(&self) -> Policy {
        self.policy
    }

    /// Whether an announce (or a scrape) of `hash` with this passkey is served, and as whose.
    ///
    /// A torrent in a forum that the asker may not read is refused in the words of one that is not
    /// known at all.
    ///
    /// # Errors
    /// Says why not. A passkey that is given is always checked, except under [`Policy::Open`] where
    /// an unknown one is taken for none: open trackers are announced to with other sites' leftovers.
    pub fn decide(&self, hash: InfoHash, passkey: Option<&str>) -> Result<Grant, Denied> {
        if self.lists.load().denied.contains(&hash) {
            return Err(Denied::Listed);
        }
        // Ids, mostly: nothing is held while the rest is asked.
        let registered = self
            .torrents
            .with(&hash, |registration| registration.cloned());
        let deleted = match registered {
            None => self.deletion(hash),
            Some(_) => None,
        };
        let passage = |asker: Option<&Account>| match (&registered, &deleted) {
            (Some(registration), _) => {
                self.passage(registration.forum, registration.private, asker)
            }
            (None, Some(deletion)) => self.passage(deletion.forum, true, asker),
            (None, None) => Passage::Open,
        };
        let mut downloads = true;
        let (user, passage) = match passkey {
            None => (None, passage(None)),
            Some(passkey) => self.accounts.with(passkey, |account| match account {
                Some(Account {
                    banned: Some(why), ..
                }) => Err(Denied::Banned(why.clone())),
                Some(account) => {
                    downloads = account.downloads;
                    Ok((Some(account.user), passage(Some(account))))
                }
                None if self.policy == Policy::Open => Ok((None, passage(None))),
                None => Err(Denied::PasskeyUnknown),
            })?,
        };
        let Some(registration) = registered else {
            return match deleted {
                Some(deletion) if passage != Passage::Hidden => Err(Denied::Deleted(deletion.why)),
                _ => self.unregistered(hash, user),
            };
        };
        if passage == Passage::Hidden {
            return Err(match self.policy {
                Policy::Listed => Denied::NotListed,
                Policy::Registered | Policy::Open => Denied::Unregistered,
            });
        }
        // Why it is frozen is a matter of those who may use it.
        if user.is_none() && (registration.private || passage == Passage::Closed) {
            return Err(Denied::PasskeyMissing);
        }
        if let Some(why) = registration.frozen {
            return Err(Denied::Frozen(why));
        }
        if passage == Passage::Closed {
            return Err(Denied::Forum);
        }
        Ok(Grant {
            canonical: registration.canonical,
            torrent: Some(registration.torrent),
            user,
            downloads,
            upload_percent: registration.upload_percent,
            download_percent: registration.download_percent,
        })
    }

    fn deletion(&self, hash: InfoHash) -> Option<Deletion> {
        self.deleted.with(&hash, |deletion| deletion.cloned())
    }

    fn passage(&self, forum: Option<ForumId>, private: bool, asker: Option<&Account>) -> Passage {
        let Some(forum) = forum else {
            return Passage::Open;
        };
        match self.forums.load().get(&forum) {
            Some(gate) => gate.lets(asker, private),
            // Not told of yet: nobody knows who may.
            None => Passage::Hidden,
        }
    }

    fn unregistered(&self, hash: InfoHash, user: Option<UserId>) -> Result<Grant, Denied> {
        let grant = Grant {
            canonical: hash,
            torrent: None,
            user,
            downloads: true,
            upload_percent: 100,
            download_percent: 100,
        };
        match self.policy {
            Policy::Open => Ok(grant),
            Policy::Listed if self.lists.load().allowed.contains(&hash) => Ok(grant),
            Policy::Listed => Err(Denied::NotListed),
            Policy::Registered => Err(Denied::Unregistered),
        }
    }

    /// Makes these the gates of all forums there are. Torrents in any other forum are hidden.
    pub fn set_forums(&self, gates: impl IntoIterator<Item = (ForumId, ForumGate)>) {
        self.forums.store(Arc::new(gates.into_iter().collect()));
    }

    /// The torrent registered under `hash`, whichever of its hashes that is.
    pub fn registration(&self, hash: InfoHash) -> Option<Registration> {
        self.torrents
            .with(&hash, |registration| registration.cloned())
    }

    /// The hash of a registered torrent's swarm.
    pub fn swarm_of(&self, torrent: TorrentId) -> Option<InfoHash> {
        let hash = *self.reverse.read().hashes.get(&torrent)?.first()?;
        self.registration(hash)
            .map(|registration| registration.canonical)
    }

    /// Registers a torrent under all its wire hashes, or changes its registration. Hashes it no
    /// longer has are dropped.
    pub fn upsert_torrent(&self, hashes: &[InfoHash], registration: &Registration) {
        let mut reverse = self.reverse.write();
        let old = reverse
            .hashes
            .insert(registration.torrent, hashes.into())
            .unwrap_or_default();
        for hash in old.iter().filter(|hash| !hashes.contains(hash)) {
            self.torrents
                .remove_if(hash, |now| now.torrent == registration.torrent);
        }
        for hash in hashes {
            self.torrents.insert(*hash, registration.clone());
            self.deleted.remove_if(hash, |_| true);
        }
    }

    /// Forgets a torrent and remembers that it was deleted, with these hashes, until they are registered
    /// anew. Returns the canonical hash of its swarm, if it was known.
    pub fn delete_torrent(
        &self,
        torrent: TorrentId,
        hashes: &[InfoHash],
        deletion: &Deletion,
    ) -> Option<InfoHash> {
        {
            let _whole = self.reverse.write();
            for hash in hashes {
                let anew = self.torrents.with(hash, |registration| {
                    registration.is_some_and(|now| now.torrent != torrent)
                });
                if !anew {
                    self.deleted.insert(*hash, deletion.clone());
                }
            }
        }
        // After that, so that nobody is told in between that it was never there.
        self.remove_torrent(torrent)
    }

    /// The member with this passkey, banned or not.
    pub fn user_of(&self, passkey: &str) -> Option<UserId> {
        self.accounts
            .with(passkey, |account| account.map(|account| account.user))
    }

    /// Forgets a torrent. Returns the canonical hash of its swarm, if it was known.
    pub fn remove_torrent(&self, torrent: TorrentId) -> Option<InfoHash> {
        let mut reverse = self.reverse.write();
        let mut canonical = None;
        for hash in reverse.hashes.remove(&torrent)? {
            if let Some(old) = self.torrents.remove_if(&hash, |now| now.torrent == torrent) {
                canonical = Some(old.canonical);
            }
        }
        canonical
    }

    /// Adds a member under their passkey, or changes them. A member has one passkey: the one they
    /// had before is refused from now on.
    pub fn upsert_user(&self, passkey: &str, account: &Account) {
        let mut reverse = self.reverse.write();
        let old = reverse.passkeys.insert(account.user, passkey.into());
        if let Some(old) = old.filter(|old| **old != *passkey) {
            self.accounts
                .remove_if(&*old, |now| now.user == account.user);
        }
        self.accounts.insert(passkey.into(), account.clone());
    }

    /// Forgets a member: their passkey is refused from now on.
    pub fn remove_user(&self, user: UserId) {
        let mut reverse = self.reverse.write();
        if let Some(passkey) = reverse.passkeys.remove(&user) {
            self.accounts.remove_if(&*passkey, |now| now.user == user);
        }
    }

    /// Makes these the hashes that [`Policy::Listed`] serves besides what is registered, and those that are
    /// never served whatever the policy; from the next decision on. No decision waits for it.
    pub fn set_lists(
        &self,
        allowed: impl IntoIterator<Item = InfoHash>,
        denied: impl IntoIterator<Item = InfoHash>,
    ) {
        let mut lists = Lists::new(self.torrents.hash);
        lists.allowed.extend(allowed);
        lists.denied.extend(denied);
        self.lists.store(Arc::new(lists));
    }

    /// Forgets all torrents and members but these; the canonical hashes of those torrents. For
    /// following a source whose history was lost.
    pub fn retain(&self, torrents: &HashSet<TorrentId>, users: &HashSet<UserId>) -> Vec<InfoHash> {
        let (gone_torrents, gone_users) = {
            let reverse = self.reverse.read();
            let torrents = reverse.hashes.keys().filter(|id| !torrents.contains(id));
            let users = reverse.passkeys.keys().filter(|id| !users.contains(id));
            (
                torrents.copied().collect::<Vec<_>>(),
                users.copied().collect::<Vec<_>>(),
            )
        };
        gone_users.into_iter().for_each(|id| self.remove_user(id));
        gone_torrents
            .into_iter()
            .filter_map(|id| self.remove_torrent(id))
            .collect()
    }

    /// How many torrents and members are known.
    pub fn len(&self) -> (usize, usize) {
        let reverse = self.reverse.read();
        (reverse.hashes.len(), reverse.passkeys.len())
    }
}

/// The hashes an operator lists.
#[derive(Debug)]
struct Lists {
    allowed: HashSet<InfoHash, Keyed>,
    denied: HashSet<InfoHash, Keyed>,
}

impl Lists {
    fn new(hash: Keyed) -> Self {
        Self {
            allowed: HashSet::with_hasher(hash),
            denied: HashSet::with_hasher(hash),
        }
    }
}

#[derive(Debug, Default)]
struct Reverse {
    hashes: HashMap<TorrentId, Vec<InfoHash>>,
    passkeys: HashMap<UserId, Box<str>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forum_gate::Audience;

    const KEY: &str = "0123456789abcdef0123456789abcdef";
    const OTHER_KEY: &str = "fedcba9876543210fedcba9876543210";

    fn hash(byte: u8) -> InfoHash {
        InfoHash::from([byte; 20])
    }

    fn torrent(id: i64, canonical: u8) -> Registration {
        Registration {
            torrent: TorrentId(id),
            canonical: hash(canonical),
            private: true,
            frozen: None,
            forum: None,
            upload_percent: 100,
            download_percent: 100,
        }
    }

    fn member(id: i64) -> Account {
        Account {
            user: UserId(id),
            banned: None,
            admin: false,
            groups: Box::default(),
            downloads: true,
        }
    }

    fn site() -> Access {
        let access = Access::new(Policy::Registered, [1; 16]);
        access.upsert_torrent(&[hash(1), hash(2)], &torrent(7, 1));
        access.upsert_user(KEY, &member(3));
        access
    }

    #[test]
    fn both_hashes_of_a_hybrid_lead_to_one_swarm() {
        let granted = Grant {
            canonical: hash(1),
            torrent: Some(TorrentId(7)),
            user: Some(UserId(3)),
            downloads: true,
            upload_percent: 100,
            download_percent: 100,
        };
        assert_eq!(site().decide(hash(1), Some(KEY)), Ok(granted));
        assert_eq!(site().decide(hash(2), Some(KEY)), Ok(granted));
    }

    #[test]
    fn refusals_name_their_reason() {
        let access = site();
        assert_eq!(access.decide(hash(9), Some(KEY)), Err(Denied::Unregistered));
        assert_eq!(access.decide(hash(1), None), Err(Denied::PasskeyMissing));
        assert_eq!(
            access.decide(hash(1), Some("x")),
            Err(Denied::PasskeyUnknown)
        );
        access.upsert_user(
            KEY,
            &Account {
                banned: Some("spam".into()),
                ..member(3)
            },
        );
        let banned = access.decide(hash(1), Some(KEY)).unwrap_err();
        assert_eq!(banned.to_string(), "your account is banned: spam");
        access.upsert_user(KEY, &member(3));
        let frozen = Registration {
            frozen: Some("duplicate".into()),
            ..torrent(7, 1)
        };
        access.upsert_torrent(&[hash(1), hash(2)], &frozen);
        assert_eq!(
            access.decide(hash(2), Some(KEY)),
            Err(Denied::Frozen("duplicate".into()))
        );
    }

    #[test]
    fn a_new_passkey_ends_the_old_one() {
        let access = site();
        access.upsert_user(OTHER_KEY, &member(3));
        assert_eq!(
            access.decide(hash(1), Some(KEY)),
            Err(Denied::PasskeyUnknown)
        );
        assert!(access.decide(hash(1), Some(OTHER_KEY)).is_ok());
        access.remove_user(UserId(3));
        assert_eq!(
            access.decide(hash(1), Some(OTHER_KEY)),
            Err(Denied::PasskeyUnknown)
        );
    }

    #[test]
    fn a_passkey_that_moved_to_another_member_stays_theirs() {
        let access = site();
        access.upsert_user(KEY, &member(4));
        access.upsert_user(OTHER_KEY, &member(3));
        assert_eq!(
            access.decide(hash(1), Some(KEY)).unwrap().user,
            Some(UserId(4))
        );
    }

    #[test]
    fn a_removed_torrent_is_unregistered_under_all_its_hashes() {
        let access = site();
        assert_eq!(access.remove_torrent(TorrentId(7)), Some(hash(1)));
        assert_eq!(access.remove_torrent(TorrentId(7)), None);
        for hash in [hash(1), hash(2)] {
            assert_eq!(access.decide(hash, Some(KEY)), Err(Denied::Unregistered));
        }
    }

    #[test]
    fn a_replaced_file_drops_the_old_hashes() {
        let access = site();
        access.upsert_torrent(&[hash(3)], &torrent(7, 3));
        assert_eq!(access.decide(hash(1), Some(KEY)), Err(Denied::Unregistered));
        assert_eq!(
            access.decide(hash(3), Some(KEY)).unwrap().canonical,
            hash(3)
        );
    }

    #[test]
    fn public_torrents_need_no_passkey_but_a_wrong_one_is_told() {
        let access = site();
        access.upsert_torrent(
            &[hash(4)],
            &Registration {
                private: false,
                ..torrent(8, 4)
            },
        );
        assert_eq!(access.decide(hash(4), None).unwrap().user, None);
        assert_eq!(
            access.decide(hash(4), Some("x")),
            Err(Denied::PasskeyUnknown)
        );
    }

    #[test]
    fn a_forum_that_is_hidden_refuses_as_if_nothing_were_there() {
        let (member_of, not_known) = (GroupId(5), hash(9));
        for policy in [Policy::Registered, Policy::Listed] {
            let access = Access::new(policy, [1; 16]);
            let registration = Registration {
                forum: Some(ForumId(2)),
                frozen: Some("closed".into()),
                ..torrent(7, 1)
            };
            access.upsert_torrent(&[hash(1)], &registration);
            access.upsert_user(KEY, &member(3));
            let same = |passkey| {
                assert_eq!(
                    access.decide(hash(1), passkey),
                    access.decide(not_known, passkey),
                );
            };
            // Nobody has told of the forum yet.
            same(Some(KEY));
            let gate = ForumGate::new([Audience::Group(member_of)], Audience::Everyone);
            access.set_forums([(ForumId(2), gate)]);
            same(Some(KEY));
            same(None);
            let inside = Account {
                groups: [member_of].into(),
                ..member(3)
            };
            access.upsert_user(KEY, &inside);
            assert!(matches!(
                access.decide(hash(1), Some(KEY)),
                Err(Denied::Frozen(_))
            ));
        }
    }

    #[test]
    fn who_may_not_download_may_not_announce() {
        let access = site();
        let gate = ForumGate::new([], Audience::Staff);
        access.set_forums([(ForumId(2), gate)]);
        let registration = Registration {
            forum: Some(ForumId(2)),
            private: false,
            ..torrent(7, 1)
        };
        access.upsert_torrent(&[hash(1)], &registration);
        assert_eq!(access.decide(hash(1), Some(KEY)), Err(Denied::Forum));
        assert_eq!(access.decide(hash(1), None), Err(Denied::PasskeyMissing));
        let staff = Account {
            admin: true,
            ..member(3)
        };
        access.upsert_user(KEY, &staff);
        assert!(access.decide(hash(1), Some(KEY)).is_ok());
    }

    #[test]
    fn open_serves_anything_and_still_keeps_freezes() {
        let access = Access::new(Policy::Open, [1; 16]);
        assert_eq!(
            access.decide(hash(9), Some("left over")).unwrap().user,
            None
        );
        let frozen = Registration {
            frozen: Some("closed".into()),
            private: false,
            ..torrent(7, 1)
        };
        access.upsert_torrent(&[hash(1)], &frozen);
        assert!(matches!(
            access.decide(hash(1), None),
            Err(Denied::Frozen(_))
        ));
    }

    #[test]
    fn why_a_private_torrent_is_frozen_is_told_to_members_only() {
        for policy in [Policy::Registered, Policy::Open, Policy::Listed] {
            let access = Access::new(policy, [1; 16]);
            let frozen = Registration {
                frozen: Some("stolen from Ann".into()),
                ..torrent(7, 1)
            };
            access.upsert_torrent(&[hash(1)], &frozen);
            access.upsert_user(KEY, &member(3));
            let guest = access.decide(hash(1), None);
            assert_eq!(guest, Err(Denied::PasskeyMissing));
            let member = access.decide(hash(1), Some(KEY));
            assert_eq!(member, Err(Denied::Frozen("stolen from Ann".into())));
        }
    }

    #[test]
    fn listed_serves_the_list() {
        let access = Access::new(Policy::Listed, [1; 16]);
        assert_eq!(access.decide(hash(5), None), Err(Denied::NotListed));
        access.set_lists([hash(5)], []);
        assert!(access.decide(hash(5), None).is_ok());
        access.set_lists([], []);
        assert_eq!(access.decide(hash(5), None), Err(Denied::NotListed));
    }

    #[test]
    fn what_is_denied_is_served_to_nobody() {
        for policy in [Policy::Registered, Policy::Open, Policy::Listed] {
            let access = Access::new(policy, [1; 16]);
            access.upsert_torrent(&[hash(1)], &torrent(7, 1));
            access.upsert_user(KEY, &member(3));
            assert!(access.decide(hash(1), Some(KEY)).is_ok());
            access.set_lists([hash(1)], [hash(1)]);
            assert_eq!(access.decide(hash(1), Some(KEY)), Err(Denied::Listed));
        }
    }

    #[test]
    fn what_is_not_retained_is_gone() {
        let access = site();
        access.upsert_torrent(&[hash(4)], &torrent(8, 4));
        access.upsert_user(OTHER_KEY, &member(5));
        let gone = access.retain(&[TorrentId(8)].into(), &[UserId(5)].into());
        assert_eq!(gone, [hash(1)]);
        assert_eq!(access.len(), (1, 1));
        assert_eq!(
            access.decide(hash(4), Some(KEY)),
            Err(Denied::PasskeyUnknown)
        );
        assert!(access.decide(hash(4), Some(OTHER_KEY)).is_ok());
    }

    #[test]
    fn a_deleted_torrent_says_so_to_those_who_knew_of_it() {
        let access = site();
        let friends = GroupId(7);
        access.set_forums([(
            ForumId(1),
            ForumGate::new([Audience::Group(friends)], Audience::Members),
        )]);
        let deletion = |forum| Deletion {
            why: "a copy".into(),
            forum,
        };
        let (old, torrent_7) = (TorrentId(5), TorrentId(7));
        assert_eq!(
            access.delete_torrent(old, &[hash(1)], &deletion(None)),
            None
        );
        assert!(access.decide(hash(1), Some(KEY)).is_ok(), "registered");
        let hashes = [hash(1), hash(2)];
        let canonical = access.delete_torrent(torrent_7, &hashes, &deletion(None));
        assert_eq!(canonical, Some(hash(1)));
        let told = access.decide(hash(2), None).unwrap_err();
        assert_eq!(
            told.to_string(),
            "this torrent was deleted from the site: a copy"
        );
        assert_eq!((told.name(), told.retry_in()), ("deleted", None));
        // Who may not read the forum never knew of it.
        access.delete_torrent(torrent_7, &[hash(1)], &deletion(Some(ForumId(1))));
        assert_eq!(access.decide(hash(1), Some(KEY)), Err(Denied::Unregistered));
        let inside = Account {
            groups: [friends].into(),
            ..member(3)
        };
        access.upsert_user(KEY, &inside);
        assert!(matches!(
            access.decide(hash(1), Some(KEY)),
            Err(Denied::Deleted(_))
        ));
        // Registered anew it is served, and forgotten means forgotten.
        access.upsert_torrent(&[hash(1)], &torrent(8, 1));
        assert!(access.decide(hash(1), Some(KEY)).is_ok());
        access.remove_torrent(TorrentId(8));
        assert_eq!(access.decide(hash(1), Some(KEY)), Err(Denied::Unregistered));
        let open = Access::new(Policy::Open, [1; 16]);
        open.delete_torrent(torrent_7, &[hash(1)], &deletion(None));
        assert!(
            open.decide(hash(1), None).is_err(),
            "on an open tracker too"
        );
        assert!(open.decide(hash(2), None).is_ok());
    }

    #[test]
    fn a_member_who_only_seeds_is_told_apart() {
        let access = site();
        let seeder = Account {
            downloads: false,
            ..member(3)
        };
        assert!(access.decide(hash(1), Some(KEY)).unwrap().downloads);
        access.upsert_user(KEY, &seeder);
        assert!(!access.decide(hash(1), Some(KEY)).unwrap().downloads);
        assert_eq!(access.user_of(KEY), Some(UserId(3)));
        assert_eq!(access.user_of(OTHER_KEY), None);
    }
}
