//! A public method without a test is a failed test.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found
}

/// The names of public methods inside `impl Store` and `impl Site` blocks.
fn methods(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut inside = false;
    for line in source.lines() {
        if line.starts_with("impl") {
            inside = ["impl Store {", "impl Site {"].contains(&line);
        }
        let line = line.trim_start();
        let Some(rest) = line.strip_prefix("pub ") else {
            continue;
        };
        let rest = rest.strip_prefix("async ").unwrap_or(rest);
        if let (true, Some(rest)) = (inside, rest.strip_prefix("fn ")) {
            names.push(rest.split(['(', '<']).next().unwrap().to_owned());
        }
    }
    names
}

#[test]
fn every_public_method_is_called_by_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tests: String = sources(&root.join("tests"))
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    let mut untested = Vec::new();
    let mut count = 0;
    for (path, source) in sources(&root.join("src")) {
        for name in methods(&source) {
            count += 1;
            let called =
                tests.contains(&format!(".{name}(")) || tests.contains(&format!("::{name}("));
            if !called {
                untested.push(format!("{}: {name}", path.display()));
            }
        }
    }
    assert!(count > 60, "the scan found only {count} methods");
    assert!(
        untested.is_empty(),
        "no test calls\n{}",
        untested.join("\n")
    );
}
