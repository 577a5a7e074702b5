//! Sizes, items, strings and containers.

use super::super::error::{Exc, Raised, Res};
use super::super::object::{Borrowed, Owned, Raw};
use super::{PyObject_Repr, done};
use core::ffi::{CStr, c_int};
use core::ptr;
use pyo3::ffi;

#[inline]
pub(crate) fn size(object: Borrowed<'_>) -> Res<isize> {
    // SAFETY: a live object.
    let size = unsafe { ffi::PyObject_Size(object.as_raw()) };
    if size < 0 {
        Err(Raised::set_by_c())
    } else {
        Ok(size)
    }
}

#[inline]
pub(crate) fn hash(object: Borrowed<'_>) -> Res<isize> {
    // SAFETY: a live object.
    let hash = unsafe { ffi::PyObject_Hash(object.as_raw()) };
    if hash == -1 {
        Err(Raised::set_by_c())
    } else {
        Ok(hash)
    }
}

#[inline]
pub(crate) fn set_item(
    object: Borrowed<'_>,
    key: Borrowed<'_>,
    value: Option<Borrowed<'_>>,
) -> Res<()> {
    let (object, key) = (object.as_raw(), key.as_raw());
    done(match value {
        // SAFETY: live objects.
        Some(value) => unsafe { ffi::PyObject_SetItem(object, key, value.as_raw()) },
        // SAFETY: live objects.
        None => unsafe { ffi::PyObject_DelItem(object, key) },
    })
}

#[inline]
pub(crate) fn compare(a: Borrowed<'_>, b: Borrowed<'_>, operation: c_int) -> Res {
    // SAFETY: live objects; the operation comes from the interpreter.
    unsafe { Owned::from_new(ffi::PyObject_RichCompare(a.as_raw(), b.as_raw(), operation)) }
}

pub(crate) fn string(text: &str) -> Res {
    // SAFETY: UTF-8 of the given length, copied.
    unsafe {
        Owned::from_new(ffi::PyUnicode_FromStringAndSize(
            text.as_ptr().cast(),
            text.len() as ffi::Py_ssize_t,
        ))
    }
}

/// A string's text; other objects have none.
pub(crate) fn text(object: Borrowed<'_>) -> Res<String> {
    text_of(object).map(str::to_owned)
}

/// A string's text in place; other objects have none, nor have strings with lone surrogates.
#[inline]
pub(crate) fn text_of<'a>(object: Borrowed<'a>) -> Res<&'a str> {
    let mut length: ffi::Py_ssize_t = 0;
    // SAFETY: the function refuses what is not a string; the bytes are UTF-8, never change, and
    // live as long as the object.
    unsafe {
        let bytes = ffi::PyUnicode_AsUTF8AndSize(object.as_raw(), &mut length);
        if bytes.is_null() {
            return Err(Raised::set_by_c());
        }
        let bytes = core::slice::from_raw_parts(bytes.cast::<u8>(), length as usize);
        Ok(core::str::from_utf8_unchecked(bytes))
    }
}

/// Asks something of a string's text, without a copy; None where it has none that is Unicode.
#[inline]
pub(crate) fn with_text<R>(object: Borrowed<'_>, ask: impl FnOnce(&str) -> R) -> Option<R> {
    let mut length: ffi::Py_ssize_t = 0;
    // SAFETY: the function refuses what is not a string; its bytes are UTF-8 and live as long as
    // the object, which is borrowed while they are asked.
    unsafe {
        let bytes = ffi::PyUnicode_AsUTF8AndSize(object.as_raw(), &mut length);
        if bytes.is_null() {
            Raised::set_by_c().clear();
            return None;
        }
        let bytes = core::slice::from_raw_parts(bytes.cast::<u8>(), length as usize);
        Some(ask(core::str::from_utf8_unchecked(bytes)))
    }
}

/// The name of an object's type, for messages.
pub(crate) fn type_name(object: Borrowed<'_>) -> String {
    // SAFETY: a live object's type has a NUL-terminated name.
    unsafe { CStr::from_ptr((*object.ty()).tp_name) }
        .to_string_lossy()
        .into_owned()
}

/// `repr(object)` for messages: what fails to print itself is named by its type.
#[cold]
pub(crate) fn describe(object: Borrowed<'_>) -> String {
    match PyObject_Repr(object).and_then(|shown| text(shown.get())) {
        Ok(shown) => shown,
        Err(raised) => {
            raised.clear();
            format!("<{} object>", type_name(object))
        }
    }
}

#[inline]
pub(crate) fn dict() -> Res {
    // SAFETY: no conditions.
    unsafe { Owned::from_new(ffi::PyDict_New()) }
}

#[inline]
pub(crate) fn dict_set(dict: Borrowed<'_>, key: Borrowed<'_>, value: Borrowed<'_>) -> Res<()> {
    // SAFETY: a dict and live objects.
    done(unsafe { ffi::PyDict_SetItem(dict.as_raw(), key.as_raw(), value.as_raw()) })
}

pub(crate) fn dict_copy(dict: Borrowed<'_>) -> Res {
    // SAFETY: a dict.
    unsafe { Owned::from_new(ffi::PyDict_Copy(dict.as_raw())) }
}

pub(crate) fn dict_update(dict: Borrowed<'_>, other: Borrowed<'_>) -> Res<()> {
    // SAFETY: a dict and a mapping.
    done(unsafe { ffi::PyDict_Update(dict.as_raw(), other.as_raw()) })
}

/// The value of a key; `None` where there is none.
pub(crate) fn dict_get(dict: Borrowed<'_>, key: Borrowed<'_>) -> Res<Option<Owned>> {
    let mut found: Raw = ptr::null_mut();
    // SAFETY: a dict, a live key, a slot for the new reference.
    done(unsafe { ffi::compat::PyDict_GetItemRef(dict.as_raw(), key.as_raw(), &mut found) })?;
    // SAFETY: NULL or a new reference.
    Ok(unsafe { Owned::from_nullable(found) })
}

pub(crate) fn list() -> Res {
    // SAFETY: no conditions.
    unsafe { Owned::from_new(ffi::PyList_New(0)) }
}

pub(crate) fn list_append(list: Borrowed<'_>, item: Borrowed<'_>) -> Res<()> {
    // SAFETY: a list and a live object.
    done(unsafe { ffi::PyList_Append(list.as_raw(), item.as_raw()) })
}

/// Two tuples as one.
pub(crate) fn concat(front: Borrowed<'_>, back: Borrowed<'_>) -> Res {
    // SAFETY: two sequences.
    unsafe { Owned::from_new(ffi::PySequence_Concat(front.as_raw(), back.as_raw())) }
}

pub(crate) fn dict_len(dict: Borrowed<'_>) -> usize {
    // SAFETY: a dict.
    unsafe { ffi::PyDict_Size(dict.as_raw()) }.unsigned_abs()
}

#[inline]
pub(crate) fn tuple_len(tuple: Borrowed<'_>) -> usize {
    // SAFETY: a tuple.
    unsafe { ffi::PyTuple_GET_SIZE(tuple.as_raw()) }.unsigned_abs()
}

/// The length of an object that ought to be a tuple.
pub(crate) fn tuple_len_of(object: Borrowed<'_>) -> Res<usize> {
    // SAFETY: a live object; anything that is no tuple is refused with an exception.
    let length = unsafe { ffi::PyTuple_Size(object.as_raw()) };
    if length < 0 {
        Err(Raised::set_by_c())
    } else {
        Ok(length.unsigned_abs())
    }
}

#[inline]
pub(crate) fn tuple_item(tuple: Borrowed<'_>, index: usize) -> Option<Borrowed<'_>> {
    if index >= tuple_len(tuple) {
        return None;
    }
    // SAFETY: a tuple and an index inside; the tuple keeps its items alive.
    unsafe {
        Borrowed::from_nullable(ffi::PyTuple_GET_ITEM(
            tuple.as_raw(),
            index as ffi::Py_ssize_t,
        ))
    }
}

pub(crate) fn tuple_from(tuple: Borrowed<'_>, start: usize) -> Res {
    // SAFETY: a tuple; the bounds are clipped by the function.
    unsafe {
        Owned::from_new(ffi::PyTuple_GetSlice(
            tuple.as_raw(),
            start as ffi::Py_ssize_t,
            tuple_len(tuple) as ffi::Py_ssize_t,
        ))
    }
}

/// A tuple of these objects.
#[inline]
pub(crate) fn tuple<const N: usize>(items: [Borrowed<'_>; N]) -> Res {
    // SAFETY: every slot of the new tuple is filled, with a reference of its own, before it is seen.
    unsafe {
        let tuple = Owned::from_new(ffi::PyTuple_New(N as ffi::Py_ssize_t))?;
        for (index, item) in items.into_iter().enumerate() {
            ffi::PyTuple_SET_ITEM(
                tuple.get().as_raw(),
                index as ffi::Py_ssize_t,
                item.own().into_raw(),
            );
        }
        Ok(tuple)
    }
}

/// A string that is interned, as attribute names are.
pub(crate) fn interned(text: &str) -> Res {
    let mut raw = string(text)?.into_raw();
    // SAFETY: the pointer owns its reference before and after, whichever string it then is.
    unsafe {
        ffi::PyUnicode_InternInPlace(&mut raw);
        Owned::from_new(raw)
    }
}

/// Whether a string ends with this text.
pub(crate) fn ends_with(object: Borrowed<'_>, end: &str) -> Res<bool> {
    Ok(text(object)?.ends_with(end))
}

/// Whether a string is a path of more than one segment.
pub(crate) fn has_dot(object: Borrowed<'_>) -> Res<bool> {
    // SAFETY: a live string; the bounds are the whole of it.
    let found =
        unsafe { ffi::PyUnicode_FindChar(object.as_raw(), u32::from('.'), 0, isize::MAX, 1) };
    if found == -2 {
        Err(Raised::set_by_c())
    } else {
        Ok(found >= 0)
    }
}

/// The value of an object that is an integer, if it is small enough.
pub(crate) fn integer_value(object: Borrowed<'_>) -> Res<i64> {
    let index = super::PyNumber_Index(object)?;
    // SAFETY: an int; -1 may be the value or mean an exception.
    unsafe {
        let value = ffi::PyLong_AsLongLong(index.get().as_raw());
        if value == -1 && !ffi::PyErr_Occurred().is_null() {
            return Err(Raised::set_by_c());
        }
        Ok(value)
    }
}

/// `id(object)`.
#[inline]
pub(crate) fn address(object: Borrowed<'_>) -> Res {
    // SAFETY: the address is a number here.
    unsafe { Owned::from_new(ffi::PyLong_FromVoidPtr(object.as_raw().cast())) }
}

/// Whether an object is a weak reference to another one.
#[inline]
pub(crate) fn refers_weakly(reference: Borrowed<'_>, object: Borrowed<'_>) -> bool {
    // SAFETY: a live object.
    let is_reference = unsafe { ffi::PyWeakref_CheckRef(reference.as_raw()) != 0 };
    is_reference && referent(reference).is_some_and(|found| found.get().is(object))
}

/// A weak reference to an object; None where its type does not allow any.
pub(crate) fn weak_reference(object: Borrowed<'_>) -> Res<Option<Owned>> {
    // SAFETY: a live object; the result is a new reference or NULL with an exception set.
    let made = unsafe { Owned::from_new(ffi::PyWeakref_NewRef(object.as_raw(), ptr::null_mut())) };
    match made {
        Ok(reference) => Ok(Some(reference)),
        Err(raised) if raised.is(Exc::Type) => {
            raised.clear();
            Ok(None)
        }
        Err(raised) => Err(raised),
    }
}

/// What a weak reference refers to, unless it is gone.
pub(crate) fn referent(reference: Borrowed<'_>) -> Option<Owned> {
    let mut found: Raw = ptr::null_mut();
    // SAFETY: a live weak reference; what it refers to comes as a new reference or NULL.
    unsafe {
        ffi::compat::PyWeakref_GetRef(reference.as_raw(), &mut found);
        Owned::from_nullable(found)
    }
}

pub(crate) fn integer(value: i64) -> Res {
    // SAFETY: gives a new reference or NULL.
    unsafe { Owned::from_new(ffi::PyLong_FromLongLong(value)) }
}

/// The time of day as `time.time()` gives it; a clock before 1970 reads zero.
pub(crate) fn time() -> Res {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let seconds = since.map_or(0.0, |passed| passed.as_secs_f64());
    // SAFETY: gives a new reference or NULL.
    unsafe { Owned::from_new(ffi::PyFloat_FromDouble(seconds)) }
}
