//! Heap types and modules from specs. A slot is given with a function of its own C type, so a
//! mismatch does not compile.

use super::error::Res;
use super::object::{Borrowed, Owned};
use core::ffi::{CStr, c_int, c_uint, c_void};
use core::ptr;
use pyo3::ffi;
use pyo3::ffi::{PyGetSetDef, PyMemberDef, PyMethodDef, PyType_Slot};

/// A table that C reads for as long as the process lives, ended by a zeroed row.
#[repr(transparent)]
pub(crate) struct Table<T: 'static>(pub(crate) &'static [T]);

// SAFETY: the rows hold pointers to static strings and functions and are never written.
unsafe impl<T> Sync for Table<T> {}

/// Constructors of slots: `slot::nb_add(function)`.
pub(crate) mod slot {
    use super::*;

    macro_rules! slots {
        ($($id:ident $name:ident: $ty:ty;)*) => {$(
            pub(crate) fn $name(function: $ty) -> PyType_Slot {
                PyType_Slot { slot: ffi::$id, pfunc: function as *mut c_void }
            }
        )*};
    }

    slots! {
        Py_am_aiter am_aiter: ffi::unaryfunc;
        Py_am_anext am_anext: ffi::unaryfunc;
        Py_am_await am_await: ffi::unaryfunc;
        Py_mp_ass_subscript mp_ass_subscript: ffi::objobjargproc;
        Py_mp_length mp_length: ffi::lenfunc;
        Py_mp_subscript mp_subscript: ffi::binaryfunc;
        Py_nb_absolute nb_absolute: ffi::unaryfunc;
        Py_nb_add nb_add: ffi::binaryfunc;
        Py_nb_and nb_and: ffi::binaryfunc;
        Py_nb_bool nb_bool: ffi::inquiry;
        Py_nb_divmod nb_divmod: ffi::binaryfunc;
        Py_nb_float nb_float: ffi::unaryfunc;
        Py_nb_floor_divide nb_floor_divide: ffi::binaryfunc;
        Py_nb_index nb_index: ffi::unaryfunc;
        Py_nb_inplace_add nb_inplace_add: ffi::binaryfunc;
        Py_nb_inplace_and nb_inplace_and: ffi::binaryfunc;
        Py_nb_inplace_floor_divide nb_inplace_floor_divide: ffi::binaryfunc;
        Py_nb_inplace_lshift nb_inplace_lshift: ffi::binaryfunc;
        Py_nb_inplace_matrix_multiply nb_inplace_matrix_multiply: ffi::binaryfunc;
        Py_nb_inplace_multiply nb_inplace_multiply: ffi::binaryfunc;
        Py_nb_inplace_or nb_inplace_or: ffi::binaryfunc;
        Py_nb_inplace_power nb_inplace_power: ffi::ternaryfunc;
        Py_nb_inplace_remainder nb_inplace_remainder: ffi::binaryfunc;
        Py_nb_inplace_rshift nb_inplace_rshift: ffi::binaryfunc;
        Py_nb_inplace_subtract nb_inplace_subtract: ffi::binaryfunc;
        Py_nb_inplace_true_divide nb_inplace_true_divide: ffi::binaryfunc;
        Py_nb_inplace_xor nb_inplace_xor: ffi::binaryfunc;
        Py_nb_int nb_int: ffi::unaryfunc;
        Py_nb_invert nb_invert: ffi::unaryfunc;
        Py_nb_lshift nb_lshift: ffi::binaryfunc;
        Py_nb_matrix_multiply nb_matrix_multiply: ffi::binaryfunc;
        Py_nb_multiply nb_multiply: ffi::binaryfunc;
        Py_nb_negative nb_negative: ffi::unaryfunc;
        Py_nb_or nb_or: ffi::binaryfunc;
        Py_nb_positive nb_positive: ffi::unaryfunc;
        Py_nb_power nb_power: ffi::ternaryfunc;
        Py_nb_remainder nb_remainder: ffi::binaryfunc;
        Py_nb_rshift nb_rshift: ffi::binaryfunc;
        Py_nb_subtract nb_subtract: ffi::binaryfunc;
        Py_nb_true_divide nb_true_divide: ffi::binaryfunc;
        Py_nb_xor nb_xor: ffi::binaryfunc;
        Py_sq_contains sq_contains: ffi::objobjproc;
        Py_sq_length sq_length: ffi::lenfunc;
        Py_tp_call tp_call: ffi::ternaryfunc;
        Py_tp_clear tp_clear: ffi::inquiry;
        Py_tp_dealloc tp_dealloc: ffi::destructor;
        Py_tp_descr_get tp_descr_get: ffi::descrgetfunc;
        Py_tp_getattro tp_getattro: ffi::getattrofunc;
        Py_tp_hash tp_hash: ffi::hashfunc;
        Py_tp_init tp_init: ffi::initproc;
        Py_tp_iter tp_iter: ffi::getiterfunc;
        Py_tp_iternext tp_iternext: ffi::iternextfunc;
        Py_tp_new tp_new: ffi::newfunc;
        Py_tp_repr tp_repr: ffi::reprfunc;
        Py_tp_richcompare tp_richcompare: ffi::richcmpfunc;
        Py_tp_setattro tp_setattro: ffi::setattrofunc;
        Py_tp_str tp_str: ffi::reprfunc;
        Py_tp_traverse tp_traverse: ffi::traverseproc;
    }

    /// The docstring, which the type copies.
    pub(crate) fn doc(text: &'static CStr) -> PyType_Slot {
        PyType_Slot {
            slot: ffi::Py_tp_doc,
            pfunc: text.as_ptr().cast_mut().cast(),
        }
    }

    pub(crate) fn methods(table: &'static Table<PyMethodDef>) -> PyType_Slot {
        PyType_Slot {
            slot: ffi::Py_tp_methods,
            pfunc: table.0.as_ptr().cast_mut().cast(),
        }
    }

    pub(crate) fn getset(table: &'static Table<PyGetSetDef>) -> PyType_Slot {
        PyType_Slot {
            slot: ffi::Py_tp_getset,
            pfunc: table.0.as_ptr().cast_mut().cast(),
        }
    }

    pub(crate) fn members(table: &'static Table<PyMemberDef>) -> PyType_Slot {
        PyType_Slot {
            slot: ffi::Py_tp_members,
            pfunc: table.0.as_ptr().cast_mut().cast(),
        }
    }
}

// ---- rows of the tables ----

pub(crate) type Lone =
    unsafe extern "C" fn(*mut ffi::PyObject, *mut ffi::PyObject) -> *mut ffi::PyObject;

const fn method(
    name: &'static CStr,
    pointer: ffi::PyMethodDefPointer,
    flags: c_int,
    doc: Option<&'static CStr>,
) -> PyMethodDef {
    let ml_doc = match doc {
        Some(doc) => doc.as_ptr(),
        None => ptr::null(),
    };
    PyMethodDef {
        ml_name: name.as_ptr(),
        ml_meth: pointer,
        ml_flags: flags,
        ml_doc,
    }
}

pub(crate) const fn noargs(name: &'static CStr, function: Lone) -> PyMethodDef {
    method(
        name,
        ffi::PyMethodDefPointer {
            PyCFunction: function,
        },
        ffi::METH_NOARGS,
        None,
    )
}

pub(crate) const fn onearg(name: &'static CStr, function: Lone) -> PyMethodDef {
    method(
        name,
        ffi::PyMethodDefPointer {
            PyCFunction: function,
        },
        ffi::METH_O,
        None,
    )
}

pub(crate) const fn class_onearg(name: &'static CStr, function: Lone) -> PyMethodDef {
    let flags = ffi::METH_O | ffi::METH_CLASS;
    method(
        name,
        ffi::PyMethodDefPointer {
            PyCFunction: function,
        },
        flags,
        None,
    )
}

pub(crate) const fn fastcall(
    name: &'static CStr,
    function: ffi::PyCFunctionFastWithKeywords,
    doc: Option<&'static CStr>,
) -> PyMethodDef {
    let pointer = ffi::PyMethodDefPointer {
        PyCFunctionFastWithKeywords: function,
    };
    method(name, pointer, ffi::METH_FASTCALL | ffi::METH_KEYWORDS, doc)
}

pub(crate) const fn getset(
    name: &'static CStr,
    get: ffi::getter,
    set: Option<ffi::setter>,
) -> PyGetSetDef {
    PyGetSetDef {
        name: name.as_ptr(),
        get: Some(get),
        set,
        doc: ptr::null(),
        closure: ptr::null_mut(),
    }
}

/// A member by which CPython learns an offset: `__dictoffset__`, `__weaklistoffset__`,
/// `__vectorcalloffset__`.
pub(crate) const fn offset(name: &'static CStr, offset: usize) -> PyMemberDef {
    PyMemberDef {
        name: name.as_ptr(),
        type_code: ffi::Py_T_PYSSIZET,
        offset: offset as ffi::Py_ssize_t,
        flags: ffi::Py_READONLY,
        doc: ptr::null(),
    }
}

pub(crate) const METHODS_END: PyMethodDef = PyMethodDef::zeroed();
pub(crate) const GETSET_END: PyGetSetDef = PyGetSetDef {
    name: ptr::null(),
    get: None,
    set: None,
    doc: ptr::null(),
    closure: ptr::null_mut(),
};
pub(crate) const MEMBERS_END: PyMemberDef = PyMemberDef {
    name: ptr::null(),
    type_code: 0,
    offset: 0,
    flags: 0,
    doc: ptr::null(),
};

/// A heap type about to be made.
pub(crate) struct TypeDef {
    pub(crate) name: &'static CStr,
    pub(crate) basicsize: usize,
    /// Whether instances can be part of cycles.
    pub(crate) collected: bool,
    /// Whether classes may derive from it.
    pub(crate) base: bool,
    /// Whether instances carry a vectorcall function at `__vectorcalloffset__`.
    pub(crate) vectorcall: bool,
    pub(crate) slots: Vec<PyType_Slot>,
}

impl TypeDef {
    /// Makes the type for a module, derived from `base` or from `object`. `slots` must hold its
    /// `tp_dealloc` and, if it is collected, its `tp_traverse`.
    pub(crate) fn build(mut self, module: Borrowed<'_>, base: Option<Borrowed<'_>>) -> Res {
        let mut flags = ffi::Py_TPFLAGS_DEFAULT;
        if self.collected {
            flags |= ffi::Py_TPFLAGS_HAVE_GC;
        }
        if self.base {
            flags |= ffi::Py_TPFLAGS_BASETYPE;
        }
        if self.vectorcall {
            flags |= ffi::Py_TPFLAGS_HAVE_VECTORCALL;
        }
        self.slots.push(PyType_Slot {
            slot: 0,
            pfunc: ptr::null_mut(),
        });
        let mut spec = ffi::PyType_Spec {
            name: self.name.as_ptr(),
            basicsize: self.basicsize as c_int,
            itemsize: 0,
            flags: flags as c_uint,
            slots: self.slots.as_mut_ptr(),
        };
        let bases = base.map(|base| super::api::tuple([base])).transpose()?;
        let bases = bases
            .as_ref()
            .map_or(ptr::null_mut(), |bases| bases.get().as_raw());
        // SAFETY: a terminated spec whose tables and name are static; a tuple of types or NULL.
        unsafe {
            Owned::from_new(ffi::PyType_FromModuleAndSpec(
                module.as_raw(),
                &mut spec,
                bases,
            ))
        }
    }
}

/// Lets calls of the type itself skip `tp_new` and `tp_init`. Specs can say this from 3.14 only.
pub(crate) fn set_constructor(class: Borrowed<'_>, entry: ffi::vectorcallfunc) {
    // SAFETY: a type that was just made and that nobody has called yet.
    unsafe { (*class.as_raw().cast::<ffi::PyTypeObject>()).tp_vectorcall = Some(entry) };
}

/// An exception class `module.Name`.
pub(crate) fn new_exception(name: &'static CStr, doc: &'static CStr, base: Borrowed<'_>) -> Res {
    // SAFETY: static strings and a live exception class.
    unsafe {
        Owned::from_new(ffi::PyErr_NewExceptionWithDoc(
            name.as_ptr(),
            doc.as_ptr(),
            base.as_raw(),
            ptr::null_mut(),
        ))
    }
}

/// Adds a name to a module.
pub(crate) fn add_to_module(
    module: Borrowed<'_>,
    name: &'static CStr,
    value: Borrowed<'_>,
) -> Res<()> {
    // SAFETY: a module, a static string, a live object.
    let status = unsafe {
        ffi::compat::PyModule_AddObjectRef(module.as_raw(), name.as_ptr(), value.as_raw())
    };
    if status < 0 {
        Err(super::Raised::set_by_c())
    } else {
        Ok(())
    }
}
