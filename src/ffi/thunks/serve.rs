//! What a thunk does, once for each form of arguments: the call goes to what is put, in the
//! vectorcall convention and with `self` in front for methods, or through to the C function. The
//! slot comes last, so that a thunk need not move the arguments.

use super::super::call::vectorcall;
use super::super::definition::Convention;
use super::super::object::{Borrowed, Owned, Raw};
use super::super::{Res, api};
use super::{ClassVectorNames, Slot, Three, Two, Vector, VectorNames};
use core::mem::transmute;
use core::ptr;
use core::sync::atomic::Ordering;
use pyo3::ffi;

/// How many arguments find room on the stack.
const SMALL: usize = 8;

macro_rules! through {
    ($slot:ident as $form:ty) => {
        // A slot is given out for definitions of one convention, whose C functions have this type.
        transmute::<*mut core::ffi::c_void, $form>($slot.original.load(Ordering::Acquire))
    };
}

/// # Safety
/// Called for the definition of the slot, as the interpreter calls C functions of this form; so
/// for all functions here.
#[inline(never)]
pub(super) unsafe extern "C" fn two(this: Raw, argument: Raw, slot: &Slot) -> Raw {
    // SAFETY: by this function's contract.
    unsafe {
        let Some(callable) = slot.callable() else {
            return through!(slot as Two)(this, argument);
        };
        let given = [argument];
        if slot.is_for(Convention::OneArgument) {
            vector_call(slot, callable, this, given.as_ptr(), 1, ptr::null_mut())
        } else if slot.is_for(Convention::NoArguments) {
            vector_call(slot, callable, this, given.as_ptr(), 0, ptr::null_mut())
        } else {
            packed_call(slot, callable, this, argument, ptr::null_mut())
        }
    }
}

/// # Safety
/// As for [`two`].
#[inline(never)]
pub(super) unsafe extern "C" fn three(this: Raw, tuple: Raw, dict: Raw, slot: &Slot) -> Raw {
    // SAFETY: by this function's contract.
    unsafe {
        match slot.callable() {
            Some(callable) => packed_call(slot, callable, this, tuple, dict),
            None => through!(slot as Three)(this, tuple, dict),
        }
    }
}

/// # Safety
/// As for [`two`].
#[inline(never)]
pub(super) unsafe extern "C" fn vector(
    this: Raw,
    items: *const Raw,
    count: isize,
    slot: &Slot,
) -> Raw {
    // SAFETY: by this function's contract.
    unsafe {
        match slot.callable() {
            Some(callable) => {
                let count = count.unsigned_abs();
                vector_call(slot, callable, this, items, count, ptr::null_mut())
            }
            None => through!(slot as Vector)(this, items, count),
        }
    }
}

/// # Safety
/// As for [`two`].
#[inline(never)]
pub(super) unsafe extern "C" fn vector_names(
    this: Raw,
    items: *const Raw,
    count: isize,
    names: Raw,
    slot: &Slot,
) -> Raw {
    // SAFETY: by this function's contract.
    unsafe {
        match slot.callable() {
            Some(callable) => vector_call(slot, callable, this, items, count.unsigned_abs(), names),
            None => through!(slot as VectorNames)(this, items, count, names),
        }
    }
}

/// # Safety
/// As for [`two`].
#[inline(never)]
pub(super) unsafe extern "C" fn class_vector_names(
    this: Raw,
    class: *mut ffi::PyTypeObject,
    items: *const Raw,
    count: isize,
    names: Raw,
    slot: &Slot,
) -> Raw {
    // SAFETY: by this function's contract.
    unsafe {
        match slot.callable() {
            Some(callable) => vector_call(slot, callable, this, items, count.unsigned_abs(), names),
            None => through!(slot as ClassVectorNames)(this, class, items, count, names),
        }
    }
}

/// # Safety
/// `this` is alive, or NULL for a static method; `items` holds `count` live objects and then one
/// for each of `names`, a tuple or NULL.
unsafe fn vector_call(
    slot: &Slot,
    callable: Owned,
    this: Raw,
    items: *const Raw,
    count: usize,
    names: Raw,
) -> Raw {
    // SAFETY: by this function's contract. The slot before the first argument is the callee's only
    // in arrays of ours. `self` is never missing where it is bound.
    unsafe {
        let function = callable.get().as_raw();
        if !slot.binds.load(Ordering::Relaxed) {
            return vectorcall(function, items, count, names);
        }
        let total = count + Borrowed::from_nullable(names).map_or(0, api::tuple_len);
        let mut small = [ptr::null_mut(); SMALL + 2];
        let mut large: Vec<Raw>;
        let room: &mut [Raw] = if total <= SMALL {
            &mut small
        } else {
            large = vec![ptr::null_mut(); total + 2];
            &mut large
        };
        let first = room.as_mut_ptr().add(1);
        *first = this;
        if total != 0 {
            ptr::copy_nonoverlapping(items, first.add(1), total);
        }
        let count = (count + 1) | super::super::call::OFFSET;
        vectorcall(function, first, count, names)
    }
}

/// # Safety
/// As for [`vector_call`], with a tuple, or NULL, and a dict, or NULL.
unsafe fn packed_call(slot: &Slot, callable: Owned, this: Raw, tuple: Raw, dict: Raw) -> Raw {
    // SAFETY: by this function's contract.
    let called = unsafe {
        let dict = Borrowed::from_nullable(dict);
        Borrowed::from_nullable(tuple)
            .map_or_else(|| api::tuple([]), |tuple| Ok(tuple.own()))
            .and_then(|tuple| {
                let binds = slot.binds.load(Ordering::Relaxed);
                let front = Borrowed::from_nullable(this).filter(|_| binds);
                called_with(callable.get(), front, tuple.get(), dict)
            })
    };
    called.map_or(ptr::null_mut(), Owned::into_raw)
}

fn called_with(
    callable: Borrowed<'_>,
    front: Option<Borrowed<'_>>,
    tuple: Borrowed<'_>,
    dict: Option<Borrowed<'_>>,
) -> Res {
    match front {
        None => super::super::call::call(callable, tuple, dict),
        Some(this) => {
            let all = api::concat(api::tuple([this])?.get(), tuple)?;
            super::super::call::call(callable, all.get(), dict)
        }
    }
}
