//! The life of what stands around a patched function, of Python or of C: the objects that its calls
//! go through.

use crate::ffi::holder::{self, Holder};
use crate::ffi::instance::{self, RawType};
use crate::ffi::typedef::slot;
use crate::ffi::{Raw, Res, c};
use crate::state::State;
use core::cell::Cell;

/// A layout that knows the state of its module, and keeps it alive.
pub(super) trait Around: Holder {
    fn home(&self) -> &Cell<*const State>;

    #[inline]
    fn state(&self) -> &State {
        // SAFETY: counted when the instance was made, and let go when it dies.
        unsafe { &*self.home().get() }
    }
}

/// A fresh instance that nobody knows yet, with nothing in its fields.
///
/// # Safety
/// `ty` is the type that was made for this layout, which is valid when zeroed.
pub(super) unsafe fn allocate<T: Around>(ty: RawType, state: &State) -> Res {
    // SAFETY: by this function's contract; the state is counted before anybody can drop the
    // instance.
    unsafe {
        let made = instance::allocate(ty)?;
        T::from_slot(made.get().as_raw()).home().set(state);
        state.adopt();
        Ok(made)
    }
}

/// The slots by which an instance is seen by the collector and taken apart.
pub(super) fn life<T: Around>() -> [c::PyType_Slot; 3] {
    [
        slot::tp_dealloc(dealloc::<T>),
        slot::tp_traverse(holder::traverse::<T>),
        slot::tp_clear(holder::clear::<T>),
    ]
}

unsafe extern "C" fn dealloc<T: Around>(raw: Raw) {
    // SAFETY: called once, when the last reference is gone; the state is read before the memory
    // goes and let go after.
    unsafe {
        instance::untrack(raw);
        let this = T::from_slot(raw);
        this.empty();
        let state = this.home().get();
        instance::free(raw);
        State::let_go(state);
    }
}
