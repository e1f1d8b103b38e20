use std::collections::HashMap;

use bittorrent::{Event, PeerId};
use domain::{Factors, TorrentId, UnixTime, UserId};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use store::{
    AccessChange, AccountingBatch, AccountingOutcome, Conflict, Ruling, ShareTotals, StoreError,
    TorrentCounters, What,
};
use swarm::{Observation, Terms};

use crate::world::{NOW, World, guest, why};

struct Client {
    torrent: TorrentId,
    user: UserId,
    peer: u8,
}

impl Client {
    fn says(&self, seq: u64, uploaded: u64, downloaded: u64, event: Event) -> Observation {
        Observation {
            torrent: swarm::TorrentId(self.torrent.0),
            user: swarm::UserId(self.user.0),
            peer_id: PeerId::from([self.peer; 20]),
            uploaded,
            downloaded,
            left: if event == Event::Completed { 0 } else { 5 },
            event,
            at: swarm::UnixTime(NOW.0 + seq as i64),
            seq,
            terms: Terms::default(),
        }
    }
}

fn batch(observations: Vec<Observation>) -> AccountingBatch {
    AccountingBatch {
        instance: "tracker-1".to_owned(),
        up_to_seq: observations.iter().map(|o| o.seq).max().unwrap_or(0),
        observations,
        counters: Vec::new(),
    }
}

async fn totals(w: &World, user: UserId) -> (u64, u64) {
    let account = w.store.account(user).await.unwrap();
    (account.uploaded, account.downloaded)
}

on_both_engines! {
    async fn what_clients_report_is_credited_once(w: &World) {
        let (ann, bob) = (w.user("Ann").await, w.user("Bob").await);
        let film = w.post_torrent(w.forum("Films").await, ann, "Film").await;
        let torrent = film.torrent.unwrap();
        let seeder = Client { torrent, user: ann, peer: 1 };
        let leecher = Client { torrent, user: bob, peer: 2 };
        let first = batch(vec![
            seeder.says(1, 0, 0, Event::Started),
            leecher.says(2, 0, 0, Event::Started),
            seeder.says(3, 100, 0, Event::None),
            leecher.says(4, 0, 100, Event::Completed),
        ]);
        let outcome = w.store.apply_accounting(&first).await.unwrap();
        assert_eq!((outcome.applied, outcome.repeated, outcome.unknown), (4, 0, 0));
        assert_eq!((outcome.uploaded, outcome.downloaded), (100, 100));
        assert_eq!((totals(w, ann).await, totals(w, bob).await), ((100, 0), (0, 100)));
        assert_eq!(w.store.applied_seq("tracker-1").await.unwrap(), 4);
        assert_eq!(w.store.applied_seq("tracker-2").await.unwrap(), 0);

        let again = w.store.apply_accounting(&first).await.unwrap();
        assert_eq!((again.applied, again.repeated), (0, 4));
        assert_eq!((totals(w, ann).await, totals(w, bob).await), ((100, 0), (0, 100)));

        // half of it known, half of it new
        let second = batch(vec![
            leecher.says(4, 0, 100, Event::Completed),
            leecher.says(5, 7, 100, Event::Completed),
            leecher.says(6, 9, 100, Event::Stopped),
        ]);
        let outcome = w.store.apply_accounting(&second).await.unwrap();
        assert_eq!((outcome.applied, outcome.repeated), (2, 1));
        assert_eq!(totals(w, bob).await, (9, 100));
        let place = w.store.torrent_of_topic(&guest(), film.topic).await.unwrap();
        assert_eq!(place.torrent.completed, 1, "completed once");

        // the client begins anew, the other comes late
        let third = batch(vec![
            leecher.says(7, 1, 2, Event::Started),
            seeder.says(8, 50, 0, Event::None),
        ]);
        w.store.apply_accounting(&third).await.unwrap();
        assert_eq!((totals(w, ann).await, totals(w, bob).await), ((100, 0), (10, 102)));
    }

    async fn what_is_gone_is_skipped(w: &World) {
        let ann = w.user("Ann").await;
        let film = w.post_torrent(w.forum("Films").await, ann, "Film").await;
        let torrent = film.torrent.unwrap();
        let here = Client { torrent, user: ann, peer: 1 };
        let nobody = Client { torrent, user: UserId(99), peer: 1 };
        let nothing = Client { torrent: TorrentId(99), user: ann, peer: 1 };
        let mixed = batch(vec![
            nobody.says(1, 5, 5, Event::Completed),
            nothing.says(2, 5, 5, Event::Completed),
            here.says(3, 5, 5, Event::None),
        ]);
        let outcome = w.store.apply_accounting(&mixed).await.unwrap();
        assert_eq!((outcome.applied, outcome.unknown), (1, 2));
        assert_eq!(totals(w, ann).await, (5, 5));
        w.store.delete_topic(film.topic, &why()).await.unwrap();
        let late = batch(vec![here.says(4, 9, 9, Event::Stopped)]);
        assert_eq!(w.store.apply_accounting(&late).await.unwrap().unknown, 1);
        assert_eq!(totals(w, ann).await, (5, 5));
    }

    async fn absurd_totals_stop_at_the_largest_number(w: &World) {
        let ann = w.user("Ann").await;
        let forum = w.forum("Films").await;
        let mut seq = 0;
        for title in ["One", "Two"] {
            let torrent = w.post_torrent(forum, ann, title).await.torrent.unwrap();
            for peer in [1, 2] {
                seq += 1;
                let client = Client { torrent, user: ann, peer };
                let claim = batch(vec![client.says(seq, u64::MAX, u64::MAX, Event::None)]);
                w.store.apply_accounting(&claim).await.unwrap();
            }
        }
        assert_eq!(totals(w, ann).await, (i64::MAX as u64, i64::MAX as u64));
    }

    async fn counters_are_written_and_never_count_back(w: &World) {
        let ann = w.user("Ann").await;
        let film = w.post_torrent(w.forum("Films").await, ann, "Film").await;
        let torrent = film.torrent.unwrap();
        let counters = |seeders, completed, at: Option<i64>| TorrentCounters {
            torrent,
            seeders,
            leechers: 3,
            completed,
            last_seed_at: at.map(UnixTime),
        };
        let gone = TorrentCounters { torrent: TorrentId(99), ..counters(1, 1, None) };
        w.store.flush_counters(&[]).await.unwrap();
        w.store.flush_counters(&[counters(9, 9, Some(9)), counters(2, 5, Some(50)), gone]).await.unwrap();
        let shown = async || w.store.torrent_of_topic(&guest(), film.topic).await.unwrap().torrent;
        let torrent = shown().await;
        assert_eq!((torrent.seeders, torrent.leechers, torrent.completed), (2, 3, 5));
        assert_eq!(torrent.last_seed_at, Some(UnixTime(50)));
        let with_batch = AccountingBatch {
            counters: vec![counters(0, 4, Some(40))],
            ..batch(Vec::new())
        };
        w.store.apply_accounting(&with_batch).await.unwrap();
        let torrent = shown().await;
        assert_eq!((torrent.seeders, torrent.completed), (0, 5));
        assert_eq!(torrent.last_seed_at, Some(UnixTime(50)));
        w.store.flush_counters(&[counters(1, 5, None)]).await.unwrap();
        assert_eq!(shown().await.last_seed_at, Some(UnixTime(50)));
        w.store.replace_counters(&[counters(7, 5, None)]).await.unwrap();
        assert_eq!(shown().await.seeders, 7);
        w.store.replace_counters(&[]).await.unwrap();
        let torrent = shown().await;
        assert_eq!((torrent.seeders, torrent.leechers, torrent.completed), (0, 0, 5));
    }

    async fn what_counts_is_kept_beside_what_was_transferred(w: &World) {
        let ann = w.user("Ann").await;
        let film = w.post_torrent(w.forum("Films").await, ann, "Film").await;
        let torrent = film.torrent.unwrap();
        let client = Client { torrent, user: ann, peer: 1 };
        let gold = Terms { upload_percent: 200, download_percent: 0, ..Terms::default() };
        let silver = Terms { upload_percent: 100, download_percent: 50, ..Terms::default() };
        let said = batch(vec![
            Observation { terms: gold, ..client.says(1, 10, 10, Event::None) },
            Observation { terms: silver, ..client.says(2, 11, 21, Event::None) },
            Observation { terms: silver, ..client.says(3, 11, 22, Event::None) },
        ]);
        w.store.apply_accounting(&said).await.unwrap();
        assert_eq!(totals(w, ann).await, (21, 6));
        let [share] = &w.store.shares_of_user(ann, TorrentId(0), 9).await.unwrap()[..] else {
            panic!("one share");
        };
        assert_eq!(share.torrent, torrent);
        let share = &share.share;
        assert_eq!((share.uploaded, share.downloaded), (21, 6));
        assert_eq!((share.raw_uploaded, share.raw_downloaded), (11, 22));
        assert_eq!((share.seeding_seconds, share.leeching_seconds), (0, 2));
    }

    async fn a_share_says_what_each_user_did_with_each_torrent(w: &World) {
        let (ann, bob) = (w.user("Ann").await, w.user("Bob").await);
        let forum = w.forum("Films").await;
        let film = w.post_torrent(forum, ann, "Film").await.torrent.unwrap();
        let other = w.post_torrent(forum, ann, "Other").await.torrent.unwrap();
        let client = |torrent, user| Client { torrent, user, peer: 7 };
        let unknown = |said| Observation { left: u64::MAX, ..said };
        let said = batch(vec![
            client(film, ann).says(10, 0, 0, Event::Started),
            client(film, ann).says(40, 5, 90, Event::Completed),
            client(film, bob).says(50, 1, 1, Event::None),
            Observation { left: 0, ..client(film, ann).says(100, 5, 90, Event::None) },
            unknown(client(other, ann).says(110, 2, 3, Event::None)),
        ]);
        w.store.apply_accounting(&said).await.unwrap();
        let mine = w.store.shares_of_user(ann, TorrentId(0), 9).await.unwrap();
        let at = |seconds| UnixTime(NOW.0 + seconds);
        let share = ShareTotals {
            uploaded: 5,
            downloaded: 90,
            raw_uploaded: 5,
            raw_downloaded: 90,
            seeding_seconds: 60,
            leeching_seconds: 30,
            left: Some(0),
            first_at: at(10),
            last_at: at(100),
            completed_at: Some(at(40)),
            client: Some(PeerId::from([7; 20])),
        };
        assert_eq!((mine[0].torrent, &mine[0].share), (film, &share));
        assert_eq!((mine[1].torrent, mine[1].share.left), (other, None));
        assert_eq!(w.store.shares_of_user(ann, film, 9).await.unwrap(), mine[1..]);
        assert_eq!(w.store.shares_of_user(ann, TorrentId(0), 1).await.unwrap(), mine[..1]);
        let users = w.store.shares_of_torrent(film, UserId(0), 9).await.unwrap();
        assert_eq!(users.iter().map(|of| of.user).collect::<Vec<_>>(), [ann, bob]);
        assert_eq!(users[0].share, share);
        assert_eq!(w.store.shares_of_torrent(film, ann, 9).await.unwrap(), users[1..]);
        assert_eq!(w.store.shares_of_torrent(film, bob, 9).await.unwrap(), []);
    }

    async fn a_user_completes_a_torrent_once(w: &World) {
        let ann = w.user("Ann").await;
        let film = w.post_torrent(w.forum("Films").await, ann, "Film").await;
        let torrent = film.torrent.unwrap();
        let bob = w.user("Bob").await;
        let client = |user, peer| Client { torrent, user, peer };
        let first = batch(vec![
            client(ann, 1).says(1, 0, 9, Event::Completed),
            client(ann, 2).says(2, 0, 9, Event::Completed),
            client(bob, 1).says(3, 0, 9, Event::Completed),
            Observation { left: 1, ..client(bob, 1).says(4, 0, 9, Event::Completed) },
        ]);
        let outcome = w.store.apply_accounting(&first).await.unwrap();
        let firsts = |outcome: &AccountingOutcome| -> Vec<(UserId, bool)> {
            outcome.completions.iter().map(|c| (c.user, c.first)).collect()
        };
        assert_eq!(firsts(&outcome), [(ann, true), (ann, false), (bob, true)]);
        // An answer that was lost is given again.
        let again = w.store.apply_accounting(&first).await.unwrap();
        assert_eq!(firsts(&again), firsts(&outcome));
        let later = batch(vec![client(ann, 3).says(5, 0, 9, Event::Completed)]);
        let counters = TorrentCounters {
            torrent,
            seeders: 1,
            leechers: 0,
            // two of users, one of nobody
            completed: 3,
            last_seed_at: None,
        };
        let later = AccountingBatch { counters: vec![counters], ..later };
        assert_eq!(firsts(&w.store.apply_accounting(&later).await.unwrap()), [(ann, false)]);
        let place = w.store.torrent_of_topic(&guest(), film.topic).await.unwrap();
        assert_eq!(place.torrent.completed, 3);
        assert_eq!(w.store.torrent_completed(torrent).await.unwrap(), 3);
        assert!(w.store.torrent_completed(TorrentId(99)).await.is_err());
    }

    async fn what_is_not_believed_waits_for_a_ruling(w: &World) {
        let (ann, bob) = (w.user("Ann").await, w.user("Bob").await);
        let film = w.post_torrent(w.forum("Films").await, ann, "Film").await;
        let torrent = film.torrent.unwrap();
        let limited = Terms { upload_limit: 10, upload_percent: 200, ..Terms::default() };
        let says = |user, peer, seq, uploaded| Observation {
            terms: limited,
            ..Client { torrent, user, peer }.says(seq, uploaded, 0, Event::None)
        };
        let said = batch(vec![
            says(ann, 1, 1, 0),
            says(ann, 1, 11, 100),
            says(ann, 1, 21, 301),
            says(ann, 1, 31, 1_301),
            says(bob, 2, 32, 0),
            says(bob, 2, 42, 999),
        ]);
        w.store.apply_accounting(&said).await.unwrap();
        w.store.apply_accounting(&said).await.unwrap();
        assert_eq!((totals(w, ann).await, totals(w, bob).await), ((200, 0), (0, 0)));
        let open = w.store.suspicions(None, 9).await.unwrap();
        assert_eq!(open.iter().map(|s| s.user_name.as_str()).collect::<Vec<_>>(), ["Ann", "Bob"]);
        let anns = &open[0];
        assert_eq!((anns.torrent, anns.torrent_name.as_deref()), (torrent, Some("Film")));
        assert_eq!((anns.user, anns.client), (ann, PeerId::from([1; 20])));
        assert_eq!((anns.reports, anns.raw_uploaded, anns.uploaded, anns.seconds), (2, 1201, 2402, 20));
        assert_eq!((anns.first_at.0 - NOW.0, anns.last_at.0 - NOW.0), (21, 31));
        assert_eq!(w.store.suspicions(Some(anns.id), 9).await.unwrap(), open[1..]);

        // What comes later adds to what is open.
        let more = batch(vec![says(ann, 3, 51, 0), says(ann, 3, 61, 1000)]);
        w.store.apply_accounting(&more).await.unwrap();
        let open = w.store.suspicions(None, 9).await.unwrap();
        assert_eq!((open.len(), open[0].reports, open[0].raw_uploaded), (2, 3, 2201));

        let decide = |id, ruling| w.store.decide_suspicion(id, ruling, bob, NOW);
        decide(open[0].id, Ruling::Grant).await.unwrap();
        assert_eq!(totals(w, ann).await, (200 + 4402, 0));
        let share = &w.store.shares_of_torrent(torrent, UserId(0), 1).await.unwrap()[0].share;
        assert_eq!((share.uploaded, share.raw_uploaded), (4602, 2301));
        let again = decide(open[0].id, Ruling::Dismiss).await;
        assert!(matches!(again, Err(StoreError::Conflict(Conflict::Stale))), "{again:?}");
        let nothing = decide(99, Ruling::Grant).await;
        assert!(matches!(nothing, Err(StoreError::NotFound(What::Suspicion))));
        w.store.delete_topic(film.topic, &why()).await.unwrap();
        // The torrent is gone, what was uploaded of it still counts.
        decide(open[1].id, Ruling::Grant).await.unwrap();
        assert_eq!(totals(w, bob).await, (2 * 999, 0));
        assert_eq!(w.store.suspicions(None, 9).await.unwrap(), []);
    }

    async fn a_dismissed_suspicion_does_not_count(w: &World) {
        let ann = w.user("Ann").await;
        let film = w.post_torrent(w.forum("Films").await, ann, "Film").await;
        let torrent = film.torrent.unwrap();
        let terms = Terms { upload_limit: 1, ..Terms::default() };
        let mut seq = 0;
        let mut says = |uploaded| {
            seq += 1;
            let said = Client { torrent, user: ann, peer: 1 }.says(seq, uploaded, 0, Event::None);
            batch(vec![Observation { terms, ..said }])
        };
        w.store.apply_accounting(&says(1_000_000)).await.unwrap();
        let open = w.store.suspicions(None, 9).await.unwrap();
        w.store.decide_suspicion(open[0].id, Ruling::Dismiss, ann, NOW).await.unwrap();
        assert_eq!(totals(w, ann).await, (0, 0));
        // The next one is a case of its own; what was decided long ago is forgotten with it.
        w.store.apply_accounting(&says(2_000_000)).await.unwrap();
        let [next] = &w.store.suspicions(None, 9).await.unwrap()[..] else { panic!("one") };
        assert_eq!(next.raw_uploaded, 1_000_000);
        let later = UnixTime(NOW.0 + 200 * 86_400);
        w.store.decide_suspicion(next.id, Ruling::Dismiss, ann, later).await.unwrap();
        let forgotten = w.store.decide_suspicion(open[0].id, Ruling::Grant, ann, later).await;
        assert!(matches!(forgotten, Err(StoreError::NotFound(What::Suspicion))));
    }

    async fn factors_of_a_torrent_are_told_to_the_tracker(w: &World) {
        let ann = w.user("Ann").await;
        let film = w.post_torrent(w.forum("Films").await, ann, "Film").await;
        let torrent = film.torrent.unwrap();
        assert_eq!(w.store.torrent_factors(torrent).await.unwrap(), Factors::default());
        let seq = w.store.last_change().await.unwrap();
        let silver = Factors::new(200, 50).unwrap();
        w.store.set_torrent_factors(torrent, silver).await.unwrap();
        assert_eq!(w.store.torrent_factors(torrent).await.unwrap(), silver);
        let (_, changes) = w.store.access_after(seq).await.unwrap();
        let [AccessChange::Torrent(told)] = &changes[..] else { panic!("{changes:?}") };
        assert_eq!((told.upload_percent, told.download_percent), (200, 50));
        let nobody = TorrentId(99);
        assert!(w.store.set_torrent_factors(nobody, silver).await.is_err());
        assert!(w.store.torrent_factors(nobody).await.is_err());
    }

    async fn a_large_batch_is_applied_whole(w: &World) {
        let forum = w.forum("Films").await;
        let (mut users, mut torrents) = (Vec::new(), Vec::new());
        for n in 0..20 {
            let user = w.user(&format!("user{n}")).await;
            users.push(user);
            torrents.push(w.post_torrent(forum, user, &format!("t{n}")).await.torrent.unwrap());
        }
        let mut observations = Vec::new();
        for &torrent in &torrents {
            for &user in &users {
                for peer in 0..30 {
                    let seq = observations.len() as u64 + 1;
                    observations
                        .push(Client { torrent, user, peer }.says(seq, 2, 3, Event::None));
                }
            }
        }
        let many = batch(observations);
        assert_eq!(many.observations.len(), 12_000);
        let before = w.store.statements();
        w.store.apply_accounting(&many).await.unwrap();
        let statements = w.store.statements() - before;
        assert!(statements < 100, "{statements} statements for one batch");
        assert_eq!(totals(w, users[7]).await, (20 * 30 * 2, 20 * 30 * 3));
    }

    async fn trackers_side_by_side_lose_nothing(w: &World) {
        let forum = w.forum("Films").await;
        let ann = w.user("Ann").await;
        let torrent = w.post_torrent(forum, ann, "Film").await.torrent.unwrap();
        let trackers: Vec<_> = (0..4_u8)
            .map(|n| {
                let store = w.store.clone();
                tokio::spawn(async move {
                    let client = Client { torrent, user: ann, peer: n };
                    for seq in 1..=10 {
                        let said = AccountingBatch {
                            instance: format!("tracker-{n}"),
                            ..batch(vec![client.says(seq, seq * 10, 0, Event::None)])
                        };
                        store.apply_accounting(&said).await.unwrap();
                    }
                })
            })
            .collect();
        for tracker in trackers {
            tracker.await.unwrap();
        }
        assert_eq!(totals(w, ann).await, (400, 0));
    }

    async fn any_cut_of_a_journal_into_batches_gives_the_same_totals(w: &World) {
        let forum = w.forum("Films").await;
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let reports = prop::collection::vec(
            (0..3_u8, 0..4_u64, 0..4_u64, 0..3_u8, any::<bool>()),
            1..40,
        );
        for round in 0..6 {
            let reports = reports.new_tree(&mut runner).unwrap().current();
            let ann = w.user(&format!("Ann {round}")).await;
            let torrent =
                w.post_torrent(forum, ann, &format!("t{round}")).await.torrent.unwrap();
            let mut reference: HashMap<u8, swarm::SessionTotals> = HashMap::new();
            let mut expected = (0, 0);
            let mut pending = Vec::new();
            for (seq, (peer, up, down, event, cut)) in (1..).zip(reports) {
                let event = [Event::None, Event::Started, Event::Completed][usize::from(event)];
                let said = Client { torrent, user: ann, peer }.says(seq, up, down, event);
                let (delta, now) = swarm::account(reference.get(&peer).copied(), &said);
                reference.insert(peer, now);
                expected.0 += delta.uploaded;
                expected.1 += delta.downloaded;
                pending.push(said);
                if cut {
                    let part = AccountingBatch {
                        instance: format!("tracker {round}"),
                        ..batch(pending.clone())
                    };
                    w.store.apply_accounting(&part).await.unwrap();
                    // what a crash between commit and cutting the journal makes it say again
                    if seq % 2 == 0 {
                        pending.clear();
                    }
                }
            }
            let rest = AccountingBatch { instance: format!("tracker {round}"), ..batch(pending) };
            w.store.apply_accounting(&rest).await.unwrap();
            assert_eq!(totals(w, ann).await, expected, "round {round}");
        }
    }
}
