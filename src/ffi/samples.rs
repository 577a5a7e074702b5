//! C functions of every convention, each with a definition of its own that may be written: what
//! patching is tried on before any definition of somebody else is touched.

use super::api;
use super::definition::CONVENTIONS;
use super::error::Res;
use super::object::{Borrowed, Owned, Raw};
use core::cell::UnsafeCell;
use core::{ptr, slice};
use pyo3::ffi;
use pyo3::ffi::{PyMethodDef, PyMethodDefPointer};

/// Each convention stands twice, for a function and for a method.
const COUNT: usize = 2 * CONVENTIONS.len();

struct Rows(UnsafeCell<[PyMethodDef; COUNT]>);

// SAFETY: filled at compile time; written only as any definition is, through its atomic pointer.
unsafe impl Sync for Rows {}

static ROWS: Rows = Rows(UnsafeCell::new(rows()));

const POINTERS: [PyMethodDefPointer; CONVENTIONS.len()] = [
    PyMethodDefPointer { PyCFunction: two },
    PyMethodDefPointer { PyCFunction: two },
    PyMethodDefPointer { PyCFunction: tuple },
    PyMethodDefPointer {
        PyCFunctionWithKeywords: three,
    },
    PyMethodDefPointer {
        PyCFunctionFast: vector,
    },
    PyMethodDefPointer {
        PyCFunctionFastWithKeywords: names,
    },
    PyMethodDefPointer { PyCMethod: class },
];

#[allow(
    clippy::indexing_slicing,
    reason = "checked by the compiler, in a constant"
)]
const fn rows() -> [PyMethodDef; COUNT] {
    let mut rows = [PyMethodDef::zeroed(); COUNT];
    let mut index = 0;
    while index < COUNT {
        rows[index] = PyMethodDef {
            ml_name: c"sample".as_ptr(),
            ml_meth: POINTERS[index / 2],
            ml_flags: CONVENTIONS[index / 2].1,
            ml_doc: ptr::null(),
        };
        index += 1;
    }
    rows
}

/// New callables of the samples, in the order of the conventions: in turn a function whose
/// `__self__` is `this`, and a method descriptor of the type of `this`.
pub(crate) fn callables(this: Borrowed<'_>) -> Res {
    let list = api::list()?;
    let first = ROWS.0.get().cast::<PyMethodDef>();
    for index in 0..COUNT {
        // SAFETY: one of the definitions, which are static; a class where the convention wants one.
        let made = unsafe {
            let definition = first.add(index);
            let defining = if (*definition).ml_flags & ffi::METH_METHOD != 0 {
                this.ty()
            } else {
                ptr::null_mut()
            };
            Owned::from_new(if index % 2 == 0 {
                ffi::PyCMethod_New(definition, this.as_raw(), ptr::null_mut(), defining)
            } else {
                ffi::PyDescr_NewMethod(this.ty(), definition)
            })?
        };
        api::list_append(list.get(), made.get())?;
    }
    Ok(list)
}

/// Answers with `self` and what else came, as a tuple.
///
/// # Safety
/// Live objects, or NULL for what is left out.
unsafe fn told(this: Raw, items: &[Raw]) -> Raw {
    let answer = || -> Res {
        let list = api::list()?;
        for item in core::iter::once(&this).chain(items) {
            // SAFETY: by this function's contract.
            if let Some(item) = unsafe { Borrowed::from_nullable(*item) } {
                api::list_append(list.get(), item)?;
            }
        }
        api::PySequence_Tuple(list.get())
    };
    answer().map_or(ptr::null_mut(), Owned::into_raw)
}

/// # Safety
/// As for `PySequence_Tuple` of a tuple, or NULL.
unsafe fn items<'a>(items: *const Raw, count: isize, names: Raw) -> &'a [Raw] {
    // SAFETY: by the calling convention; a call without arguments may come without an array.
    unsafe {
        let more = Borrowed::from_nullable(names).map_or(0, api::tuple_len);
        if items.is_null() {
            &[]
        } else {
            slice::from_raw_parts(items, count.unsigned_abs() + more)
        }
    }
}

unsafe extern "C" fn two(this: Raw, argument: Raw) -> Raw {
    // SAFETY: as the interpreter calls functions of this convention; so below.
    unsafe { told(this, &[argument]) }
}

unsafe extern "C" fn tuple(this: Raw, tuple: Raw) -> Raw {
    // SAFETY: a tuple, whose items are alive as long as it is.
    unsafe {
        let tuple = Borrowed::from_raw(tuple);
        let given = (0..api::tuple_len(tuple)).filter_map(|index| api::tuple_item(tuple, index));
        let given: Vec<Raw> = given.map(Borrowed::as_raw).collect();
        told(this, &given)
    }
}

unsafe extern "C" fn three(this: Raw, given: Raw, dict: Raw) -> Raw {
    // SAFETY: as above; the values of a dict that nobody else has are alive as long as it is.
    unsafe {
        if dict.is_null() {
            return tuple(this, given);
        }
        let values = Owned::from_new(ffi::PyDict_Values(dict)).and_then(|values| {
            let values = api::PySequence_Tuple(values.get())?;
            api::concat(Borrowed::from_raw(given), values.get())
        });
        values.map_or(ptr::null_mut(), |all| tuple(this, all.get().as_raw()))
    }
}

unsafe extern "C" fn vector(this: Raw, given: *mut Raw, count: isize) -> Raw {
    // SAFETY: as the interpreter calls functions of this convention.
    unsafe { told(this, items(given, count, ptr::null_mut())) }
}

unsafe extern "C" fn names(this: Raw, given: *const Raw, count: isize, names: Raw) -> Raw {
    // SAFETY: as the interpreter calls functions of this convention.
    unsafe { told(this, items(given, count, names)) }
}

unsafe extern "C" fn class(
    this: Raw,
    _class: *mut ffi::PyTypeObject,
    given: *const Raw,
    count: isize,
    names: Raw,
) -> Raw {
    // SAFETY: as the interpreter calls functions of this convention.
    unsafe { told(this, items(given, count, names)) }
}
