//! tmp
use bench::*;
use domain::*;
use std::time::Instant;
use store::*;
#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let url = std::env::args().nth(1).unwrap();
    let store = Store::open(&url, Options::default()).await?;
    let now = UnixTime(1_800_000_000);
    let t = Instant::now();
    if store.totals().await?.users == 0 {
        seed(
            &store,
            &Seed {
                size: SeedSize::FULL,
                seed: 1,
                now,
                blob: "b".repeat(64),
            },
            |n| {
                if n % 100_000 == 0 {
                    println!("{n} {:?}", t.elapsed())
                }
            },
        )
        .await?;
        println!("seeded {:?}", t.elapsed());
        let t = Instant::now();
        println!("doctor {:?} {:?}", store.doctor().await?.len(), t.elapsed());
    }
    let guest = Viewer::guest();
    let root = Viewer {
        user: Some(UserId(1)),
        admin: true,
        ..Viewer::guest()
    };
    let site = store.site();
    let mut dice = Dice::new(3);
    macro_rules! time {
        ($name:expr, $e:expr) => {{
            let mut v = Vec::new();
            for _ in 0..200 {
                let t = Instant::now();
                $e.await?;
                v.push(t.elapsed());
            }
            v.sort();
            println!(
                "{:24} p50 {:?} p99 {:?} max {:?}",
                $name, v[100], v[197], v[199]
            );
        }};
    }
    for (name, v) in [("guest", &guest), ("root", &root)] {
        println!("-- {name}");
        let f: Vec<_> = site
            .forums_with(v, Right::Read)
            .iter()
            .map(|f| f.id)
            .collect();
        time!("index", store.index_page(v, now));
        for sort in [
            TopicSort::LastPost,
            TopicSort::Added,
            TopicSort::Seeders,
            TopicSort::Size,
        ] {
            time!(
                format!("forum {sort:?}"),
                store.forum_page(v, dice.pick(&f), sort, Page::first(50))
            );
            time!(
                format!("forum deep {sort:?}"),
                store.forum_page(v, f[0], sort, Page::new(1 + dice.below(800) as u32, 50))
            );
        }
        time!("topic", async {
            loop {
                match store
                    .topic_page(v, TopicId(1 + dice.below(200_000) as i64), Page::first(20))
                    .await
                {
                    Err(StoreError::NotFound(_)) => continue,
                    other => break other,
                }
            }
        });
        time!(
            "topic deep",
            store.topic_page(
                &root,
                TopicId(1 + dice.below(10) as i64),
                Page::new(1 + dice.below(200) as u32, 20)
            )
        );
        for sort in [
            TorrentSort::Added,
            TorrentSort::Seeders,
            TorrentSort::Size,
            TorrentSort::Completed,
        ] {
            let filter = TorrentFilter {
                sort,
                ..TorrentFilter::default()
            };
            time!(
                format!("torrents {sort:?}"),
                store.torrents_page(v, &filter, Page::first(50))
            );
            time!(
                format!("torrents deep {sort:?}"),
                store.torrents_page(v, &filter, Page::new(1 + dice.below(3600) as u32, 50))
            );
            let filter = TorrentFilter {
                forum: Some(dice.pick(&f)),
                ..filter
            };
            time!(
                format!("torrents forum {sort:?}"),
                store.torrents_page(v, &filter, Page::first(50))
            );
            let filter = TorrentFilter {
                author: Some(UserId(1 + dice.below(100) as i64)),
                sort,
                ..TorrentFilter::default()
            };
            time!(
                format!("torrents author {sort:?}"),
                store.torrents_page(v, &filter, Page::first(50))
            );
        }
        time!(
            "member",
            store.member_page(v, UserId(1 + dice.below(10_000) as i64))
        );
        time!(
            "members",
            store.members_page(Page::new(1 + dice.below(200) as u32, 50))
        );
        time!("files", async {
            loop {
                match store
                    .files_page(v, TopicId(1 + dice.below(200_000) as i64))
                    .await
                {
                    Err(StoreError::NotFound(_)) => continue,
                    other => break other,
                }
            }
        });
    }
    Ok(())
}
