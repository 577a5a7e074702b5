//! Things that a call or a binding needs for a moment and that serve again: all guarded by the GIL.
//! Without the GIL they keep nothing, since the allocator there has lists of its own per thread.

use super::error::Res;
use super::instance::RawType;
use super::object::{Borrowed, Owned, Raw};
#[cfg(not(Py_GIL_DISABLED))]
use core::cell::UnsafeCell;
#[cfg(not(Py_GIL_DISABLED))]
use pyo3::ffi;

/// How many instances are alive, so that what they point to is freed after the last of them.
/// Without the GIL a shared counter would cost every bound call; there it counts nothing and says
/// that somebody may be left: the few hundred bytes stay until the process ends.
pub(crate) struct LiveCount {
    #[cfg(not(Py_GIL_DISABLED))]
    count: core::cell::Cell<usize>,
}

impl LiveCount {
    pub(crate) fn new() -> LiveCount {
        LiveCount {
            #[cfg(not(Py_GIL_DISABLED))]
            count: core::cell::Cell::new(0),
        }
    }

    #[inline]
    pub(crate) fn add(&self) {
        #[cfg(not(Py_GIL_DISABLED))]
        self.count.set(self.count.get().wrapping_add(1));
    }

    #[inline]
    pub(crate) fn remove(&self) {
        #[cfg(not(Py_GIL_DISABLED))]
        self.count.set(self.count.get().wrapping_sub(1));
    }

    #[inline]
    pub(crate) fn is_zero(&self) -> bool {
        #[cfg(not(Py_GIL_DISABLED))]
        {
            self.count.get() == 0
        }
        #[cfg(Py_GIL_DISABLED)]
        {
            false
        }
    }
}

/// Memory of dead instances of one exact type, for the next ones. Guarded by the GIL; without it
/// the list stays empty, since the allocator there has a list for each thread of its own.
pub(crate) struct FreeList {
    #[cfg(not(Py_GIL_DISABLED))]
    spare: UnsafeCell<Vec<Raw>>,
    /// Whether the memory is the collector's.
    #[cfg(not(Py_GIL_DISABLED))]
    collected: bool,
}

/// As many as may be bound at once in one thread without being called yet, and some.
#[cfg(not(Py_GIL_DISABLED))]
const SPARE: usize = 64;

impl FreeList {
    /// A list for instances of a type that takes part in garbage collection, or of one that does not.
    pub(crate) fn new(collected: bool) -> FreeList {
        #[cfg(Py_GIL_DISABLED)]
        let _ = collected;
        FreeList {
            #[cfg(not(Py_GIL_DISABLED))]
            spare: UnsafeCell::new(Vec::new()),
            #[cfg(not(Py_GIL_DISABLED))]
            collected,
        }
    }

    /// An instance whose fields are as its deallocator left them, not yet known to the collector.
    ///
    /// # Safety
    /// `ty` is the one type whose memory the list keeps.
    #[inline]
    pub(crate) unsafe fn pop(&self, ty: RawType) -> Option<Owned> {
        #[cfg(not(Py_GIL_DISABLED))]
        // SAFETY: under the GIL nobody else is at the list; the memory is a whole instance of `ty`
        // that died: all that it lacks is a reference to it, and its own to the type.
        unsafe {
            let raw = (*self.spare.get()).pop()?;
            debug_assert!(core::ptr::eq(ffi::Py_TYPE(raw), ty));
            if cfg!(py_sys_config = "Py_TRACE_REFS") {
                return Owned::from_nullable(ffi::PyObject_Init(raw, ty));
            }
            ffi::Py_INCREF(ty.cast());
            ffi::Py_INCREF(raw);
            Owned::from_nullable(raw)
        }
        #[cfg(Py_GIL_DISABLED)]
        {
            let _ = ty;
            None
        }
    }

    /// Keeps the memory of an untracked dead instance and returns its reference to the type.
    ///
    /// # Safety
    /// As for [`free`], and the instance's type is exactly the one that the list keeps.
    #[inline]
    pub(crate) unsafe fn push(&self, raw: Raw) -> bool {
        #[cfg(not(Py_GIL_DISABLED))]
        // SAFETY: under the GIL nobody else is at the list.
        unsafe {
            let spare = &mut *self.spare.get();
            if spare.len() >= SPARE {
                return false;
            }
            spare.push(raw);
            ffi::Py_DECREF(ffi::Py_TYPE(raw).cast());
            true
        }
        #[cfg(Py_GIL_DISABLED)]
        {
            let _ = raw;
            false
        }
    }

    /// Gives all memory back.
    pub(crate) fn flush(&self) {
        #[cfg(not(Py_GIL_DISABLED))]
        // SAFETY: under the GIL; each entry is memory that holds no reference, from the allocator
        // that the list was made for.
        unsafe {
            for raw in (*self.spare.get()).drain(..) {
                if self.collected {
                    ffi::PyObject_GC_Del(raw.cast());
                } else {
                    ffi::PyObject_Free(raw.cast());
                }
            }
        }
    }
}

/// An empty dict for the next call that has no keyword arguments. A wrapper is handed a dict of its
/// own each time; mostly it comes back empty and unshared, and then serves again.
pub(crate) struct SpareDict {
    #[cfg(not(Py_GIL_DISABLED))]
    spare: UnsafeCell<Option<Owned>>,
}

impl SpareDict {
    pub(crate) fn new() -> SpareDict {
        SpareDict {
            #[cfg(not(Py_GIL_DISABLED))]
            spare: UnsafeCell::new(None),
        }
    }

    #[inline]
    pub(crate) fn take(&self) -> Res {
        #[cfg(not(Py_GIL_DISABLED))]
        // SAFETY: under the GIL nobody else is at the cell, and nothing is run while it is open.
        if let Some(dict) = unsafe { (*self.spare.get()).take() } {
            return Ok(dict);
        }
        super::api::dict()
    }

    /// Takes a dict back after the call it was for; keeps it if nobody else has it and it is empty.
    #[inline]
    pub(crate) fn give_back(&self, dict: Owned) {
        #[cfg(not(Py_GIL_DISABLED))]
        if dict.is_unique() && super::api::dict_len(dict.get()) == 0 {
            // SAFETY: as in `take`; a dict that was there is dropped, which runs no code since it
            // is empty too.
            unsafe { *self.spare.get() = Some(dict) };
            return;
        }
        drop(dict);
    }

    pub(crate) fn flush(&self) {
        #[cfg(not(Py_GIL_DISABLED))]
        // SAFETY: as in `take`.
        unsafe {
            *self.spare.get() = None;
        }
    }
}

/// A bound method that nobody holds, for the next binding. Making and freeing one costs more than
/// all the rest of binding. Between uses it is a method of None, harmless to whoever finds it
/// through the collector.
pub(crate) struct SpareMethod {
    #[cfg(not(Py_GIL_DISABLED))]
    spare: UnsafeCell<Option<Owned>>,
}

/// `types.MethodType`'s fields, the same in every version that is supported.
#[cfg(not(Py_GIL_DISABLED))]
#[repr(C)]
struct Method {
    head: ffi::PyObject,
    function: Raw,
    instance: Raw,
    weakrefs: Raw,
}

impl SpareMethod {
    pub(crate) fn new() -> SpareMethod {
        SpareMethod {
            #[cfg(not(Py_GIL_DISABLED))]
            spare: UnsafeCell::new(None),
        }
    }

    /// A method of a function, bound to an instance.
    #[inline]
    pub(crate) fn bind(&self, function: Borrowed<'_>, instance: Borrowed<'_>) -> Res {
        #[cfg(not(Py_GIL_DISABLED))]
        // SAFETY: under the GIL nobody else is at the cell; the method is ours alone, so nobody can
        // see its fields change, and what it gives up is None twice.
        unsafe {
            if let Some(method) = (*self.spare.get()).take() {
                if method.is_unique() {
                    let fields = method.get().as_raw().cast::<Method>();
                    drop(Owned::from_nullable((*fields).function));
                    drop(Owned::from_nullable((*fields).instance));
                    (*fields).function = function.own().into_raw();
                    (*fields).instance = instance.own().into_raw();
                    return Ok(method);
                }
            }
        }
        super::api::bind_method(function, instance)
    }

    /// Drops what may be a method; one that nobody else holds is kept.
    #[inline]
    pub(crate) fn give_back(&self, object: Owned) {
        #[cfg(not(Py_GIL_DISABLED))]
        // SAFETY: as in `bind`. The old function and instance are released after the method has
        // forgotten them and is in its place, since releasing runs user code.
        unsafe {
            if object.is_unique() && super::api::is_plain_method(object.get()) {
                let fields = object.get().as_raw().cast::<Method>();
                if (*fields).weakrefs.is_null() && (*self.spare.get()).is_none() {
                    let none = super::api::none();
                    let function =
                        core::mem::replace(&mut (*fields).function, none.own().into_raw());
                    let instance =
                        core::mem::replace(&mut (*fields).instance, none.own().into_raw());
                    *self.spare.get() = Some(object);
                    drop(Owned::from_nullable(function));
                    drop(Owned::from_nullable(instance));
                    return;
                }
            }
        }
        drop(object);
    }

    pub(crate) fn flush(&self) {
        #[cfg(not(Py_GIL_DISABLED))]
        // SAFETY: as in `bind`; a method of None holds nothing that could run code.
        unsafe {
            *self.spare.get() = None;
        }
    }
}
