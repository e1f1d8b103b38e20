//! Migrations come in pairs.

use std::collections::BTreeSet;
use std::path::Path;

use super::Finding;
use super::repository::Repository;

/// Both engines have migrations of the same names, numbered without a gap.
pub fn same_lists(repository: &Repository) -> Vec<Finding> {
    let folders =
        ["sqlite", "postgres"].map(|engine| Path::new("crates/store/migrations").join(engine));
    let lists = folders.each_ref().map(|folder| names(repository, folder));
    let mut findings = Vec::new();
    for (own, other) in [(0, 1), (1, 0)] {
        for name in lists[other].difference(&lists[own]) {
            findings.push(Finding {
                file: folders[own].join(name),
                line: 0,
                rule: "paired-migrations",
                what: format!(
                    "it is missing here but stands in {}",
                    folders[other].display()
                ),
                todo: "every migration is written for both engines, under one name".to_owned(),
            });
        }
    }
    for (index, name) in lists[0].iter().enumerate() {
        if !name.starts_with(&format!("{:04}_", index + 1)) {
            findings.push(Finding {
                file: folders[0].join(name),
                line: 0,
                rule: "paired-migrations",
                what: format!("the migration in place {} has another number", index + 1),
                todo: "migrations are numbered 0001_, 0002_, … without a gap".to_owned(),
            });
            break;
        }
    }
    findings
}

fn names(repository: &Repository, folder: &Path) -> BTreeSet<String> {
    let inside = repository
        .files
        .iter()
        .filter(|file| file.path.parent() == Some(folder) && file.is("sql"));
    inside
        .filter_map(|file| Some(file.path.file_name()?.to_str()?.to_owned()))
        .collect()
}
