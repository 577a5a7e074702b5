//! Values of exactly the built-in types: what can be read and shown without running anybody's code.

use super::super::compat::locked;
use super::super::error::{Raised, Res};
use super::super::object::{Borrowed, Owned, Raw};
use core::ptr;
use pyo3::ffi;
use std::path::PathBuf;

/// The built-in types whose values are shown from the inside.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// None, numbers: their own `repr` is short and runs nothing.
    Plain,
    Integer,
    Text,
    Bytes,
    List,
    Tuple,
    Dict,
    Set,
    Class,
    Other,
}

pub(crate) fn shape(object: Borrowed<'_>) -> Shape {
    let plain = [
        &raw mut ffi::PyBool_Type,
        &raw mut ffi::PyFloat_Type,
        &raw mut ffi::PyComplex_Type,
    ];
    if object.is(super::none()) || plain.into_iter().any(|ty| object.is_exactly(ty)) {
        return Shape::Plain;
    }
    let shapes = [
        (&raw mut ffi::PyUnicode_Type, Shape::Text),
        (&raw mut ffi::PyLong_Type, Shape::Integer),
        (&raw mut ffi::PyBytes_Type, Shape::Bytes),
        (&raw mut ffi::PyTuple_Type, Shape::Tuple),
        (&raw mut ffi::PyList_Type, Shape::List),
        (&raw mut ffi::PyDict_Type, Shape::Dict),
        (&raw mut ffi::PySet_Type, Shape::Set),
        (&raw mut ffi::PyFrozenSet_Type, Shape::Set),
        (&raw mut ffi::PyType_Type, Shape::Class),
    ];
    let known = shapes.into_iter().find(|(ty, _)| object.is_exactly(*ty));
    known.map_or(Shape::Other, |(_, shape)| shape)
}

/// How many bits an int has; its digits take time that grows with their square.
pub(crate) fn bits_of(integer: Borrowed<'_>) -> Res<u64> {
    let name = super::interned("bit_length")?;
    let bits = super::super::call::call_named(integer, name.get())?;
    unsigned(bits.get())
}

/// The first items of a list or a tuple.
pub(crate) fn first_of(sequence: Borrowed<'_>, most: usize) -> Vec<Owned> {
    if super::is_tuple(sequence) {
        let items = (0..most).map_while(|index| super::tuple_item(sequence, index));
        return items.map(Borrowed::own).collect();
    }
    let items = (0..most).map_while(|index| {
        // SAFETY: a list; the index is checked by the function, whose result is our own reference.
        let item = unsafe { ffi::compat::PyList_GetItemRef(sequence.as_raw(), index as isize) };
        // SAFETY: a new reference, or NULL past the end.
        let item = unsafe { Owned::from_nullable(item) };
        if item.is_none() {
            Raised::set_by_c().clear();
        }
        item
    });
    items.collect()
}

/// The first entries of a dict, taken out at once: showing them may run code that changes it.
pub(crate) fn entries_of(dict: Borrowed<'_>, most: usize) -> Vec<(Owned, Owned)> {
    locked(dict, || {
        let (mut place, mut key, mut value): (isize, Raw, Raw) =
            (0, ptr::null_mut(), ptr::null_mut());
        let mut found = Vec::new();
        // SAFETY: a dict that nobody changes while its lock is held and no code runs; the entries
        // are borrowed from it until they are owned.
        unsafe {
            while found.len() < most
                && ffi::PyDict_Next(dict.as_raw(), &mut place, &mut key, &mut value) != 0
            {
                let entry = (Borrowed::from_raw(key), Borrowed::from_raw(value));
                found.push((entry.0.own(), entry.1.own()));
            }
        }
        found
    })
}

/// The first items of what can be iterated over without running anybody's code.
pub(crate) fn first_by_iteration(container: Borrowed<'_>, most: usize) -> Res<Vec<Owned>> {
    let iterator = super::PyObject_GetIter(container)?;
    let mut found = Vec::new();
    while found.len() < most {
        // SAFETY: a live iterator; NULL at its end, with an exception where it failed.
        let item = unsafe { Owned::from_nullable(ffi::PyIter_Next(iterator.get().as_raw())) };
        let Some(item) = item else {
            Raised::set_by_c().clear();
            break;
        };
        found.push(item);
    }
    Ok(found)
}

/// The first characters of a string.
pub(crate) fn start_of_text(text: Borrowed<'_>, most: usize) -> Res {
    // SAFETY: a live string; the end is clipped by the function.
    unsafe { Owned::from_new(ffi::PyUnicode_Substring(text.as_raw(), 0, most as isize)) }
}

/// The first bytes of a bytes object.
pub(crate) fn start_of_bytes(bytes: Borrowed<'_>, most: usize) -> Res {
    // SAFETY: a live bytes object whose memory is at least as long as is copied.
    unsafe {
        let size = ffi::PyBytes_Size(bytes.as_raw()).min(most as isize);
        let start = ffi::PyBytes_AsString(bytes.as_raw());
        Owned::from_new(ffi::PyBytes_FromStringAndSize(start, size))
    }
}

/// The path that `os.fsencode` gave as these bytes.
pub(crate) fn encoded_path(bytes: Borrowed<'_>) -> Res<PathBuf> {
    let (mut start, mut size) = (ptr::null_mut(), 0);
    // SAFETY: the function refuses what is not a bytes object; its memory lives as long as it.
    let raw = unsafe {
        if ffi::PyBytes_AsStringAndSize(bytes.as_raw(), &mut start, &mut size) < 0 {
            return Err(Raised::set_by_c());
        }
        core::slice::from_raw_parts(start.cast::<u8>(), size as usize)
    };
    #[cfg(unix)]
    let path = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(raw).into();
    #[cfg(not(unix))]
    let path = String::from_utf8_lossy(raw).into_owned().into();
    Ok(path)
}

/// The name of a class, with its module where that is not `builtins`.
pub(crate) fn class_name(class: Borrowed<'_>) -> Res<String> {
    let name = super::interned("__qualname__")?;
    super::text(super::PyObject_GetAttr(class, name.get())?.get())
}

// ---- numbers ----

pub(crate) fn unsigned(object: Borrowed<'_>) -> Res<u64> {
    // SAFETY: a live object; what is no int, negative or too large is refused with an exception.
    let value = unsafe { ffi::PyLong_AsUnsignedLongLong(object.as_raw()) };
    // SAFETY: no conditions.
    if value == u64::MAX && unsafe { !ffi::PyErr_Occurred().is_null() } {
        return Err(Raised::set_by_c());
    }
    Ok(value)
}

pub(crate) fn int(value: u64) -> Res {
    // SAFETY: no conditions.
    unsafe { Owned::from_new(ffi::PyLong_FromUnsignedLongLong(value)) }
}

pub(crate) fn float_of(object: Borrowed<'_>) -> Res<f64> {
    // SAFETY: a live object; what is no number is refused with an exception.
    let value = unsafe { ffi::PyFloat_AsDouble(object.as_raw()) };
    // SAFETY: no conditions.
    if value == -1.0 && unsafe { !ffi::PyErr_Occurred().is_null() } {
        return Err(Raised::set_by_c());
    }
    Ok(value)
}

/// `threading.get_ident()`.
pub(crate) fn thread_ident() -> u64 {
    // SAFETY: no conditions.
    unsafe { ffi::PyThread_get_thread_ident() as u64 }
}

/// The function of a plain bound method.
pub(crate) fn method_function(method: Borrowed<'_>) -> Option<Owned> {
    if !super::is_plain_method(method) {
        return None;
    }
    // SAFETY: the layout of a method is a header and then function and instance, in every version.
    unsafe { Borrowed::from_nullable(*method.as_raw().add(1).cast::<Raw>()).map(Borrowed::own) }
}
