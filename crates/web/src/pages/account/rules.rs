//! `GET /rules`: the rules of the site.

use askama::Template;

use crate::answer::Page;
use crate::layout::Shell;

#[derive(Template)]
#[template(path = "pages/account/rules.html")]
pub struct Rules {
    shell: Shell,
    rules: Option<String>,
}

pub async fn show(shell: Shell) -> Page<Rules> {
    let text = &shell.visit().site.settings.rules_text;
    let rules = (!text.is_empty()).then(|| super::rules_html(shell.lang(), text));
    Page(Rules { rules, shell })
}
