//! Instances of our heap types: the promise by which a slot may see its `self` as a Rust struct,
//! and their life cycle in C's terms.

use super::error::Res;
use super::object::{Borrowed, Owned, Raw};
use core::cell::UnsafeCell;
use core::ffi::c_void;
use core::ptr;
use pyo3::ffi;

pub(crate) type RawType = *mut ffi::PyTypeObject;

/// A struct that is the memory of a Python instance.
///
/// # Safety
/// `#[repr(C)]` with `PyObject` as its first field, and named as `Self` only in slots, methods and
/// getters of types whose `basicsize` is at least the struct's size.
pub(crate) unsafe trait Instance: Sized {
    /// # Safety
    /// `raw` is an instance of a type that carries this layout, alive for `'a`.
    #[inline]
    unsafe fn from_slot<'a>(raw: Raw) -> &'a Self {
        // SAFETY: by this function's and the trait's contract.
        unsafe { &*raw.cast::<Self>() }
    }

    #[inline]
    fn object(&self) -> Borrowed<'_> {
        // SAFETY: the struct starts with its PyObject and is alive while borrowed.
        unsafe { Borrowed::from_raw(ptr::from_ref(self).cast_mut().cast()) }
    }
}

/// The list of weak references to an instance, which CPython keeps.
#[repr(transparent)]
pub(crate) struct WeakRefs(UnsafeCell<Raw>);

/// A zeroed instance, known to the collector, whose type is `ty`.
///
/// # Safety
/// `ty` is a type whose instances the caller lays out.
#[inline]
pub(crate) unsafe fn allocate(ty: RawType) -> Res {
    // SAFETY: a ready type has an allocator; ours and what derives from ours is never variable-sized.
    unsafe {
        match (*ty).tp_alloc {
            Some(alloc) => Owned::from_new(alloc(ty, 0)),
            None => Owned::from_new(ffi::PyType_GenericAlloc(ty, 0)),
        }
    }
}

/// First half of a deallocator: nobody finds the instance any more.
///
/// # Safety
/// Called once from `tp_dealloc` of an instance that holds `weakrefs`.
#[inline]
pub(crate) unsafe fn detach(raw: Raw, weakrefs: &WeakRefs) {
    // SAFETY: by this function's contract; clearing the list runs callbacks, which see a dead object.
    unsafe {
        ffi::PyObject_GC_UnTrack(raw.cast());
        if !(*weakrefs.0.get()).is_null() {
            ffi::PyObject_ClearWeakRefs(raw);
        }
    }
}

/// As [`detach`], of an instance that nothing can refer to weakly.
///
/// # Safety
/// Called once from `tp_dealloc` of an instance that the collector knows.
pub(crate) unsafe fn untrack(raw: Raw) {
    // SAFETY: by this function's contract.
    unsafe { ffi::PyObject_GC_UnTrack(raw.cast()) }
}

/// Last half of a deallocator: the memory goes back, and with it the reference to the type.
///
/// # Safety
/// Called once, at the end of `tp_dealloc`, unless the memory was kept by a [`FreeList`].
#[inline]
pub(crate) unsafe fn free(raw: Raw) {
    // SAFETY: by this function's contract; a heap type is referenced by each instance.
    unsafe {
        let ty = ffi::Py_TYPE(raw);
        match (*ty).tp_free {
            Some(release) => release(raw.cast()),
            None => ffi::PyObject_GC_Del(raw.cast()),
        }
        ffi::Py_DECREF(ty.cast());
    }
}

/// Whether nothing refers weakly to an instance.
#[inline]
pub(crate) fn has_no_weakrefs(weakrefs: &WeakRefs) -> bool {
    // SAFETY: a pointer read while the caller holds the only reference.
    unsafe { (*weakrefs.0.get()).is_null() }
}

/// For `tp_traverse`: an instance refers to its heap type.
///
/// # Safety
/// `visit` and `arg` come from the collector.
pub(crate) unsafe fn visit_type(raw: Raw, visit: ffi::visitproc, arg: *mut c_void) -> i32 {
    // SAFETY: by this function's contract.
    unsafe { visit(ffi::Py_TYPE(raw).cast(), arg) }
}

/// The state pointer of the module that made a native type.
///
/// # Safety
/// `ty` was made by [`TypeDef::build`](super::typedef::TypeDef::build) for a module whose state
/// begins with a pointer.
#[inline]
pub(crate) unsafe fn module_slot<T>(ty: RawType) -> *const T {
    // SAFETY: by this function's contract; NULL where the module is gone.
    unsafe {
        let slot = ffi::PyType_GetModuleState(ty).cast::<*const T>();
        if slot.is_null() { ptr::null() } else { *slot }
    }
}

/// Makes an instance from a [`FreeList`] known to the collector.
///
/// # Safety
/// Every field is set, and the instance is not tracked yet.
#[inline]
pub(crate) unsafe fn track(instance: &Owned) {
    // SAFETY: by this function's contract.
    unsafe { ffi::PyObject_GC_Track(instance.get().as_raw().cast()) }
}

// ---- attribute functions of types ----

/// A type's `tp_getattro`, to be compared.
#[inline]
pub(crate) fn getattro_of(ty: RawType) -> usize {
    // SAFETY: the type of a live object.
    unsafe { (*ty).tp_getattro.map_or(0, |function| function as usize) }
}

/// Gives `ty` the `tp_getattro` of `native` and tells the interpreter's caches.
///
/// # Safety
/// Instances of `ty` have the layout that the function expects.
pub(crate) unsafe fn inherit_getattro(ty: RawType, native: RawType) {
    // SAFETY: pointer-wide writes; a thread that reads the old function gets the same answers, only
    // slower.
    unsafe {
        (*ty).tp_getattro = (*native).tp_getattro;
        ffi::PyType_Modified(ty);
    }
}

/// Whether calls of the object still go to this `tp_call`.
#[inline]
pub(crate) fn is_called_by(object: Borrowed<'_>, call: ffi::ternaryfunc) -> bool {
    super::compat::call_is(object, call)
}

/// Calls through `tp_call`, whatever that is by now.
#[cold]
pub(crate) fn call_slot(object: Borrowed<'_>, args: super::Args<'_>) -> Res {
    let tuple = args.tuple(0)?;
    let dict = args.dict()?;
    // SAFETY: a live object with a call slot, a tuple and a dict.
    unsafe {
        match (*object.ty()).tp_call {
            Some(call) => Owned::from_new(call(
                object.as_raw(),
                tuple.get().as_raw(),
                dict.get().as_raw(),
            )),
            None => super::call::call(object, tuple.get(), Some(dict.get())),
        }
    }
}

// ---- construction by calling a type ----

/// Whether calling the class still means: allocate, then this `__init__`.
#[inline]
pub(crate) fn constructs_by(class: Borrowed<'_>, init: ffi::initproc) -> bool {
    // SAFETY: a live type.
    unsafe {
        (*class.as_raw().cast::<ffi::PyTypeObject>())
            .tp_init
            .map(|current| current as usize)
            == Some(init as usize)
    }
}

/// `type.__call__`, whatever `__new__` and `__init__` have become.
#[cold]
pub(crate) fn construct_slowly(class: Borrowed<'_>, args: super::Args<'_>) -> Res {
    let tuple = args.tuple(0)?;
    let dict = args.dict()?;
    // SAFETY: a type, a tuple, a dict; `type` has a call slot.
    unsafe {
        match ffi::PyType_Type.tp_call {
            Some(call) => Owned::from_new(call(
                class.as_raw(),
                tuple.get().as_raw(),
                dict.get().as_raw(),
            )),
            None => super::call::call(class, tuple.get(), Some(dict.get())),
        }
    }
}

/// Whether reading an attribute of the object may run code of its class for any name.
#[inline]
pub(crate) fn has_own_getattr(object: Borrowed<'_>) -> bool {
    let found = getattro_of(object.ty());
    // SAFETY: static types.
    let usual = unsafe { [ffi::PyType_Type.tp_getattro, ffi::PyModule_Type.tp_getattro] };
    found != ffi::PyObject_GenericGetAttr as *const () as usize
        && !usual
            .into_iter()
            .flatten()
            .any(|function| function as usize == found)
}

/// Drops the memory of an instance that holds nothing but fields it has emptied.
///
/// # Safety
/// Called once from `tp_dealloc` of a type that takes no part in garbage collection.
pub(crate) unsafe fn free_plain(raw: Raw) {
    // SAFETY: by this function's contract; a heap type is referenced by each instance.
    unsafe {
        let ty = ffi::Py_TYPE(raw);
        match (*ty).tp_free {
            Some(release) => release(raw.cast()),
            None => ffi::PyObject_Free(raw.cast()),
        }
        ffi::Py_DECREF(ty.cast());
    }
}
