//! Calls of cached functions: finds the cache that `functools.lru_cache` made, and hands the
//! arguments on.
//!
//! The caches are made and kept by the class written in Python that this type is the base of:
//! `_self_cache` for calls that belong to no instance or class, and in the place of the wrapper a
//! tuple of two places. The first is the name under which instances hold the pair of a weak
//! reference to themselves, which tells it from one that a copy carried along, and their cache. The
//! second is a dict that has such pairs for classes, and for instances without a dict, by address;
//! there the reference tells it from that of an earlier object at the same address.

use super::method::receiver;
use super::{Binding, Function};
use crate::ffi::call::call_with;
use crate::ffi::error::{Exc, raise};
use crate::ffi::shapes::entry;
use crate::ffi::{Args, Borrowed, Instance, Owned, Raw, Res, api};
use crate::proxy::Proxy;

entry!(packed call: Function => Raw = run);
entry!(vector vectorcall: Function = run_vector);
entry!(packed bound_call: Function => Raw = run_bound);
entry!(vector bound_vectorcall: Function = run_bound_vector);

fn run(this: &Function, args: Args<'_>) -> Res {
    if let Some(instance) = receiver(this, &args)? {
        return args.forward_rest(cache_for(this, instance)?.get());
    }
    run_own(this, this.proxy.target()?.get(), args)
}

fn run_vector(this: &Function, args: Args<'_>) -> Res {
    if !this.proxy.is_called_by(call) {
        return this.proxy.call_again(args);
    }
    run(this, args)
}

fn run_bound(this: &Function, args: Args<'_>) -> Res {
    let parent = this.field(&this.parent, "_self_parent")?;
    let Some(keeper) = Proxy::of(parent.get()).and_then(Proxy::downcast::<Function>) else {
        return Err(raise(
            Exc::Type,
            "a bound cache needs the cached function as its parent",
        ));
    };
    let target = this.proxy.target()?;
    if this.binding() == Binding::ClassMethod {
        if let Some(class) = api::method_self(target.get()) {
            return args.forward(cache_for(keeper, class.get())?.get());
        }
    }
    if !this.binding().takes_instance() {
        return run_own(keeper, target.get(), args);
    }
    let instance = this.field(&this.instance, "_self_instance")?;
    if !instance.get().is(api::none()) {
        return args.forward(cache_for(keeper, instance.get())?.get());
    }
    let owner = this.field(&this.owner, "_self_owner")?;
    match args.at(0) {
        Some(first) if !owner.get().is(api::none()) && api::is_instance(first, owner.get())? => {
            args.forward_rest(cache_for(keeper, first)?.get())
        }
        _ => run_own(keeper, target.get(), args),
    }
}

fn run_bound_vector(this: &Function, args: Args<'_>) -> Res {
    if !this.proxy.is_called_by(bound_call) {
        return this.proxy.call_again(args);
    }
    run_bound(this, args)
}

/// A call that belongs to no instance and no class.
#[inline]
fn run_own(this: &Function, function: Borrowed<'_>, args: Args<'_>) -> Res {
    let names = &this.proxy.state().names;
    let cache = match own_value(&this.proxy, names.self_cache.get())? {
        Some(cache) => cache,
        None => ask(this, names.self_own_cache.get(), function)?,
    };
    args.forward(cache.get())
}

/// The cache of an instance or a class.
#[inline]
fn cache_for(this: &Function, subject: Borrowed<'_>) -> Res {
    match cache_of(this, subject)? {
        Some(cache) => Ok(cache),
        None => ask(this, this.proxy.state().names.self_cache_for.get(), subject),
    }
}

/// The same, if there is one.
#[inline]
fn cache_of(this: &Function, subject: Borrowed<'_>) -> Res<Option<Owned>> {
    let places = this.wrapper()?;
    if !api::is_tuple(places.get()) {
        return Ok(None);
    }
    // A class may inherit what another one holds, and holds nothing itself.
    if !api::is_type(subject) {
        if let Some(name) = api::tuple_item(places.get(), 0).filter(|name| api::is_string(*name)) {
            let holder = api::generic_get(subject, name)?;
            if let Some(cache) = holder.and_then(|holder| paired(holder.get(), subject)) {
                return Ok(Some(cache));
            }
        }
    }
    let Some(entries) = api::tuple_item(places.get(), 1).filter(|dict| api::is_dict(*dict)) else {
        return Ok(None);
    };
    let entry = api::dict_get(entries, api::address(subject)?.get())?;
    Ok(entry.and_then(|entry| paired(entry.get(), subject)))
}

/// The cache in a pair, if it is the pair of this object.
#[inline]
fn paired(pair: Borrowed<'_>, subject: Borrowed<'_>) -> Option<Owned> {
    if !api::is_tuple(pair) {
        return None;
    }
    let owner = api::tuple_item(pair, 0)?;
    // Some objects cannot be referred to weakly.
    if !owner.is(subject) && !api::refers_weakly(owner, subject) {
        return None;
    }
    api::tuple_item(pair, 1).map(Borrowed::own)
}

/// What a method of the class written in Python answers.
#[cold]
fn ask(this: &Function, method: Borrowed<'_>, argument: Borrowed<'_>) -> Res {
    let method = api::PyObject_GetAttr(this.object(), method)?;
    call_with(method.get(), [argument])
}

/// The value that a wrapper's own dict has for a name.
#[inline]
fn own_value(proxy: &Proxy, name: Borrowed<'_>) -> Res<Option<Owned>> {
    match proxy.dict.get(proxy.object()) {
        Some(dict) => api::dict_get(dict.get(), name),
        None => Ok(None),
    }
}
