//! The one thing here that safe code cannot say: that memory will be read in a moment. An announce
//! looks at a handful of lines of memory one after the other, most of them in no cache; asked for
//! ahead, those of many announces are fetched at the same time. What it saves stands in
//! `docs/BENCHMARKS.md`.

#![allow(unsafe_code)]

/// Asks the processor to bring these values near, and does not wait for it. Nothing happens on
/// processors that have no way to be asked.
#[inline]
pub(crate) fn prefetch<T>(values: &[T]) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let start = values.as_ptr().cast::<i8>();
        for line in (0..size_of_val(values)).step_by(LINE) {
            // SAFETY: every x86_64 has SSE, which is all the call demands; it reads nothing and cannot
            // fail, whatever the address.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(start.wrapping_add(line)) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = values;
}

/// Bytes in a line of a cache.
#[cfg(target_arch = "x86_64")]
const LINE: usize = 64;
