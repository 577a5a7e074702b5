//! The import system's own objects, and the lists among them.

use super::super::error::{Raised, Res};
use super::super::object::{Borrowed, Owned};
use super::done;
use core::ffi::CStr;
use pyo3::ffi;

/// What `sys` has under a name, if it still has it.
pub(crate) fn sys_entry(name: &CStr) -> Option<Owned> {
    // SAFETY: a NUL-terminated name; what is found is borrowed from the dict of `sys`.
    unsafe { Borrowed::from_nullable(ffi::PySys_GetObject(name.as_ptr())) }.map(Borrowed::own)
}

/// What `sys.modules` has under a name.
pub(crate) fn loaded_module(name: Borrowed<'_>) -> Res<Option<Owned>> {
    // SAFETY: a live string; NULL without an exception where there is no entry.
    unsafe {
        match Owned::from_nullable(ffi::PyImport_GetModule(name.as_raw())) {
            None if !ffi::PyErr_Occurred().is_null() => Err(Raised::set_by_c()),
            found => Ok(found),
        }
    }
}

pub(crate) fn is_list(object: Borrowed<'_>) -> bool {
    // SAFETY: a live object.
    unsafe { ffi::PyList_Check(object.as_raw()) != 0 }
}

pub(crate) fn list_len(list: Borrowed<'_>) -> usize {
    // SAFETY: a list.
    unsafe { ffi::PyList_Size(list.as_raw()) }.unsigned_abs()
}

/// The item at an index, if the list is that long.
pub(crate) fn list_item(list: Borrowed<'_>, index: usize) -> Option<Owned> {
    if index >= list_len(list) {
        return None;
    }
    // SAFETY: a list; should it be shorter by now, that is an exception, which is cleared.
    unsafe {
        let item = ffi::compat::PyList_GetItemRef(list.as_raw(), index as ffi::Py_ssize_t);
        if item.is_null() {
            ffi::PyErr_Clear();
        }
        Owned::from_nullable(item)
    }
}

/// Puts an item in front.
pub(crate) fn list_lead(list: Borrowed<'_>, item: Borrowed<'_>) -> Res<()> {
    // SAFETY: a list and a live object.
    done(unsafe { ffi::PyList_Insert(list.as_raw(), 0, item.as_raw()) })
}

/// Takes out the item at an index, if there is one.
pub(crate) fn list_remove(list: Borrowed<'_>, index: usize) -> Res<()> {
    let start = index as ffi::Py_ssize_t;
    // SAFETY: a list; the bounds are clipped, and NULL deletes.
    done(unsafe { ffi::PyList_SetSlice(list.as_raw(), start, start + 1, core::ptr::null_mut()) })
}
