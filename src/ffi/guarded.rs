//! Plain data of Rust's in the memory of an instance, reached inside of its critical section.

use super::compat::locked;
use super::object::Borrowed;
use core::cell::{Cell, UnsafeCell};

/// A value that one thread at a time may look at or change; all zero means that there is none yet.
///
/// With the GIL the critical section is empty: what is done to the value runs no Python code, so no
/// other thread can come between. Should it do so all the same, or be entered twice by one thread,
/// the second is turned away rather than given the same value.
#[repr(C)]
pub(crate) struct Guarded<T> {
    value: UnsafeCell<Option<Box<T>>>,
    busy: Cell<bool>,
}

impl<T> Guarded<T> {
    // A zeroed instance holds nothing: the null pointer is the absence of a box.
    const LAYOUT: () = assert!(size_of::<Option<Box<T>>>() == size_of::<*mut T>());

    /// Puts the value into an instance that nobody else knows yet.
    pub(crate) fn init_unshared(&self, value: T) {
        const { Self::LAYOUT }
        // SAFETY: nobody else knows the instance, whose memory was zeroed.
        unsafe { *self.value.get() = Some(Box::new(value)) };
    }

    /// Does something with the value that runs no Python code; `None` where there is none.
    #[inline]
    pub(crate) fn with<R>(&self, owner: Borrowed<'_>, work: impl FnOnce(&mut T) -> R) -> Option<R> {
        locked(owner, || {
            if self.busy.replace(true) {
                return None;
            }
            // SAFETY: inside the section, and not busy: nobody else has a reference to the value.
            let value = unsafe { &mut *self.value.get() };
            let result = value.as_deref_mut().map(work);
            self.busy.set(false);
            result
        })
    }

    /// Takes the value out, for good.
    pub(crate) fn take(&self, owner: Borrowed<'_>) -> Option<Box<T>> {
        locked(owner, || {
            if self.busy.get() {
                return None;
            }
            // SAFETY: as in `with`.
            unsafe { (*self.value.get()).take() }
        })
    }

    /// For `tp_traverse`: looks at the value.
    ///
    /// # Safety
    /// Called by the collector, which has stopped every other thread.
    pub(crate) unsafe fn peek<R>(&self, work: impl FnOnce(&T) -> R) -> Option<R> {
        if self.busy.get() {
            return None;
        }
        // SAFETY: by this function's contract, and not busy: nobody changes the value.
        unsafe { (*self.value.get()).as_deref().map(work) }
    }
}
