//! Types from the inside, immutable ones too: an entry of the dict, and the C slots of special
//! methods, which CPython fills from the dict for classes that can be assigned to, and only then.
//!
//! Slots are numbered in one order: those of the type itself, then those of its suites, of which a
//! static type may lack some, or have in common with others: with its base, or as `set` and
//! `frozenset` do. Before a slot is written, such a type is given suites of its own, which stay: other
//! threads may be about to read them.

use super::error::{Exc, Raised, Res, raise};
use super::object::{Borrowed, Owned};
use core::mem::{offset_of, size_of};
use core::ptr;
use pyo3::ffi::{self, PyTypeObject};
use std::sync::{Mutex, PoisonError};

const WORD: usize = size_of::<usize>();

/// Slots of the type object itself. Making and freeing instances is left out: C code relies on it.
const OWN: [usize; 12] = [
    offset_of!(PyTypeObject, tp_repr),
    offset_of!(PyTypeObject, tp_hash),
    offset_of!(PyTypeObject, tp_call),
    offset_of!(PyTypeObject, tp_str),
    offset_of!(PyTypeObject, tp_getattro),
    offset_of!(PyTypeObject, tp_setattro),
    offset_of!(PyTypeObject, tp_richcompare),
    offset_of!(PyTypeObject, tp_iter),
    offset_of!(PyTypeObject, tp_iternext),
    offset_of!(PyTypeObject, tp_descr_get),
    offset_of!(PyTypeObject, tp_descr_set),
    offset_of!(PyTypeObject, tp_init),
];

/// Those of [`OWN`] that make instances of a type descriptors.
const BINDING: core::ops::Range<usize> = 9..11;

/// Where a type points to a suite, and how many words that has.
const SUITES: [(usize, usize); 5] = [
    (
        offset_of!(PyTypeObject, tp_as_async),
        size_of::<ffi::PyAsyncMethods>() / WORD,
    ),
    (
        offset_of!(PyTypeObject, tp_as_number),
        size_of::<ffi::PyNumberMethods>() / WORD,
    ),
    (
        offset_of!(PyTypeObject, tp_as_mapping),
        size_of::<ffi::PyMappingMethods>() / WORD,
    ),
    (
        offset_of!(PyTypeObject, tp_as_sequence),
        size_of::<ffi::PySequenceMethods>() / WORD,
    ),
    (
        offset_of!(PyTypeObject, tp_as_buffer),
        size_of::<ffi::PyBufferProcs>() / WORD,
    ),
];

/// How many slots there are.
const SLOTS: usize =
    OWN.len() + SUITES[0].1 + SUITES[1].1 + SUITES[2].1 + SUITES[3].1 + SUITES[4].1;

/// Which suites were made here, by the addresses of their types and their own.
static OWN_SUITES: Mutex<Vec<(usize, usize)>> = Mutex::new(Vec::new());

/// The address of a slot; `None` where the type lacks the suite, and is not to have one of its own.
///
/// # Safety
/// `ty` is a live, ready type, and no other thread changes its suites meanwhile.
unsafe fn slot(ty: *mut PyTypeObject, index: usize, owned: bool) -> Option<*mut usize> {
    if let Some(offset) = OWN.get(index) {
        // SAFETY: a pointer-wide field of the type.
        return Some(unsafe { ty.cast::<u8>().add(*offset).cast() });
    }
    let mut inside = index - OWN.len();
    for (at, words) in SUITES {
        if inside < words {
            // SAFETY: the field points to a suite of that many words, or is NULL.
            unsafe {
                let field = ty.cast::<u8>().add(at).cast::<*mut usize>();
                // Those of heap types lie inside of them.
                if owned && ffi::PyType_HasFeature(ty, ffi::Py_TPFLAGS_HEAPTYPE) == 0 {
                    own_suite(ty, field, words);
                }
                return (!(*field).is_null()).then(|| (*field).add(inside));
            }
        }
        inside -= words;
    }
    None
}

/// Gives a static type a suite of its own, with what it had.
///
/// # Safety
/// As for `slot`; `field` is of this type and points to a suite of that many words, or is NULL.
unsafe fn own_suite(ty: *mut PyTypeObject, field: *mut *mut usize, words: usize) {
    let mut known = OWN_SUITES.lock().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: by the contract.
    unsafe {
        if known.contains(&(ty as usize, *field as usize)) {
            return;
        }
        let mut made = vec![0_usize; words].into_boxed_slice();
        if !(*field).is_null() {
            ptr::copy_nonoverlapping(*field, made.as_mut_ptr(), words);
        }
        *field = Box::leak(made).as_mut_ptr();
        known.push((ty as usize, *field as usize));
    }
}

/// All slots of a type, as a tuple of numbers.
pub(crate) fn slots(class: Borrowed<'_>) -> Res {
    let ty = class.as_raw().cast();
    let mut words = [0_usize; SLOTS];
    super::world::stopped(|| {
        for (index, word) in words.iter_mut().enumerate() {
            // SAFETY: callers checked that it is a type; nobody writes its slots meanwhile.
            *word = unsafe { slot(ty, index, false).map_or(0, |at| *at) };
        }
    });
    // SAFETY: a new tuple, filled before anybody sees it; setting an item takes the reference over.
    unsafe {
        let made = Owned::from_new(ffi::PyTuple_New(SLOTS as ffi::Py_ssize_t))?;
        for (index, word) in words.into_iter().enumerate() {
            let number = Owned::from_new(ffi::PyLong_FromSize_t(word))?;
            let index = index as ffi::Py_ssize_t;
            ffi::PyTuple_SET_ITEM(made.get().as_raw(), index, number.into_raw());
        }
        Ok(made)
    }
}

/// Puts one slot, as [`slots`] gave it for this or another type, into a type.
pub(crate) fn set_slot(class: Borrowed<'_>, place: Borrowed<'_>, value: Borrowed<'_>) -> Res<()> {
    let (place, value) = (number(place)?, number(value)?);
    if place >= SLOTS {
        return Err(raise(Exc::Value, "no slot of types has this place"));
    }
    let ty = class.as_raw().cast::<PyTypeObject>();
    super::world::stopped(|| {
        // SAFETY: callers checked that it is a type. The value is what a type had in this place.
        unsafe {
            let present = slot(ty, place, false).map_or(0, |at| *at);
            if present != value {
                if let Some(at) = slot(ty, place, true) {
                    *at = value;
                }
            }
        }
    });
    // SAFETY: a live type.
    unsafe { ffi::PyType_Modified(ty) };
    if BINDING.contains(&place) {
        forget_attributes();
    }
    Ok(())
}

/// Has CPython set the slots that a name decides anew, of a class that can be assigned to and has no
/// entry of that name: it does so as an entry comes and goes. Before it goes, these places are made
/// what the base has, as where a class is made: where a name decides two of them, that tells CPython
/// which one is meant.
pub(crate) fn update_slots(
    class: Borrowed<'_>,
    name: Borrowed<'_>,
    value: Borrowed<'_>,
    places: &[usize],
) -> Res<()> {
    let ty = class.as_raw().cast::<PyTypeObject>();
    // What the class holds is set in the way of `type`, whatever its metaclass does.
    // SAFETY: live objects; `type` has the slot.
    let set = |value: *mut ffi::PyObject| match unsafe { ffi::PyType_Type.tp_setattro } {
        // SAFETY: as above.
        Some(set) if unsafe { set(class.as_raw(), name.as_raw(), value) } == 0 => Ok(()),
        _ => Err(Raised::set_by_c()),
    };
    set(value.as_raw())?;
    super::world::stopped(|| {
        for place in places.iter().filter(|place| **place < SLOTS) {
            // SAFETY: callers checked that it is a class that can be assigned to, which has a base.
            unsafe {
                let inherited = slot((*ty).tp_base, *place, false).map_or(0, |at| *at);
                if let Some(at) = slot(ty, *place, false) {
                    *at = inherited;
                }
            }
        }
    });
    set(ptr::null_mut())
}

/// Makes all call sites look up attributes again, of whatever class: they remember, by the version
/// of the class alone, whether the value that it has is a descriptor and its metaclass has one.
fn forget_attributes() {
    // SAFETY: all types derive from this one, and forget with it.
    unsafe { ffi::PyType_Modified(&raw mut ffi::PyBaseObject_Type) };
}

pub(crate) fn number(object: Borrowed<'_>) -> Res<usize> {
    // SAFETY: a live object; what is no number, or does not fit, sets an exception.
    let value = unsafe { ffi::PyLong_AsSize_t(object.as_raw()) };
    // SAFETY: this thread is attached.
    if value == usize::MAX && !unsafe { ffi::PyErr_Occurred() }.is_null() {
        Err(Raised::set_by_c())
    } else {
        Ok(value)
    }
}

/// Sets or deletes an entry of a type's dict, whatever the type thinks of assignments, and makes
/// every call site forget what it knows of the type. Without the entry, deleting raises KeyError.
pub(crate) fn set_entry(
    class: Borrowed<'_>,
    name: Borrowed<'_>,
    value: Option<Borrowed<'_>>,
) -> Res<()> {
    let ty = class.as_raw().cast();
    let Some(dict) = super::compat::type_dict(ty) else {
        return Err(raise(Exc::Type, "the type has no dict"));
    };
    // Released only when nothing remembers it.
    let _former = super::api::dict_get(dict.get(), name)?;
    // SAFETY: live objects; a type's dict may be written as long as the type is told.
    let status = unsafe {
        let status = match value {
            Some(value) => ffi::PyDict_SetItem(dict.get().as_raw(), name.as_raw(), value.as_raw()),
            None => ffi::PyDict_DelItem(dict.get().as_raw(), name.as_raw()),
        };
        ffi::PyType_Modified(ty);
        status
    };
    // SAFETY: a live type.
    if unsafe { ffi::PyType_FastSubclass(ty, ffi::Py_TPFLAGS_TYPE_SUBCLASS) } != 0 {
        forget_attributes();
    }
    if status < 0 {
        Err(Raised::set_by_c())
    } else {
        Ok(())
    }
}

/// Whether calling the type goes past its `__new__` and `__init__`.
pub(crate) fn has_vectorcall(class: Borrowed<'_>) -> bool {
    // SAFETY: callers checked that it is a type.
    unsafe {
        (*class.as_raw().cast::<PyTypeObject>())
            .tp_vectorcall
            .is_some()
    }
}

/// Whether this is the interpreter that the process started with.
pub(crate) fn in_main_interpreter() -> bool {
    // SAFETY: this thread is attached to an interpreter.
    unsafe {
        ptr::eq(
            ffi::PyInterpreterState_Get(),
            ffi::PyInterpreterState_Main(),
        )
    }
}
