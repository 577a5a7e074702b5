//! The function wrappers whose calls are measured: function wrappers in all but that a call goes
//! straight through.
//!
//! Measuring sees no difference between `method(instance, x)` and `instance.method(x)`, so there is
//! no bound wrapper. What wraps a function is called with the instance in front, and binds as a
//! function does, to a bound method. A class or static method gives what the measured function
//! inside it would give.

use super::meter::{Measure, Mode};
use super::{Instrumented, call as calls};
use crate::ffi::error::{Exc, raise};
use crate::ffi::shapes::entry;
use crate::ffi::typedef::{METHODS_END, Table, fastcall, slot};
use crate::ffi::{Args, Borrowed, Given, Instance, Owned, Raw, Res, api, c, module as c_module};
use crate::function::types;
use crate::proxy::Proxy;
use crate::proxy::types::Kind;
use crate::state::{Slot, State};
use core::ffi::c_int;
use core::mem::size_of;

entry!(packed init: Instrumented => c_int = initialise);
entry!(packed call: Instrumented => Raw = run);
entry!(given vectorcall: Instrumented = run_given);
entry!(descr_get descr_get: Instrumented = get);
entry!(descr_get method_descr_get: Instrumented = get_method);
entry!(function instrumented_entry = instrumented);

/// `(wrapped, meter, enabled=None)`
fn initialise(this: &Instrumented, args: Args<'_>) -> Res<()> {
    let names = ["wrapped", "wrapper", "enabled"];
    let [wrapped, meter, _] = args.parse("__init__", names, 2)?;
    if !wrapped
        .and(meter)
        .is_some_and(|meter| this.set_meter(meter))
    {
        let problem = "__init__() takes what to measure and a meter, which stays the same";
        return Err(raise(Exc::Type, problem));
    }
    types::initialise(&this.function, args)?;
    api::replace(&this.inner, this.object(), None);
    Ok(())
}

#[inline(always)]
fn run(this: &Instrumented, args: Args<'_>) -> Res {
    let target = this.function.proxy.target()?;
    match this.meter() {
        Some(meter) if this.function.is_enabled()? => {
            let state = this.function.proxy.state();
            calls::run(state, meter, target.get(), args)
        }
        _ => crate::function::pass(target.get(), args),
    }
}

/// As `run`. What is measured by default, a plain function, is called without looking at the
/// arguments: that is most of what a call through a wrapper costs.
fn run_given(this: &Instrumented, given: Given<'_>) -> Res {
    match this.plain() {
        Some((measure, function)) => match measure.mode() {
            Mode::Count => calls::counted(measure, || given.to_function(function.get())),
            Mode::Off => given.to_function(function.get()),
            Mode::Time => run_timed(measure, function, given),
            Mode::Full => run_vector(this, given),
        },
        None => run_vector(this, given),
    }
}

// Not in line: what it keeps over the call would be saved for a mere count too.
#[inline(never)]
fn run_timed(measure: &Measure, function: Owned, given: Given<'_>) -> Res {
    calls::timed(measure, || given.to_function(function.get()))
}

#[inline(never)]
fn run_vector(this: &Instrumented, given: Given<'_>) -> Res {
    let args = given.args();
    if !this.function.proxy.is_called_by(call) {
        return this.function.proxy.call_again(args);
    }
    run(this, args)
}

/// Of what is called with the instance in front.
fn get_method(
    this: &Instrumented,
    instance: Option<Borrowed<'_>>,
    _owner: Option<Borrowed<'_>>,
) -> Res {
    match instance {
        Some(instance) => api::bind_method(this.object(), instance),
        None => Ok(this.object().own()),
    }
}

/// Of anything else: what the wrapped object gives, measured.
fn get(this: &Instrumented, instance: Option<Borrowed<'_>>, owner: Option<Borrowed<'_>>) -> Res {
    let unbound = || Ok(this.object().own());
    if this.function.binding().never_binds() {
        return unbound();
    }
    let target = this.function.proxy.target()?;
    if let Some(known) = known(this, target.get(), instance, owner) {
        return known;
    }
    let Some(bound) = api::descriptor_get(target.get(), instance, owner) else {
        return unbound();
    };
    let bound = bound?;
    if bound.get().is(target.get()) {
        return unbound();
    }
    match (
        api::method_function(bound.get()),
        api::method_self(bound.get()),
    ) {
        (Some(function), Some(receiver)) => {
            api::bind_method(measured(this, function)?.get(), receiver.get())
        }
        _ => measured(this, bound),
    }
}

/// What a class or static method gives whose function was measured before, without asking it.
#[inline]
fn known(
    this: &Instrumented,
    target: Borrowed<'_>,
    instance: Option<Borrowed<'_>>,
    owner: Option<Borrowed<'_>>,
) -> Option<Res> {
    let inner = this.inner.get(this.object())?;
    let function = Proxy::of(inner.get())?.plain_function()?;
    match api::function_inside(target, function.get())? {
        api::Inside::StaticMethod => Some(Ok(inner)),
        api::Inside::ClassMethod => {
            let class = owner.or_else(|| instance.map(Borrowed::type_object))?;
            Some(api::bind_method(inner.get(), class))
        }
    }
}

/// The function inside, measured by the same meter: the one kept, if it is of this function still.
fn measured(this: &Instrumented, function: Owned) -> Res {
    let owner = this.object();
    if let Some(kept) = this.inner.get(owner) {
        let inside = Proxy::of(kept.get()).and_then(Proxy::wrapped_now);
        if inside.is_some_and(|inside| inside.get().is(function.get())) {
            return Ok(kept);
        }
    }
    let state = this.function.proxy.state();
    let made = match this.meter() {
        Some(meter) => wrap(state, function.get(), meter.object())?,
        None => function.clone(),
    };
    // What is bound to an object is not kept: it would keep the object.
    if api::is_plain_function(function.get()) {
        api::replace(&this.inner, owner, Some(made.clone()));
    }
    Ok(made)
}

/// The wrapper of the type that fits what is wrapped.
fn wrap(state: &State, wrapped: Borrowed<'_>, meter: Borrowed<'_>) -> Res {
    let class = if api::is_plain_function(wrapped) || api::is_method_descriptor(wrapped) {
        state.instrumented_method()?
    } else {
        state.instrumented_function()?
    };
    crate::ffi::call::call_with(class, [wrapped, meter])
}

fn instrumented(module: Borrowed<'_>, args: Args<'_>) -> Res {
    match args.parse("_instrumented", ["wrapped", "meter"], 2)? {
        [Some(wrapped), Some(meter)] => wrap(State::of(module)?, wrapped, meter),
        _ => Err(raise(Exc::Type, "_instrumented() takes two arguments")),
    }
}

static FUNCTIONS: Table<c::PyMethodDef> = Table(&[
    fastcall(
        c"_instrumented",
        instrumented_entry,
        Some(c"_instrumented(wrapped, meter)\n--\n\nA function wrapper whose calls a meter measures."),
    ),
    METHODS_END,
]);

pub(super) fn build(module: Borrowed<'_>, state: &State) -> Res<()> {
    c_module::add_functions(module, &FUNCTIONS)?;
    let kind = |slot, name, descr_get| -> Res<Kind<'_>> {
        Ok(Kind {
            slot,
            name,
            base: Some(state.function_wrapper()?),
            basicsize: size_of::<Instrumented>(),
            call: Some((call, vectorcall)),
            constructor: None,
            doc: c"A function wrapper whose calls are measured, by the meter that is its wrapper.",
            slots: vec![slot::tp_init(init), slot::tp_descr_get(descr_get)],
        })
    };
    let name = c"wraptrs._InstrumentedMethod";
    let method = kind(Slot::instrumented_method, name, method_descr_get)?.build(module, state)?;
    api::set_called_directly(method.get(), true);
    api::set_unchanging(method.get());
    let name = c"wraptrs._InstrumentedFunction";
    kind(Slot::instrumented_function, name, descr_get)?.build(module, state)?;
    Ok(())
}
