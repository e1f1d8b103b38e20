//! Words: every language has every key, and every key that is asked for exists.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::Finding;
use super::repository::{File, Repository};
use super::sources::is_test;

/// Where the languages are, a folder each.
const LOCALES: &str = "crates/web/locales";

/// The language that the others are held against.
const REFERENCE: &str = "en";

/// Every language has the files of the reference, with the same keys, each key once.
pub fn same_keys(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    let languages = languages(repository);
    let Some(reference) = languages.get(REFERENCE) else {
        return findings;
    };
    for (language, messages) in &languages {
        let mut seen: BTreeMap<&str, &Message> = BTreeMap::new();
        for message in messages {
            if let Some(first) = seen.insert(&message.key, message) {
                findings.push(finding(
                    &message.file,
                    message.line,
                    format!(
                        "`{}` stands in {}:{} already",
                        message.key,
                        first.file.display(),
                        first.line
                    ),
                    "a key lives once in a language: rename one of them",
                ));
            }
        }
        let areas = |messages: &[Message]| -> BTreeSet<(String, String)> {
            messages
                .iter()
                .map(|message| (message.area(), message.key.clone()))
                .collect()
        };
        let (own, wanted) = (areas(messages), areas(reference));
        for (area, key) in wanted.difference(&own) {
            findings.push(finding(
                &Path::new(LOCALES).join(language).join(area),
                0,
                format!("`{key}` is missing"),
                "say it in this language too",
            ));
        }
        for message in messages
            .iter()
            .filter(|m| !wanted.contains(&(m.area(), m.key.clone())))
        {
            findings.push(finding(
                &message.file,
                message.line,
                format!("`{}` is not in {REFERENCE}", message.key),
                "add it there, in the file of the same name, or take it out here",
            ));
        }
    }
    findings
}

/// Every key that the web role asks for by name exists.
pub fn known_keys(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    let languages = languages(repository);
    let Some(reference) = languages.get(REFERENCE) else {
        return findings;
    };
    let known: BTreeSet<&str> = reference
        .iter()
        .map(|message| message.key.as_str())
        .collect();
    let asks = |file: &&File| {
        file.path.starts_with("crates/web/src")
            && (file.is("rs") || file.is("html"))
            && !file.path.ends_with("i18n.rs")
            && !is_test(file)
    };
    for file in repository.files.iter().filter(asks) {
        for (line, key) in asked(&file.text) {
            if !known.contains(key) {
                findings.push(finding(
                    &file.path,
                    line,
                    format!("`{key}` is asked for, but stands in no file of {REFERENCE}"),
                    "add it to a file under crates/web/locales, in every language",
                ));
            }
        }
    }
    findings
}

struct Message {
    file: PathBuf,
    line: usize,
    key: String,
}

impl Message {
    /// The name of its file, which is the same in every language.
    fn area(&self) -> String {
        self.file
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }
}

fn languages(repository: &Repository) -> BTreeMap<String, Vec<Message>> {
    let mut languages: BTreeMap<String, Vec<Message>> = BTreeMap::new();
    for file in repository.files.iter().filter(|file| file.is("ftl")) {
        let Ok(inside) = file.path.strip_prefix(LOCALES) else {
            continue;
        };
        let Some(language) = inside.iter().next() else {
            continue;
        };
        let messages = languages
            .entry(language.to_string_lossy().into_owned())
            .or_default();
        messages.extend(messages_of(file));
    }
    languages
}

/// Messages and terms of a Fluent file: they begin at the start of a line, with `key =`.
fn messages_of(file: &File) -> impl Iterator<Item = Message> {
    file.text.lines().enumerate().filter_map(|(index, line)| {
        let key = line
            .split('=')
            .next()
            .filter(|key| key.len() < line.len())?
            .trim_end();
        let is_key = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '-')
            && key
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        is_key.then(|| Message {
            file: file.path.clone(),
            line: index + 1,
            key: key.to_owned(),
        })
    })
}

/// The keys that calls of `t` name, `t("key")` and `t(lang, "key")`, with their lines. A key that is
/// put together at run time is not seen.
fn asked(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("t(") {
        if text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let mut rest = text[at + 2..].trim_start();
        if !rest.starts_with('"') {
            let plain =
                |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '&' | ':' | '(' | ')');
            let after = rest.trim_start_matches(plain);
            let Some(second) = after.strip_prefix(',') else {
                continue;
            };
            rest = second.trim_start();
        }
        let Some((key, _)) = rest.strip_prefix('"').and_then(|rest| rest.split_once('"')) else {
            continue;
        };
        if !key.is_empty()
            && key
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        {
            found.push((text[..at].matches('\n').count() + 1, key));
        }
    }
    found
}

fn finding(file: &Path, line: usize, what: String, todo: &str) -> Finding {
    Finding {
        file: file.to_owned(),
        line,
        rule: "words",
        what,
        todo: todo.to_owned(),
    }
}
