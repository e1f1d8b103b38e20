//! The categories and forums of a seeded site.

use anyhow::{Context, Result};
use domain::{Audience, ForumId, ForumPolicy, ForumRights};
use store::{ForumDetails, NewForum, Store};

/// A forum that was made.
#[derive(Clone, Copy)]
pub struct Forum {
    /// Its id.
    pub id: ForumId,
    /// Whether it is for talk: no torrents.
    pub talk: bool,
}

/// Categories with their forums; what is indented stands under the one before. A `talk` has no
/// torrents, a `members` forum is not for guests, a `staff` forum not for members.
const SITE: &[(&str, &[&str])] = &[
    (
        "Films",
        &[
            "Cinema",
            "  Classics",
            "  Animation",
            "Documentaries",
            "Short films",
        ],
    ),
    (
        "Series",
        &["Running series", "  Crime", "  Comedy", "Finished series"],
    ),
    (
        "Music",
        &[
            "Lossless",
            "  Jazz",
            "  Classical",
            "  Electronic",
            "Concerts",
            "Sheet music",
        ],
    ),
    (
        "Books",
        &["Fiction", "  Poetry", "Science", "Audiobooks", "Comics"],
    ),
    (
        "Software",
        &[
            "Linux images",
            "  Servers",
            "  Desktops",
            "BSD",
            "Free games",
            "Tools",
        ],
    ),
    (
        "Archives",
        &[
            "Data sets",
            "Maps",
            "Museums",
            "members Rarities",
            "staff Quarantine",
        ],
    ),
    (
        "Community",
        &[
            "talk News",
            "talk Questions",
            "  talk Clients",
            "talk Off topic",
            "staff talk Staff room",
        ],
    ),
];

pub async fn forums(store: &Store) -> Result<Vec<Forum>> {
    let mut forums = Vec::new();
    for (title, entries) in SITE {
        let category = store
            .create_category(&title.parse().context("a title")?)
            .await?;
        let mut above = None;
        for entry in *entries {
            let below = entry.starts_with(' ');
            let mut words = entry.trim().to_owned();
            let mut marked = |mark: &str| match words.strip_prefix(mark) {
                Some(rest) => {
                    words = rest.to_owned();
                    true
                }
                None => false,
            };
            let (members, staff, talk) = (marked("members "), marked("staff "), marked("talk "));
            let rights = match (members, staff) {
                (_, true) => ForumRights {
                    see: Audience::Staff,
                    ..ForumRights::default()
                },
                (true, _) => ForumRights {
                    read: Audience::Members,
                    ..ForumRights::default()
                },
                _ => ForumRights::default(),
            };
            let details = ForumDetails {
                description: format!("Everything about {}", words.to_lowercase())
                    .parse()
                    .context("a description")?,
                title: words.parse().context("a title")?,
                rights,
                policy: ForumPolicy::default(),
            };
            let parent = if below { above } else { None };
            let id = store
                .create_forum(&NewForum {
                    category,
                    parent,
                    details,
                })
                .await?;
            if !below {
                above = Some(id);
            }
            forums.push(Forum { id, talk });
        }
    }
    Ok(forums)
}
