//! Instruments: what counts, times and traces the calls of a function, without a Python frame and
//! without a tuple of the arguments.
//!
//! * A `Meter` is one function's counts. As a wrapper in wrapt's sense it can be given to anything
//!   that takes one; the wrapper types of `wrapper` call through it without the tuple and the dict.
//! * `call` is what happens at a call, `steps` what happens when a coroutine or generator that a
//!   call gave is run, step by step.
//! * `trace` tells of calls as `event`s, with their arguments shown by `show`, to a `sink`.
//! * Pure: `histogram`, `stats`, `event`. Of the thread alone: `thread`; of all threads: `shards`.
//!
//! Here are the layouts of the instances and their life cycle, which needs unsafe code; the files
//! beneath are safe.

#![allow(unsafe_code, reason = "lays out instances: see the life cycle below")]

mod call;
mod event;
mod histogram;
mod meter;
mod protocols;
mod shards;
mod show;
mod sink;
mod stats;
mod steps;
mod thread;
mod trace;
mod wrapper;

use crate::ffi::error::{Exc, raise, shutting_down};
use crate::ffi::instance::{self, RawType, WeakRefs};
use crate::ffi::typedef::{MEMBERS_END, Table, TypeDef, offset, slot};
use crate::ffi::{Borrowed, Field, Instance, Owned, Raw, Res, c, module as c_module};
use crate::function::Function;
use crate::state::{Slot, State};
use core::cell::Cell;
use core::ffi::{CStr, c_int, c_void};
use core::mem::{offset_of, size_of};
use core::sync::atomic::AtomicU64;
use core::{ptr, slice};
use std::sync::OnceLock;

/// What the instances of this layer begin with: then come their fields, then plain data.
#[repr(C)]
pub(crate) struct Head {
    head: c::PyObject,
    weakrefs: WeakRefs,
    state: Cell<*const State>,
}

#[repr(C)]
pub(crate) struct Meter {
    base: Head,
    /// Where traces go; None where there are none.
    sink: Field,
    measure: OnceLock<Box<meter::Measure>>,
}

#[repr(C)]
pub(crate) struct Sink {
    base: Head,
    place: OnceLock<Box<sink::Place>>,
}

/// A coroutine, generator or the like that a measured call gave.
#[repr(C)]
pub(crate) struct Steps {
    base: Head,
    wrapped: Field,
    meter: Field,
    /// Of a step of an async generator, the generator.
    parent: Field,
    run: Run,
}

/// How far it has come; zero is the beginning.
#[repr(C)]
#[derive(Default)]
struct Run {
    /// When the first step began, 0 before.
    started: AtomicU64,
    /// Time spent running, and that in no other measured call.
    active: AtomicU64,
    own: AtomicU64,
    /// Time from the beginning to the end of the steps of an async generator.
    awaited: AtomicU64,
    /// Whether the end was counted.
    ended: AtomicU64,
    /// The traced call and its depth, 0 where it is not traced.
    call: AtomicU64,
    depth: AtomicU64,
}

/// A function wrapper whose calls are measured; its wrapper is a meter.
#[repr(C)]
pub(crate) struct Instrumented {
    function: Function,
    /// Set once, when the wrapper is made: calls borrow it.
    meter: Field,
    /// Of a class method or static method: the measured function inside.
    inner: Field,
}

// SAFETY: repr(C), headed by Head or Function and so by PyObject; only types of at least this size
// list entries with them.
unsafe impl Instance for Meter {}
// SAFETY: as above.
unsafe impl Instance for Sink {}
// SAFETY: as above.
unsafe impl Instance for Steps {}
// SAFETY: as above; the fields after Function are among those that its proxy counts.
unsafe impl Instance for Instrumented {}

/// Instances with a `Head`, whose memory is all zero when they are made.
///
/// # Safety
/// repr(C), begins with a `Head`, then come `FIELDS` fields, and what follows is valid when zeroed
/// once `prepare` has run.
unsafe trait Kept: Instance {
    const FIELDS: usize;

    /// Puts in what must not be zero.
    ///
    /// # Safety
    /// `raw` is a fresh, zeroed instance.
    unsafe fn prepare(raw: *mut Self);

    /// What is to be done before the fields are emptied for the last time.
    fn close(&self) {}

    /// What is to be done with the plain data at the very end.
    ///
    /// # Safety
    /// Called once, from the deallocator.
    unsafe fn discard(raw: *mut Self);

    fn base(&self) -> &Head {
        // SAFETY: by the trait's contract.
        unsafe { &*ptr::from_ref(self).cast::<Head>() }
    }

    fn fields(&self) -> &[Field] {
        // SAFETY: by the trait's contract the fields follow the head.
        unsafe {
            let first = ptr::from_ref(self.base()).add(1).cast::<Field>();
            slice::from_raw_parts(first, Self::FIELDS)
        }
    }

    fn state(&self) -> &State {
        // SAFETY: set before anybody saw the instance; the state lives as long as any instance.
        unsafe { &*self.base().state.get() }
    }
}

// SAFETY: one field; the cell is written before the instance is shown and dropped with it.
unsafe impl Kept for Meter {
    const FIELDS: usize = 1;

    unsafe fn prepare(raw: *mut Meter) {
        // SAFETY: by the contract the memory is ours alone.
        unsafe { ptr::write(&raw mut (*raw).measure, OnceLock::new()) }
    }

    unsafe fn discard(raw: *mut Meter) {
        // SAFETY: by the contract nobody reads the cell any more.
        unsafe { ptr::drop_in_place(&raw mut (*raw).measure) }
    }
}

// SAFETY: no field; the cell is written before the instance is shown and dropped with it.
unsafe impl Kept for Sink {
    const FIELDS: usize = 0;

    unsafe fn prepare(raw: *mut Sink) {
        // SAFETY: by the contract the memory is ours alone.
        unsafe { ptr::write(&raw mut (*raw).place, OnceLock::new()) }
    }

    unsafe fn discard(raw: *mut Sink) {
        // SAFETY: by the contract nobody reads the cell any more.
        unsafe { ptr::drop_in_place(&raw mut (*raw).place) }
    }
}

// SAFETY: three fields; the numbers after them begin at zero and need no dropping.
unsafe impl Kept for Steps {
    const FIELDS: usize = 3;

    unsafe fn prepare(_raw: *mut Steps) {}

    fn close(&self) {
        self.abandon();
    }

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

unsafe extern "C" fn new<T: Kept>(ty: RawType, _tuple: Raw, _dict: Raw) -> Raw {
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
unsafe extern "C" fn refuse(_ty: RawType, _tuple: Raw, _dict: Raw) -> Raw {
    let _ = raise(Exc::Type, "only calls that are measured make these objects");
    ptr::null_mut()
}

unsafe extern "C" fn traverse<T: Kept>(raw: Raw, visit: c::visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: the collector passes one of our instances and its own callback.
    unsafe {
        let mut status = instance::visit_type(raw, visit, arg);
        for field in T::from_slot(raw).fields() {
            if status == 0 {
                status = field.visit(visit, arg);
            }
        }
        status
    }
}

unsafe extern "C" fn clear<T: Kept>(raw: Raw) -> c_int {
    // SAFETY: the collector passes one of our instances, which is garbage.
    let this = unsafe { T::from_slot(raw) };
    this.close();
    for field in this.fields() {
        drop(field.take_unshared());
    }
    0
}

unsafe extern "C" fn dealloc<T: Kept>(raw: Raw) {
    // SAFETY: called once for each of our instances, when its last reference is gone. The state is
    // read before the memory goes and let go after.
    unsafe {
        let this = T::from_slot(raw);
        instance::detach(raw, &this.base().weakrefs);
        clear::<T>(raw);
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
fn build_type<T: Kept>(
    module: Borrowed<'_>,
    state: &State,
    kept: Slot,
    name: &'static CStr,
    new: c::newfunc,
    mut slots: Vec<c::PyType_Slot>,
) -> Res<()> {
    slots.extend([
        slot::tp_dealloc(dealloc::<T>),
        slot::tp_traverse(traverse::<T>),
        slot::tp_clear(clear::<T>),
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
fn make_steps(state: &State, class: Borrowed<'_>, fields: [Option<Owned>; 3], call: u64) -> Res {
    let made = make::<Steps>(class.as_raw().cast(), state)?;
    // SAFETY: made with this layout just now.
    let this = unsafe { Steps::from_slot(made.get().as_raw()) };
    for (field, value) in this.fields().iter().zip(fields) {
        if let Some(value) = value {
            field.init_unshared(value);
        }
    }
    this.run
        .call
        .store(call, core::sync::atomic::Ordering::Relaxed);
    Ok(made)
}

impl Meter {
    /// The meter that an object is, by its exact type.
    #[inline]
    fn of<'a>(object: Borrowed<'a>, state: &State) -> Option<&'a Meter> {
        let known = state.is_kept(Slot::meter, object.ty());
        // SAFETY: nothing derives from the type, whose instances have this layout.
        known.then(|| unsafe { Meter::from_slot(object.as_raw()) })
    }
}

impl Instrumented {
    /// The meter; none before the wrapper is made.
    #[inline]
    fn meter(&self) -> Option<&Meter> {
        // SAFETY: written once, by `set_meter`, with what was seen to be a meter; after that only
        // the collector takes it, of a wrapper that nobody can call any more.
        unsafe {
            let meter = self.meter.borrow_constant()?;
            Some(Meter::from_slot(meter.as_raw()))
        }
    }

    /// Gives the wrapper its meter; tells whether that is the one it has now.
    fn set_meter(&self, meter: Borrowed<'_>) -> bool {
        if !self.meter.is_empty() {
            return self.meter.holds(meter);
        }
        let known = Meter::of(meter, self.function.proxy.state()).is_some();
        if known {
            self.meter.init_unshared(meter.own());
        }
        known
    }
}

impl Sink {
    /// The native sink that an object is, by its exact type.
    fn of<'a>(object: Borrowed<'a>, state: &State) -> Option<&'a Sink> {
        let known = state.is_kept(Slot::trace_sink, object.ty());
        // SAFETY: nothing derives from the type, whose instances have this layout.
        known.then(|| unsafe { Sink::from_slot(object.as_raw()) })
    }
}

impl Steps {
    /// Any of the types that calls make.
    fn known<'a>(object: Borrowed<'a>, state: &State) -> Option<&'a Steps> {
        let kinds = [
            Slot::measured_coroutine,
            Slot::measured_generator,
            Slot::measured_awaitable,
            Slot::measured_async_generator,
            Slot::measured_step,
        ];
        let known = kinds
            .into_iter()
            .any(|kind| state.is_kept(kind, object.ty()));
        // SAFETY: nothing derives from these types, whose instances have this layout.
        known.then(|| unsafe { Steps::from_slot(object.as_raw()) })
    }

    /// The measured object that another one belongs to.
    fn of<'a>(object: Borrowed<'a>, state: &State) -> Option<&'a Steps> {
        let known = state.is_kept(Slot::measured_async_generator, object.ty());
        // SAFETY: nothing derives from the type, whose instances have this layout.
        known.then(|| unsafe { Steps::from_slot(object.as_raw()) })
    }
}

/// Adds the types of this layer to the module.
pub(crate) fn build(module: Borrowed<'_>, state: &State) -> Res<()> {
    meter::build(module, state)?;
    sink::build(module, state)?;
    protocols::build(module, state)?;
    wrapper::build(module, state)?;
    for class in [
        state.meter()?,
        state.trace_sink()?,
        state.instrumented_function()?,
        state.instrumented_method()?,
    ] {
        c_module::add_type(module, class)?;
    }
    Ok(())
}
