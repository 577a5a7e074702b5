//! The types of measured coroutines, generators, async generators and the steps of those: each has
//! the protocol of what is inside and hands everything else on to it, `__class__` included, so that
//! `isinstance`, `inspect` and event loops take it for what it stands for.

use super::Steps;
use super::life::{Kept, build_type, make_steps, refuse};
use super::steps::End;
use crate::ffi::call::call_named;
use crate::ffi::shapes::entry;
use crate::ffi::steps::{Sent, async_next, send_slot, stop_with};
use crate::ffi::typedef::{METHODS_END, Table, fastcall, noargs, onearg, slot};
use crate::ffi::{Args, Borrowed, Instance, Owned, Raw, Res, api, c};
use crate::state::{Slot, State};
use core::ffi::CStr;

entry!(unary itself: Steps => Raw = itself_of);
entry!(unary next: Steps => Raw = resume);
entry!(unary anext: Steps => Raw = next_item);
entry!(unary repr: Steps => Raw = shown);
entry!(sends sends: Steps = Steps::send);
entry!(with_object send_method: Steps => Raw = send_value);
entry!(method throw_method: Steps = throw);
entry!(lone close_method: Steps = close);
entry!(with_object asend_method: Steps => Raw = send_item);
entry!(method athrow_method: Steps = throw_item);
entry!(lone aclose_method: Steps = close_items);
entry!(with_object getattro: Steps => Raw = get);
entry!(assign setattro: Steps = set);

fn itself_of(this: &Steps) -> Res {
    Ok(this.object().own())
}

fn shown(this: &Steps) -> Res {
    api::PyObject_Repr(this.target()?.get())
}

/// `tp_iternext`: the end without a value needs no exception.
fn resume(this: &Steps) -> Res<Option<Owned>> {
    match this.send(api::none())? {
        Sent::Yielded(value) => Ok(Some(value)),
        Sent::Returned(value) if value.get().is(api::none()) => Ok(None),
        Sent::Returned(value) => Err(stop_with(value)),
    }
}

fn send_value(this: &Steps, value: Borrowed<'_>) -> Res {
    match this.send(value)? {
        Sent::Yielded(value) => Ok(value),
        Sent::Returned(value) => Err(stop_with(value)),
    }
}

fn method(target: Borrowed<'_>, name: &str) -> Res {
    api::PyObject_GetAttr(target, api::interned(name)?.get())
}

fn throw(this: &Steps, args: Args<'_>) -> Res {
    let thrown = this.step(|target| args.forward(method(target, "throw")?.get()));
    thrown.map_err(|raised| this.failed(raised))
}

fn close(this: &Steps) -> Res {
    let closed = this.step(|target| call_named(target, api::interned("close")?.get()));
    match closed {
        Ok(done) => {
            // To close the step of an async generator is not to close the generator.
            this.abandon();
            Ok(done)
        }
        Err(raised) => Err(this.failed(raised)),
    }
}

// ---- async generators ----

/// What gives the next item, measured as a step of this.
fn item(this: &Steps, awaitable: Owned) -> Res {
    let state = this.state();
    let meter = this.meter.get(this.object());
    let fields = [Some(awaitable), meter, Some(this.object().own())];
    make_steps(state, state.measured_step()?, fields, 0)
}

fn next_item(this: &Steps) -> Res {
    item(this, async_next(this.target()?.get())?)
}

fn send_item(this: &Steps, value: Borrowed<'_>) -> Res {
    let send = method(this.target()?.get(), "asend")?;
    item(this, crate::ffi::call::call_with(send.get(), [value])?)
}

fn throw_item(this: &Steps, args: Args<'_>) -> Res {
    let throw = method(this.target()?.get(), "athrow")?;
    item(this, args.forward(throw.get())?)
}

/// What closes it gives no item: when that has run, it has ended.
fn close_items(this: &Steps) -> Res {
    let closing = item(
        this,
        call_named(this.target()?.get(), api::interned("aclose")?.get())?,
    )?;
    if let Some(closing) = Steps::known(closing.get(), this.state()) {
        closing
            .run
            .depth
            .store(CLOSES, core::sync::atomic::Ordering::Relaxed);
    }
    Ok(closing)
}

/// The depth of a step that closes; a step has none of its own.
const CLOSES: u64 = 1;

impl Steps {
    /// After a step of an async generator returned: whether that was the end of the generator.
    pub(super) fn finish_if_closing(&self) {
        if self.run.depth.load(core::sync::atomic::Ordering::Relaxed) == CLOSES {
            self.finish(End::Returned);
        }
    }
}

// ---- attributes ----

fn get(this: &Steps, name: Borrowed<'_>) -> Res {
    let names = &this.state().names;
    let target = this.target()?;
    if names.class.spells(name) {
        return Ok(target.get().type_object().own());
    }
    match api::generic_get(this.object(), name)? {
        Some(found) if !names.doc.spells(name) => Ok(found),
        _ => api::PyObject_GetAttr(target.get(), name),
    }
}

fn set(this: &Steps, name: Borrowed<'_>, value: Option<Borrowed<'_>>) -> Res<()> {
    api::set_attr(this.target()?.get(), name, value)
}

// ---- the types ----

static RESUMED: Table<c::PyMethodDef> = Table(&[
    onearg(c"send", send_method),
    fastcall(c"throw", throw_method, None),
    noargs(c"close", close_method),
    METHODS_END,
]);

static ASYNC: Table<c::PyMethodDef> = Table(&[
    onearg(c"asend", asend_method),
    fastcall(c"athrow", athrow_method, None),
    noargs(c"aclose", aclose_method),
    METHODS_END,
]);

pub(super) fn build(module: Borrowed<'_>, state: &State) -> Res<()> {
    let make = |kept: Slot, name: &'static CStr, own: Vec<c::PyType_Slot>| {
        let mut slots = vec![
            slot::tp_repr(repr),
            slot::tp_getattro(getattro),
            slot::tp_setattro(setattro),
        ];
        slots.extend(own);
        build_type::<Steps>(module, state, kept, name, refuse, slots)
    };
    let resumed = || {
        let slots = [slot::tp_iternext(next), slot::methods(&RESUMED)];
        slots.into_iter().chain(send_slot(sends))
    };
    let awaited = || resumed().chain([slot::am_await(itself)]);
    let iterated = || resumed().chain([slot::tp_iter(itself)]);
    let both = awaited().chain([slot::tp_iter(itself)]);
    let asynchronous = vec![
        slot::am_aiter(itself),
        slot::am_anext(anext),
        slot::methods(&ASYNC),
    ];
    let types: [(Slot, &CStr, Vec<c::PyType_Slot>); 5] = [
        (
            Slot::measured_coroutine,
            c"wraptrs._MeasuredCoroutine",
            awaited().collect(),
        ),
        (
            Slot::measured_generator,
            c"wraptrs._MeasuredGenerator",
            iterated().collect(),
        ),
        (
            Slot::measured_awaitable,
            c"wraptrs._MeasuredAwaitable",
            both.collect(),
        ),
        (
            Slot::measured_step,
            c"wraptrs._MeasuredStep",
            awaited().collect(),
        ),
        (
            Slot::measured_async_generator,
            c"wraptrs._MeasuredAsyncGenerator",
            asynchronous,
        ),
    ];
    for (kept, name, slots) in types {
        make(kept, name, slots)?;
    }
    Ok(())
}
