//! `GET /admin/forums`: categories and forums, in order, with who may do what.

use askama::Template;
use domain::{Audience, Right};
use store::{CategoryNode, ForumNode};

use crate::answer::Page;
use crate::extract::Admin;
use crate::layout::Shell;

#[derive(Template)]
#[template(path = "pages/admin/forums.html")]
struct Forums {
    shell: Shell,
}

impl Forums {
    fn categories(&self) -> &[CategoryNode] {
        &self.shell.visit().site.categories
    }

    fn forums(&self, category: &CategoryNode) -> Vec<&ForumNode> {
        let site = &self.shell.visit().site;
        site.forums
            .iter()
            .filter(|forum| forum.category == category.id)
            .collect()
    }

    /// The six audiences of a forum, in words.
    fn audiences(&self, forum: &ForumNode) -> Vec<String> {
        Right::ALL
            .iter()
            .map(|right| audience_name(&self.shell, forum.rights.audience(*right)))
            .collect()
    }
}

/// An audience in the reader's words.
pub fn audience_name(shell: &Shell, audience: Audience) -> String {
    match audience {
        Audience::Everyone => shell.t("audience-everyone").to_string(),
        Audience::Members => shell.t("audience-members").to_string(),
        Audience::Staff => shell.t("audience-staff").to_string(),
        Audience::Group(id) => match shell.visit().site.group(id) {
            Some(group) => group.name.clone(),
            None => shell.t("audience-gone").to_string(),
        },
    }
}

/// `GET /admin/forums`
pub async fn show(_: Admin, shell: Shell) -> Page<impl Template> {
    Page(Forums { shell })
}
