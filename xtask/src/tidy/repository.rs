//! What the rules look at: packages as cargo sees them, and the text of every file.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// The repository as the rules see it.
pub struct Repository {
    /// The workspace's own packages.
    pub packages: Vec<Package>,
    /// Every text file, in the order of their paths.
    pub files: Vec<File>,
}

/// A package of the workspace.
#[derive(Debug, PartialEq, Eq)]
pub struct Package {
    pub name: String,
    /// Its folder, relative to the root.
    pub folder: PathBuf,
    pub dependencies: Vec<Dependency>,
}

/// A line of a package's `[dependencies]`.
#[derive(Debug, PartialEq, Eq)]
pub struct Dependency {
    pub name: String,
    /// Whether it is needed for tests alone.
    pub dev: bool,
}

/// A text file.
pub struct File {
    /// Relative to the root.
    pub path: PathBuf,
    pub text: String,
}

impl File {
    /// Whether the file ends so: `is("rs")`.
    pub fn is(&self, extension: &str) -> bool {
        self.path.extension().is_some_and(|e| e == extension)
    }

    /// The number of the first line that begins so, or 0.
    pub fn line_beginning(&self, start: &str) -> usize {
        self.text
            .lines()
            .position(|line| line.starts_with(start))
            .map_or(0, |index| index + 1)
    }
}

impl Repository {
    /// Reads the repository at `root`, asking cargo for its packages.
    pub fn read(root: &Path) -> Result<Self> {
        let output = crate::run::cargo()
            .args([
                "metadata",
                "--no-deps",
                "--offline",
                "--format-version",
                "1",
            ])
            .current_dir(root)
            .output()
            .context("starting cargo metadata")?;
        ensure!(
            output.status.success(),
            "cargo metadata: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let packages = packages(&output.stdout)?;
        Ok(Self {
            packages,
            files: files(root)?,
        })
    }

    /// The file at that path, relative to the root.
    pub fn file(&self, path: &Path) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// The name of the package whose folder the file is in.
    pub fn package_of(&self, file: &File) -> Option<&str> {
        let holds = |package: &&Package| file.path.starts_with(&package.folder);
        self.packages
            .iter()
            .find(holds)
            .map(|package| package.name.as_str())
    }
}

/// Reads what `cargo metadata --no-deps` says.
pub fn packages(json: &[u8]) -> Result<Vec<Package>> {
    let metadata: Value = serde_json::from_slice(json).context("reading cargo metadata")?;
    let text = |value: &Value, key: &str| -> Result<String> {
        let text = value[key]
            .as_str()
            .with_context(|| format!("cargo metadata has no {key}"))?;
        Ok(text.to_owned())
    };
    let root = PathBuf::from(text(&metadata, "workspace_root")?);
    let mut packages = Vec::new();
    for package in metadata["packages"]
        .as_array()
        .context("cargo metadata has no packages")?
    {
        let manifest = PathBuf::from(text(package, "manifest_path")?);
        let folder = manifest.parent().context("a manifest has no folder")?;
        let mut dependencies = Vec::new();
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let dev = dependency["kind"].as_str() == Some("dev");
            dependencies.push(Dependency {
                name: text(dependency, "name")?,
                dev,
            });
        }
        packages.push(Package {
            name: text(package, "name")?,
            folder: folder.strip_prefix(&root).unwrap_or(folder).to_owned(),
            dependencies,
        });
    }
    Ok(packages)
}

/// Every text file below `root` that is ours.
pub fn files(root: &Path) -> Result<Vec<File>> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in
            fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?
        {
            let entry = entry?;
            let name = entry.file_name();
            let kind = entry.file_type()?;
            if kind.is_dir() && !NOT_OURS.contains(&&*name.to_string_lossy()) {
                folders.push(entry.path());
            }
            if !kind.is_file() {
                continue;
            }
            // what is not UTF-8 is no text
            if let Ok(text) = fs::read_to_string(entry.path()) {
                let path = entry
                    .path()
                    .strip_prefix(root)
                    .context("a file outside")?
                    .to_owned();
                files.push(File { path, text });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// Folders that are made, not written; the fuzzer's corpora are hostile on purpose.
const NOT_OURS: &[&str] = &[
    ".git",
    "target",
    "node_modules",
    "artefacts",
    "skep-data",
    "__pycache__",
    "proptest-regressions",
    "corpus",
];
