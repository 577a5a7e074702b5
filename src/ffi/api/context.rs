//! Context variables, which each thread and task has its own value of.

use super::super::error::{Raised, Res};
use super::super::object::{Borrowed, Owned, Raw};
use core::ffi::CStr;
use core::ptr;
use pyo3::ffi;

/// A new variable, whose value is None where none was set.
pub(crate) fn context_variable(name: &CStr) -> Res {
    // SAFETY: a string that ends in zero, and an object that lives for ever; the result is a new
    // reference or NULL.
    unsafe { Owned::from_new(ffi::PyContextVar_New(name.as_ptr(), ffi::Py_None())) }
}

/// What a variable is set to here.
pub(crate) fn context_value(variable: Borrowed<'_>) -> Res<Option<Owned>> {
    let mut found: Raw = ptr::null_mut();
    // SAFETY: a live object, which is checked to be a variable; the value is a new reference.
    let status =
        unsafe { ffi::PyContextVar_Get(variable.as_raw(), ptr::null_mut(), &raw mut found) };
    if status < 0 {
        return Err(Raised::set_by_c());
    }
    // SAFETY: a new reference, or NULL where there is no value.
    Ok(unsafe { Owned::from_nullable(found) })
}
