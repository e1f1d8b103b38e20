//! What each tag becomes.

use super::sound::{assert_sound, html};
use crate::PostId;
use crate::markup::{Images, RenderOptions, parse, quote};

#[track_caller]
fn check(table: &[(&str, &str)]) {
    for (text, expected) in table {
        assert_eq!(html(text), *expected, "{text}");
        assert_sound(&html(text), text);
    }
}

#[test]
fn paragraphs_and_lines() {
    check(&[
        ("", ""),
        (" \n\n ", ""),
        ("a", "<p>a</p>"),
        ("a\nb", "<p>a<br>b</p>"),
        ("a\n\nb", "<p>a</p><p>b</p>"),
        ("\n\na\n \n\n  b\r\nc\n", "<p>a</p><p>b<br>c</p>"),
        (
            "<b>&amp;\"'</b>\u{a0}",
            "<p>&lt;b&gt;&amp;amp;\"'&lt;/b&gt;&nbsp;</p>",
        ),
        ("a\u{0}\u{8}b", "<p>ab</p>"),
    ]);
}

#[test]
fn runs_within_a_line() {
    check(&[
        ("[b]a[/b]", "<p><strong>a</strong></p>"),
        ("[B]a[/b][i]b[/I]", "<p><strong>a</strong><em>b</em></p>"),
        (
            "[b][i][u][s]a[/s][/u][/i][/b]",
            "<p><strong><em><u><s>a</s></u></em></strong></p>",
        ),
        ("[b]a[b]b[/b]c[/b]", "<p><strong>abc</strong></p>"),
        ("[b][/b]", ""),
        (
            "[b]a\n\nb[/b]",
            "<p><strong>a</strong></p><p><strong>b</strong></p>",
        ),
        (
            "[color=red]a[color=#00f]b[/color]c[/color]",
            "<p><span class=\"c-red\">a</span><span class=\"c-blue\">b</span><span class=\"c-red\">c</span></p>",
        ),
        (
            "[size=24][color=\"Navy\"]a[/color][/size]",
            "<p><span class=\"z-6\"><span class=\"c-navy\">a</span></span></p>",
        ),
    ]);
}

#[test]
fn what_is_no_tag_is_text() {
    check(&[
        ("[", "<p>[</p>"),
        ("[]", "<p>[]</p>"),
        ("[b", "<p>[b</p>"),
        ("[b]a", "<p>[b]a</p>"),
        ("a[/b]", "<p>a[/b]</p>"),
        ("[b]a[i]b[/b]c[/i]", "<p><strong>a[i]b</strong>c[/i]</p>"),
        ("[x]a[/x]", "<p>[x]a[/x]</p>"),
        ("[b=1]a[/b]", "<p>[b=1]a[/b]</p>"),
        ("[b ]a[/b]", "<p>[b ]a[/b]</p>"),
        ("[[b]a[/b]]", "<p>[<strong>a</strong>]</p>"),
        (
            "[color=no-such]a[/color]",
            "<p>[color=no-such]a[/color]</p>",
        ),
        ("[color]a[/color]", "<p>[color]a[/color]</p>"),
        ("[color=red\n]a[/color]", "<p>[color=red<br>]a[/color]</p>"),
        ("[size=999]a[/size]", "<p>[size=999]a[/size]</p>"),
        ("[*]a", "<p>[*]a</p>"),
        ("[code]a", "<p>[code]a</p>"),
        ("[list=x]a[/list]", "<p>[list=x]a[/list]</p>"),
        ("[img]a.png[/img]", "<p>[img]a.png[/img]</p>"),
        ("[постер]", "<p>[постер]</p>"),
    ]);
}

#[test]
fn links() {
    const REL: &str = "rel=\"nofollow noopener ugc\"";
    let linked = |href: &str, label: &str| format!("<p><a href=\"{href}\" {REL}>{label}</a></p>");
    for (text, expected) in [
        (
            "[url=http://a.example/?x&y]b[/url]",
            linked("http://a.example/?x&amp;y", "b"),
        ),
        (
            "[url=\"http://a.example\"]b[/url]",
            linked("http://a.example", "b"),
        ),
        (
            "[url= http://a.example ]b[/url]",
            linked("http://a.example", "b"),
        ),
        (
            "[url]http://a.example[/url]",
            linked("http://a.example", "http://a.example"),
        ),
        (
            "[url=http://a.example] [/url]",
            linked("http://a.example", "http://a.example"),
        ),
        (
            "[url=www.a.example]b[/url]",
            linked("https://www.a.example", "b"),
        ),
        (
            "[url=magnet:?xt=urn:btih:x&dn=y]b[/url]",
            linked("magnet:?xt=urn:btih:x&amp;dn=y", "b"),
        ),
        (
            "http://a.example/x",
            linked("http://a.example/x", "http://a.example/x"),
        ),
        (
            "[url=http://a.example]www.b.example[/url]",
            linked("http://a.example", "www.b.example"),
        ),
        (
            "[url=http://a.example]a\n\nb[/url]",
            linked("http://a.example", "a<br><br>b"),
        ),
        (
            "[url=http://a.example]a[quote]b[/quote][url=http://c.example]d[/url][/url]",
            linked(
                "http://a.example",
                "a[quote]b[/quote][url=http://c.example]d",
            ) + "",
        ),
        (
            "[url=http://a.example/\"onclick=x]b[/url]",
            linked("http://a.example/%22onclick=x", "b"),
        ),
        (
            "[url=/topics/1]b[/url]",
            "<p><a href=\"/topics/1\">b</a></p>".to_owned(),
        ),
        (
            "[url=https://forum.example/x]b[/url]",
            "<p><a href=\"https://forum.example/x\">b</a></p>".to_owned(),
        ),
        (
            "https://Forum.Example/x",
            "<p><a href=\"https://Forum.Example/x\">https://Forum.Example/x</a></p>".to_owned(),
        ),
    ] {
        let got = html(text);
        if text.contains("[quote]") {
            // the inner closing tag belongs to the inner link, and both are text
            let expected = expected.replace("d</a>", "d[/url]</a>");
            assert_eq!(got, expected, "{text}");
        } else {
            assert_eq!(got, expected, "{text}");
        }
        assert_sound(&got, text);
    }
}

#[test]
fn a_link_is_opened_once_whatever_changes_in_it() {
    check(&[(
        "[color=red][url=http://a.example]a[color=blue]b[/color][b]c[/b][/url][/color]",
        "<p><span class=\"c-red\"><a href=\"http://a.example\" rel=\"nofollow noopener ugc\">a\
         <span class=\"c-blue\">b</span><strong>c</strong></a></span></p>",
    )]);
}

#[test]
fn harmful_addresses_stay_text() {
    for address in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java&#115;cript:alert(1)",
        "&#106;avascript:alert(1)",
        "java\u{0}script:alert(1)",
        "java script:alert(1)",
        "\u{1}javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "//evil.example",
        "/\\evil.example",
        "http:evil.example",
        "http://",
        "\\\\evil.example",
    ] {
        for text in [
            format!("[url={address}]a[/url]"),
            format!("[url=\"{address}\"]a[/url]"),
            format!("[url]{address}[/url]"),
            format!("[img]{address}[/img]"),
            format!("[img=left]{address}[/img]"),
        ] {
            let got = html(&text);
            assert!(
                !got.contains("<a") && !got.contains("<img"),
                "{text}: {got}"
            );
            assert_sound(&got, &text);
        }
    }
    let nested = html("[url=http://a.example/[url=http://b.example]x[/url]]y[/url]");
    assert_sound(&nested, "a link in a link's address");
    let handler = html("[img]http://a.example/x.png\" onerror=\"alert(1)[/img]");
    assert!(!handler.contains("<img"), "{handler}");
}

#[test]
fn images() {
    check(&[
        (
            "[img]https://a.example/dir/poster.jpg?x=1[/img]",
            "<p><img src=\"https://a.example/dir/poster.jpg?x=1\" alt=\"poster.jpg\" loading=\"lazy\" referrerpolicy=\"no-referrer\"></p>",
        ),
        (
            "[url=/topics/1][img=right] http://a.example/ [/img][/url]",
            "<p><a href=\"/topics/1\"><img src=\"http://a.example/\" alt=\"a.example\" loading=\"lazy\" referrerpolicy=\"no-referrer\"></a></p>",
        ),
        (
            "[img=50x50]http://a.example/x.png[/img]",
            "<p>[img=50x50]<a href=\"http://a.example/x.png\" rel=\"nofollow noopener ugc\">http://a.example/x.png</a>[/img]</p>",
        ),
    ]);
    let options = RenderOptions {
        images: Images::Link,
        ..RenderOptions::default()
    };
    assert_eq!(
        parse("[img]http://a.example/x.png[/img]").html(&options),
        "<p><a href=\"http://a.example/x.png\" rel=\"nofollow noopener ugc\">http://a.example/x.png</a></p>",
    );
    assert_eq!(
        parse("[url=/t][img]http://a.example/x.png[/img][/url]").html(&options),
        "<p><a href=\"/t\">http://a.example/x.png</a></p>",
    );
}

#[test]
fn quotes_and_spoilers() {
    check(&[
        (
            "[quote]a[/quote]b",
            "<blockquote><p>a</p></blockquote><p>b</p>",
        ),
        (
            "[quote=Ann Lee]a[/quote]",
            "<blockquote><cite><bdi>Ann Lee</bdi></cite><p>a</p></blockquote>",
        ),
        (
            "[quote=\"[x] <Ann>\"]a[/quote]",
            "<blockquote><cite><bdi>[x] &lt;Ann&gt;</bdi></cite><p>a</p></blockquote>",
        ),
        (
            "[quote=\"Ann\" post=12]a[/quote]",
            "<blockquote><cite><bdi><a href=\"/posts/12\">Ann</a></bdi></cite><p>a</p></blockquote>",
        ),
        (
            "[quote=\"Ann\" x=12]a[/quote]",
            "<p>[quote=\"Ann\" x=12]a[/quote]</p>",
        ),
        (
            "[quote=A][quote=B]b[/quote]a[/quote]",
            "<blockquote><cite><bdi>A</bdi></cite><blockquote><cite><bdi>B</bdi></cite><p>b</p></blockquote><p>a</p></blockquote>",
        ),
        (
            "x[b]a[quote]b[/quote]c[/b]",
            "<p>x<strong>a</strong></p><blockquote><p><strong>b</strong></p></blockquote><p><strong>c</strong></p>",
        ),
        (
            "[spoiler]a[/spoiler]",
            "<details><summary>Spoiler</summary><p>a</p></details>",
        ),
        (
            "[spoiler=\"Media <info>\"]\na\n[/spoiler]\n\nb",
            "<details><summary>Media &lt;info&gt;</summary><p>a</p></details><p>b</p>",
        ),
        (
            "[spoiler][quote]a[/spoiler][/quote]",
            "<details><summary>Spoiler</summary><p>[quote]a</p></details><p>[/quote]</p>",
        ),
    ]);
}

#[test]
fn lists() {
    check(&[
        ("[list][*]a[*]b[/list]", "<ul><li>a</li><li>b</li></ul>"),
        (
            "[list]\n[*] a\n[*] b\nc\n\nd\n[/list]",
            "<ul><li>a</li><li>b<br>c<br><br>d</li></ul>",
        ),
        ("[list=1][*]a[/list]", "<ol><li>a</li></ol>"),
        ("[list=A][*]a[/list]", "<ol type=\"A\"><li>a</li></ol>"),
        (
            "[list=i][*]a[list][*]b[/list]c[/list]",
            "<ol type=\"i\"><li>a<ul><li>b</li></ul>c</li></ol>",
        ),
        ("[list]a[/list]", "<ul><li>a</li></ul>"),
        ("[list]a[*]b[/list]", "<ul><li>a</li><li>b</li></ul>"),
        ("[list][/list]", "<ul></ul>"),
        (
            "[list][b][*]a[*]b[/b][/list]",
            "<ul><li><strong>a</strong></li><li><strong>b</strong></li></ul>",
        ),
        (
            "[list][*][quote][*]a[/quote][/list]",
            "<ul><li><blockquote><p>[*]a</p></blockquote></li></ul>",
        ),
        (
            "[list][*][code]a[/code][/list]",
            "<ul><li><pre><code>a</code></pre></li></ul>",
        ),
        (
            "[list][*][url=/x][*]a[/url][/list]",
            "<ul><li><a href=\"/x\">[*]a</a></li></ul>",
        ),
    ]);
}

#[test]
fn code_is_verbatim() {
    check(&[
        (
            "a[code]\n[b]x[/b]\n\n  <y> http://a.example\n[/code]b",
            "<p>a</p><pre><code>[b]x[/b]\n\n  &lt;y&gt; http://a.example</code></pre><p>b</p>",
        ),
        (
            "[code][code]a[/code][/code]",
            "<pre><code>[code]a</code></pre><p>[/code]</p>",
        ),
        ("[CODE=rust]a[/Code]", "<pre><code>a</code></pre>"),
        ("[b][code]a[/code][/b]", "<pre><code>a</code></pre>"),
        (
            "[quote][code][/quote][/code]",
            "<p>[quote]</p><pre><code>[/quote]</code></pre>",
        ),
        ("[code]\n\na[/code]", "<pre><code>\na</code></pre>"),
    ]);
}

#[test]
fn passkeys_are_blotted_out_everywhere() {
    let key = "0123456789abcdef0123456789abcdef";
    for text in [
        "http://t.example/announce/KEY",
        "[url=http://t.example/KEY/announce]x[/url]",
        "[url]http://t.example/bt/announce.php?uk=KEY[/url]",
        "[img]http://t.example/?passkey=KEY[/img]",
        "[code]http://t.example/announce/KEY[/code]",
        "[quote=\"/announce/KEY\"]a[/quote]",
        "[spoiler=/announce/KEY]a[/spoiler]",
        "magnet:?xt=urn:btih:x&tr=http%3A%2F%2Ft.example%2Fannounce%2FKEY",
    ] {
        let tree = parse(&text.replace("KEY", key));
        for shown in [
            tree.html(&RenderOptions::default()),
            tree.text(1000),
            quote("A", PostId(1), &text.replace("KEY", key)),
        ] {
            assert!(!shown.contains(key), "{text}: {shown}");
        }
        assert!(
            html(text).contains("/announce")
                || html(text).contains("passkey")
                || text.contains("%2F")
        );
    }
}

#[test]
fn an_excerpt_is_one_line_of_what_was_said() {
    for (text, max, expected) in [
        ("[b]Hello[/b],\n\n[i]world[/i]!", 100, "Hello, world!"),
        (
            "[quote=A]no[/quote]yes[spoiler]no[/spoiler] [list][*]a[*]b[/list]",
            100,
            "yes a b",
        ),
        (
            "[img]http://a.example/x.png[/img]see [url=/x]here[/url]",
            100,
            "see here",
        ),
        ("one two three", 13, "one two three"),
        ("one two three", 12, "one two…"),
        ("one two three", 8, "one two…"),
        ("one two three", 7, "one…"),
        ("onetwothree", 5, "onet…"),
        ("one two   ", 7, "one two"),
        ("one", 0, ""),
        ("", 5, ""),
        ("[unknown]", 100, "[unknown]"),
    ] {
        assert_eq!(parse(text).text(max), expected, "{text} {max}");
    }
}

#[test]
fn a_quote_stays_inside_its_tags() {
    for (text, expected) in [
        ("a", "[quote=\"Ann\" post=7]a[/quote]\n"),
        ("[b]a[/b]", "[quote=\"Ann\" post=7][b]a[/b][/quote]\n"),
        ("a[/quote]b", "[quote=\"Ann\" post=7]a[ /quote]b[/quote]\n"),
        ("[code]a", "[quote=\"Ann\" post=7][ code]a[/quote]\n"),
        (
            "[spoiler=\"[/quote]\"]a",
            "[quote=\"Ann\" post=7][ spoiler=\"[ /quote]\"]a[/quote]\n",
        ),
        (
            "[quote=B]b[quote=C]c[/quote][/quote]a",
            "[quote=\"Ann\" post=7][quote=B]b\n[/quote]a[/quote]\n",
        ),
        (
            "[quote][quote=[quote][/quote]][/quote]",
            "[quote=\"Ann\" post=7][quote][quote=\n][/quote][/quote]\n",
        ),
    ] {
        assert_eq!(quote("Ann", PostId(7), text), expected, "{text}");
    }
    assert_eq!(
        quote("[\"Ann\"]\n", PostId(7), "a"),
        "[quote=\"Ann\" post=7]a[/quote]\n"
    );
}
