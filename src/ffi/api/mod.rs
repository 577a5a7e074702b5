//! One safe line for each C function the crate calls. Names are CPython's where the table of slots
//! or a reader will look for them, shorter ones where the crate says them often.

mod attr;
mod classes;
mod context;
mod data;
mod exact;
mod imports;
mod questions;

pub(crate) use attr::*;
pub(crate) use classes::*;
pub(crate) use context::*;
pub(crate) use data::*;
pub(crate) use exact::*;
pub(crate) use imports::*;
pub(crate) use questions::*;

pub(crate) use super::compat::{GIL_GUARDS, OLD_FINDERS};
pub(crate) use super::error::warn_deprecated;

use super::error::{Raised, Res};
use super::object::{Borrowed, Field, Owned, Raw};
use core::ffi::c_int;
use core::ptr;
use pyo3::ffi;

/// Safe twins of C functions that take live objects and give a new reference or NULL.
macro_rules! object_functions {
    ($($name:ident($($arg:ident),*);)*) => {$(
        #[allow(non_snake_case, reason = "CPython's own name")]
        #[inline]
        pub(crate) fn $name($($arg: Borrowed<'_>),*) -> Res {
            // SAFETY: the arguments are live objects; the result is a new reference or NULL with
            // an exception set.
            unsafe { Owned::from_new(ffi::$name($($arg.as_raw()),*)) }
        }
    )*};
}

object_functions! {
    PyNumber_Absolute(a);
    PyNumber_Add(a, b);
    PyNumber_And(a, b);
    PyNumber_Divmod(a, b);
    PyNumber_Float(a);
    PyNumber_FloorDivide(a, b);
    PyNumber_InPlaceAdd(a, b);
    PyNumber_InPlaceAnd(a, b);
    PyNumber_InPlaceFloorDivide(a, b);
    PyNumber_InPlaceLshift(a, b);
    PyNumber_InPlaceMatrixMultiply(a, b);
    PyNumber_InPlaceMultiply(a, b);
    PyNumber_InPlaceOr(a, b);
    PyNumber_InPlacePower(a, b, c);
    PyNumber_InPlaceRemainder(a, b);
    PyNumber_InPlaceRshift(a, b);
    PyNumber_InPlaceSubtract(a, b);
    PyNumber_InPlaceTrueDivide(a, b);
    PyNumber_InPlaceXor(a, b);
    PyNumber_Index(a);
    PyNumber_Invert(a);
    PyNumber_Long(a);
    PyNumber_Lshift(a, b);
    PyNumber_MatrixMultiply(a, b);
    PyNumber_Multiply(a, b);
    PyNumber_Negative(a);
    PyNumber_Or(a, b);
    PyNumber_Positive(a);
    PyNumber_Power(a, b, c);
    PyNumber_Remainder(a, b);
    PyNumber_Rshift(a, b);
    PyNumber_Subtract(a, b);
    PyNumber_TrueDivide(a, b);
    PyNumber_Xor(a, b);
    PyObject_Dir(a);
    PyObject_Format(a, b);
    PyObject_GetAttr(a, b);
    PyObject_GetItem(a, b);
    PyObject_GetIter(a);
    PyObject_Str(a);
    PyObject_Repr(a);
    PyImport_Import(a);
    PySequence_Tuple(a);
    Py_GenericAlias(a, b);
}

#[inline]
fn done(status: c_int) -> Res<()> {
    if status < 0 {
        Err(Raised::set_by_c())
    } else {
        Ok(())
    }
}

#[inline]
fn answer(status: c_int) -> Res<bool> {
    done(status).map(|()| status != 0)
}

#[inline]
fn or_null(object: Option<Borrowed<'_>>) -> Raw {
    object.map_or(ptr::null_mut(), Borrowed::as_raw)
}

macro_rules! constants {
    ($($name:ident = $function:ident;)*) => {$(
        #[inline]
        pub(crate) fn $name() -> Borrowed<'static> {
            // SAFETY: the interpreter's singletons live as long as it does.
            unsafe { Borrowed::from_raw(ffi::$function()) }
        }
    )*};
}

constants! {
    none = Py_None;
    false_ = Py_False;
    true_ = Py_True;
    not_implemented = Py_NotImplemented;
}

pub(crate) fn bool_object(value: bool) -> Owned {
    if value { true_().own() } else { false_().own() }
}

/// Runs `work` one level deeper in the interpreter's recursion count, so that endless forwarding
/// ends in RecursionError and not in the machine's stack.
#[inline(never)]
pub(crate) fn guarded<R>(work: impl FnOnce() -> Res<R>) -> Res<R> {
    // SAFETY: entered and left in pairs on this thread.
    unsafe {
        if ffi::Py_EnterRecursiveCall(c" while forwarding through a proxy".as_ptr()) != 0 {
            return Err(Raised::set_by_c());
        }
        let result = work();
        ffi::Py_LeaveRecursiveCall();
        result
    }
}

/// Puts a value into a field and drops the old one now, where running user code is harmless.
#[inline]
pub(crate) fn replace(field: &Field, owner: Borrowed<'_>, value: Option<Owned>) {
    drop(field.swap(owner, value));
}
