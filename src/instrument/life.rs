//! The life of meters, sinks, steps and tickets: made by `tp_new` or by a call, seen by the collector,
//! taken apart. They share one set of functions, generic over the layout.

#![allow(
    unsafe_code,
    reason = "makes and frees instances by the rules of the C interface"
)]

use super::{Head, Meter, Sink, Steps, Ticket};
use crate::ffi::error::{Exc, raise, shutting_down};
use crate::ffi::holder::{self, Holder};
use crate::ffi::instance::{self, RawType};
use crate::ffi::typedef::{MEMBERS_END, Table, TypeDef, offset, slot};
use crate::ffi::{Borrowed, Field, Instance, Owned, Raw, Res, c};
use crate::state::{Slot, State};
use core::ffi::CStr;
use core::mem::{offset_of, size_of};
use core::sync::atomic::Ordering;
use core::{iter, ptr};
use std::sync::OnceLock;

/// Instances with a `Head`, whose memory is all zero when they are made.
///
/// # Safety
/// repr(C), begins with a `Head`, and what follows is valid when zeroed once `prepare` has run.
pub(super) unsafe trait Kept: Holder {
    /// Puts in what must not be zero.
    ///
    /// # Safety
    /// `raw` is a fresh, zeroed instance.
    unsafe fn prepare(raw: *mut Self);

    /// What is to be done with the plain data at the very end.
    ///
    /// # Safety
    /// Called once, from the deallocator.
    unsafe fn discard(raw: *mut Self);

    fn base(&self) -> &Head {
        // SAFETY: by the trait's contract.
        unsafe { &*ptr::from_ref(self).cast::<Head>() }
    }

    fn state(&self) -> &State {
        // SAFETY: set before anybody saw the instance; the state lives as long as any instance.
        unsafe { &*self.base().state.get() }
    }
}

impl Holder for Meter {
    fn fields(&self) -> impl Iterator<Item = &Field> {
        iter::once(&self.sink)
    }
}

// SAFETY: the cell is written before the instance is shown and dropped with it.
unsafe impl Kept for Meter {
    unsafe fn prepare(raw: *mut Meter) {
        // SAFETY: by the contract the memory is ours alone.
        unsafe { ptr::write(&raw mut (*raw).measure, OnceLock::new()) }
    }

    unsafe fn discard(raw: *mut Meter) {
        // SAFETY: by the contract nobody reads the cell any more.
        unsafe { ptr::drop_in_place(&raw mut (*raw).measure) }
    }
}

impl Holder for Sink {
    fn fields(&self) -> impl Iterator<Item = &Field> {
        iter::empty()
    }
}

// SAFETY: the cell is written before the instance is shown and dropped with it.
unsafe impl Kept for Sink {
    unsafe fn prepare(raw: *mut Sink) {
        // SAFETY: by the contract the memory is ours alone.
        unsafe { ptr::write(&raw mut (*raw).place, OnceLock::new()) }
    }

    unsafe fn discard(raw: *mut Sink) {
        // SAFETY: by the contract nobody reads the cell any more.
        unsafe { ptr::drop_in_place(&raw mut (*raw).place) }
    }
}

impl Holder for Steps {
    fn fields(&self) -> impl Iterator<Item = &Field> {
        [&self.wrapped, &self.meter, &self.parent].into_iter()
    }

    fn close(&self) {
        self.abandon();
    }
}

// SAFETY: the numbers begin at zero and need no dropping.
unsafe impl Kept for Steps {
    unsafe fn prepare(_raw: *mut Steps) {}

    unsafe fn discard(_raw: *mut Steps) {}
}

/// A fresh instance of a type of this layer.
fn make<T: Kept>(ty: RawType, state: &State) -> Res {
    // SAFETY: callers pass the type that was built for this layout; the memory is zeroed, and the
    // state is counted as having one more instance.
    unsafe {
        let made = instance::allocate(ty)?;
        T::prepare(made.get().as_raw().cast());
        T::from_slot(made.get().as_raw()).base().state.set(state);
        state.adopt();
        Ok(made)
    }
}

pub(super) unsafe extern "C" fn new<T: Kept>(ty: RawType, _tuple: Raw, _dict: Raw) -> Raw {
    // SAFETY: the interpreter passes one of our types, from which none can be derived, so that it
    // is the module's own and knows its state.
    let state = unsafe { instance::module_slot::<State>(ty) };
    let made = if state.is_null() {
        Err(shutting_down())
    } else {
        // SAFETY: not NULL, and alive as long as the type.
        make::<T>(ty, unsafe { &*state })
    };
    made.map_or(ptr::null_mut(), Owned::into_raw)
}

/// `tp_new` of what only measured calls make.
pub(super) unsafe extern "C" fn refuse(_ty: RawType, _tuple: Raw, _dict: Raw) -> Raw {
    let _ = raise(Exc::Type, "only calls that are measured make these objects");
    ptr::null_mut()
}

unsafe extern "C" fn dealloc<T: Kept>(raw: Raw) {
    // SAFETY: called once for each of our instances, when its last reference is gone. The state is
    // read before the memory goes and let go after.
    unsafe {
        let this = T::from_slot(raw);
        instance::detach(raw, &this.base().weakrefs);
        this.empty();
        let state = this.base().state.get();
        T::discard(raw.cast());
        instance::free(raw);
        State::let_go(state);
    }
}

static OFFSETS: Table<c::PyMemberDef> = Table(&[
    offset(c"__weaklistoffset__", offset_of!(Head, weakrefs)),
    MEMBERS_END,
]);

/// Builds a type of this layer with its life cycle and puts it into the state.
pub(super) fn build_type<T: Kept>(
    module: Borrowed<'_>,
    state: &State,
    kept: Slot,
    name: &'static CStr,
    new: c::newfunc,
    mut slots: Vec<c::PyType_Slot>,
) -> Res<()> {
    slots.extend([
        slot::tp_dealloc(dealloc::<T>),
        slot::tp_traverse(holder::traverse::<T>),
        slot::tp_clear(holder::clear::<T>),
        slot::members(&OFFSETS),
        slot::tp_new(new),
    ]);
    let made = TypeDef {
        name,
        basicsize: size_of::<T>(),
        collected: true,
        base: false,
        vectorcall: false,
        slots,
    };
    let made = made.build(module, None)?;
    state.fill(kept, made);
    Ok(())
}

/// A fresh object around what a measured call gave.
pub(super) fn make_steps(
    state: &State,
    class: Borrowed<'_>,
    fields: [Option<Owned>; 3],
    call: u64,
) -> Res {
    let made = make::<Steps>(class.as_raw().cast(), state)?;
    // SAFETY: made with this layout just now.
    let this = unsafe { Steps::from_slot(made.get().as_raw()) };
    for (field, value) in this.fields().zip(fields) {
        if let Some(value) = value {
            field.init_unshared(value);
        }
    }
    this.run.call.store(call, Ordering::Relaxed);
    Ok(made)
}

/// A ticket of a meter, which is handed to `begin` before anybody sees it.
#[inline]
pub(super) fn make_ticket(state: &State, meter: &Meter, begin: impl FnOnce(&Ticket)) -> Res {
    let ty: RawType = state.measured_call()?.as_raw().cast();
    // SAFETY: the list keeps instances of exactly this type, whose field is empty; fresh ones are
    // zeroed.
    unsafe {
        let made = match state.spare_tickets.pop(ty) {
            Some(made) => made,
            None => instance::allocate(ty)?,
        };
        let ticket = Ticket::from_slot(made.get().as_raw());
        ticket.meter.init_unshared(meter.object().own());
        begin(ticket);
        Ok(made)
    }
}

/// `tp_dealloc` of tickets: the call has ended.
pub(super) unsafe extern "C" fn free_ticket(raw: Raw) {
    // SAFETY: called once, when the last reference is gone. What is in the field is a meter, which
    // keeps its state alive until it is dropped, after all else.
    unsafe {
        let this = Ticket::from_slot(raw);
        let Some(meter) = this.meter.take_unshared() else {
            instance::free_plain(raw);
            return;
        };
        let owner = Meter::from_slot(meter.get().as_raw());
        this.close(owner);
        if !owner.state().spare_tickets.push(raw) {
            instance::free_plain(raw);
        }
        drop(meter);
    }
}
