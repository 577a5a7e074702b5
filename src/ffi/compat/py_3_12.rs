//! 3.12 brought interpreters with a GIL of their own (a module must say that it supports them; the
//! slot that says that it needs no GIL at all came with 3.13), and per-interpreter dicts of static
//! types.

#[cfg(not(Py_3_12))]
use super::super::object::Borrowed;
use super::super::object::{Owned, Raw};
use core::ffi::{c_int, c_void};
use pyo3::ffi;

/// Whether finders without `find_spec` are still asked: 3.12 ended the protocol before 3.4.
pub(crate) const OLD_FINDERS: bool = cfg!(not(Py_3_12));

/// The slots of our module definition, with the end.
pub(crate) fn module_slots(
    exec: unsafe extern "C" fn(Raw) -> c_int,
) -> impl Iterator<Item = ffi::PyModuleDef_Slot> {
    let slot = |slot: c_int, value: *mut c_void| ffi::PyModuleDef_Slot { slot, value };
    [
        slot(ffi::Py_mod_exec, exec as *mut c_void),
        #[cfg(Py_3_12)]
        slot(
            ffi::Py_mod_multiple_interpreters,
            ffi::Py_MOD_PER_INTERPRETER_GIL_SUPPORTED,
        ),
        #[cfg(Py_3_13)]
        slot(ffi::Py_mod_gil, ffi::Py_MOD_GIL_NOT_USED),
        slot(0, core::ptr::null_mut()),
    ]
    .into_iter()
}

/// The dict of a type.
pub(crate) fn type_dict(ty: *mut ffi::PyTypeObject) -> Option<Owned> {
    #[cfg(Py_3_12)]
    // SAFETY: a live, ready type.
    unsafe {
        Owned::from_nullable(ffi::PyType_GetDict(ty))
    }
    #[cfg(not(Py_3_12))]
    // SAFETY: a live, ready type.
    unsafe {
        Borrowed::from_nullable((*ty).tp_dict).map(Borrowed::own)
    }
}
