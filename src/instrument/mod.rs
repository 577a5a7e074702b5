//! Instruments: what counts, times and traces the calls of a function, without a Python frame and
//! without a tuple of the arguments.
//!
//! * A `Meter` is one function's counts. As a wrapper in wrapt's sense it can be given to anything
//!   that takes one; the wrapper types of `wrapper` call through it without the tuple and the dict.
//! * `call` is what happens at a call, `steps` what happens when a coroutine or generator that a
//!   call gave is run, step by step.
//! * `ticket` is a call of code that measures itself, from its beginning to its end.
//! * `trace` tells of calls as `event`s, with their arguments shown by `show`, to a `sink`.
//! * Pure: `histogram`, `stats`, `event`. Of the thread alone: `thread`; of all threads: `shards`.
//!
//! Here are the layouts of the instances and in `life` their life cycle, which need unsafe code; the
//! other files are safe.

#![allow(unsafe_code, reason = "lays out instances")]

mod call;
mod event;
mod histogram;
mod life;
mod meter;
mod protocols;
mod shards;
mod show;
mod sink;
mod stats;
mod steps;
mod thread;
mod ticket;
mod trace;
mod wrapper;

use crate::ffi::instance::WeakRefs;
use crate::ffi::{Borrowed, Field, Instance, Owned, Res, c, module as c_module};
use crate::function::Function;
use crate::state::{Slot, State};
use core::cell::Cell;
use core::sync::atomic::AtomicU64;
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

/// A call that is measured by the code that runs; it ends when this dies.
#[repr(C)]
pub(crate) struct Ticket {
    head: c::PyObject,
    /// Set as soon as it is made: empty only in memory that is spare.
    meter: Field,
    /// As in a stretch; `start` is 0 where time is not taken.
    around: Cell<u64>,
    start: Cell<u64>,
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
// SAFETY: as above.
unsafe impl Instance for Ticket {}
// SAFETY: as above; the fields after Function are among those that its proxy counts.
unsafe impl Instance for Instrumented {}

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

    /// What is measured, and the plain function whose calls are, where that is all there is to it.
    #[inline]
    fn plain(&self) -> Option<(&meter::Measure, Owned)> {
        let proxy = &self.function.proxy;
        if !proxy.is_called_by(wrapper::call) || !self.function.is_always_enabled() {
            return None;
        }
        let measure = self.meter()?.measure.get()?.as_ref();
        proxy.plain_function().map(|function| (measure, function))
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
    ticket::build(module, state)?;
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
