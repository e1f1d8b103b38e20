//! Which slice of a long list a page shows.

/// A slice of a list: page `number` (from 1) of `size` items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    number: u32,
    size: u32,
}

impl Page {
    /// Page `number` of `size` items each; numbers and sizes below 1 become 1.
    pub const fn new(number: u32, size: u32) -> Self {
        Self {
            number: if number == 0 { 1 } else { number },
            size: if size == 0 { 1 } else { size },
        }
    }

    /// The first page.
    pub const fn first(size: u32) -> Self {
        Self::new(1, size)
    }

    /// The page on which the item at `index` (from 0) stands.
    pub fn holding(index: u64, size: u32) -> Self {
        let size = size.max(1);
        let number = (index / u64::from(size)).saturating_add(1);
        Self::new(u32::try_from(number).unwrap_or(u32::MAX), size)
    }

    /// The page's number, from 1.
    pub const fn number(self) -> u32 {
        self.number
    }

    /// How many items a full page has.
    pub const fn size(self) -> u32 {
        self.size
    }

    /// How many items stand before this page: SQL's `offset`.
    pub fn offset(self) -> i64 {
        // at most (2^32 - 2) * (2^32 - 1), which is above i64::MAX only for absurd sizes
        i64::try_from(u64::from(self.number - 1) * u64::from(self.size)).unwrap_or(i64::MAX)
    }

    /// How many items to read: SQL's `limit`.
    pub fn limit(self) -> i64 {
        i64::from(self.size)
    }

    /// How many pages `total` items fill; an empty list has one (empty) page.
    pub fn count(self, total: u64) -> u32 {
        u32::try_from(total.div_ceil(u64::from(self.size)).max(1)).unwrap_or(u32::MAX)
    }

    /// This page, or the last one when the list of `total` items ends before it.
    pub fn clamped(self, total: u64) -> Self {
        Self::new(self.number.min(self.count(total)), self.size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_its_slice() {
        let page = Page::new(3, 20);
        assert_eq!((page.offset(), page.limit()), (40, 20));
        assert_eq!(Page::new(0, 0), Page::new(1, 1));
        assert_eq!(Page::new(u32::MAX, u32::MAX).offset(), i64::MAX);
    }

    #[test]
    fn pages_are_counted_and_clamped() {
        let page = Page::new(9, 20);
        for (total, pages) in [(0, 1), (1, 1), (20, 1), (21, 2), (40, 2), (41, 3)] {
            assert_eq!(page.count(total), pages, "{total} items");
        }
        assert_eq!(page.clamped(41), Page::new(3, 20));
        assert_eq!(page.clamped(0), Page::first(20));
        assert_eq!(page.count(u64::MAX), u32::MAX);
    }

    #[test]
    fn an_item_is_found_on_its_page() {
        for (index, number) in [(0, 1), (19, 1), (20, 2), (u64::MAX, u32::MAX)] {
            assert_eq!(Page::holding(index, 20).number(), number, "item {index}");
        }
    }
}
