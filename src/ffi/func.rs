//! Function objects from the inside: the fields that decide what a call does, read and replaced
//! together, at once for every thread.
//!
//! CPython has setters for most of them, one at a time, and runs audit hooks between two; a call
//! that falls in between would meet code with another function's closure. So the fields are
//! exchanged here in one go: with the GIL nothing can run in between, and without it the other
//! threads are stopped. Stopping them costs as long as it takes the scheduler to run each of them
//! once, so it is done for changes, and reading is done without where it can be ([`steady`]).
//! Versions by which call sites remember a function are cleared by CPython's own setter first,
//! because its bookkeeping of them is private; without the GIL there is none, and they are cleared
//! with the exchange.

#[cfg(not(Py_GIL_DISABLED))]
use super::error::Raised;
use super::error::{Exc, Res, raise};
use super::hook::Redirect;
use super::object::{Borrowed, Owned, Raw};
use super::world::{steady, stopped};
use core::ptr;
#[cfg(Py_3_13)]
use core::sync::atomic::{AtomicU32, Ordering};
use pyo3::ffi;
use pyo3::ffi::PyFunctionObject;

/// How many fields make up a function's behaviour.
pub(crate) const FIELDS: usize = 9;

/// The fields, in the order of [`NAMES`]; `None` where the function has none.
pub(crate) type Fields = [Option<Owned>; FIELDS];

/// What each field is as an attribute; empty where none gives the field itself.
pub(crate) const NAMES: [&str; FIELDS] = [
    "__code__",
    "__globals__",
    if cfg!(Py_3_10) { "__builtins__" } else { "" },
    "__defaults__",
    "__kwdefaults__",
    "__closure__",
    "__annotations__",
    if cfg!(Py_3_14) { "__annotate__" } else { "" },
    if cfg!(Py_3_12) { "__type_params__" } else { "" },
];

/// Those that a trampoline changes and that identify who changed a function last: code, globals,
/// defaults, keyword defaults, closure. Annotations are made on first use and prove nothing.
const IDENTITY: [usize; 5] = [0, 1, 3, 4, 5];

/// The places of the fields in a function; `None` where this CPython has no such field.
///
/// # Safety
/// `function` is a live function object.
unsafe fn places(function: Raw) -> [Option<*mut Raw>; FIELDS] {
    let f = function.cast::<PyFunctionObject>();
    // SAFETY: a function object has this layout, which the self-check of `inplace::layout` confirms.
    unsafe {
        [
            Some(&raw mut (*f).func_code),
            Some(&raw mut (*f).func_globals),
            #[cfg(Py_3_10)]
            Some(&raw mut (*f).func_builtins),
            #[cfg(not(Py_3_10))]
            None,
            Some(&raw mut (*f).func_defaults),
            Some(&raw mut (*f).func_kwdefaults),
            Some(&raw mut (*f).func_closure),
            Some(&raw mut (*f).func_annotations),
            #[cfg(Py_3_14)]
            Some(&raw mut (*f).func_annotate),
            #[cfg(not(Py_3_14))]
            None,
            #[cfg(Py_3_12)]
            Some(&raw mut (*f).func_typeparams),
            #[cfg(not(Py_3_12))]
            None,
        ]
    }
}

/// The fields of a function as they stand; no other thread can change them meanwhile.
pub(crate) fn read(function: Borrowed<'_>) -> Fields {
    steady(function, || {
        // SAFETY: callers checked that it is a function; the fields hold live objects or NULL.
        unsafe {
            places(function.as_raw())
                .map(|place| place.and_then(|at| Borrowed::from_nullable(*at).map(Borrowed::own)))
        }
    })
}

/// Puts `new` in, provided that what identifies the function is still as in `expected` and that its
/// calls go where `redirect` believes. Gives back what stood there, or `None` where it was something
/// else.
pub(crate) fn exchange(
    function: Borrowed<'_>,
    new: &Fields,
    expected: Option<&Fields>,
    redirect: Redirect,
) -> Option<Fields> {
    let mut incoming = new.clone();
    stopped(|| {
        // SAFETY: callers checked that it is a function, and that the values are of the kinds the
        // fields hold; nothing runs between the look and the last store, so that no call can see
        // a mixture. What the fields owned is given to the caller.
        unsafe {
            let places = places(function.as_raw());
            let same = |expected| {
                IDENTITY
                    .iter()
                    .all(|&index| holds(&places, expected, index))
            };
            if !expected.is_none_or(same) || !redirect.fits(function) {
                return None;
            }
            #[cfg(Py_GIL_DISABLED)]
            clear_version(function);
            let mut former: Fields = Default::default();
            for ((place, value), old) in places.iter().zip(&mut incoming).zip(&mut former) {
                if let Some(at) = *place {
                    let raw = value.take().map_or(ptr::null_mut(), Owned::into_raw);
                    *old = Owned::from_nullable(ptr::replace(at, raw));
                }
            }
            redirect.put(function);
            Some(former)
        }
    })
}

/// What a function is called and told of by, in this order: name, qualified name, module, docstring.
pub(crate) type Labels = [Owned; 4];

/// A new function with these fields, which hold what fields of their kind can, and these labels. No
/// thread need be stopped for it, since none knows it.
pub(crate) fn made(fields: Fields, labels: Labels, redirect: Redirect) -> Res {
    let [Some(code), Some(globals), ..] = &fields else {
        return Err(raise(Exc::Type, "a function needs code and globals"));
    };
    let [name, qualified_name, module, doc] = labels;
    // SAFETY: code and a dict, and a string, as the callers checked; then stores into the function
    // that was just made, of values of the kinds its fields hold.
    unsafe {
        let made = Owned::from_new(ffi::PyFunction_NewWithQualName(
            code.get().as_raw(),
            globals.get().as_raw(),
            qualified_name.get().as_raw(),
        ))?;
        let raw = made.get().as_raw();
        let f = raw.cast::<PyFunctionObject>();
        for (place, value) in places(raw).into_iter().zip(fields) {
            if let Some(at) = place {
                put(at, value);
            }
        }
        put(&raw mut (*f).func_name, Some(name));
        put(&raw mut (*f).func_module, Some(module));
        put(&raw mut (*f).func_doc, Some(doc));
        #[cfg(Py_GIL_DISABLED)]
        if redirect.on {
            clear_version(made.get());
        }
        redirect.put(made.get());
        Ok(made)
    }
}

/// # Safety
/// The place is a field of a live function that nobody else uses meanwhile.
unsafe fn put(at: *mut Raw, value: Option<Owned>) {
    let new = value.map_or(ptr::null_mut(), Owned::into_raw);
    // SAFETY: by this function's contract; what the field owned is dropped after the store.
    drop(unsafe { Owned::from_nullable(ptr::replace(at, new)) });
}

/// # Safety
/// The places are those of a live function that nobody writes meanwhile.
unsafe fn holds(places: &[Option<*mut Raw>; FIELDS], fields: &Fields, index: usize) -> bool {
    let Some(Some(at)) = places.get(index) else {
        return true;
    };
    let wanted = fields.get(index).and_then(Option::as_ref);
    // SAFETY: by this function's contract.
    unsafe {
        ptr::eq(
            **at,
            wanted.map_or(ptr::null_mut(), |value| value.get().as_raw()),
        )
    }
}

/// Makes every call site forget what it knows of the function, by setting the defaults that it has.
#[cfg(not(Py_GIL_DISABLED))]
pub(crate) fn forget_version(function: Borrowed<'_>) -> Res<()> {
    let [_, _, _, defaults, ..] = read(function);
    let defaults = defaults.unwrap_or_else(|| super::api::none().own());
    // SAFETY: a function, and a tuple or None.
    let status = unsafe { ffi::PyFunction_SetDefaults(function.as_raw(), defaults.get().as_raw()) };
    if status < 0 {
        Err(Raised::set_by_c())
    } else {
        Ok(())
    }
}

/// Without the GIL [`exchange`] does it, while no other thread can call the function.
#[cfg(Py_GIL_DISABLED)]
#[allow(
    clippy::unnecessary_wraps,
    reason = "the setter of other builds can fail"
)]
pub(crate) fn forget_version(_function: Borrowed<'_>) -> Res<()> {
    Ok(())
}

/// # Safety
/// A live function, and no other thread runs or knows it.
#[cfg(Py_GIL_DISABLED)]
unsafe fn clear_version(function: Borrowed<'_>) {
    // SAFETY: by this function's contract; the self-check found the version where this looks.
    unsafe {
        let f = function.as_raw().cast::<PyFunctionObject>();
        if (*f).func_version >= FIRST_VERSION {
            (*f).func_version = CLEARED;
        }
    }
}

/// Lets call sites specialise on a function whose version was cleared, unless its calls go elsewhere
/// than they would look. From 3.13 on that never comes back by itself; the version to give is that
/// of its code, as for a function just made.
pub(crate) fn renew_version(function: Borrowed<'_>) {
    #[cfg(Py_3_13)]
    steady(function, || {
        // SAFETY: a live function whose code is a live code object; the self-check compared both
        // versions on a function just made. The version belongs to that code as long as the
        // function is not changed again, which nobody does meanwhile. A call site that reads it in
        // another thread sees it cleared or whole.
        unsafe {
            let f = function.as_raw().cast::<PyFunctionObject>();
            let version = (*(*f).func_code.cast::<CodeHead>()).version;
            let specialises = super::hook::is_usual(function);
            if (*f).func_version < FIRST_VERSION && version >= FIRST_VERSION && specialises {
                AtomicU32::from_ptr(&raw mut (*f).func_version).store(version, Ordering::Release);
            }
        }
    });
    #[cfg(not(Py_3_13))]
    let _ = function;
}

/// Whether a function just made has the version of its code, read where this file believes both.
pub(crate) fn versions_agree(function: Borrowed<'_>) -> bool {
    #[cfg(Py_3_13)]
    // SAFETY: callers checked that it is a function; its memory reaches past the version, and that
    // of its code past where the version is expected.
    unsafe {
        let f = function.as_raw().cast::<PyFunctionObject>();
        let version = (*(*f).func_code.cast::<CodeHead>()).version;
        (*f).func_version == version && version >= FIRST_VERSION
    }
    #[cfg(not(Py_3_13))]
    {
        let _ = function;
        true
    }
}

/// The first version that is one: 3.14 uses 1 for "cleared".
#[cfg(Py_3_13)]
const FIRST_VERSION: u32 = if cfg!(Py_3_14) { 2 } else { 1 };

#[cfg(Py_GIL_DISABLED)]
const CLEARED: u32 = FIRST_VERSION - 1;

/// The head of a code object up to its version, the same from 3.13 to 3.15.
#[cfg(Py_3_13)]
#[repr(C)]
struct CodeHead {
    base: ffi::PyVarObject,
    objects: [Raw; 3],
    numbers: [core::ffi::c_int; 11],
    version: u32,
}

/// Whether an object is a code object, a cell.
pub(crate) fn is_code(object: Borrowed<'_>) -> bool {
    object.is_exactly(&raw mut ffi::PyCode_Type)
}

pub(crate) fn is_cell(object: Borrowed<'_>) -> bool {
    object.is_exactly(&raw mut ffi::PyCell_Type)
}
