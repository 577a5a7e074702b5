//! References with their owner in the type.
//!
//! [`Owned`] gives its reference back when dropped, [`Borrowed`] is kept alive by somebody else for
//! its lifetime, [`Field`] is a slot of an instance that any thread may swap. All three are one
//! pointer wide and never null except `Field`, whose emptiness is part of its type's meaning.

use super::compat::locked;
use super::error::{Raised, Res};
use core::cell::UnsafeCell;
use core::ffi::c_int;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, Ordering};
use pyo3::ffi;

/// What the C interface passes and returns.
pub(crate) type Raw = *mut ffi::PyObject;

/// A reference that is ours.
#[repr(transparent)]
pub(crate) struct Owned(NonNull<ffi::PyObject>);

/// A reference that somebody else keeps alive for `'a`.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Borrowed<'a>(NonNull<ffi::PyObject>, PhantomData<&'a ffi::PyObject>);

impl Owned {
    /// Takes over a new reference as C functions return it: NULL means that an exception is set.
    ///
    /// # Safety
    /// `raw` is NULL with an exception set, or a reference that nobody else will release.
    #[inline]
    pub(crate) unsafe fn from_new(raw: Raw) -> Res {
        NonNull::new(raw).map(Owned).ok_or(Raised::set_by_c())
    }

    /// Takes over a reference where NULL means absence and no exception is set.
    ///
    /// # Safety
    /// `raw` is NULL, or a reference that nobody else will release.
    #[inline]
    pub(crate) unsafe fn from_nullable(raw: Raw) -> Option<Owned> {
        NonNull::new(raw).map(Owned)
    }

    #[inline]
    pub(crate) fn into_raw(self) -> Raw {
        ManuallyDrop::new(self).0.as_ptr()
    }

    #[inline]
    pub(crate) fn get(&self) -> Borrowed<'_> {
        Borrowed(self.0, PhantomData)
    }

    /// Whether this is the only reference, so that nobody can observe what is done to the object.
    #[inline]
    pub(crate) fn is_unique(&self) -> bool {
        super::compat::is_unique(self.0.as_ptr())
    }
}

impl Clone for Owned {
    #[inline]
    fn clone(&self) -> Owned {
        self.get().own()
    }
}

impl Drop for Owned {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: an Owned holds exactly one reference, and this is the only place that returns it.
        unsafe { ffi::Py_DECREF(self.0.as_ptr()) }
    }
}

impl<'a> Borrowed<'a> {
    /// # Safety
    /// `raw` is not NULL and its object outlives `'a`.
    #[inline]
    pub(crate) unsafe fn from_raw(raw: Raw) -> Borrowed<'a> {
        // SAFETY: not NULL by this function's contract.
        Borrowed(unsafe { NonNull::new_unchecked(raw) }, PhantomData)
    }

    /// # Safety
    /// `raw` is NULL, or its object outlives `'a`.
    #[inline]
    pub(crate) unsafe fn from_nullable(raw: Raw) -> Option<Borrowed<'a>> {
        NonNull::new(raw).map(|object| Borrowed(object, PhantomData))
    }

    #[inline]
    pub(crate) fn own(self) -> Owned {
        // SAFETY: the object is alive for 'a, so its count may be raised; the Owned pays it back.
        unsafe { ffi::Py_INCREF(self.0.as_ptr()) };
        Owned(self.0)
    }

    #[inline]
    pub(crate) fn as_raw(self) -> Raw {
        self.0.as_ptr()
    }

    /// Python's `is`.
    #[inline]
    pub(crate) fn is(self, other: Borrowed<'_>) -> bool {
        self.0 == other.0
    }

    #[inline]
    pub(crate) fn ty(self) -> *mut ffi::PyTypeObject {
        // SAFETY: a live object has a type.
        unsafe { ffi::Py_TYPE(self.as_raw()) }
    }

    #[inline]
    pub(crate) fn type_object(self) -> Borrowed<'a> {
        // SAFETY: an object keeps its type alive for at least as long as itself.
        unsafe { Borrowed::from_raw(self.ty().cast()) }
    }

    /// Whether the object's own type, not a subclass, is `ty`.
    #[inline]
    pub(crate) fn is_exactly(self, ty: *mut ffi::PyTypeObject) -> bool {
        ptr::eq(self.ty(), ty)
    }
}

/// A slot of an instance that holds a reference or nothing.
///
/// Reading is load and incref together inside the owner's critical section, swapping likewise, so
/// that no thread can release a value between another's load and incref. With the GIL the section
/// is empty and both builds run the same lifetimes. Values are released after the section has
/// ended: releasing runs user code.
#[repr(transparent)]
pub(crate) struct Field(UnsafeCell<Raw>);

impl Field {
    pub(crate) const fn empty() -> Field {
        Field(UnsafeCell::new(ptr::null_mut()))
    }

    /// The value of a field that is written only before its owner is shared and after it is garbage.
    ///
    /// # Safety
    /// The owner is neither being made nor being torn down while `'a` lasts.
    #[inline]
    pub(crate) unsafe fn borrow_constant<'a>(&'a self) -> Option<Borrowed<'a>> {
        // SAFETY: by this function's contract nobody writes the cell.
        unsafe { Borrowed::from_nullable(*self.0.get()) }
    }

    #[inline]
    pub(crate) fn get(&self, owner: Borrowed<'_>) -> Option<Owned> {
        locked(owner, || {
            // SAFETY: inside the owner's section nobody writes the cell; what it holds is alive.
            unsafe { Borrowed::from_nullable(*self.0.get()) }.map(Borrowed::own)
        })
    }

    /// Puts a value in and gives back the former one, for the caller to drop.
    #[inline]
    #[must_use = "dropping the old value runs user code: choose the moment"]
    pub(crate) fn swap(&self, owner: Borrowed<'_>, value: Option<Owned>) -> Option<Owned> {
        let new = value.map_or(ptr::null_mut(), Owned::into_raw);
        // SAFETY: inside the owner's section this thread is the only one at the cell; the cell
        // gives up the reference that it owned.
        locked(owner, || unsafe {
            Owned::from_nullable(ptr::replace(self.0.get(), new))
        })
    }

    /// Puts `value` in only where `expected` still stands, and gives back whichever is left over.
    #[must_use = "dropping what is left over runs user code: choose the moment"]
    pub(crate) fn replace_if(
        &self,
        owner: Borrowed<'_>,
        expected: Borrowed<'_>,
        value: Owned,
    ) -> Option<Owned> {
        locked(owner, || {
            if !self.holds(expected) {
                return Some(value);
            }
            // SAFETY: as in `swap`.
            unsafe { Owned::from_nullable(ptr::replace(self.0.get(), value.into_raw())) }
        })
    }

    /// The value if there is one, else what `make` gives, stored; never made twice.
    #[inline]
    pub(crate) fn get_or_make(&self, owner: Borrowed<'_>, make: fn() -> Res) -> Res {
        if let Some(value) = self.get(owner) {
            return Ok(value);
        }
        let made = make()?;
        // SAFETY: as in `get`; a value that appeared meanwhile wins and `made` is dropped.
        Ok(locked(owner, || unsafe {
            if (*self.0.get()).is_null() {
                *self.0.get() = made.clone().into_raw();
            }
            Borrowed::from_raw(*self.0.get()).own()
        }))
    }

    /// Whether the slot is empty, or holds `object`: answers that need no reference.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.peek().is_null()
    }

    #[inline]
    pub(crate) fn holds(&self, object: Borrowed<'_>) -> bool {
        ptr::eq(self.peek(), object.as_raw())
    }

    /// As `holds`, of a pointer that is not followed.
    #[inline]
    pub(crate) fn points_at(&self, raw: Raw) -> bool {
        ptr::eq(self.peek(), raw)
    }

    #[inline]
    fn peek(&self) -> Raw {
        // SAFETY: the cell is pointer-wide and aligned; the pointer is compared, never followed.
        let cell = unsafe { AtomicPtr::from_ptr(self.0.get()) };
        cell.load(Ordering::Relaxed)
    }

    /// For `tp_traverse`.
    ///
    /// # Safety
    /// `visit` and `arg` come from the collector, which has stopped every other thread.
    #[inline]
    pub(crate) unsafe fn visit(&self, visit: ffi::visitproc, arg: *mut core::ffi::c_void) -> c_int {
        // SAFETY: during a collection nobody writes the cell; the callback only looks.
        unsafe {
            let value = *self.0.get();
            if value.is_null() {
                0
            } else {
                visit(value, arg)
            }
        }
    }

    /// Empties the slot of an object that nobody else can reach any more.
    #[inline]
    pub(crate) fn take_unshared(&self) -> Option<Owned> {
        // SAFETY: callers are deallocators and `tp_clear`, where the object is theirs alone.
        unsafe { Owned::from_nullable(ptr::replace(self.0.get(), ptr::null_mut())) }
    }

    /// Fills the slot of an object that was just made and is not shared yet.
    #[inline]
    pub(crate) fn init_unshared(&self, value: Owned) {
        debug_assert!(self.is_empty());
        // SAFETY: nobody else knows the object, and the slot was empty.
        unsafe { *self.0.get() = value.into_raw() };
    }
}

/// An interned string that lives as long as the module's state: compared by pointer first.
pub(crate) struct Name(Owned);

impl Name {
    pub(crate) fn intern(text: &core::ffi::CStr) -> Res<Name> {
        // SAFETY: a NUL-terminated string, copied by the call.
        unsafe { Owned::from_new(ffi::PyUnicode_InternFromString(text.as_ptr())) }.map(Name)
    }

    #[inline]
    pub(crate) fn get(&self) -> Borrowed<'_> {
        self.0.get()
    }

    /// Whether an attribute name, which need not be interned, spells this one.
    #[inline]
    pub(crate) fn spells(&self, name: Borrowed<'_>) -> bool {
        self.get().is(name) || self.spells_slow(name)
    }

    fn spells_slow(&self, name: Borrowed<'_>) -> bool {
        // SAFETY: both are live; lengths are read only of strings, and comparing two strings of
        // the same length raises nothing.
        unsafe {
            ffi::PyUnicode_Check(name.as_raw()) != 0
                && ffi::PyUnicode_GET_LENGTH(name.as_raw())
                    == ffi::PyUnicode_GET_LENGTH(self.get().as_raw())
                && ffi::PyUnicode_Compare(name.as_raw(), self.get().as_raw()) == 0
        }
    }
}
