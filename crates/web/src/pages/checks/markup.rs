//! Pages read by a browser's parser: one heading, labels, no inline style or script.

use std::collections::HashSet;

use html5ever::tendril::TendrilSink as _;
use markup5ever_rcdom::{Handle, NodeData, RcDom};

use crate::pages::samples::{self, posted, torrent};
use crate::testing::Site;

struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    /// Whether it stands inside a `<label>`.
    labelled: bool,
}

impl Element {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    }
}

fn elements(html: &str) -> (Vec<Element>, Vec<String>) {
    let dom = html5ever::parse_document(RcDom::default(), Default::default()).one(html);
    let mut found = Vec::new();
    walk(&dom.document, false, &mut found);
    let errors = dom.errors.borrow().iter().map(|e| e.to_string()).collect();
    (found, errors)
}

fn walk(node: &Handle, labelled: bool, found: &mut Vec<Element>) {
    let mut inside = labelled;
    if let NodeData::Element { name, attrs, .. } = &node.data {
        let name = name.local.to_string();
        inside |= name == "label";
        let attributes = attrs
            .borrow()
            .iter()
            .map(|a| (a.name.local.to_string(), a.value.to_string()))
            .collect();
        found.push(Element {
            name,
            attributes,
            text: text(node),
            labelled,
        });
    }
    for child in node.children.borrow().iter() {
        walk(child, inside, found);
    }
}

fn text(node: &Handle) -> String {
    let mut out = String::new();
    if let NodeData::Text { contents } = &node.data {
        out.push_str(&contents.borrow());
    }
    for child in node.children.borrow().iter() {
        out.push_str(&text(child));
    }
    out
}

/// One page: well formed, one heading, labelled controls, every word there.
#[track_caller]
pub fn check(path: &str, html: &str) {
    let (all, errors) = elements(html);
    assert!(errors.is_empty(), "{path}: {errors:?}");
    assert!(
        !html.contains('⟦'),
        "{path} lacks a message: {}",
        html.split('⟦').nth(1).unwrap()
    );
    assert_eq!(
        all.iter().filter(|e| e.name == "h1").count(),
        1,
        "{path}: one h1"
    );
    assert_eq!(
        all.iter().filter(|e| e.name == "main").count(),
        1,
        "{path}: one main"
    );
    assert!(
        all.iter().any(|e| e.get("href") == Some("#main")),
        "{path}: a skip link"
    );
    let mut ids = HashSet::new();
    for element in &all {
        if let Some(id) = element.get("id") {
            assert!(ids.insert(id.to_owned()), "{path}: id {id} twice");
        }
    }
    for element in &all {
        let name = &element.name;
        for (attribute, _) in &element.attributes {
            let inline = attribute == "style" || attribute.starts_with("on");
            assert!(!inline, "{path}: <{name} {attribute}>");
        }
        assert!(name != "style", "{path}: inline style");
        assert!(
            name != "script" || element.get("src").is_some(),
            "{path}: inline script"
        );
        if matches!(name.as_str(), "input" | "textarea" | "select")
            && element.get("type") != Some("hidden")
        {
            let id = element.get("id").unwrap_or_default();
            let by_for = all
                .iter()
                .any(|l| l.name == "label" && l.get("for") == Some(id));
            let named = by_for || element.labelled || element.get("aria-label").is_some();
            assert!(
                named,
                "{path}: <{name} {:?}> has no label",
                element.get("name")
            );
        }
        if matches!(name.as_str(), "a" | "button") {
            let named = !element.text.trim().is_empty() || element.get("aria-label").is_some();
            assert!(named, "{path}: <{name}> without a name");
        }
        for reference in ["aria-describedby", "aria-labelledby"] {
            for id in element
                .get(reference)
                .unwrap_or_default()
                .split_whitespace()
            {
                assert!(
                    ids.contains(id),
                    "{path}: {reference} names {id}, which is not there"
                );
            }
        }
    }
}

#[tokio::test]
async fn every_page_is_well_formed_in_both_languages() {
    let site = Site::new().await;
    let mut mira = site.member("mira").await;
    let empty = samples::forum(&site, "Empty", samples::public(), samples::taking_all()).await;
    let forum = samples::forum(&site, "Full", samples::public(), samples::taking_all()).await;
    let hostile = "<script>alert(1)</script> \"quoted\" & 'more'";
    let topic = posted(&mut mira, forum, hostile, Some(&torrent("a & b"))).await;
    let plain = posted(&mut mira, forum, "Without a torrent", None).await;
    for _ in 0..21 {
        site.wait(30);
        mira.post(
            &format!("/posting/reply?topic={topic}"),
            &[("text", "Hello")],
        )
        .await
        .expect(303);
    }
    let paths = [
        "/".to_owned(),
        "/torrents".to_owned(),
        "/torrents?sort=seeders".to_owned(),
        format!("/forums/{forum}"),
        format!("/forums/{empty}"),
        format!("/topics/{topic}"),
        format!("/topics/{topic}?page=2"),
        format!("/topics/{topic}?posted=private&stripped=2"),
        format!("/topics/{plain}"),
        format!("/dl/{topic}/files"),
        "/topics/999".to_owned(),
    ];
    let writing = [
        "/posting/new".to_owned(),
        format!("/posting/new?forum={forum}"),
        format!("/posting/reply?topic={topic}&quote=1"),
        "/posting/edit?post=1".to_owned(),
    ];
    for lang in ["en", "ru"] {
        let mut guest = site.guest().speaking(lang);
        let mut member = mira.clone().speaking(lang);
        for path in &paths {
            check(path, &guest.get(path).await.text());
        }
        for path in paths.iter().chain(&writing) {
            check(path, &member.get(path).await.text());
        }
        let fields = [
            ("action", "check"),
            ("title", hostile),
            ("text", "[b]x[/b]"),
        ];
        let file = torrent("checked");
        let file = Some(("torrent", "x.torrent", file.as_slice()));
        let page = member
            .upload("/posting/new", &fields, file)
            .await
            .expect(200);
        check("/posting/new checked", &page.text());
        let page = member
            .upload("/posting/new", &[("text", "")], None)
            .await
            .expect(422);
        check("/posting/new refused", &page.text());
    }
}
