//! What the source may not say, and where.

use std::path::PathBuf;

use super::Finding;
use super::repository::{File, Repository};
use super::rows::{in_rows, is_engine};

/// Names that only some crates may say.
struct Name {
    /// As it stands in the source.
    text: &'static str,
    rule: &'static str,
    todo: &'static str,
    allowed: fn(&str) -> bool,
}

const NAMES: &[Name] = &[
    engine("Instant::now", "take a UnixTime as an argument"),
    engine(
        "thread_rng",
        "take the random numbers, or an Entropy, as an argument",
    ),
    engine(
        "rand::",
        "take the random numbers, or an Entropy, as an argument",
    ),
    engine("tokio::", "leave waiting to the role that calls this"),
    engine("TcpStream", "take and give bytes; the role owns the socket"),
    engine(
        "TcpListener",
        "take and give bytes; the role owns the socket",
    ),
    engine("UdpSocket", "take and give bytes; the role owns the socket"),
    engine("std::fs", "take Read or Write, or bytes"),
    engine("std::process", "leave it to a role"),
    binary(
        "SystemTime::now",
        "take a Clock in the crate's Deps, or the time as an argument",
    ),
    binary(
        "env::var",
        "add a key to the configuration and take it in the crate's Config",
    ),
    binary(
        "env::args",
        "add a flag to the command line and take it in the crate's Config",
    ),
    binary(
        "env::home_dir",
        "add a key to the configuration and take it in the crate's Config",
    ),
];

/// A name that rows 0 and 1 do not say.
const fn engine(text: &'static str, todo: &'static str) -> Name {
    Name {
        text,
        rule: "engines-without-io",
        todo,
        allowed: |name| !is_engine(name),
    }
}

/// A name that of all rows only the binary says.
const fn binary(text: &'static str, todo: &'static str) -> Name {
    Name {
        text,
        rule: "one-world",
        todo,
        allowed: |name| name == "skep" || !in_rows(name),
    }
}

/// Clocks, randomness, sockets, files and environment are named only where they may be.
pub fn names(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, package) in product_sources(repository) {
        for (number, line) in product_lines(file) {
            for name in NAMES {
                if says(line, name.text) && !(name.allowed)(package) && !allows(line, name.rule) {
                    findings.push(finding(
                        file,
                        number,
                        name.rule,
                        format!("`{package}` says `{}`", name.text),
                        name.todo,
                    ));
                }
            }
        }
    }
    findings
}

/// SQL stands in the store alone.
pub fn sql(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    let owners = ["store", "tasks"];
    for (file, package) in product_sources(repository).filter(|(_, name)| !owners.contains(name)) {
        for (number, line) in product_lines(file) {
            let lower = line.to_lowercase();
            let is_sql = [
                "select ",
                "insert into ",
                "update ",
                "delete from ",
                "create table ",
            ]
            .iter()
            .any(|verb| {
                lower.split(&format!("\"{verb}")).skip(1).any(|rest| {
                    let words = rest.split('"').next().unwrap_or_default();
                    !matches!(*verb, "select " | "update ")
                        || words.contains(" from ")
                        || words.contains(" set ")
                })
            });
            if is_sql && !allows(line, "sql-in-store") {
                let what = format!("`{package}` holds SQL");
                findings.push(finding(
                    file,
                    number,
                    "sql-in-store",
                    what,
                    "make it a method of the store, named by its intent",
                ));
            }
        }
    }
    findings
}

/// Nothing is left that was only meant for a while.
pub fn leftovers(repository: &Repository) -> Vec<Finding> {
    let words = [
        concat!("todo", "!("),
        concat!("dbg", "!("),
        concat!("unimplemented", "!("),
    ];
    let mut findings = Vec::new();
    for file in repository.files.iter().filter(|file| file.is("rs")) {
        for (number, line) in code_lines(file) {
            for word in words.iter().filter(|word| says(line, word)) {
                let what = format!("`{})` is left", word);
                findings.push(finding(
                    file,
                    number,
                    "leftovers",
                    what,
                    "finish it, or return an error that says what is missing",
                ));
            }
        }
    }
    findings
}

/// Nothing names a folder of the machine it was written on.
pub fn machine_paths(repository: &Repository) -> Vec<Finding> {
    let roots = [
        concat!("/ho", "me/"),
        concat!("/ro", "ot/"),
        concat!("/Us", "ers/"),
        concat!("C:", "\\Users"),
    ];
    let mut findings = Vec::new();
    for file in &repository.files {
        for (index, line) in file.text.lines().enumerate() {
            // a longer path may well end so: `/srv/home/`
            let names_root = |root: &&&str| {
                line.match_indices(**root).any(|(at, _)| {
                    !line[..at].ends_with(|c: char| {
                        c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '}' | ')')
                    })
                })
            };
            if let Some(root) = roots.iter().find(names_root)
                && !allows(line, "machine-paths")
            {
                let what = format!("`{root}` is a folder of one machine");
                findings.push(finding(
                    file,
                    index + 1,
                    "machine-paths",
                    what,
                    "make it relative, or a setting",
                ));
            }
        }
    }
    findings
}

/// Source files of more than 800 lines, longest first.
pub fn long_files(repository: &Repository) -> Vec<(PathBuf, usize)> {
    let is_source = |file: &&File| {
        ["rs", "py", "js", "mjs", "ts", "css", "html"]
            .iter()
            .any(|e| file.is(e))
    };
    let mut long: Vec<(PathBuf, usize)> = repository
        .files
        .iter()
        .filter(is_source)
        .map(|file| (file.path.clone(), file.text.lines().count()))
        .filter(|(_, lines)| *lines > 800)
        .collect();
    long.sort_by_key(|(_, lines)| std::cmp::Reverse(*lines));
    long
}

/// The Rust sources of crates in rows, without their tests.
fn product_sources(repository: &Repository) -> impl Iterator<Item = (&File, &str)> {
    repository
        .files
        .iter()
        .filter(|file| file.is("rs"))
        .filter_map(|file| {
            let package = repository.package_of(file).filter(|name| in_rows(name))?;
            (!is_test(file)).then_some((file, package))
        })
}

/// Whether the file's path says that only tests need it.
pub fn is_test(file: &File) -> bool {
    let names = [
        "tests",
        "tests.rs",
        "testing",
        "testing.rs",
        "examples",
        "benches",
        "build.rs",
    ];
    file.path
        .iter()
        .any(|part| part.to_str().is_some_and(|part| names.contains(&part)))
}

/// The lines of code outside modules of tests, which end with a brace at the margin.
fn product_lines(file: &File) -> impl Iterator<Item = (usize, &str)> {
    let mut lines = code_lines(file).peekable();
    let mut in_tests = false;
    std::iter::from_fn(move || {
        loop {
            let (number, line) = lines.next()?;
            let follows =
                |next: &&(usize, &str)| next.1.starts_with("mod ") && next.1.ends_with('{');
            if line.trim_end() == "#[cfg(test)]" && lines.peek().as_ref().is_some_and(follows) {
                in_tests = true;
            }
            if !in_tests {
                return Some((number, line));
            }
            in_tests = line.trim_end() != "}";
        }
    })
}

/// The numbered lines without comments. A `//` in a string ends the line too, which hides no name:
/// what stands before it is still seen. The mark that allows something is kept.
fn code_lines(file: &File) -> impl Iterator<Item = (usize, &str)> {
    file.text.lines().enumerate().filter_map(|(index, line)| {
        let comment = line
            .find("//")
            .filter(|at| !line[..*at].ends_with(':') && !line.contains("tidy:allow("));
        let code = &line[..comment.unwrap_or(line.len())];
        (!code.trim().is_empty()).then_some((index + 1, code))
    })
}

/// Whether the line says the name, and not a longer one.
fn says(line: &str, name: &str) -> bool {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(name).any(|(at, _)| {
        let begins = !line[..at].ends_with(in_word);
        let ends = !name.ends_with(in_word) || !line[at + name.len()..].starts_with(in_word);
        begins && (ends || name.ends_with("env::var"))
    })
}

fn allows(line: &str, rule: &str) -> bool {
    line.contains(&format!("tidy:allow({rule})"))
}

fn finding(file: &File, line: usize, rule: &'static str, what: String, todo: &str) -> Finding {
    Finding {
        file: file.path.clone(),
        line,
        rule,
        what,
        todo: todo.to_owned(),
    }
}
