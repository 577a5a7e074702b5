//! Calling out, in the vectorcall convention.

use super::Args;
use super::api;
use super::error::Res;
use super::object::{Borrowed, Owned, Raw};
use core::ptr;
use pyo3::ffi;

/// Set where the slot before the first argument may be overwritten during a call.
pub(super) const OFFSET: usize = 1 << (usize::BITS - 1);

/// `PyObject_Vectorcall` without the look at the result: whoever called us looks at ours. From 3.12
/// on the function is behind a call of its own and asks for the thread first.
///
/// # Safety
/// A live callable, and arguments as the convention wants them.
#[inline]
pub(super) unsafe fn vectorcall(
    callable: Raw,
    first: *const Raw,
    nargsf: usize,
    names: Raw,
) -> Raw {
    // SAFETY: a type with the flag keeps a function or NULL at the offset, in every instance.
    unsafe {
        let ty = ffi::Py_TYPE(callable);
        if ffi::PyType_HasFeature(ty, ffi::Py_TPFLAGS_HAVE_VECTORCALL) != 0 {
            let slot = callable.cast::<u8>().offset((*ty).tp_vectorcall_offset);
            if let Some(function) = *slot.cast::<Option<ffi::vectorcallfunc>>() {
                return function(callable, first, nargsf, names);
            }
        }
        ffi::PyObject_Vectorcall(callable, first, nargsf, names)
    }
}

/// Calls an entry by its address.
///
/// # Safety
/// The address of a vectorcall entry for such objects, and arguments as for [`vectorcall`].
pub(super) unsafe fn vectorcall_at(
    address: usize,
    callable: Raw,
    first: *const Raw,
    nargsf: usize,
    names: Raw,
) -> Raw {
    // SAFETY: by this function's contract.
    unsafe {
        let entry: ffi::vectorcallfunc = core::mem::transmute(address);
        entry(callable, first, nargsf, names)
    }
}

/// Positional arguments behind the spare slot that lets a bound method insert its instance without
/// copying.
#[repr(C)]
struct Spared<const N: usize> {
    spare: Raw,
    items: [Raw; N],
}

impl<const N: usize> Spared<N> {
    // The callee is given a pointer to `items` and may write one slot before it.
    const LAYOUT: () = assert!(core::mem::offset_of!(Self, items) == size_of::<Raw>());
}

/// Calls with these positional arguments.
#[inline]
pub(crate) fn call_with<const N: usize>(
    callable: Borrowed<'_>,
    arguments: [Borrowed<'_>; N],
) -> Res {
    const { Spared::<N>::LAYOUT }
    let mut spared = Spared {
        spare: ptr::null_mut(),
        items: arguments.map(Borrowed::as_raw),
    };
    // SAFETY: N live arguments after one slot that the callee may use; the pointer may reach both.
    unsafe {
        let first = (&raw mut spared).cast::<Raw>().add(1);
        Owned::from_new(vectorcall(
            callable.as_raw(),
            first,
            N | OFFSET,
            ptr::null_mut(),
        ))
    }
}

/// `object.name()`, without making the bound method.
#[inline]
pub(crate) fn call_named(object: Borrowed<'_>, name: Borrowed<'_>) -> Res {
    let mut spared = Spared {
        spare: ptr::null_mut(),
        items: [object.as_raw()],
    };
    // SAFETY: one live argument after a slot that the callee may use, and a string.
    unsafe {
        let first = (&raw mut spared).cast::<Raw>().add(1);
        let count = 1 | OFFSET;
        Owned::from_new(ffi::PyObject_VectorcallMethod(
            name.as_raw(),
            first,
            count,
            ptr::null_mut(),
        ))
    }
}

/// `callable(*tuple, **dict)`.
#[inline]
pub(crate) fn call(callable: Borrowed<'_>, tuple: Borrowed<'_>, dict: Option<Borrowed<'_>>) -> Res {
    let dict = dict.map_or(ptr::null_mut(), Borrowed::as_raw);
    // SAFETY: a tuple, and a dict or NULL.
    unsafe { Owned::from_new(ffi::PyObject_Call(callable.as_raw(), tuple.as_raw(), dict)) }
}

/// Calls with extra positional arguments in front and, where the call gives none of its own,
/// the extra keyword arguments.
pub(crate) fn call_prefixed(
    callable: Borrowed<'_>,
    front: Borrowed<'_>,
    keywords: Option<Borrowed<'_>>,
    args: Args<'_>,
) -> Res {
    let extra = api::tuple_len(front);
    match args {
        Args::Vector {
            items,
            positional,
            names,
            ..
        } if keywords.is_none() => {
            let total = extra + items.len();
            let mut small: [Raw; 12] = [ptr::null_mut(); 12];
            let mut large: Vec<Raw>;
            let slots: &mut [Raw] = if total < small.len() {
                &mut small
            } else {
                large = vec![ptr::null_mut(); total + 1];
                &mut large
            };
            let values = (0..extra).filter_map(|index| api::tuple_item(front, index));
            let values = values.chain(items.iter().copied());
            for (slot, value) in slots.iter_mut().skip(1).zip(values) {
                *slot = value.as_raw();
            }
            // SAFETY: `total` live values after one slot that the callee may use; `front` and the
            // caller keep them alive.
            unsafe {
                Owned::from_new(vectorcall(
                    callable.as_raw(),
                    slots.as_ptr().add(1),
                    (extra + positional) | OFFSET,
                    names.map_or(ptr::null_mut(), Borrowed::as_raw),
                ))
            }
        }
        _ => call_merged(callable, front, keywords, args),
    }
}

/// Calls a function with an instance in front of the arguments, in the caller's own array where that
/// has room.
#[inline]
pub(crate) fn call_method(function: Borrowed<'_>, instance: Borrowed<'_>, args: Args<'_>) -> Res {
    match args {
        Args::Vector {
            items,
            positional,
            flags: OFFSET,
            names,
        } => {
            let names = names.map_or(ptr::null_mut(), Borrowed::as_raw);
            // SAFETY: the flag says that the slot before the first argument is ours for the call;
            // it is put back as it was.
            unsafe {
                let first = items.as_ptr().cast::<Raw>().cast_mut().sub(1);
                let former = ptr::replace(first, instance.as_raw());
                let result = vectorcall(function.as_raw(), first, positional + 1, names);
                *first = former;
                Owned::from_new(result)
            }
        }
        _ => call_prefixed(function, api::tuple([instance])?.get(), None, args),
    }
}

/// The general form of [`call_prefixed`]: keyword arguments of the call win over the extra ones.
#[cold]
fn call_merged(
    callable: Borrowed<'_>,
    front: Borrowed<'_>,
    keywords: Option<Borrowed<'_>>,
    args: Args<'_>,
) -> Res {
    let given = args.tuple(0)?;
    let positional = api::concat(front, given.get())?;
    let merged = match keywords {
        Some(keywords) => api::dict_copy(keywords)?,
        None => api::dict()?,
    };
    if args.has_keywords() {
        api::dict_update(merged.get(), args.dict()?.get())?;
    }
    call(callable, positional.get(), Some(merged.get()))
}
