//! `GET /admin/forums`: categories and forums, in order, with who may do what.

use askama::Template;
use domain::{Audience, CategoryId, Right};
use store::{CategoryNode, ForumNode};

use crate::answer::Page;
use crate::error::Faults;
use crate::extract::Admin;
use crate::layout::Shell;

#[derive(Template)]
#[template(path = "pages/admin/forums.html")]
pub struct Forums {
    pub shell: Shell,
    /// The category whose new title was refused; `None` means one that is to be made.
    pub category: Option<CategoryId>,
    /// What was typed for its title.
    pub title: String,
    /// What is wrong with that.
    pub faults: Faults,
}

impl Forums {
    /// What is wrong with the new title of a category.
    fn title_fault(&self, category: &CategoryNode) -> Option<String> {
        let fault = self.faults.of("title", self.shell.lang());
        fault.filter(|_| self.category == Some(category.id))
    }

    /// What is wrong with the title of the category that is to be made.
    fn new_title_fault(&self) -> Option<String> {
        let fault = self.faults.of("title", self.shell.lang());
        fault.filter(|_| self.category.is_none())
    }

    /// What stands in the form that renames a category.
    fn title_of<'s>(&'s self, category: &'s CategoryNode) -> &'s str {
        match self.category {
            Some(id) if id == category.id => &self.title,
            _ => &category.title,
        }
    }

    /// What stands in the form for a new category.
    fn new_title(&self) -> &str {
        match self.category {
            None => &self.title,
            Some(_) => "",
        }
    }

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
    Page(Forums {
        shell,
        category: None,
        title: String::new(),
        faults: Faults::default(),
    })
}
