//! What the server found in a `.torrent`, as a piece of a page.

use askama::Template;
use bittorrent::Version;
use domain::{ForumId, Viewer};

use crate::error::Result;
use crate::layout::Shell;
use crate::posting::{self, Analysis, Problem, Upload};
use crate::state::App;

/// The analysis of an upload for one forum, or why it cannot be read.
#[derive(Template)]
#[template(path = "pages/posting/report.html")]
pub struct Report {
    shell: Shell,
    read: Option<Analysis>,
    problems: Vec<Problem>,
}

/// How many file names the report lists.
const FILES: usize = 8;

impl Report {
    /// Reads and judges an upload.
    pub async fn of(
        app: &App,
        shell: &Shell,
        viewer: &Viewer,
        forum: Option<ForumId>,
        upload: &Upload,
    ) -> Result<Report> {
        let passkey = shell.visit().passkey().map(|key| key.as_str());
        let shell = shell.clone();
        Ok(
            match posting::analyse(app, viewer, passkey, forum, upload).await? {
                Ok(mut read) => {
                    let problems = std::mem::take(&mut read.problems);
                    Report {
                        shell,
                        read: Some(read),
                        problems,
                    }
                }
                Err(problem) => Report::refused(&shell, problem),
            },
        )
    }

    /// An upload that cannot even be read.
    pub fn refused(shell: &Shell, problem: Problem) -> Report {
        Report {
            shell: shell.clone(),
            read: None,
            problems: vec![problem],
        }
    }

    /// Whether the file could be read as a torrent, whatever the forum makes of it.
    pub fn readable(&self) -> bool {
        self.read.is_some()
    }

    fn version(&self, read: &Analysis) -> &'static str {
        match read.uploaded.version() {
            Version::V1 => "analysis-version-v1",
            Version::Hybrid => "analysis-version-hybrid",
            Version::V2 => "analysis-version-v2",
        }
    }

    fn first_files<'r>(&self, read: &'r Analysis) -> impl Iterator<Item = &'r bittorrent::File> {
        read.uploaded.files().iter().take(FILES)
    }

    fn more_files(&self, read: &Analysis) -> usize {
        read.uploaded.files().len().saturating_sub(FILES)
    }
}
