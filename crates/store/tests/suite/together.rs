//! Everybody writes at once: nobody fails, nothing is lost.

use bittorrent::{Event, PeerId};
use domain::{ForumRights, TorrentState};
use store::{AccountingBatch, NewTopic, TorrentCounters};
use swarm::{Observation, Terms};

use crate::world::{NOW, details, reply, why};

on_both_engines! {
    async fn all_kinds_of_writers_get_along(w: &World) {
        w.admin("Root").await;
        let mut users = Vec::new();
        for n in 0..6 {
            users.push(w.user(&format!("user {n}")).await);
        }
        let forums = [w.forum("One").await, w.forum("Two").await];
        let mut topics = Vec::new();
        for n in 0..6 {
            topics.push(w.post_torrent(forums[n % 2], users[n], &format!("topic {n}")).await);
        }
        let mut writers = tokio::task::JoinSet::new();
        for round in 0..4_u64 {
            for (n, user) in users.iter().copied().enumerate() {
                let (store, topic) = (w.store.clone(), topics[(n + round as usize) % 6]);
                let torrent = topic.torrent.unwrap();
                let new = NewTopic {
                    torrent: Some(w.torrent(&format!("new {round} {n}"))),
                    ..w.topic(forums[n % 2], user, &format!("new {round} {n}"))
                };
                let all: Vec<_> = topics.iter().rev().map(|t| t.torrent.unwrap()).collect();
                let views: Vec<_> = topics.iter().rev().map(|t| (t.topic, 1)).collect();
                let everybody = users.clone();
                writers.spawn(async move {
                    match n {
                        0 => {
                            let posted = store.post_torrent_topic(&new).await.unwrap();
                            store.delete_topic(posted.topic, &why()).await.unwrap();
                        }
                        1 => {
                            store.add_views(&views).await.unwrap();
                            let details = details("One", ForumRights::default());
                            store.update_forum(forums[0], &details).await.unwrap();
                        }
                        2 => {
                            store.ban(user, "", NOW).await.unwrap();
                            store.unban(user).await.unwrap();
                        }
                        3 => {
                            let state = TorrentState::NotApproved;
                            let by = user;
                            let changed = store.set_torrent_state(torrent, state, state, by, "", NOW);
                            changed.await.unwrap();
                        }
                        _ => drop(store.post_torrent_topic(&new).await.unwrap()),
                    }
                    store.reply(&reply(topic.topic, user, "hello")).await.unwrap();
                    let observations = (1..).zip(all.iter().zip(everybody.iter().rev()));
                    let batch = AccountingBatch {
                        instance: format!("tracker {n} {round}"),
                        up_to_seq: 9,
                        observations: observations
                            .map(|(seq, (torrent, user))| Observation {
                                torrent: swarm::TorrentId(torrent.0),
                                user: swarm::UserId(user.0),
                                peer_id: PeerId::from([(round * 10) as u8 + n as u8; 20]),
                                uploaded: 10,
                                downloaded: 1,
                                left: 0,
                                event: Event::Completed,
                                at: swarm::UnixTime(NOW.0),
                                seq,
                                terms: Terms::default(),
                            })
                            .collect(),
                        counters: all
                            .iter()
                            .map(|&torrent| TorrentCounters {
                                torrent,
                                seeders: round,
                                leechers: n as u64,
                                completed: 0,
                                last_seed_at: Some(NOW),
                            })
                            .collect(),
                    };
                    store.apply_accounting(&batch).await.unwrap();
                    store.flush_counters(&batch.counters).await.unwrap();
                });
            }
        }
        while let Some(writer) = writers.join_next().await {
            writer.unwrap();
        }
        let totals = w.store.totals().await.unwrap();
        assert_eq!((totals.topics, totals.posts), (6 + 8, 6 + 8 + 24));
        for user in users {
            let account = w.store.account(user).await.unwrap();
            assert_eq!((account.uploaded, account.downloaded), (240, 24));
        }
    }
}
