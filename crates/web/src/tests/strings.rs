//! Every word is there in every language.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::parser;

const LANGUAGES: [&str; 2] = ["en", "ru"];

/// Key → variables, of all files of a language.
fn messages(lang: &str) -> BTreeMap<String, BTreeSet<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("locales")
        .join(lang);
    let mut messages = BTreeMap::new();
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let source = fs::read_to_string(&path).unwrap();
        let resource = parser::parse(source.as_str())
            .unwrap_or_else(|(_, errors)| panic!("{}: {errors:?}", path.display()));
        for entry in resource.body {
            let Entry::Message(message) = entry else {
                continue;
            };
            let mut variables = BTreeSet::new();
            let pattern = message
                .value
                .unwrap_or_else(|| panic!("{} has no text", message.id.name));
            collect(&pattern, &mut variables);
            let twice = messages.insert(message.id.name.to_owned(), variables);
            assert!(
                twice.is_none(),
                "{lang}: {} is written twice",
                message.id.name
            );
        }
    }
    messages
}

fn collect(pattern: &Pattern<&str>, variables: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            expression_variables(expression, variables);
        }
    }
}

fn expression_variables(expression: &Expression<&str>, variables: &mut BTreeSet<String>) {
    match expression {
        Expression::Select { selector, variants } => {
            inline(selector, variables);
            for variant in variants {
                collect(&variant.value, variables);
            }
        }
        Expression::Inline(expression) => inline(expression, variables),
    }
}

fn inline(expression: &InlineExpression<&str>, variables: &mut BTreeSet<String>) {
    match expression {
        InlineExpression::VariableReference { id } => {
            variables.insert(id.name.to_owned());
        }
        InlineExpression::Placeable { expression } => expression_variables(expression, variables),
        _ => {}
    }
}

#[test]
fn every_language_has_the_same_messages_with_the_same_variables() {
    let reference = messages(LANGUAGES[0]);
    for lang in &LANGUAGES[1..] {
        let other = messages(lang);
        let keys =
            |m: &BTreeMap<String, BTreeSet<String>>| m.keys().cloned().collect::<BTreeSet<_>>();
        let missing: Vec<_> = keys(&reference)
            .difference(&keys(&other))
            .cloned()
            .collect();
        let surplus: Vec<_> = keys(&other)
            .difference(&keys(&reference))
            .cloned()
            .collect();
        assert!(missing.is_empty(), "{lang} lacks {missing:?}");
        assert!(surplus.is_empty(), "{lang} alone has {surplus:?}");
        for (key, variables) in &reference {
            assert_eq!(&other[key], variables, "{lang}: variables of {key}");
        }
    }
}

/// Every file of `src` with this ending, its path and text.
fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.ends_with("tests/strings.rs") {
            // names the patterns it looks for
        } else if path.extension().is_some_and(|e| e == "rs" || e == "html") {
            found.push((
                path.display().to_string(),
                fs::read_to_string(&path).unwrap(),
            ));
        }
    }
}

/// The string literals right after `mark`.
fn literals<'s>(source: &'s str, mark: &str) -> Vec<&'s str> {
    source
        .match_indices(mark)
        .filter_map(|(at, _)| {
            source[at + mark.len()..]
                .split_once('"')
                .map(|(key, _)| key)
        })
        .collect()
}

#[test]
fn every_message_that_is_asked_for_exists() {
    let known = messages("en");
    let mut files = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut files,
    );
    let mut missing = Vec::new();
    for (path, source) in &files {
        // `.t("…")`, `t(lang, "…")`, `.notice(&app, "…")`, `Fault::new("…"`, and the keys of pieces.html
        for key in literals(source, ".t(\"")
            .into_iter()
            .chain(literals(source, "t(lang, \""))
        {
            if !known.contains_key(key) {
                missing.push(format!("{path}: {key}"));
            }
        }
        for mark in [".notice(&app, \"", ".notice(app, \""] {
            for key in literals(source, mark) {
                if !known.contains_key(&format!("notice-{key}")) {
                    missing.push(format!("{path}: notice-{key}"));
                }
            }
        }
        for mark in [
            "ui::input(shell, faults, \"",
            "ui::textarea(shell, faults, \"",
        ] {
            for key in literals(source, mark) {
                if !known.contains_key(key) {
                    missing.push(format!("{path}: {key}"));
                }
            }
        }
    }
    assert!(files.len() > 50);
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_message_is_asked_for_somewhere() {
    let mut files = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut files,
    );
    let all: String = files.iter().map(|(_, source)| source.as_str()).collect();
    // keys made of codes at run time
    let made = ["notice-", "fault-", "error-", "state-", "metainfo-"];
    let unused: Vec<_> = messages("en")
        .into_keys()
        .filter(|key| !made.iter().any(|prefix| key.starts_with(prefix)))
        .filter(|key| {
            let key = key.strip_suffix("-hint").unwrap_or(key);
            !all.contains(&format!("\"{key}\""))
        })
        .collect();
    assert!(unused.is_empty(), "{unused:#?}");
}

#[test]
fn refusals_of_the_domain_are_translated() {
    use domain::Error;
    let known = messages("en");
    for error in [
        Error::NameLength,
        Error::NameCharacter,
        Error::NameEmpty,
        Error::Email,
        Error::PasswordShort,
        Error::PasswordLong,
        Error::PasswordIsName,
        Error::PasswordCommon,
        Error::PrivatePolicy,
        Error::ForeignTrackers,
        Error::TitleBlank,
        Error::TitleLength { max: 1 },
        Error::TextLong { max: 1 },
        Error::SettingUnknown,
        Error::SiteName,
        Error::Registration,
        Error::Language,
        Error::Theme,
        Error::AnnounceInterval,
        Error::FreeleechUntil,
        Error::UploadSpeedLimit,
        Error::Factors,
    ] {
        let key = format!("fault-{}", error.code().replace('_', "-"));
        assert!(known.contains_key(&key), "{key}");
    }
}

#[test]
fn numbers_and_plurals_follow_the_language() {
    use crate::i18n::t;
    use domain::Language::{En, Ru};
    let days = |lang, n: u64| t(lang, "ago-days").arg("count", n).to_string();
    assert_eq!(days(En, 1), "1 day ago");
    assert_eq!(days(En, 1204), "1,204 days ago");
    for (n, expected) in [
        (1, "1 день"),
        (3, "3 дня"),
        (5, "5 дней"),
        (11, "11 дней"),
        (21, "21 день"),
    ] {
        assert_eq!(days(Ru, n), format!("{expected} назад"));
    }
    assert_eq!(t(Ru, "no-such-key").to_string(), "⟦no-such-key⟧");
}
