//! C functions that every supported CPython exports and pyo3's ffi does not declare.

use core::ffi::{c_char, c_int};
#[cfg(Py_GIL_DISABLED)]
use pyo3::ffi::PyInterpreterState;
#[cfg(all(Py_3_12, not(Py_GIL_DISABLED)))]
use pyo3::ffi::vectorcallfunc;
use pyo3::ffi::{PyObject, PyTypeObject};

unsafe extern "C" {
    /// Binds a callable to an instance: `types.MethodType(function, instance)`.
    pub(crate) fn PyMethod_New(function: *mut PyObject, instance: *mut PyObject) -> *mut PyObject;

    /// `object.__getattribute__`; with `suppress` a missing attribute is NULL without an exception,
    /// which spares raising and clearing one.
    pub(crate) fn _PyObject_GenericGetAttrWithDict(
        object: *mut PyObject,
        name: *mut PyObject,
        dict: *mut PyObject,
        suppress: c_int,
    ) -> *mut PyObject;

    /// The raw entry of a name in the `__dict__`s along a type's MRO, borrowed, through the method
    /// cache; NULL without an exception where there is none.
    #[cfg(not(Py_GIL_DISABLED))]
    pub(crate) fn _PyType_Lookup(ty: *mut PyTypeObject, name: *mut PyObject) -> *mut PyObject;

    /// The same with a reference of the caller's own, which a build without the GIL needs.
    #[cfg(Py_GIL_DISABLED)]
    pub(crate) fn _PyType_LookupRef(ty: *mut PyTypeObject, name: *mut PyObject) -> *mut PyObject;

    /// Makes calls of a function go elsewhere, and call sites forget it.
    #[cfg(all(Py_3_12, not(Py_GIL_DISABLED)))]
    pub(crate) fn PyFunction_SetVectorcall(function: *mut PyObject, entry: vectorcallfunc);

    /// Stops all other threads of the interpreter at points where they hold nothing of ours, and
    /// lets them go on.
    #[cfg(Py_GIL_DISABLED)]
    pub(crate) fn _PyEval_StopTheWorld(interpreter: *mut PyInterpreterState);
    #[cfg(Py_GIL_DISABLED)]
    pub(crate) fn _PyEval_StartTheWorld(interpreter: *mut PyInterpreterState);

    /// The value of the StopIteration that is set, which it clears; None where no exception is set,
    /// -1 where another one is.
    #[cfg(not(Py_3_10))]
    pub(crate) fn _PyGen_FetchStopIterationValue(value: *mut *mut PyObject) -> c_int;

    /// Tells audit hooks of an event; the arguments follow as the format says.
    pub(crate) fn PySys_Audit(event: *const c_char, format: *const c_char, ...) -> c_int;

    pub(crate) static mut PyMethod_Type: PyTypeObject;
    pub(crate) static mut _PyWeakref_ProxyType: PyTypeObject;
    pub(crate) static mut _PyWeakref_CallableProxyType: PyTypeObject;
}
