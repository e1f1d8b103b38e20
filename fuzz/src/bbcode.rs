//! BBCode: the HTML is balanced and of the promised elements, and the work is linear.

use domain::PostId;
use domain::markup::{self, Images, RenderOptions};

pub fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let tree = markup::parse(text);
    assert!(
        tree.steps() <= 100 + 50 * text.len() as u64,
        "{} steps",
        tree.steps()
    );
    for images in [Images::Show, Images::Link] {
        let html = tree.html(&RenderOptions {
            images,
            ..RenderOptions::default()
        });
        assert!(
            html.len() <= 200 + 80 * text.len(),
            "{} bytes of HTML",
            html.len()
        );
        check(&html);
    }
    assert!(tree.text(50).chars().count() <= 50);

    let quoted = markup::quote("Ann", PostId(1), text);
    let html = markup::parse(&(quoted + "after[/code][/quote]")).html(&RenderOptions::default());
    assert!(
        html.ends_with("</blockquote><p>after[/code][/quote]</p>"),
        "{html}"
    );

    let redacted = markup::redact(text);
    assert_eq!(
        markup::redact(&redacted),
        redacted,
        "nothing is left to redact"
    );
}

/// Reads HTML of the narrow kind we write: every `<` begins a known tag, and tags nest.
fn check(html: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find(['<', '>']) {
        rest = rest[at..]
            .strip_prefix('<')
            .expect("a tag begins before it ends");
        let (tag, after) = rest.split_once('>').expect("a tag ends");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{html}");
            continue;
        }
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        match name {
            "br" | "img" => {}
            "p" | "strong" | "em" | "u" | "s" | "span" | "a" | "blockquote" | "cite" | "bdi"
            | "pre" | "code" | "details" | "summary" | "ul" | "ol" | "li" => open.push(name),
            _ => panic!("<{tag}> in {html}"),
        }
        check_attributes(name, attributes);
    }
    assert!(open.is_empty(), "{open:?} open in {html}");
}

fn check_attributes(element: &str, mut rest: &str) {
    while !rest.is_empty() {
        let (key, after) = rest.split_once("=\"").expect("an attribute has a value");
        let (value, after) = after.split_once('"').expect("a value ends");
        rest = after.trim_start();
        let web = |value: &str| {
            let start: String = value
                .chars()
                .take(8)
                .collect::<String>()
                .to_ascii_lowercase();
            start.starts_with("http://") || start.starts_with("https://")
        };
        let fits = match (element, key) {
            ("a", "href") => {
                web(value)
                    || value.to_ascii_lowercase().starts_with("magnet:?")
                    || value.starts_with('/') && !value.starts_with("//")
            }
            ("a", "rel") => value == "nofollow noopener ugc",
            ("img", "src") => web(value),
            ("img", "alt") => true,
            ("img", "loading") => value == "lazy",
            ("img", "referrerpolicy") => value == "no-referrer",
            ("span", "class") => {
                markup::COLOR_CLASSES.contains(&value) || markup::SIZE_CLASSES.contains(&value)
            }
            ("ol", "type") => matches!(value, "a" | "A" | "i" | "I"),
            _ => false,
        };
        assert!(fits, "<{element} {key}={value:?}>");
    }
}
