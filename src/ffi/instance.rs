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
}

/// As many as may be bound at once in one thread without being called yet, and some.
#[cfg(not(Py_GIL_DISABLED))]
const SPARE: usize = 64;

impl FreeList {
    pub(crate) fn new() -> FreeList {
        FreeList {
            #[cfg(not(Py_GIL_DISABLED))]
            spare: UnsafeCell::new(Vec::new()),
        }
    }

    /// An instance whose fields are as its deallocator left them, not yet known to the collector.
    ///
    /// # Safety
    /// `ty` is the one type whose memory the list keeps.
    #[inline]
    pub(crate) unsafe fn pop(&self, ty: RawType) -> Option<Owned> {
        #[cfg(not(Py_GIL_DISABLED))]
        // SAFETY: under the GIL nobody else is at the list; the memory is a whole instance of `ty`.
        unsafe {
            let raw = (*self.spare.get()).pop()?;
            Owned::from_nullable(ffi::PyObject_Init(raw, ty))
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
        // SAFETY: under the GIL; each entry is memory from the collector's allocator that holds
        // no reference.
        unsafe {
            for raw in (*self.spare.get()).drain(..) {
                ffi::PyObject_GC_Del(raw.cast());
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
        // SAFETY: as in `take`; the cell is empty or its dict is dropped, which runs no code since
        // it is empty too.
        if dict.is_unique() && super::api::dict_len(dict.get()) == 0 {
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
