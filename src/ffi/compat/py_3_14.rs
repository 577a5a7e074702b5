//! 3.14 is the first free-threaded CPython that is supported, where "one reference left" can only
//! be asked of the interpreter.

use super::super::object::Raw;
use pyo3::ffi;

/// Whether an owner of the only reference asks.
#[inline]
pub(crate) fn is_unique(object: Raw) -> bool {
    #[cfg(Py_GIL_DISABLED)]
    // SAFETY: the caller owns a reference, so the object is alive.
    unsafe {
        ffi::PyUnstable_Object_IsUniquelyReferenced(object) != 0
    }
    #[cfg(not(Py_GIL_DISABLED))]
    // SAFETY: the caller owns a reference, so the object is alive.
    unsafe {
        ffi::Py_REFCNT(object) == 1
    }
}
