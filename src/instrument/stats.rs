//! What is counted of the calls of one function, and how the counts of several threads are merged.
//!
//! Each cell is written by one thread at a time (see `shards`), so that adding is a load and a
//! store, with neither a lock nor an atomic addition; reading may come from any thread.

#![forbid(unsafe_code)]

use super::histogram::{BUCKETS, Histogram, bump, quantile};
use core::sync::atomic::{AtomicU64, Ordering};

/// How long one call took, in nanoseconds.
#[derive(Clone, Copy, Default)]
pub(super) struct Span {
    /// From beginning to end; what a coroutine waited included.
    pub(super) total: u64,
    /// While it was running.
    pub(super) active: u64,
    /// While it was running and nothing measured that it called was.
    pub(super) own: u64,
}

/// The counts of one thread.
pub(super) struct Cells {
    begun: AtomicU64,
    ended: AtomicU64,
    errors: AtomicU64,
    timing: Option<Timing>,
}

struct Timing {
    total: AtomicU64,
    active: AtomicU64,
    own: AtomicU64,
    least: AtomicU64,
    most: AtomicU64,
    spread: Histogram,
}

impl Cells {
    pub(super) fn new(timed: bool) -> Cells {
        Cells {
            begun: AtomicU64::new(0),
            ended: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            timing: timed.then(|| Timing {
                total: AtomicU64::new(0),
                active: AtomicU64::new(0),
                own: AtomicU64::new(0),
                least: AtomicU64::new(u64::MAX),
                most: AtomicU64::new(0),
                spread: Histogram::new(),
            }),
        }
    }

    #[inline]
    pub(super) fn begin(&self) {
        bump(&self.begun, 1);
    }

    #[inline]
    pub(super) fn end(&self, failed: bool) {
        bump(&self.ended, 1);
        if failed {
            bump(&self.errors, 1);
        }
    }

    #[inline]
    pub(super) fn took(&self, span: Span) {
        let Some(timing) = &self.timing else { return };
        bump(&timing.total, span.total);
        bump(&timing.active, span.active);
        bump(&timing.own, span.own);
        if span.total < timing.least.load(Ordering::Relaxed) {
            timing.least.store(span.total, Ordering::Relaxed);
        }
        if span.total > timing.most.load(Ordering::Relaxed) {
            timing.most.store(span.total, Ordering::Relaxed);
        }
        timing.spread.add(span.total);
    }

    /// Forgets everything but the calls that have not ended. No thread writes meanwhile.
    pub(super) fn clear(&self) {
        let flying = self.flying();
        self.begun.store(0, Ordering::Relaxed);
        // Calls in flight will end yet: they are owed, below zero.
        self.ended.store(flying.wrapping_neg(), Ordering::Relaxed);
        self.errors.store(0, Ordering::Relaxed);
        if let Some(timing) = &self.timing {
            for cell in [&timing.total, &timing.active, &timing.own, &timing.most] {
                cell.store(0, Ordering::Relaxed);
            }
            timing.least.store(u64::MAX, Ordering::Relaxed);
            timing.spread.clear();
        }
    }

    fn flying(&self) -> u64 {
        // Ends are read first: a call that begins and ends in between is not missing its begin.
        let ended = self.ended.load(Ordering::Relaxed);
        self.begun.load(Ordering::Relaxed).wrapping_sub(ended)
    }
}

/// The counts of all threads together.
pub(super) struct Sum {
    pub(super) calls: u64,
    pub(super) errors: u64,
    flying: u64,
    pub(super) span: Span,
    least: u64,
    most: u64,
    pub(super) counts: Vec<u64>,
}

impl Sum {
    pub(super) fn new() -> Sum {
        Sum {
            calls: 0,
            errors: 0,
            flying: 0,
            span: Span::default(),
            least: u64::MAX,
            most: 0,
            counts: vec![0; BUCKETS],
        }
    }

    pub(super) fn add(&mut self, cells: &Cells) {
        self.flying = self.flying.wrapping_add(cells.flying());
        self.calls += cells.begun.load(Ordering::Relaxed);
        self.errors += cells.errors.load(Ordering::Relaxed);
        if let Some(timing) = &cells.timing {
            self.span.total += timing.total.load(Ordering::Relaxed);
            self.span.active += timing.active.load(Ordering::Relaxed);
            self.span.own += timing.own.load(Ordering::Relaxed);
            self.least = self.least.min(timing.least.load(Ordering::Relaxed));
            self.most = self.most.max(timing.most.load(Ordering::Relaxed));
            timing.spread.merge_into(&mut self.counts);
        }
    }

    /// Calls that began and have not ended. A call may end in another thread than it began in, so
    /// only the sum means something.
    pub(super) fn in_flight(&self) -> u64 {
        u64::try_from(self.flying as i64).unwrap_or_default()
    }

    pub(super) fn least(&self) -> Option<u64> {
        (self.least <= self.most).then_some(self.least)
    }

    pub(super) fn most(&self) -> Option<u64> {
        self.least().map(|_| self.most)
    }

    /// A quantile, which lies between the least and the most that were seen.
    pub(super) fn quantile(&self, rank: f64) -> Option<u64> {
        quantile(&self.counts, rank).map(|value| value.max(self.least).min(self.most))
    }
}

#[cfg(test)]
mod tests {
    use super::{Cells, Span, Sum};

    fn sum(of: &[&Cells]) -> Sum {
        let mut sum = Sum::new();
        for cells in of {
            sum.add(cells);
        }
        sum
    }

    fn span(total: u64, own: u64) -> Span {
        let active = total;
        Span { total, active, own }
    }

    #[test]
    fn threads_are_merged() {
        let (a, b) = (Cells::new(true), Cells::new(true));
        a.begin();
        a.end(true);
        a.took(span(10, 4));
        b.begin();
        b.begin();
        b.end(false);
        b.took(span(30, 30));
        let sum = sum(&[&a, &b]);
        assert_eq!((sum.calls, sum.errors, sum.in_flight()), (3, 1, 1));
        assert_eq!((sum.span.total, sum.span.own), (40, 34));
        assert_eq!((sum.least(), sum.most()), (Some(10), Some(30)));
        assert_eq!((sum.quantile(0.5), sum.quantile(1.0)), (Some(10), Some(30)));
    }

    #[test]
    fn a_call_may_end_in_another_thread() {
        let (a, b) = (Cells::new(false), Cells::new(false));
        a.begin();
        b.end(false);
        assert_eq!(sum(&[&a, &b]).in_flight(), 0);
    }

    #[test]
    fn calls_in_flight_survive_clearing() {
        let cells = Cells::new(true);
        cells.begin();
        cells.begin();
        cells.end(false);
        cells.took(span(5, 5));
        cells.clear();
        assert_eq!(sum(&[&cells]).in_flight(), 1);
        assert_eq!(sum(&[&cells]).least(), None);
        cells.end(true);
        let sum = sum(&[&cells]);
        assert_eq!((sum.calls, sum.errors, sum.in_flight()), (0, 1, 0));
    }
}
