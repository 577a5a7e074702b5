//! Bound wrappers: calls find the instance, attributes reach the wrapper that was bound.

use super::call::{invoke, pass};
use super::{Function, self_of};
use crate::ffi::call::{call_method, call_with};
use crate::ffi::shapes::entry;
use crate::ffi::{Args, Borrowed, Instance, Owned, Raw, Res, api};
use crate::proxy::Proxy;
use crate::proxy::attr::{self, target_attr};

entry!(packed call: Function => Raw = run);
entry!(vector vectorcall: Function = run_vector);
entry!(with_object getattro: Proxy => Raw = get);
entry!(assign setattro: Function = set);
entry!(with_object getattr: Proxy => Raw = miss);

fn run(this: &Function, args: Args<'_>) -> Res {
    let wrapper = this.wrapper()?;
    let enabled = this.is_enabled()?;
    if let Some(function) = this.proxy.unbound_function() {
        return run_method(this, wrapper, function, enabled, args);
    }
    let target = this.proxy.target()?;
    if !enabled {
        return pass(target.get(), args);
    }
    let given = |instance| {
        let call = [target.get(), instance];
        invoke(this.proxy.state(), wrapper.get(), call, args, 0)
    };
    if !this.binding().takes_instance() {
        // A class or static method: how it was reached does not matter, what it is bound to does.
        return given(self_of(this, target.get())?.get());
    }
    if this.instance.holds(api::none()) {
        return through_class(this, wrapper, target, args);
    }
    given(this.field(&this.instance, "_self_instance")?.get())
}

/// A plain function bound to an instance: the wrapper gets a bound method made for this call.
#[inline]
fn run_method(
    this: &Function,
    wrapper: Owned,
    function: Owned,
    enabled: bool,
    args: Args<'_>,
) -> Res {
    let instance = this.field(&this.instance, "_self_instance")?;
    if !enabled {
        return call_method(function.get(), instance.get(), args);
    }
    let state = this.proxy.state();
    let method = state.spare_method.bind(function.get(), instance.get())?;
    let call = [method.get(), instance.get()];
    let result = invoke(state, wrapper.get(), call, args, 0);
    state.spare_method.give_back(method);
    result
}

fn run_vector(this: &Function, args: Args<'_>) -> Res {
    if !this.proxy.is_called_by(call) {
        return this.proxy.call_again(args);
    }
    run(this, args)
}

/// `Class.method(instance, ...)`: the wrapper sees what it would see of `instance.method(...)`.
fn through_class(this: &Function, wrapper: Owned, target: Owned, args: Args<'_>) -> Res {
    let state = this.proxy.state();
    if let Some(first) = args.at(0) {
        let owner = this.field(&this.owner, "_self_owner")?;
        if !owner.get().is(api::none()) && api::is_instance(first, owner.get())? {
            if api::is_plain_function(target.get()) {
                let method = state.spare_method.bind(target.get(), first)?;
                let result = invoke(state, wrapper.get(), [method.get(), first], args, 1);
                state.spare_method.give_back(method);
                return result;
            }
            let bound = call_with(state.partial_proxy()?, [target.get(), first])?;
            return invoke(state, wrapper.get(), [bound.get(), first], args, 1);
        }
    }
    let call = [target.get(), api::none()];
    invoke(state, wrapper.get(), call, args, 0)
}

/// The wrapper that this one was bound from.
fn parent(this: &Function) -> Option<Owned> {
    this.parent
        .get(this.object())
        .filter(|parent| !parent.get().is(api::none()))
}

fn get(this: &Proxy, name: Borrowed<'_>) -> Res {
    attr::lookup(this, name, getattro, miss)
}

/// After its own: what the parent has, then what the bound method has.
fn miss(this: &Proxy, name: Borrowed<'_>) -> Res {
    if let Some(parent) = this.downcast::<Function>().and_then(parent) {
        if let Some(found) = attr::optional(parent.get(), name)? {
            return Ok(found);
        }
    }
    target_attr(this, name)
}

/// `_self_` attributes that are not fields live on the parent, where the next binding finds them.
fn set(this: &Function, name: Borrowed<'_>, value: Option<Borrowed<'_>>) -> Res<()> {
    let names = &this.proxy.state().names;
    if api::starts_with(name, &names.self_prefix)?
        && api::type_lookup(this.object().ty(), name).is_none()
    {
        if let Some(parent) = parent(this) {
            return api::generic_set(parent.get(), name, value);
        }
    }
    attr::set_on_proxy(&this.proxy, name, value)
}
