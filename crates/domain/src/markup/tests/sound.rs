//! What HTML from a post may hold, asked of a browser's parser.

use html5ever::serialize::{SerializeOpts, serialize};
use html5ever::tendril::TendrilSink;
use html5ever::{ParseOpts, local_name, ns, parse_fragment};
use markup5ever_rcdom::{Handle, NodeData, RcDom, SerializableHandle};

use crate::markup::{COLOR_CLASSES, RenderOptions, SIZE_CLASSES, parse};

/// The text as the forum `forum.example` shows it.
pub(super) fn html(text: &str) -> String {
    parse(text).html(&RenderOptions {
        site_host: "forum.example".to_owned(),
        post_url: Some(|post| format!("/posts/{post}")),
        ..RenderOptions::default()
    })
}

/// Asserts that HTML holds only what [`Tree::html`] promises, and that a browser's parser finds
/// nothing in it to mend.
#[track_caller]
pub(super) fn assert_sound(html: &str, source: &str) {
    let context = html5ever::QualName::new(None, ns!(html), local_name!("body"));
    let dom = parse_fragment(
        RcDom::default(),
        ParseOpts::default(),
        context,
        vec![],
        false,
    )
    .one(html);
    let root = dom.document.children.borrow()[0].clone();
    let mut written = Vec::new();
    serialize(
        &mut written,
        &SerializableHandle::from(root.clone()),
        SerializeOpts::default(),
    )
    .unwrap();
    assert_eq!(
        String::from_utf8(written).unwrap(),
        html,
        "the parser had to mend it: {source:?}"
    );
    for child in root.children.borrow().iter() {
        assert_allowed(child, source);
    }
}

#[track_caller]
fn assert_allowed(node: &Handle, source: &str) {
    match &node.data {
        NodeData::Text { .. } => {}
        NodeData::Element { name, attrs, .. } => {
            let element = &*name.local;
            let attributes: &[&str] = match element {
                "p" | "br" | "strong" | "em" | "u" | "s" | "blockquote" | "cite" | "bdi"
                | "pre" | "code" | "details" | "summary" | "ul" | "li" => &[],
                "ol" => &["type"],
                "span" => &["class"],
                "a" => &["href", "rel"],
                "img" => &["src", "alt", "loading", "referrerpolicy"],
                _ => panic!("element {element} from {source:?}"),
            };
            for attribute in attrs.borrow().iter() {
                let (key, value) = (&*attribute.name.local, &*attribute.value);
                assert!(attributes.contains(&key), "{element} {key} from {source:?}");
                let fits = match key {
                    "href" => {
                        is_web(value)
                            || value.starts_with("magnet:?")
                            || value.starts_with('/')
                                && !value.starts_with("//")
                                && !value.starts_with("/\\")
                    }
                    "src" => is_web(value),
                    "class" => COLOR_CLASSES.contains(&value) || SIZE_CLASSES.contains(&value),
                    "rel" => value == "nofollow noopener ugc",
                    "type" => matches!(value, "a" | "A" | "i" | "I"),
                    "loading" => value == "lazy",
                    "referrerpolicy" => value == "no-referrer",
                    _ => true,
                };
                assert!(fits, "{key}={value:?} from {source:?}");
                assert!(
                    key == "alt" || !value.contains(['<', '>', '"', '\'', '`']),
                    "{key}={value:?}"
                );
            }
        }
        _ => panic!("neither element nor text from {source:?}"),
    }
    for child in node.children.borrow().iter() {
        assert_allowed(child, source);
    }
}

fn is_web(address: &str) -> bool {
    let address = address.to_ascii_lowercase();
    address.starts_with("http://") || address.starts_with("https://")
}
