/// An array in pages, so that it grows and shrinks without moving as a whole: memory that large arrays
/// leave behind is too small for their successors.
#[derive(Debug)]
pub(crate) struct Pages<T> {
    full: Vec<Box<[T; PAGE]>>,
    /// What does not fill a page.
    tail: Vec<T>,
}

/// Values in a page: with those of 8 bytes and the allocator's word it makes 1024 bytes.
const PAGE: usize = 127;
const STEP: usize = 32;

impl<T> Default for Pages<T> {
    fn default() -> Self {
        Self {
            full: Vec::new(),
            tail: Vec::new(),
        }
    }
}

impl<T> Pages<T> {
    pub(crate) fn len(&self) -> usize {
        self.full.len() * PAGE + self.tail.len()
    }

    #[inline]
    pub(crate) fn get(&self, at: usize) -> Option<&T> {
        match self.full.get(at / PAGE) {
            Some(page) => Some(&page[at % PAGE]),
            None => self.tail.get(at - self.full.len() * PAGE),
        }
    }

    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        let tail = self.full.len() * PAGE;
        match self.full.get_mut(at / PAGE) {
            Some(page) => Some(&mut page[at % PAGE]),
            None => self.tail.get_mut(at - tail),
        }
    }

    /// Everything from `at` on, slice by slice.
    pub(crate) fn slices(&self, at: usize) -> impl Iterator<Item = &[T]> {
        let first = (at / PAGE).min(self.full.len());
        let mut skip = at - first * PAGE;
        let pages = self.full[first..].iter().map(|page| page.as_slice());
        pages
            .chain(std::iter::once(self.tail.as_slice()))
            .map(move |slice| {
                let rest = slice.get(skip..).unwrap_or_default();
                skip = 0;
                rest
            })
    }

    pub(crate) fn push(&mut self, value: T) {
        if self.tail.len() == self.tail.capacity() {
            let more = (self.tail.len() / 4 + 1).min(PAGE - self.tail.len());
            self.tail.reserve_exact(more);
        }
        self.tail.push(value);
        self.close_page();
    }

    pub(crate) fn pop(&mut self) -> Option<T> {
        if self.tail.is_empty() {
            self.tail = Vec::from(self.full.pop()? as Box<[T]>);
        }
        let value = self.tail.pop();
        if self.tail.capacity() > 2 * self.tail.len() + 4 {
            self.tail.shrink_to_fit();
        }
        value
    }

    pub(crate) fn swap(&mut self, a: usize, b: usize) {
        let (low, high) = (a.min(b), a.max(b));
        let (page, other) = (low / PAGE, high / PAGE);
        if page == other {
            self.page_mut(page).swap(low % PAGE, high % PAGE);
            return;
        }
        let (first, rest) = self.full.split_at_mut(other);
        let other = match rest.first_mut() {
            Some(page) => &mut page[high % PAGE],
            None => &mut self.tail[high % PAGE],
        };
        std::mem::swap(&mut first[page][low % PAGE], other);
    }

    /// Puts a value at a place, moves what is from there to before `gap` up by one, and returns what
    /// was at `gap`.
    pub(crate) fn shift_in(&mut self, value: T, at: usize, gap: usize) -> T {
        let mut carried = value;
        for page in at / PAGE..=gap / PAGE {
            let from = at.saturating_sub(page * PAGE);
            let to = (gap - page * PAGE).min(PAGE - 1);
            let moved = &mut self.page_mut(page)[from..=to];
            moved.rotate_right(1);
            std::mem::swap(&mut moved[0], &mut carried);
        }
        carried
    }

    /// A length of at least `len` for which memory is taken in steps of some size, as arrays that are
    /// large enough to afford it should have.
    pub(crate) fn roomy(len: usize) -> usize {
        let tail = len % PAGE;
        if len < 4 * PAGE || tail == 0 {
            return len;
        }
        // 31, 63, 95 or the whole page.
        len - tail + (tail + STEP) / STEP * STEP - 1
    }

    /// Changes the length, cutting off the end or adding to it.
    pub(crate) fn resize(&mut self, len: usize, filler: impl Fn() -> T) {
        while self.full.len() * PAGE > len {
            let last = self.full.pop().expect("it is longer than nothing");
            self.tail = Vec::from(last as Box<[T]>);
        }
        while self.len() < len {
            let tail = (len - self.full.len() * PAGE).min(PAGE);
            self.tail.reserve_exact(tail - self.tail.len());
            self.tail.resize_with(tail, &filler);
            self.close_page();
        }
        self.tail.truncate(len - self.full.len() * PAGE);
        self.tail.shrink_to_fit();
        if self.full.capacity() > 2 * self.full.len() {
            self.full.shrink_to_fit();
        }
    }

    /// Puts a tail that fills a page where it belongs.
    fn close_page(&mut self) {
        if self.tail.len() < PAGE {
            return;
        }
        if self.full.len() == self.full.capacity() {
            self.full.reserve_exact(self.full.len() / 16 + 1);
        }
        let page = std::mem::take(&mut self.tail).into_boxed_slice();
        self.full.extend(Box::try_from(page).ok());
    }

    fn page_mut(&mut self, page: usize) -> &mut [T] {
        match self.full.get_mut(page) {
            Some(page) => page.as_mut_slice(),
            None => &mut self.tail,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, Clone)]
    enum Step {
        Resize(usize),
        Push,
        Pop,
        Swap(prop::sample::Index, prop::sample::Index),
        Shift(prop::sample::Index, prop::sample::Index),
    }

    fn step() -> impl Strategy<Value = Step> {
        let index = any::<prop::sample::Index>;
        prop_oneof![
            (0usize..600).prop_map(Step::Resize),
            Just(Step::Push),
            Just(Step::Pop),
            (index(), index()).prop_map(|(a, b)| Step::Swap(a, b)),
            (index(), index()).prop_map(|(a, b)| Step::Shift(a, b)),
        ]
    }

    proptest! {
        #[test]
        fn it_does_what_a_vector_does(steps in prop::collection::vec(step(), 0..60)) {
            let mut pages = Pages::default();
            let mut model = Vec::new();
            for (number, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Resize(len) => {
                        pages.resize(len, || number);
                        model.resize(len, number);
                    }
                    Step::Push => {
                        pages.push(number);
                        model.push(number);
                    }
                    Step::Pop => prop_assert_eq!(pages.pop(), model.pop()),
                    Step::Swap(a, b) if !model.is_empty() => {
                        let (a, b) = (a.index(model.len()), b.index(model.len()));
                        pages.swap(a, b);
                        model.swap(a, b);
                    }
                    Step::Shift(a, b) if !model.is_empty() => {
                        let (a, b) = (a.index(model.len()), b.index(model.len()));
                        let gone = pages.shift_in(number, a.min(b), a.max(b));
                        prop_assert_eq!(gone, model.remove(a.max(b)));
                        model.insert(a.min(b), number);
                    }
                    _ => {}
                }
                prop_assert_eq!(pages.len(), model.len());
                for at in [0, 1, 126, 127, 128, 254, 300, 599, 600] {
                    let rest: Vec<_> = pages.slices(at).flatten().copied().collect();
                    prop_assert_eq!(&rest, model.get(at..).unwrap_or_default());
                    prop_assert_eq!(pages.get(at), model.get(at));
                    prop_assert_eq!(pages.get_mut(at), model.get_mut(at));
                }
                prop_assert!(pages.tail.capacity() <= 2 * pages.tail.len() + 4);
                prop_assert!(pages.tail.len() < PAGE);
                let roomy = Pages::<usize>::roomy(model.len());
                prop_assert!((model.len()..model.len() + STEP).contains(&roomy));
            }
        }
    }
}
