//! Generators, coroutines and what else is run in steps: resuming them, and ending as they do.
//!
//! 3.10 brought `am_send`, by which the value that ends them comes without an exception around it;
//! before, and for what has no such slot, it is taken out of the StopIteration.

use super::error::{Raised, Res};
use super::object::{Borrowed, Owned, Raw};
use super::shapes::Told;
use core::ffi::{c_int, c_void};
use core::ptr;
use pyo3::ffi;
use pyo3::ffi::PyType_Slot;

/// What one step gave.
pub(crate) enum Sent {
    Yielded(Owned),
    Returned(Owned),
}

/// Resumes something with a value, None to begin with.
#[inline]
pub(crate) fn send(steps: Borrowed<'_>, value: Borrowed<'_>) -> Res<Sent> {
    let mut found: Raw = ptr::null_mut();
    #[cfg(Py_3_10)]
    // SAFETY: live objects and a slot for the result, which is a new reference unless it fails.
    unsafe {
        match ffi::PyIter_Send(steps.as_raw(), value.as_raw(), &mut found) {
            ffi::PySendResult::PYGEN_RETURN => Owned::from_new(found).map(Sent::Returned),
            ffi::PySendResult::PYGEN_NEXT => Owned::from_new(found).map(Sent::Yielded),
            ffi::PySendResult::PYGEN_ERROR => Err(Raised::set_by_c()),
        }
    }
    #[cfg(not(Py_3_10))]
    // SAFETY: live objects; a NULL result comes with an exception, or with none for a plain end.
    unsafe {
        let ty = steps.ty();
        let next = (*ty)
            .tp_iternext
            .filter(|_| value.is(super::api::none()) && ffi::PyIter_Check(steps.as_raw()) != 0);
        let name = super::api::interned("send")?;
        let raw = match next {
            Some(next) => next(steps.as_raw()),
            None => ffi::PyObject_CallMethodObjArgs(
                steps.as_raw(),
                name.get().as_raw(),
                value.as_raw(),
                ptr::null_mut::<ffi::PyObject>(),
            ),
        };
        if let Some(yielded) = Owned::from_nullable(raw) {
            return Ok(Sent::Yielded(yielded));
        }
        if super::decl::_PyGen_FetchStopIterationValue(&mut found) < 0 {
            return Err(Raised::set_by_c());
        }
        Owned::from_new(found).map(Sent::Returned)
    }
}

/// The StopIteration by which `tp_iternext` and methods end with a value.
#[cold]
pub(crate) fn stop_with(value: Owned) -> Raised {
    // SAFETY: a live class and value; an instance is made, so that no value is taken for one or
    // for its arguments.
    unsafe {
        let class = ffi::PyExc_StopIteration;
        if value.get().is(super::api::none()) {
            ffi::PyErr_SetNone(class);
        } else {
            let made = super::call::call_with(Borrowed::from_raw(class), [value.get()]);
            if let Ok(made) = made {
                ffi::PyErr_SetObject(class, made.get().as_raw());
            }
        }
    }
    Raised::set_by_c()
}

/// For `tp_iternext`, where the end without a value needs no exception.
impl Told for Res<Option<Owned>> {
    type C = Raw;
    #[inline]
    fn told(self) -> Raw {
        self.ok().flatten().map_or(ptr::null_mut(), Owned::into_raw)
    }
}

/// A result as `am_send` gives it: the status and, apart, the value.
pub(crate) fn told_apart(result: Res<Sent>) -> (c_int, Raw) {
    match result {
        Ok(Sent::Returned(value)) => (0, value.into_raw()),
        Ok(Sent::Yielded(value)) => (1, value.into_raw()),
        Err(_) => (-1, ptr::null_mut()),
    }
}

pub(crate) type SendEntry = unsafe extern "C" fn(Raw, Raw, *mut Raw) -> c_int;

/// The slot of a send entry, where there is one.
pub(crate) fn send_slot(entry: SendEntry) -> Option<PyType_Slot> {
    #[cfg(Py_3_10)]
    {
        let pfunc = entry as *mut c_void;
        Some(PyType_Slot {
            slot: ffi::Py_am_send,
            pfunc,
        })
    }
    #[cfg(not(Py_3_10))]
    {
        let _ = entry as *mut c_void;
        None
    }
}

/// What a call gives that runs in steps, by its exact type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Steps {
    Coroutine,
    Generator,
    /// A generator that can be awaited: `types.coroutine`.
    Awaitable,
    AsyncGenerator,
}

pub(crate) fn steps_of(object: Borrowed<'_>) -> Option<Steps> {
    if object.is_exactly(&raw mut ffi::PyCoro_Type) {
        return Some(Steps::Coroutine);
    }
    if object.is_exactly(&raw mut ffi::PyAsyncGen_Type) {
        return Some(Steps::AsyncGenerator);
    }
    if !object.is_exactly(&raw mut ffi::PyGen_Type) {
        return None;
    }
    const ITERABLE_COROUTINE: u64 = 0x100;
    let flags = super::api::interned("gi_code")
        .and_then(|name| super::api::PyObject_GetAttr(object, name.get()))
        .and_then(|code| {
            let name = super::api::interned("co_flags")?;
            super::api::PyObject_GetAttr(code.get(), name.get())
        })
        .and_then(|flags| super::api::unsigned(flags.get()));
    match flags {
        Ok(flags) if flags & ITERABLE_COROUTINE != 0 => Some(Steps::Awaitable),
        Ok(_) => Some(Steps::Generator),
        Err(raised) => {
            raised.clear();
            Some(Steps::Generator)
        }
    }
}

/// `aiter.__anext__()`, through the slot.
pub(crate) fn async_next(object: Borrowed<'_>) -> Res {
    // SAFETY: a live object; its type's async slots live as long as the type.
    unsafe {
        let slots = (*object.ty()).tp_as_async;
        let next = if slots.is_null() {
            None
        } else {
            (*slots).am_anext
        };
        match next {
            Some(next) => Owned::from_new(next(object.as_raw())),
            None => Err(super::error::no_attribute(object, "__anext__")),
        }
    }
}
