//! Calls that hold a lock: the one kept on the instance, or on the function where there is none.
//!
//! Only what happens at each call is here. A lock that is not found where the interpreter keeps an
//! object's own attributes is left to the wrapper written in Python, which makes one, or knows of
//! objects that cannot hold any.

use super::Function;
use super::call::{self as unbound, invoke, pass};
use super::method::receiver;
use crate::ffi::call::call_named;
use crate::ffi::shapes::entry;
use crate::ffi::{Args, Borrowed, Owned, Raw, Res, api};
use crate::state::Names;

entry!(packed call: Function => Raw = run);
entry!(vector vectorcall: Function = run_vector);

fn run(this: &Function, args: Args<'_>) -> Res {
    let target = this.proxy.target()?;
    let receiver = receiver(this, &args)?;
    if !api::is_plain_function(target.get()) {
        return slowly(this, target, receiver, args);
    }
    let names = &this.proxy.state().names;
    match lock_on(receiver.unwrap_or(target.get()), names)? {
        Some(lock) => hold(lock.get(), names, || pass(target.get(), args)),
        None => slowly(this, target, receiver, args),
    }
}

fn run_vector(this: &Function, args: Args<'_>) -> Res {
    if !this.proxy.is_called_by(call) {
        return this.proxy.call_again(args);
    }
    run(this, args)
}

/// The lock among an object's own attributes; one of its class is not its own.
#[inline]
fn lock_on(context: Borrowed<'_>, names: &Names) -> Res<Option<Owned>> {
    let name = names.synchronized_lock.get();
    let Some(shared) = api::type_lookup(context.ty(), name) else {
        return api::generic_get(context, name);
    };
    let shared = shared.own();
    if api::is_descriptor(shared.get()) {
        return Ok(None);
    }
    let found = api::generic_get(context, name)?;
    Ok(found.filter(|lock| !lock.get().is(shared.get())))
}

/// `with lock:` around the work.
#[inline]
fn hold(lock: Borrowed<'_>, names: &Names, work: impl FnOnce() -> Res) -> Res {
    call_named(lock, names.acquire.get())?;
    let release = || call_named(lock, names.release.get()).map(drop);
    match work() {
        Ok(result) => release().map(|()| result),
        Err(raised) => Err(raised.after(release)),
    }
}

/// By the wrapper written in Python.
#[cold]
fn slowly(this: &Function, target: Owned, receiver: Option<Borrowed<'_>>, args: Args<'_>) -> Res {
    let Some(instance) = receiver else {
        return unbound::run(this, args);
    };
    let owner = Some(instance.type_object());
    let bound = match api::descriptor_get(target.get(), Some(instance), owner) {
        Some(bound) => bound?,
        None => target,
    };
    let (state, wrapper) = (this.proxy.state(), this.wrapper()?);
    invoke(state, wrapper.get(), [bound.get(), instance], args, 1)
}
