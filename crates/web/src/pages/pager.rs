//! The row of page numbers under a list.

use askama::Template;
use domain::Page;

use crate::layout::{Shell, Whole};

/// Links to the first, the last and the neighbouring pages; nothing when there is one page.
#[derive(Template)]
#[template(path = "pages/pager.html")]
pub struct Pager {
    shell: Shell,
    /// The list's address up to the page's number: `/forums/5?sort=size&page=`.
    stem: String,
    first: String,
    now: u32,
    last: u32,
}

impl Pager {
    /// The pager of a list at `url` (with or without a query) that has `total` items.
    pub fn new(shell: &Shell, url: &str, page: Page, total: u64) -> Self {
        let glue = if url.contains('?') { '&' } else { '?' };
        Pager {
            shell: shell.clone(),
            stem: format!("{url}{glue}page="),
            first: url.to_owned(),
            now: page.number(),
            last: page.count(total),
        }
    }

    fn url(&self, page: impl Whole) -> String {
        match page.whole() {
            1 => self.first.clone(),
            page => format!("{}{page}", self.stem),
        }
    }

    /// The numbers that are shown, and `None` where some are left out.
    fn numbers(&self) -> Vec<Option<u32>> {
        let near = |n: u32| n == 1 || n == self.last || n.abs_diff(self.now) <= 2;
        let mut shown: Vec<Option<u32>> = Vec::new();
        for n in (1..=self.last.min(3))
            .chain(self.now.saturating_sub(2).max(1)..=self.now.saturating_add(2).min(self.last))
            .chain([self.last])
        {
            let before = shown.iter().rev().flatten().next().copied().unwrap_or(0);
            if n <= before || !(near(n) || n <= 2) {
                continue;
            }
            match n - before {
                1 => {}
                2 => shown.push(Some(n - 1)),
                _ => shown.push(None),
            }
            shown.push(Some(n));
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Site;

    #[tokio::test]
    async fn far_pages_are_left_out() {
        let shell = Site::new().await.shell();
        let shown = |now: u32, last: u64| {
            Pager::new(&shell, "/x", Page::new(now, 1), last)
                .numbers()
                .iter()
                .map(|n| n.map_or("…".to_owned(), |n| n.to_string()))
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(shown(1, 1), "1");
        assert_eq!(shown(1, 5), "1 2 3 4 5");
        assert_eq!(shown(1, 50), "1 2 3 … 50");
        assert_eq!(shown(25, 50), "1 2 … 23 24 25 26 27 … 50");
        assert_eq!(shown(50, 50), "1 2 … 48 49 50");
        assert_eq!(shown(5, 50), "1 2 3 4 5 6 7 … 50");
    }
}
