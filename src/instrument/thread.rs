//! What the running thread knows: its number, the clock, and which measured call it is in.
//!
//! Nothing here is a Python object, so it may be static and serve all interpreters of the process.
//! A thread that ends gives its number back, under the lock under which the next takes it, and so
//! after all that it wrote.

#![forbid(unsafe_code)]

use core::cell::Cell;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

struct Current {
    /// Its number and one, or 0 as long as it has none.
    number: Cell<u32>,
    /// Time that measured calls took which the present measured call has made.
    children: Cell<u64>,
    /// The traced call that is running, 0 for none, and how many are around it.
    call: Cell<u64>,
    depth: Cell<u32>,
    /// Whether a trace is being written: what that calls is not traced.
    writing: Cell<bool>,
}

thread_local! {
    // Needs no destructor, so that using it is a plain memory access.
    static CURRENT: Current = const {
        Current {
            number: Cell::new(0),
            children: Cell::new(0),
            call: Cell::new(0),
            depth: Cell::new(0),
            writing: Cell::new(false),
        }
    };
    static LEASE: Lease = const { Lease(Cell::new(0)) };
}

/// Gives a number back when its thread ends.
struct Lease(Cell<u32>);

/// Numbers that were given back, and the first that never was given.
static FREE: Mutex<(Vec<u32>, u32)> = Mutex::new((Vec::new(), 0));

impl Drop for Lease {
    fn drop(&mut self) {
        let held = self.0.get();
        if held != 0 {
            CURRENT.with(|current| current.number.set(0));
            let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
            free.0.push(held - 1);
        }
    }
}

/// The number of this thread, which no other one has at the same time.
#[inline]
pub(super) fn number() -> u32 {
    match CURRENT.with(|current| current.number.get()) {
        0 => take_number(),
        known => known - 1,
    }
}

#[cold]
fn take_number() -> u32 {
    let taken = {
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        free.0.pop().unwrap_or_else(|| {
            free.1 += 1;
            free.1 - 1
        })
    };
    // A thread that is ending already cannot lease; the number is not given again then.
    let _ = LEASE.try_with(|lease| lease.0.set(taken + 1));
    CURRENT.with(|current| current.number.set(taken + 1));
    taken
}

/// Nanoseconds on the monotonic clock since the process first asked; never 0.
#[inline]
pub(super) fn now() -> u64 {
    static BEGIN: OnceLock<Instant> = OnceLock::new();
    let passed = BEGIN.get_or_init(Instant::now).elapsed();
    passed.as_secs() * 1_000_000_000 + u64::from(passed.subsec_nanos()) + 1
}

/// One stretch of running in a measured call.
pub(super) struct Stretch {
    pub(super) around: u64,
    pub(super) start: u64,
}

impl Stretch {
    #[inline]
    pub(super) fn begin() -> Stretch {
        let around = CURRENT.with(|current| current.children.replace(0));
        let start = now();
        Stretch { around, start }
    }

    /// How long it took, and how much of that was spent in no other measured call.
    #[inline]
    pub(super) fn end(self) -> (u64, u64) {
        let took = now().saturating_sub(self.start);
        let all = self.around.saturating_add(took);
        let children = CURRENT.with(|current| current.children.replace(all));
        (took, took.saturating_sub(children))
    }
}

/// Gives own time of a stretch that has ended back to the measured call around it.
pub(super) fn give_back(own: u64) {
    CURRENT.with(|current| {
        let children = current.children.get();
        current.children.set(children.saturating_sub(own));
    });
}

/// The traced call that is running, and how deep the next one lies.
pub(super) fn place() -> (u64, u32) {
    CURRENT.with(|current| (current.call.get(), current.depth.get()))
}

/// Makes another traced call the running one, and tells which was.
pub(super) fn enter(call: u64, depth: u32) -> (u64, u32) {
    CURRENT.with(|current| (current.call.replace(call), current.depth.replace(depth)))
}

/// Runs `work` unless a trace is being written by this thread.
pub(super) fn writing<R>(work: impl FnOnce() -> R) -> Option<R> {
    if CURRENT.with(|current| current.writing.replace(true)) {
        return None;
    }
    let result = work();
    CURRENT.with(|current| current.writing.set(false));
    Some(result)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::{Stretch, now, number, writing};

    #[test]
    fn numbers_are_given_again() {
        let mine = number();
        let other = std::thread::spawn(number).join().unwrap();
        assert_ne!(mine, other);
        assert_eq!(std::thread::spawn(number).join().unwrap(), other);
        assert_eq!(number(), mine);
    }

    #[test]
    fn inner_stretches_are_taken_off() {
        let outer = Stretch::begin();
        let inner = Stretch::begin();
        while now() < inner.start + 2_000_000 {}
        let (inner_took, inner_own) = inner.end();
        let (took, own) = outer.end();
        assert_eq!(inner_took, inner_own);
        assert_eq!(own, took - inner_took);
    }

    #[test]
    fn what_writing_calls_is_not_written() {
        assert_eq!(writing(|| writing(|| 1)), Some(None));
        assert_eq!(writing(|| 1), Some(1));
    }
}
