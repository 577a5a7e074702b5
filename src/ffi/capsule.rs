//! Rust values kept in Python objects: capsules, which the interpreter frees with its other objects.

use super::error::{Exc, Raised, Res, raise};
use super::object::{Borrowed, Owned, Raw};
use core::any::TypeId;
use core::ffi::CStr;
use pyo3::ffi;

/// What a capsule of ours points at: the tag comes first and tells the type of the rest.
#[repr(C)]
struct Tagged<T> {
    tag: TypeId,
    value: T,
}

const NAME: &CStr = c"wraptrs";

/// Moves a value into a new object. It must hold no reference that could be part of a cycle.
pub(crate) fn keep<T: 'static>(value: T) -> Res {
    let tag = TypeId::of::<T>();
    let place = Box::into_raw(Box::new(Tagged { tag, value }));
    // SAFETY: the pointer is not NULL; `free` gets it back once, or this function where it fails.
    unsafe {
        let made = ffi::PyCapsule_New(place.cast(), NAME.as_ptr(), Some(free::<T>));
        if made.is_null() {
            drop(Box::from_raw(place));
            return Err(Raised::set_by_c());
        }
        Owned::from_new(made)
    }
}

unsafe extern "C" fn free<T>(capsule: Raw) {
    // SAFETY: the interpreter passes a dying capsule, whose pointer `keep` made for this type.
    unsafe {
        let place = ffi::PyCapsule_GetPointer(capsule, NAME.as_ptr());
        if !place.is_null() {
            drop(Box::from_raw(place.cast::<Tagged<T>>()));
        }
    }
}

/// The value in an object that `keep` made.
pub(crate) fn kept<T: 'static>(capsule: Borrowed<'_>) -> Res<&T> {
    // SAFETY: a capsule of this name is of `keep`, so a tag is there, and it vouches for the type;
    // the value lives as long as the capsule.
    unsafe {
        let place = ffi::PyCapsule_GetPointer(capsule.as_raw(), NAME.as_ptr());
        if place.is_null() {
            return Err(Raised::set_by_c());
        }
        if *place.cast::<TypeId>() == TypeId::of::<T>() {
            return Ok(&(*place.cast::<Tagged<T>>()).value);
        }
    }
    Err(raise(
        Exc::Type,
        "the capsule holds a value of another type",
    ))
}
