//! Work grows with the text and not with its square: counted, not timed.

use crate::markup::{RenderOptions, parse};

#[test]
fn work_is_linear_in_the_text() {
    let steps = |text: &str| {
        let tree = parse(text);
        let (html, rendering) = tree.render(&RenderOptions::default());
        assert!(
            html.len() <= 64 * text.len() + 64,
            "{} bytes from {}",
            html.len(),
            text.len()
        );
        tree.steps() + rendering
    };
    let alternating = |open: &str, close: &str, n| open.repeat(n) + &close.repeat(n);
    let families: [(&str, &dyn Fn(usize) -> String); 26] = [
        ("nested quotes", &|n| alternating("[quote]", "[/quote]", n)),
        ("open quotes", &|n| "[quote]".repeat(n)),
        ("brackets", &|n| "[".repeat(n)),
        ("open links", &|n| "[url=".repeat(n)),
        ("quoted links", &|n| "[url=\"".repeat(n)),
        ("quoted quotes", &|n| "[quote=\"a".repeat(n)),
        ("links without end", &|n| "[url]http://a".repeat(n)),
        ("images without end", &|n| "[img]http://a".repeat(n)),
        ("items", &|n| "[*]".repeat(n)),
        ("items in a list", &|n| {
            format!("[list]{}[/list]", "[*]".repeat(n))
        }),
        ("nested lists", &|n| alternating("[list][*]", "[/list]", n)),
        ("crossed tags", &|n| "[b][i][/b][/i]".repeat(n)),
        ("openers of one kind, closers of another", &|n| {
            alternating("[b]", "[/i]", n)
        }),
        ("all openers, then crossed closers", &|n| {
            alternating("[b][i][u]", "[/b][/i][/u]", n)
        }),
        ("closers", &|n| "[/quote]".repeat(n)),
        ("code without end", &|n| "[code]".repeat(n)),
        ("code", &|n| "[code][/code]".repeat(n)),
        ("addresses", &|n| "http://a.example/( ".repeat(n)),
        ("one address of brackets", &|n| {
            format!("http://a{}{}", "(".repeat(n), ")".repeat(2 * n))
        }),
        ("addresses that are none", &|n| "http://".repeat(n)),
        ("addresses before closers", &|n| "http://a[/".repeat(n)),
        ("almost addresses", &|n| "www.,".repeat(n)),
        ("paragraphs in every run", &|n| {
            let runs = "[b][i][u][s][color=red][size=9]".repeat(5);
            format!(
                "{runs}{}{}",
                "a\n\n".repeat(n),
                "[/size][/color][/s][/u][/i][/b]".repeat(5)
            )
        }),
        ("colours in a link", &|n| {
            format!(
                "[url=http://a/{}]{}[/url]",
                "x".repeat(2000),
                "[color=red]a[/color]b".repeat(n)
            )
        }),
        ("newlines", &|n| "\n".repeat(n)),
        ("slashes and words", &|n| "/announce/a1".repeat(n)),
    ];
    for (family, text) in families {
        // long enough that what is constant does not matter
        let (small, large) = (text(2_000), text(4_000));
        let (few, many) = (steps(&small), steps(&large));
        assert!(
            many <= few * 5 / 2,
            "{family}: {few} steps, {many} for twice the text"
        );
        assert!(
            many <= 100 * large.len() as u64,
            "{family}: {many} steps for {} bytes",
            large.len()
        );
    }
}
