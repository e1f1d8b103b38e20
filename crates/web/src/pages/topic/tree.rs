//! Files as nested lists, in time linear in their paths.

use std::fmt::Write as _;

use askama::filters::{Html, escape};

/// One file, or the beginning or the end of a folder, in the order they are written.
#[derive(Debug, PartialEq, Eq)]
enum Step<'a> {
    Open(&'a str),
    File(&'a str, u64),
    Close,
}

/// The files as `<ul class="tree">`; `size` writes a number of bytes.
///
/// Files of one folder that do not stand together make the folder appear more than once: the
/// torrent's order is kept. Depth is capped, deeper folders show as one name.
pub fn html<'a>(
    root: Option<&'a str>,
    files: impl Iterator<Item = (&'a str, u64)>,
    size: impl Fn(u64) -> String,
) -> String {
    let mut out = String::from("<ul class=\"tree\">");
    for step in steps(root, files) {
        // writing to a String cannot fail
        let _ = match step {
            Step::Open(name) => write!(out, "<li><span class=\"dir\">{}</span><ul>", escaped(name)),
            Step::File(name, bytes) => write!(
                out,
                "<li class=\"row\"><span>{}</span><span class=\"num\">{}</span></li>",
                escaped(name),
                size(bytes)
            ),
            Step::Close => write!(out, "</ul></li>"),
        };
    }
    out.push_str("</ul>");
    out
}

fn escaped(text: &str) -> impl std::fmt::Display + '_ {
    match escape(text, Html) {
        Ok(safe) => safe,
        Err(never) => match never {},
    }
}

fn steps<'a>(root: Option<&'a str>, files: impl Iterator<Item = (&'a str, u64)>) -> Vec<Step<'a>> {
    let mut steps = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    steps.extend(root.map(Step::Open));
    for (path, bytes) in files {
        let parts: Vec<&str> = path.splitn(DEPTH, '/').collect();
        let (name, folders) = match parts.split_last() {
            Some((name, folders)) => (*name, folders),
            None => continue,
        };
        let same = open.iter().zip(folders).take_while(|(a, b)| a == b).count();
        steps.extend(open.drain(same..).map(|_| Step::Close));
        for folder in &folders[same..] {
            open.push(folder);
            steps.push(Step::Open(folder));
        }
        steps.push(Step::File(name, bytes));
    }
    steps.extend(open.iter().map(|_| Step::Close));
    steps.extend(root.map(|_| Step::Close));
    steps
}

const DEPTH: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_open_and_close_where_paths_say() {
        let files = [("a/b/1", 1), ("a/b/2", 2), ("a/3", 3), ("4", 4), ("a/5", 5)];
        let shown: String = steps(Some("root"), files.into_iter())
            .iter()
            .map(|step| match step {
                Step::Open(name) => format!("{name}("),
                Step::File(name, size) => format!("{name}:{size} "),
                Step::Close => ")".to_owned(),
            })
            .collect();
        assert_eq!(shown, "root(a(b(1:1 2:2 )3:3 )4:4 a(5:5 ))");
    }

    #[test]
    fn names_are_hostile() {
        let html = html(Some("<b>"), [("\"><script>/x&y", 1)].into_iter(), |n| {
            format!("{n} B")
        });
        assert!(
            !html.contains("<script>") && !html.contains("<b>"),
            "{html}"
        );
        assert!(
            html.contains("x&#38;y") || html.contains("x&amp;y"),
            "{html}"
        );
    }

    #[test]
    fn depth_is_capped() {
        let path = "d/".repeat(5000) + "f";
        let opens = steps(None, [(path.as_str(), 1)].into_iter());
        assert_eq!(opens.len(), 2 * (DEPTH - 1) + 1);
    }
}
