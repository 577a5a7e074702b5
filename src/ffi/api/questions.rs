//! Questions about an object that are answered with yes or no.

use super::super::decl;
use super::super::error::Res;
use super::super::object::{Borrowed, Raw};
use super::answer;
use pyo3::ffi;

/// Whether an exception is on its way.
#[inline]
pub(crate) fn is_raising() -> bool {
    // SAFETY: callers hold the GIL, or are attached to the interpreter.
    unsafe { !ffi::PyErr_Occurred().is_null() }
}

#[inline]
pub(crate) fn is_true(object: Borrowed<'_>) -> Res<bool> {
    // SAFETY: a live object.
    answer(unsafe { ffi::PyObject_IsTrue(object.as_raw()) })
}

#[inline]
pub(crate) fn is_instance(object: Borrowed<'_>, class: Borrowed<'_>) -> Res<bool> {
    // SAFETY: live objects.
    answer(unsafe { ffi::PyObject_IsInstance(object.as_raw(), class.as_raw()) })
}

#[inline]
pub(crate) fn is_subclass(class: Borrowed<'_>, base: Borrowed<'_>) -> Res<bool> {
    // SAFETY: live objects.
    answer(unsafe { ffi::PyObject_IsSubclass(class.as_raw(), base.as_raw()) })
}

#[inline]
pub(crate) fn contains(container: Borrowed<'_>, item: Borrowed<'_>) -> Res<bool> {
    // SAFETY: live objects.
    answer(unsafe { ffi::PySequence_Contains(container.as_raw(), item.as_raw()) })
}

#[inline]
pub(crate) fn is_callable(object: Borrowed<'_>) -> bool {
    // SAFETY: a live object.
    unsafe { ffi::PyCallable_Check(object.as_raw()) != 0 }
}

#[inline]
pub(crate) fn is_type(object: Borrowed<'_>) -> bool {
    // SAFETY: a live object.
    unsafe { ffi::PyType_Check(object.as_raw()) != 0 }
}

#[inline]
pub(crate) fn is_dict(object: Borrowed<'_>) -> bool {
    // SAFETY: a live object.
    unsafe { ffi::PyDict_Check(object.as_raw()) != 0 }
}

#[inline]
pub(crate) fn is_tuple(object: Borrowed<'_>) -> bool {
    // SAFETY: a live object.
    unsafe { ffi::PyTuple_Check(object.as_raw()) != 0 }
}

#[inline]
pub(crate) fn is_string(object: Borrowed<'_>) -> bool {
    // SAFETY: a live object.
    unsafe { ffi::PyUnicode_Check(object.as_raw()) != 0 }
}

/// `weakref.proxy` objects, callable or not.
pub(crate) fn is_weak_proxy(object: Borrowed<'_>) -> bool {
    object.is_exactly(&raw mut decl::_PyWeakref_ProxyType)
        || object.is_exactly(&raw mut decl::_PyWeakref_CallableProxyType)
}

/// Whether calling the object is counted by the interpreter against endless recursion: Python
/// functions are, and methods of them.
#[inline]
pub(crate) fn counts_recursion(callable: Borrowed<'_>) -> bool {
    is_plain_function(callable) || is_method_of_function(callable)
}

fn is_method_of_function(object: Borrowed<'_>) -> bool {
    // SAFETY: the layout of a method is a header and then function and instance, in every version.
    is_plain_method(object)
        && unsafe {
            Borrowed::from_nullable(*object.as_raw().add(1).cast::<Raw>())
                .is_some_and(is_plain_function)
        }
}

/// What a function can be inside of.
#[derive(Clone, Copy)]
pub(crate) enum Inside {
    ClassMethod,
    StaticMethod,
}

/// Which kind of method of exactly the interpreter's own types an object is, if it is one of that
/// function.
#[inline]
pub(crate) fn function_inside(object: Borrowed<'_>, function: Borrowed<'_>) -> Option<Inside> {
    let kind = if object.is_exactly(&raw mut ffi::PyClassMethod_Type) {
        Inside::ClassMethod
    } else if object.is_exactly(&raw mut ffi::PyStaticMethod_Type) {
        Inside::StaticMethod
    } else {
        return None;
    };
    // SAFETY: both have the callable after the header, in every version; it is compared, not used.
    let callable = unsafe { *object.as_raw().add(1).cast::<Raw>() };
    core::ptr::eq(callable, function.as_raw()).then_some(kind)
}

pub(crate) fn is_builtin_function(object: Borrowed<'_>) -> bool {
    // SAFETY: a live object.
    unsafe { ffi::PyCFunction_Check(object.as_raw()) != 0 }
}

#[inline]
pub(crate) fn is_plain_function(object: Borrowed<'_>) -> bool {
    object.is_exactly(&raw mut ffi::PyFunction_Type)
}

#[inline]
pub(crate) fn is_plain_method(object: Borrowed<'_>) -> bool {
    object.is_exactly(&raw mut decl::PyMethod_Type)
}

/// Whether the object's type derives from `class`, by its real type, asking no `__class__`.
#[inline]
pub(crate) fn has_type(object: Borrowed<'_>, class: Borrowed<'_>) -> bool {
    object.type_object().is(class)
        // SAFETY: both are live types.
        || unsafe { ffi::PyType_IsSubtype(object.ty(), class.as_raw().cast()) != 0 }
}

macro_rules! builtin_types {
    ($($name:ident = $path:expr;)*) => {$(
        pub(crate) fn $name() -> Borrowed<'static> {
            // SAFETY: built-in types are static.
            unsafe { Borrowed::from_raw((&raw mut $path).cast()) }
        }
    )*};
}

builtin_types! {
    bytes_type = ffi::PyBytes_Type;
    classmethod_type = ffi::PyClassMethod_Type;
    complex_type = ffi::PyComplex_Type;
    dict_type = ffi::PyDict_Type;
    function_type = ffi::PyFunction_Type;
    method_type = decl::PyMethod_Type;
    module_type = ffi::PyModule_Type;
    reversed_type = ffi::PyReversed_Type;
    staticmethod_type = ffi::PyStaticMethod_Type;
    type_type = ffi::PyType_Type;
}
