//! Attributes: read, written, looked up on types, and through descriptors.

use super::super::error::{Raised, Res};
use super::super::object::{Borrowed, Name, Owned};
use super::{done, or_null};
use core::ptr;
use pyo3::ffi;

pub(crate) use super::super::compat::{get_optional_attr, type_lookup};

#[inline]
pub(crate) fn set_attr(
    object: Borrowed<'_>,
    name: Borrowed<'_>,
    value: Option<Borrowed<'_>>,
) -> Res<()> {
    // SAFETY: live objects; a NULL value deletes.
    done(unsafe { ffi::PyObject_SetAttr(object.as_raw(), name.as_raw(), or_null(value)) })
}

/// `object.__getattribute__` where a missing attribute is `None`; an AttributeError that a
/// descriptor raises counts as missing too.
#[inline]
pub(crate) fn generic_get(object: Borrowed<'_>, name: Borrowed<'_>) -> Res<Option<Owned>> {
    // SAFETY: live objects; NULL without an exception means missing.
    unsafe {
        let found = super::super::decl::_PyObject_GenericGetAttrWithDict(
            object.as_raw(),
            name.as_raw(),
            ptr::null_mut(),
            1,
        );
        match Owned::from_nullable(found) {
            None if !ffi::PyErr_Occurred().is_null() => Err(Raised::set_by_c()),
            found => Ok(found),
        }
    }
}

#[inline]
pub(crate) fn generic_set(
    object: Borrowed<'_>,
    name: Borrowed<'_>,
    value: Option<Borrowed<'_>>,
) -> Res<()> {
    // SAFETY: live objects; a NULL value deletes.
    done(unsafe { ffi::PyObject_GenericSetAttr(object.as_raw(), name.as_raw(), or_null(value)) })
}

/// Whether a string starts with another.
pub(crate) fn starts_with(text: Borrowed<'_>, prefix: &Name) -> Res<bool> {
    // SAFETY: the interpreter passes attribute names that are strings, and the prefix is one.
    let found = unsafe {
        ffi::PyUnicode_Tailmatch(text.as_raw(), prefix.get().as_raw(), 0, isize::MAX, -1)
    };
    if found < 0 {
        Err(Raised::set_by_c())
    } else {
        Ok(found != 0)
    }
}

/// Whether the object's type defines `__get__`.
pub(crate) fn is_descriptor(object: Borrowed<'_>) -> bool {
    // SAFETY: a live object has a live type.
    unsafe { (*object.ty()).tp_descr_get.is_some() }
}

/// Binds a descriptor as attribute lookup would; `None` where the object is no descriptor.
#[inline]
pub(crate) fn descriptor_get(
    descriptor: Borrowed<'_>,
    instance: Option<Borrowed<'_>>,
    owner: Option<Borrowed<'_>>,
) -> Option<Res> {
    // SAFETY: live objects; C descriptors expect NULL, not None, for a missing instance.
    unsafe {
        let get = (*descriptor.ty()).tp_descr_get?;
        Some(Owned::from_new(get(
            descriptor.as_raw(),
            or_null(instance),
            or_null(owner),
        )))
    }
}

/// Assigns to or deletes through a data descriptor; `None` where the object is none.
pub(crate) fn descriptor_set(
    descriptor: Borrowed<'_>,
    instance: Borrowed<'_>,
    value: Option<Borrowed<'_>>,
) -> Option<Res<()>> {
    // SAFETY: live objects; a NULL value deletes.
    unsafe {
        let set = (*descriptor.ty()).tp_descr_set?;
        Some(done(set(
            descriptor.as_raw(),
            instance.as_raw(),
            or_null(value),
        )))
    }
}
