//! Facts that hold from 3.9 on and changed later: whether reassigning `__call__` on a class turns
//! its vectorcall off, which CPython does itself from 3.12.

use super::super::object::Borrowed;
use pyo3::ffi;

/// Whether a vectorcall entry may serve this object: before 3.12 a class whose `__call__` was
/// reassigned keeps its vectorcall flag, and calls must go through the new `tp_call`.
#[inline]
pub(crate) fn call_is(object: Borrowed<'_>, tp_call: ffi::ternaryfunc) -> bool {
    #[cfg(Py_3_12)]
    {
        let _ = (object, tp_call);
        true
    }
    #[cfg(not(Py_3_12))]
    // SAFETY: a live object has a live type.
    unsafe {
        (*object.ty()).tp_call.map(|current| current as usize) == Some(tp_call as usize)
    }
}

/// The flag of classes that nobody can change, which call sites trust; 3.10 brought it.
pub(crate) const UNCHANGING: core::ffi::c_ulong = {
    #[cfg(Py_3_10)]
    {
        ffi::Py_TPFLAGS_IMMUTABLETYPE
    }
    #[cfg(not(Py_3_10))]
    {
        0
    }
};
