//! What a page may cost: statements and bytes.

use crate::pages::samples::{self, posted, torrent};
use crate::testing::Site;

#[tokio::test]
async fn a_page_is_a_constant_number_of_statements() {
    let site = Site::new().await;
    let mut mira = site.member("mira").await;
    let forum = samples::forum(&site, "Linux", samples::public(), samples::taking_all()).await;
    let mut first = None;
    let mut costs: Vec<Vec<u64>> = Vec::new();
    for round in 0..2 {
        for i in 0..(1 + round * 25) {
            site.wait(20);
            let title = format!("Topic {round} {i}");
            let topic = posted(&mut mira, forum, &title, Some(&torrent(&title))).await;
            first.get_or_insert(topic);
            let reply = format!("/posting/reply?topic={}", first.unwrap());
            site.wait(20);
            mira.post(&reply, &[("text", "hello")]).await.expect(303);
        }
        let topic = first.unwrap();
        let mut row = Vec::new();
        for path in [
            "/".to_owned(),
            format!("/forums/{forum}"),
            format!("/forums/{forum}?sort=seeders"),
            format!("/topics/{topic}"),
            format!("/topics/{topic}?page=2"),
            "/torrents".to_owned(),
            format!("/dl/{topic}"),
            format!("/dl/{topic}/files"),
            format!("/posting/reply?topic={topic}&quote=1"),
            "/posting/edit?post=1".to_owned(),
            "/posting/new".to_owned(),
        ] {
            let before = site.app.store.statements();
            mira.get(&path).await.expect(200);
            let cost = site.app.store.statements() - before;
            assert!(cost <= 6, "{path}: {cost} statements");
            row.push(cost);
        }
        costs.push(row);
    }
    assert_eq!(
        costs[0], costs[1],
        "more content must not mean more statements"
    );
}

#[tokio::test]
async fn a_forum_page_of_fifty_topics_is_small() {
    let site = Site::new().await;
    let mut mira = site.member("Тихон Иванович").await.speaking("ru");
    let forum = samples::forum(&site, "Фильмы", samples::public(), samples::taking_all()).await;
    for i in 0..51 {
        site.wait(20);
        let title =
            format!("Броненосец «Потёмкин» / Battleship Potemkin (1925), DVDRip, часть {i}");
        posted(
            &mut mira,
            forum,
            &title,
            Some(&torrent(&format!("film {i}"))),
        )
        .await;
    }
    for mut browser in [
        mira,
        site.guest().speaking("ru"),
        site.guest().speaking("en"),
    ] {
        let page = browser.get(&format!("/forums/{forum}")).await.expect(200);
        assert_eq!(page.text().matches("<tr><td>").count(), 50);
        assert!(page.body.len() < 40_000, "{} bytes", page.body.len());
    }
}
