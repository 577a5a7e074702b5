//! The arguments of a call that nobody looks at: as the caller gave them, to be passed on.

use super::args::Args;
use super::call::vectorcall;
use super::error::Res;
use super::object::{Borrowed, Owned, Raw};
use core::marker::PhantomData;
use pyo3::ffi;

/// What a vectorcall entry got. Unlike [`Args`] it is not taken apart, which passing on needs not.
#[derive(Clone, Copy)]
pub(crate) struct Given<'a> {
    items: *const Raw,
    count: usize,
    names: Raw,
    caller: PhantomData<&'a Raw>,
}

impl<'a> Given<'a> {
    /// # Safety
    /// The three values come from a vectorcall entry.
    #[inline]
    pub(crate) unsafe fn new(items: *const Raw, count: usize, names: Raw) -> Given<'a> {
        let caller = PhantomData;
        Given {
            items,
            count,
            names,
            caller,
        }
    }

    /// The same, taken apart.
    #[inline]
    pub(crate) fn args(self) -> Args<'a> {
        // SAFETY: by the contract of `new`.
        unsafe { Args::from_vector(self.items, self.count, self.names) }
    }

    /// Calls a plain function, as its type is known to be called.
    #[inline]
    pub(crate) fn to_function(self, function: Borrowed<'_>) -> Res {
        debug_assert!(super::api::is_plain_function(function));
        let raw = function.as_raw();
        // SAFETY: the type says where each of its instances keeps the entry or NULL; the arguments
        // are as they came, the flag included: the next callee may write where we may.
        unsafe {
            let offset = ffi::PyFunction_Type.tp_vectorcall_offset;
            let slot = raw.cast::<u8>().offset(offset);
            let result = match *slot.cast::<Option<ffi::vectorcallfunc>>() {
                Some(entry) => entry(raw, self.items, self.count, self.names),
                None => vectorcall(raw, self.items, self.count, self.names),
            };
            Owned::from_new(result)
        }
    }
}
