//! 3.13 brought critical sections (which matter without the GIL), public lookups that do not raise
//! for a missing attribute, and `_PyType_LookupRef`.

use super::super::error::{Raised, Res};
use super::super::object::{Borrowed, Owned, Raw};
use core::ptr;
use pyo3::ffi;

/// Whether code that runs no Python in between cannot be interrupted by another thread.
pub(crate) const GIL_GUARDS: bool = cfg!(not(Py_GIL_DISABLED));

/// Runs `work` holding the object's lock; with the GIL there is nothing to hold.
#[inline(always)]
pub(crate) fn locked<R>(owner: Borrowed<'_>, work: impl FnOnce() -> R) -> R {
    #[cfg(Py_GIL_DISABLED)]
    {
        // The thread state links to the section while it is open: it stays in this frame.
        // SAFETY: all-zero is a valid section that was not begun.
        let mut section: ffi::PyCriticalSection = unsafe { core::mem::zeroed() };
        // SAFETY: the section outlives the work and is ended exactly once; `work` cannot unwind,
        // since panics abort.
        unsafe { ffi::PyCriticalSection_Begin(&raw mut section, owner.as_raw()) };
        let result = work();
        // SAFETY: begun above.
        unsafe { ffi::PyCriticalSection_End(&raw mut section) };
        result
    }
    #[cfg(not(Py_GIL_DISABLED))]
    {
        let _ = owner;
        work()
    }
}

/// `getattr(object, name)` where a missing attribute is `None` and any other error an error.
#[inline]
pub(crate) fn get_optional_attr(object: Borrowed<'_>, name: Borrowed<'_>) -> Res<Option<Owned>> {
    let mut found: Raw = ptr::null_mut();
    // SAFETY: live objects, and a slot for the result.
    let status = unsafe { optional_attr(object.as_raw(), name.as_raw(), &mut found) };
    if status < 0 {
        return Err(Raised::set_by_c());
    }
    // SAFETY: NULL when missing, a new reference when found.
    Ok(unsafe { Owned::from_nullable(found) })
}

#[cfg(Py_3_13)]
use ffi::PyObject_GetOptionalAttr as optional_attr;

#[cfg(not(Py_3_13))]
use private::_PyObject_LookupAttr as optional_attr;

#[cfg(not(Py_3_13))]
mod private {
    unsafe extern "C" {
        /// The public function's predecessor: it too avoids raising where lookup is generic.
        pub(super) fn _PyObject_LookupAttr(
            object: *mut pyo3::ffi::PyObject,
            name: *mut pyo3::ffi::PyObject,
            result: *mut *mut pyo3::ffi::PyObject,
        ) -> core::ffi::c_int;
    }
}

/// What a lookup on a type found. With the GIL the type's dict keeps it alive until user code runs,
/// without it the reference is ours.
#[cfg(not(Py_GIL_DISABLED))]
pub(crate) type TypeEntry<'a> = Borrowed<'a>;
#[cfg(Py_GIL_DISABLED)]
pub(crate) struct TypeEntry<'a>(Owned, core::marker::PhantomData<Borrowed<'a>>);

#[cfg(Py_GIL_DISABLED)]
impl TypeEntry<'_> {
    pub(crate) fn own(&self) -> Owned {
        self.0.clone()
    }
}

/// The raw entry of a name along a type's MRO.
#[inline]
pub(crate) fn type_lookup<'a>(
    ty: *mut ffi::PyTypeObject,
    name: Borrowed<'a>,
) -> Option<TypeEntry<'a>> {
    #[cfg(not(Py_GIL_DISABLED))]
    // SAFETY: `ty` is the type of a live object; the result is borrowed from a dict of its MRO.
    unsafe {
        Borrowed::from_nullable(super::super::decl::_PyType_Lookup(ty, name.as_raw()))
    }
    #[cfg(Py_GIL_DISABLED)]
    // SAFETY: `ty` is the type of a live object; the result is a new reference.
    unsafe {
        Owned::from_nullable(super::super::decl::_PyType_LookupRef(ty, name.as_raw()))
            .map(|entry| TypeEntry(entry, core::marker::PhantomData))
    }
}

/// Adds flags to a class that was just made and has no instances yet.
pub(crate) fn add_type_flags(ty: *mut ffi::PyTypeObject, flags: core::ffi::c_ulong) {
    // SAFETY: a live class that only the caller knows; the interpreter's caches are told.
    unsafe {
        #[cfg(Py_GIL_DISABLED)]
        (*ty)
            .tp_flags
            .fetch_or(flags, core::sync::atomic::Ordering::Relaxed);
        #[cfg(not(Py_GIL_DISABLED))]
        {
            (*ty).tp_flags |= flags;
        }
        ffi::PyType_Modified(ty);
    }
}
