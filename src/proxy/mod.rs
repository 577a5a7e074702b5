//! Object proxies: the memory that every wrapper type shares, and its life cycle.
//!
//! ```text
//! Proxy                     BaseObjectProxy, ObjectProxy, CallableObjectProxy
//!   + args, kwargs          PartialCallableObjectProxy
//!   + instance, wrapper, enabled, parent, owner
//!                           FunctionWrapper, BoundFunctionWrapper
//! ```
//!
//! A proxy without the GC header is eight words. The own dict is made when something is stored; the
//! vectorcall pointer and the small flags sit in the base so that the callable kinds need no layout
//! of their own and Python classes may inherit from several of them. What follows the base is an
//! array of fields, whose number the instance knows: one traversal, one clearing, one deallocator
//! and one `tp_new` serve every type, and a type that carries this deallocator is how a proxy is
//! recognised, with neither a lookup nor the module's state.

#![allow(unsafe_code, reason = "lays out instances: see the life cycle below")]

pub(crate) mod attr;
pub(crate) mod callable;
mod doc;
mod forward;
mod getset;
mod lazy;
mod life;
mod methods;
pub(crate) mod partial;
mod slots;
mod target;
pub(crate) mod types;

pub(crate) use life::{make, make_bound};
pub(crate) use slots::TABLE as SLOT_TABLE;

use crate::ffi::instance::{self, RawType, WeakRefs};
use crate::ffi::{Args, Borrowed, Field, Instance, Res, c};
use crate::state::State;
use core::cell::Cell;
use core::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use core::{mem, ptr, slice};

#[repr(C)]
pub(crate) struct Proxy {
    head: c::PyObject,
    /// The attributes of the proxy itself, NULL until one is stored.
    pub(crate) dict: Field,
    pub(crate) weakrefs: WeakRefs,
    wrapped: Field,
    /// Set once in `new`, before anybody sees the instance.
    state: Cell<*const State>,
    pub(crate) vectorcall: Cell<Option<c::vectorcallfunc>>,
    extra: Cell<u8>,
    /// A `Binding` of function wrappers, as a number that this layer does not read.
    pub(crate) binding: AtomicU8,
    /// Whether `__init__` of a native type has run.
    initialised: AtomicBool,
    /// What is to be done before the wrapped object can be used: a `form`.
    form: AtomicU8,
    /// An `Origin`.
    origin: AtomicU8,
}

// SAFETY: repr(C), headed by PyObject; every type that lists its entries has at least this size.
unsafe impl Instance for Proxy {}

// The memory goals of the design: these are sizes without the collector's two words.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(mem::size_of::<Proxy>() <= mem::size_of::<c::PyObject>() + 48);

/// How a layer came to stand in the attribute that it stands in, which decides how it is taken off.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Origin {
    /// Nobody noted it.
    Unknown,
    /// The attribute was there before.
    Replaced,
    /// The attribute was inherited or served dynamically, and the layer made it.
    Created,
}

impl Origin {
    pub(crate) fn of(created: bool) -> Origin {
        if created {
            Origin::Created
        } else {
            Origin::Replaced
        }
    }
}

impl Proxy {
    pub(crate) fn note_origin(&self, origin: Origin) {
        self.origin.store(origin as u8, Ordering::Relaxed);
    }

    pub(crate) fn origin(&self) -> Origin {
        match self.origin.load(Ordering::Relaxed) {
            1 => Origin::Replaced,
            2 => Origin::Created,
            _ => Origin::Unknown,
        }
    }

    #[inline]
    pub(crate) fn state(&self) -> &State {
        // SAFETY: set in `new`; the state lives as long as any instance does.
        unsafe { &*self.state.get() }
    }

    /// The fields that a derived layout adds.
    #[inline]
    pub(crate) fn extra(&self) -> &[Field] {
        // SAFETY: `new` counted the fields by the size of the native type, and zeroed them.
        unsafe {
            let first = ptr::from_ref(self).add(1).cast::<Field>();
            slice::from_raw_parts(first, usize::from(self.extra.get()))
        }
    }

    /// This instance as a larger layout, if it is one.
    #[inline]
    pub(crate) fn downcast<T: Instance>(&self) -> Option<&T> {
        let fields = (mem::size_of::<T>() - mem::size_of::<Proxy>()) / mem::size_of::<Field>();
        if usize::from(self.extra.get()) != fields {
            return None;
        }
        // SAFETY: the number of extra fields tells the layouts apart.
        Some(unsafe { &*ptr::from_ref(self).cast::<T>() })
    }

    /// The proxy that an object is, by its real type.
    #[inline]
    pub(crate) fn of(object: Borrowed<'_>) -> Option<&Proxy> {
        // SAFETY: an instance of a type that derives from ours carries the layout.
        native_base(object.ty()).map(|_| unsafe { &*object.as_raw().cast::<Proxy>() })
    }

    /// Whether a call that came in by vectorcall is still what the class wants.
    #[inline]
    pub(crate) fn is_called_by(&self, call: c::ternaryfunc) -> bool {
        instance::is_called_by(self.object(), call)
    }

    /// Calls through the class's present `__call__`.
    #[cold]
    pub(crate) fn call_again(&self, args: Args<'_>) -> Res {
        instance::call_slot(self.object(), args)
    }
}

/// The native type that a type is or derives from, along the bases that decide its layout.
#[inline]
pub(crate) fn native_base(ty: RawType) -> Option<RawType> {
    let mut current = ty;
    while !current.is_null() {
        // SAFETY: types keep their bases alive.
        unsafe {
            if (*current).tp_dealloc.map(|found| found as usize)
                == Some(life::dealloc as *const () as usize)
            {
                return Some(current);
            }
            current = (*current).tp_base;
        }
    }
    None
}
