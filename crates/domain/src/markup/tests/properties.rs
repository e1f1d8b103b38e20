//! What holds for every text.

use proptest::prelude::*;

use super::sound::{assert_sound, html};
use crate::PostId;
use crate::markup::{Images, RenderOptions, parse, quote};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn tag_soup_becomes_sound_html(text in soup()) {
        assert_sound(&html(&text), &text);
        let linked = parse(&text).html(&RenderOptions { images: Images::Link, ..RenderOptions::default() });
        assert_sound(&linked, &text);
    }

    #[test]
    fn any_text_becomes_sound_html(text in any::<String>()) {
        assert_sound(&html(&text), &text);
    }

    #[test]
    fn text_without_markup_keeps_every_word(words in prop::collection::vec("[a-zа-я&<>\"']{1,8}", 0..20)) {
        let text = words.join(" ");
        prop_assert_eq!(parse(&text).text(usize::MAX), text);
    }

    #[test]
    fn an_excerpt_is_never_too_long(text in soup(), max in 0usize..40) {
        prop_assert!(parse(&text).text(max).chars().count() <= max);
    }

    #[test]
    fn a_quoted_post_cannot_leave_its_quote(text in soup()) {
        let quoted = quote("Ann", PostId(1), &text);
        let reply = format!("{quoted}after[/code]");
        let html = html(&reply);
        let inside = html.rfind("</blockquote>").expect("the quote is one");
        prop_assert!(html.starts_with("<blockquote><cite><bdi>"), "{html}");
        prop_assert_eq!(&html[inside..], "</blockquote><p>after[/code]</p>", "{}", reply);
        let outermost = html.match_indices("blockquote").fold((0i32, 0), |(depth, ends), (at, _)| {
            match (html.as_bytes()[at - 1], depth) {
                (b'<', _) => (depth + 1, ends),
                (b'/', 1) => (0, ends + 1),
                (b'/', _) => (depth - 1, ends),
                _ => (depth, ends),
            }
        });
        prop_assert_eq!(outermost, (0, 1), "{}", reply);
    }
}

/// Texts made of tags and pieces of tags, more or less nested.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(PIECES).prop_map(str::to_owned),
        1 => "[a-zя <>&\"'\\[\\]/=*\\n]{0,6}",
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

const PIECES: &[&str] = &[
    "[b]",
    "[/b]",
    "[i]",
    "[/i]",
    "[u]",
    "[/u]",
    "[s]",
    "[/s]",
    "[color=red]",
    "[color=#12g]",
    "[/color]",
    "[size=20]",
    "[/size]",
    "[url]",
    "[url=http://a.example/x?y&z]",
    "[url=javascript:x]",
    "[url=\"",
    "[/url]",
    "http://a.example/(x)",
    "www.b.example",
    "magnet:?xt=urn:btih:x",
    "[img]",
    "[img=left]",
    "[/img]",
    "[img]http://a.example/x.png[/img]",
    "[url]/x[/url]",
    "[quote]",
    "[quote=Ann]",
    "[quote=\"A\" post=3]",
    "[/quote]",
    "[code]",
    "[/code]",
    "[spoiler]",
    "[spoiler=\"x\"]",
    "[/spoiler]",
    "[list]",
    "[list=a]",
    "[*]",
    "[/list]",
    "\n",
    "\n\n",
    " ",
    "x",
    "[",
    "]",
    "\"",
    "&lt;",
    "<script>",
    "\u{a0}",
    "\u{feff}",
    "\0",
    "/announce/",
    "0123456789abcdef0123456789abcdef",
    "code]",
    "/code]",
    "/quote]",
    "quote]",
];
