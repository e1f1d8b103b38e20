//! Small made-up repositories, each with one rule broken.

use std::fs;
use std::path::{Path, PathBuf};

use super::repository::{Dependency, Package, Repository, files, packages};
use super::{Finding, RULES, dependencies, sources};

const CLIPPY: &str = r#"
disallowed-methods = ["std::time::Instant::now", "std::time::SystemTime::now", "std::env::var"]
disallowed-types = ["std::net::UdpSocket"]
"#;

/// A repository in a folder of its own, tidy to begin with.
struct Tree {
    folder: tempfile::TempDir,
    packages: Vec<Package>,
}

impl Tree {
    fn tidy() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut tree = Self {
            folder,
            packages: Vec::new(),
        };
        tree.package("bencode", &[]);
        tree.package("bittorrent", &["bencode", "sha1"]);
        tree.package("domain", &["bittorrent"]);
        tree.package("store", &["domain", "sqlx", "tokio"]);
        tree.package("blobs", &["tokio"]);
        tree.package("tracker", &["store", "tokio"]);
        tree.package("web", &["store", "blobs", "axum", "askama"]);
        tree.package("skep", &["web", "tracker", "clap"]);
        for engine in ["bencode", "bittorrent", "domain"] {
            tree.file(&format!("crates/{engine}/clippy.toml"), CLIPPY);
        }
        for engine in ["sqlite", "postgres"] {
            tree.file(
                &format!("crates/store/migrations/{engine}/0001_people.sql"),
                "",
            );
        }
        tree.file(
            "crates/web/locales/en/common.ftl",
            "hello = Hello\nbye = Bye, { $name }\n    .title = x\n",
        );
        tree.file(
            "crates/web/locales/ru/common.ftl",
            "hello = Привет\nbye = Пока, { $name }\n",
        );
        tree.file(
            "crates/web/src/pages/home.html",
            "<h1>{{ page.t(\"hello\") }}</h1>",
        );
        tree
    }

    fn package(&mut self, name: &str, dependencies: &[&str]) {
        let mut manifest = format!(
            "[package]\nname = \"{name}\"\n\n[lints]\nworkspace = true\n\n[dependencies]\n"
        );
        for dependency in dependencies {
            manifest += &format!("{dependency}.workspace = true\n");
        }
        self.file(&format!("crates/{name}/Cargo.toml"), &manifest);
        self.file(&format!("crates/{name}/src/lib.rs"), "//! A crate.\n");
        self.packages.push(Package {
            name: name.to_owned(),
            folder: PathBuf::from(format!("crates/{name}")),
            dependencies: dependencies
                .iter()
                .map(|name| Dependency {
                    name: (*name).to_owned(),
                    dev: false,
                })
                .collect(),
        });
    }

    /// Adds one dependency to a package, in its manifest's last line.
    fn depend(&mut self, package: &str, dependency: &str, dev: bool) {
        let manifest = self
            .folder
            .path()
            .join(format!("crates/{package}/Cargo.toml"));
        let text =
            fs::read_to_string(&manifest).unwrap() + &format!("{dependency}.workspace = true\n");
        fs::write(manifest, text).unwrap();
        let package = self
            .packages
            .iter_mut()
            .find(|p| p.name == package)
            .unwrap();
        package.dependencies.push(Dependency {
            name: dependency.to_owned(),
            dev,
        });
    }

    fn file(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn repository(self) -> Repository {
        Repository {
            packages: self.packages,
            files: files(self.folder.path()).unwrap(),
        }
    }

    fn findings(self) -> Vec<Finding> {
        let repository = self.repository();
        RULES.iter().flat_map(|rule| rule(&repository)).collect()
    }

    /// Asserts that this is all that is found: one finding, there and by that rule.
    #[track_caller]
    fn must_report(self, place: &str, rule: &str) {
        let findings = self.findings();
        let found: Vec<String> = findings
            .iter()
            .map(|finding| {
                format!(
                    "{}:{} {}",
                    finding.file.display(),
                    finding.line,
                    finding.rule
                )
            })
            .collect();
        assert_eq!(found, [format!("{place} {rule}")], "{findings:?}");
    }
}

#[test]
fn a_tidy_tree_has_no_findings() {
    assert_eq!(Tree::tidy().findings(), []);
}

#[test]
fn broken_layering_must_report() {
    let mut upwards = Tree::tidy();
    upwards.depend("domain", "store", false);
    upwards.must_report("crates/domain/Cargo.toml:9", "layering");

    let mut adapters = Tree::tidy();
    adapters.depend("store", "blobs", false);
    adapters.must_report("crates/store/Cargo.toml:11", "layering");

    let mut roles = Tree::tidy();
    roles.depend("web", "tracker", false);
    roles.must_report("crates/web/Cargo.toml:12", "layering");

    let mut backwards = Tree::tidy();
    backwards.depend("bencode", "bittorrent", false);
    backwards.must_report("crates/bencode/Cargo.toml:8", "layering");
}

#[test]
fn what_only_tests_need_is_free() {
    let mut tree = Tree::tidy();
    tree.depend("domain", "store", true);
    tree.depend("domain", "tokio", true);
    assert_eq!(tree.findings(), []);
}

#[test]
fn a_crate_without_a_row_must_report() {
    let mut tree = Tree::tidy();
    tree.package("common", &[]);
    tree.must_report("crates/common/Cargo.toml:2", "rows");
}

#[test]
fn io_in_an_engine_must_report() {
    let mut tree = Tree::tidy();
    tree.depend("domain", "tokio", false);
    tree.must_report("crates/domain/Cargo.toml:9", "engines-without-io");

    for line in [
        "let now = Instant::now();",
        "use std::time::Instant; fn x() { Instant::now() }",
        "use std::net::UdpSocket;",
        "tokio::spawn(x);",
        "use rand::Rng;",
        "std::fs::read(x)",
    ] {
        let tree = Tree::tidy();
        tree.file(
            "crates/domain/src/lib.rs",
            &format!("//! Instant::now\n\n{line} // tokio::\n"),
        );
        tree.must_report("crates/domain/src/lib.rs:3", "engines-without-io");
    }
}

#[test]
fn only_the_binary_knows_the_world() {
    for line in [
        "SystemTime::now()",
        "std::env::var(\"X\")",
        "std::env::var_os(\"X\")",
        "env::args()",
    ] {
        let tree = Tree::tidy();
        tree.file("crates/web/src/lib.rs", line);
        tree.must_report("crates/web/src/lib.rs:1", "one-world");
        let tree = Tree::tidy();
        tree.file("crates/skep/src/main.rs", line);
        assert_eq!(tree.findings(), []);
    }
}

#[test]
fn tests_and_longer_names_are_left_alone() {
    let tree = Tree::tidy();
    tree.file(
        "crates/domain/src/lib.rs",
        "fn brand() { brand::new(); my_tokio::x(); } // Instant::now()\nenv!(\"CARGO_PKG_NAME\");\n\
         #[cfg(test)]\nmod tests {\n    fn x() { Instant::now(); }\n}\n",
    );
    tree.file("crates/domain/tests/x.rs", "SystemTime::now()");
    tree.file("crates/web/src/testing.rs", "SystemTime::now()");
    tree.file("crates/web/src/tests/words.rs", "t(lang, \"no-such-key\")");
    assert_eq!(tree.findings(), []);
}

#[test]
fn what_follows_the_tests_is_seen() {
    let tree = Tree::tidy();
    tree.file(
        "crates/web/src/lib.rs",
        "#[cfg(test)]\nmod tests {\n    fn x() {\n    }\n}\nSystemTime::now()\n",
    );
    tree.must_report("crates/web/src/lib.rs:6", "one-world");
}

#[test]
fn an_allowed_line_is_allowed_one_rule() {
    let tree = Tree::tidy();
    tree.file(
        "crates/web/src/a.rs",
        "SystemTime::now() // tidy:allow(one-world): the reason",
    );
    tree.file(
        "crates/web/src/b.rs",
        "SystemTime::now() // tidy:allow(leftovers): the reason",
    );
    tree.must_report("crates/web/src/b.rs:1", "one-world");
}

#[test]
fn a_foreign_crate_behind_another_face_must_report() {
    for (package, dependency) in [
        ("tracker", "axum"),
        ("web", "sqlx"),
        ("tracker", "askama"),
        ("blobs", "toml"),
    ] {
        let mut tree = Tree::tidy();
        tree.depend(package, dependency, false);
        let found = tree.findings();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].rule, "one-owner");
    }
}

#[test]
fn sql_outside_the_store_must_report() {
    for line in [
        "x(\"select a from b\")",
        "x(\"DELETE FROM b\")",
        "x(\"update a set b = 1\")",
        "x(\"insert into a\")",
    ] {
        let tree = Tree::tidy();
        tree.file("crates/store/src/lib.rs", line);
        tree.file("crates/web/src/lib.rs", line);
        tree.must_report("crates/web/src/lib.rs:1", "sql-in-store");
    }
    let words = Tree::tidy();
    words.file(
        "crates/web/src/lib.rs",
        "x(\"select a forum\"); y(\"update now\")",
    );
    assert_eq!(words.findings(), []);
}

#[test]
fn leftovers_and_machine_paths_are_reported() {
    let tree = Tree::tidy();
    tree.file(
        "crates/web/src/lib.rs",
        concat!("fn x() {\n    to", "do!()\n}\n"),
    );
    tree.must_report("crates/web/src/lib.rs:2", "leftovers");

    let tree = Tree::tidy();
    tree.file(
        "docs/guide.md",
        concat!("fine: /srv/home/x, ~/home\nbad: `/ho", "me/ann/skep`\n"),
    );
    tree.must_report("docs/guide.md:2", "machine-paths");
}

#[test]
fn a_package_without_lints_must_report() {
    let tree = Tree::tidy();
    tree.file("crates/blobs/Cargo.toml", "[package]\nname = \"blobs\"\n");
    tree.must_report("crates/blobs/Cargo.toml:2", "lints");
}

#[test]
fn an_engine_without_its_clippy_file_must_report() {
    let tree = Tree::tidy();
    fs::remove_file(tree.folder.path().join("crates/bittorrent/clippy.toml")).unwrap();
    tree.must_report("crates/bittorrent/clippy.toml:0", "clippy-files");

    let tree = Tree::tidy();
    tree.file("crates/domain/clippy.toml", &format!("{CLIPPY}# more\n"));
    tree.must_report("crates/domain/clippy.toml:0", "clippy-files");
}

#[test]
fn a_migration_without_its_pair_must_report() {
    let tree = Tree::tidy();
    tree.file("crates/store/migrations/sqlite/0002_forum.sql", "");
    tree.must_report(
        "crates/store/migrations/postgres/0002_forum.sql:0",
        "paired-migrations",
    );

    let gap = Tree::tidy();
    for engine in ["sqlite", "postgres"] {
        gap.file(
            &format!("crates/store/migrations/{engine}/0003_forum.sql"),
            "",
        );
    }
    gap.must_report(
        "crates/store/migrations/sqlite/0003_forum.sql:0",
        "paired-migrations",
    );
}

#[test]
fn missing_words_are_reported() {
    let tree = Tree::tidy();
    tree.file("crates/web/locales/ru/common.ftl", "hello = Привет\n");
    tree.must_report("crates/web/locales/ru/common.ftl:0", "words");

    let tree = Tree::tidy();
    tree.file(
        "crates/web/locales/ru/common.ftl",
        "hello = Привет\nbye = Пока\nmore = Ещё\n",
    );
    tree.must_report("crates/web/locales/ru/common.ftl:3", "words");

    let tree = Tree::tidy();
    tree.file("crates/web/locales/en/other.ftl", "hello = Hi\n");
    tree.file("crates/web/locales/ru/other.ftl", "hello = Эй\n");
    let found = tree.findings();
    assert_eq!(found.len(), 2, "a key twice in each language: {found:?}");
}

#[test]
fn unknown_words_are_reported() {
    for (path, text) in [
        ("a.html", "\n{{ page.t(\"hullo\") }}"),
        ("a.rs", "\ni18n::t(lang, \"hullo\")"),
        ("a.rs", "\nt(\n    self.lang(),\n    \"hullo\",\n)"),
    ] {
        let tree = Tree::tidy();
        tree.file(&format!("crates/web/src/pages/{path}"), text);
        tree.must_report(&format!("crates/web/src/pages/{path}:2"), "words");
    }
    let tree = Tree::tidy();
    tree.file(
        "crates/web/src/a.rs",
        "format(\"hullo\"); t(lang, key); t(lang, &format!(\"x-{key}\")); t(lang, \"bye\")",
    );
    assert_eq!(tree.findings(), []);
}

#[test]
fn long_files_are_noted() {
    let tree = Tree::tidy();
    tree.file("crates/web/src/long.rs", &"x\n".repeat(801));
    tree.file("crates/web/src/fits.rs", &"x\n".repeat(800));
    assert_eq!(
        sources::long_files(&tree.repository()),
        [(PathBuf::from("crates/web/src/long.rs"), 801)]
    );
}

#[test]
fn dependencies_are_counted_once_and_without_ours() {
    let tree = "skep v0.1.0 (/x/crates/skep)\nserde v1.0.0\nserde_derive v1.0.0 (proc-macro)\nserde v1.0.0 (*)\n\n\
                syn v1.0.0\nsyn v2.0.0\nstore v0.1.0 (/x/crates/store) (*)\n";
    assert_eq!(dependencies::third_party(tree).len(), 4);
    assert!(dependencies::judge(4, 4).is_none());
    assert_eq!(dependencies::judge(5, 4).unwrap().rule, "dependencies");
}

#[test]
fn metadata_is_read() {
    let json = br#"{"workspace_root":"/x","packages":[{"name":"web","manifest_path":"/x/crates/web/Cargo.toml",
        "dependencies":[{"name":"axum","kind":null},{"name":"insta","kind":"dev"}]}]}"#;
    let expected = Package {
        name: "web".to_owned(),
        folder: Path::new("crates/web").to_owned(),
        dependencies: vec![
            Dependency {
                name: "axum".to_owned(),
                dev: false,
            },
            Dependency {
                name: "insta".to_owned(),
                dev: true,
            },
        ],
    };
    assert_eq!(packages(json).unwrap(), [expected]);
}

#[test]
fn a_finding_says_where_what_and_what_to_do() {
    let finding = Finding {
        file: "a/b.rs".into(),
        line: 3,
        rule: "rule",
        what: "what".to_owned(),
        todo: "what to do".to_owned(),
    };
    assert_eq!(finding.to_string(), "a/b.rs:3: rule: what\n    what to do");
}
