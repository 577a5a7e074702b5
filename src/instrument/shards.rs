//! The counts of one function, by thread: each thread writes cells of its own, reading merges them.
//!
//! Threads are numbered, and a number is given again when its thread has ended: the next one goes
//! on where that left off, so no count is lost and there are as many cells as threads ran at once.
//! Where the GIL lets one thread at a time write, all share the cells of number 0; that is the same
//! without looking for the number.

#![forbid(unsafe_code)]

use super::stats::{Cells, Sum};
use super::thread;
use crate::ffi::api::GIL_GUARDS;
use std::sync::OnceLock;

/// Chunks of 1, 2, 4, ... cells: nothing moves when more are needed.
const CHUNKS: usize = 24;

pub(super) struct Shards {
    timed: bool,
    first: Cells,
    more: [OnceLock<Box<[OnceLock<Cells>]>>; CHUNKS],
}

impl Shards {
    pub(super) fn new(timed: bool) -> Shards {
        Shards {
            timed,
            first: Cells::new(timed),
            more: [const { OnceLock::new() }; CHUNKS],
        }
    }

    /// The cells that this thread writes.
    #[inline]
    pub(super) fn mine(&self) -> &Cells {
        if GIL_GUARDS {
            return &self.first;
        }
        self.of(thread::number())
    }

    fn of(&self, number: u32) -> &Cells {
        if number == 0 {
            return &self.first;
        }
        let chunk = number.ilog2();
        let place = (number - (1 << chunk)) as usize;
        let cells = self.more.get(chunk as usize).and_then(|chunk_of| {
            chunk_of
                .get_or_init(|| (0..1usize << chunk).map(|_| OnceLock::new()).collect())
                .get(place)
        });
        // More threads than there are chunks for, sixteen million, do not exist.
        cells.map_or(&self.first, |cells| {
            cells.get_or_init(|| Cells::new(self.timed))
        })
    }

    fn all(&self) -> impl Iterator<Item = &Cells> {
        let more = self.more.iter().filter_map(OnceLock::get);
        let more = more.flat_map(|chunk| chunk.iter().filter_map(OnceLock::get));
        core::iter::once(&self.first).chain(more)
    }

    pub(super) fn sum(&self) -> Sum {
        let mut sum = Sum::new();
        for cells in self.all() {
            sum.add(cells);
        }
        sum
    }

    /// Forgets what was counted; the caller sees to it that no thread writes.
    pub(super) fn clear(&self) {
        for cells in self.all() {
            cells.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Shards;

    #[test]
    fn every_thread_has_its_cells() {
        let shards = Shards::new(false);
        for number in 0..100 {
            assert!(std::ptr::eq(shards.of(number), shards.of(number)));
            shards.of(number).begin();
        }
        assert_eq!(shards.sum().calls, 100);
        assert_eq!(shards.all().count(), 100);
        shards.clear();
        assert_eq!((shards.sum().calls, shards.sum().in_flight()), (0, 100));
    }
}
