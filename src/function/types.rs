//! Makes the types of function wrappers: their constructors, their visible fields, their slots.

use super::decide::decide;
use super::{Binding, Function, Parts, bind, bound, call, copying, method};
use crate::ffi::error::{Exc, raise};
use crate::ffi::shapes::entry;
use crate::ffi::typedef::{GETSET_END, METHODS_END, Table, fastcall, getset, noargs, onearg, slot};
use crate::ffi::{Args, Borrowed, Instance, Res, api, c};
use crate::proxy::make;
use crate::proxy::types::Kind;
use crate::state::{Slot, State};
use core::ffi::c_int;
use core::mem::size_of;

// ---- construction ----

entry!(packed init: Function => c_int = initialise);
entry!(packed init_parts: Function => c_int = initialise_parts);
entry!(constructor construct: Function = make, init, initialise);
entry!(constructor construct_parts: Function = make, init_parts, initialise_parts);

/// `FunctionWrapper(wrapped, wrapper, enabled=None)`
pub(crate) fn initialise(this: &Function, args: Args<'_>) -> Res<()> {
    let (wrapped, wrapper, enabled) = match (args.has_keywords(), args.at(0), args.at(1)) {
        (false, Some(wrapped), Some(wrapper)) if args.len() <= 3 => (wrapped, wrapper, args.at(2)),
        _ => {
            let names = ["wrapped", "wrapper", "enabled"];
            let [wrapped, wrapper, enabled] = args.parse("__init__", names, 2)?;
            let (Some(wrapped), Some(wrapper)) = (wrapped, wrapper) else {
                return Err(raise(
                    Exc::Type,
                    "__init__() takes the object to wrap and a wrapper",
                ));
            };
            (wrapped, wrapper, enabled)
        }
    };
    require_callable(wrapper, wrapped)?;
    let binding = decide(this, wrapped)?;
    let none = api::none();
    this.assemble(&Parts {
        wrapped,
        instance: none,
        wrapper,
        enabled: enabled.unwrap_or(none),
        binding,
        parent: none,
        owner: none,
    })
}

/// `BoundFunctionWrapper(wrapped, instance, wrapper, enabled=None, binding="callable", parent=None,
/// owner=None)`
fn initialise_parts(this: &Function, args: Args<'_>) -> Res<()> {
    let names = [
        "wrapped", "instance", "wrapper", "enabled", "binding", "parent", "owner",
    ];
    let [wrapped, instance, wrapper, enabled, binding, parent, owner] =
        args.parse("__init__", names, 3)?;
    let (Some(wrapped), Some(instance), Some(wrapper)) = (wrapped, instance, wrapper) else {
        return Err(raise(
            Exc::Type,
            "__init__() takes a wrapped object, instance and wrapper",
        ));
    };
    require_callable(wrapper, wrapped)?;
    let binding = binding.map_or(Ok(Binding::Callable), parse_binding)?;
    let none = api::none();
    this.assemble(&Parts {
        wrapped,
        instance,
        wrapper,
        enabled: enabled.unwrap_or(none),
        binding,
        parent: parent.unwrap_or(none),
        owner: owner.unwrap_or(none),
    })
}

fn require_callable(wrapper: Borrowed<'_>, wrapped: Borrowed<'_>) -> Res<()> {
    if api::is_callable(wrapper) {
        return Ok(());
    }
    let (given, target) = (api::type_name(wrapper), api::describe(wrapped));
    let problem = format!("the wrapper for {target} must be callable: '{given}' object is not");
    Err(raise(Exc::Type, &problem))
}

fn parse_binding(given: Borrowed<'_>) -> Res<Binding> {
    if api::is_string(given) {
        if let Some(binding) = Binding::parse(&api::text(given)?) {
            return Ok(binding);
        }
    }
    let known = Binding::ALL
        .map(|binding| format!("'{}'", binding.text()))
        .join(", ");
    let problem = format!(
        "binding must be one of {known}, not {}",
        api::describe(given)
    );
    Err(raise(Exc::Value, &problem))
}

// ---- visible fields ----

macro_rules! shown {
    ($($name:ident $text:literal;)*) => {$(
        entry!(getter $name: Function = |this: &Function| this.field(&this.$name, $text));
    )*};
}

shown! {
    instance "_self_instance";
    wrapper "_self_wrapper";
    enabled "_self_enabled";
    parent "_self_parent";
    owner "_self_owner";
}

entry!(setter set_enabled: Function = switch);

/// The switch of a wrapper may be replaced while others call it; each call reads it once.
fn switch(this: &Function, value: Option<Borrowed<'_>>) -> Res<()> {
    let Some(value) = value else {
        return Err(raise(
            Exc::Attribute,
            "cannot delete '_self_enabled': assign None to switch on",
        ));
    };
    api::replace(&this.enabled, this.object(), Some(value.own()));
    Ok(())
}

entry!(getter binding: Function = show_binding);

fn show_binding(this: &Function) -> Res {
    this.field(&this.wrapper, "_self_binding")?;
    Ok(bind::binding_name(this, this.binding()).own())
}

// As in wrapt, whose function wrappers are no ObjectProxy.
entry!(getter kind: Function = |this: &Function| Ok(this.proxy.state().base_proxy()?.own()));

static GETSET: Table<c::PyGetSetDef> = Table(&[
    getset(c"__object_proxy__", kind, None),
    getset(c"_self_instance", instance, None),
    getset(c"_self_wrapper", wrapper, None),
    getset(c"_self_enabled", enabled, Some(set_enabled)),
    getset(c"_self_binding", binding, None),
    getset(c"_self_parent", parent, None),
    getset(c"_self_owner", owner, None),
    GETSET_END,
]);

// ---- methods ----

entry!(method set_name: Function = tell_name);

/// `__set_name__`: goes to the wrapped descriptor if that wants to know.
pub(super) fn tell_name(this: &Function, args: Args<'_>) -> Res {
    let target = this.proxy.target()?;
    let name = this.proxy.state().names.set_name.get();
    match api::get_optional_attr(target.get(), name)? {
        Some(method) => args.forward(method.get()),
        None => Ok(api::none().own()),
    }
}

static METHODS: Table<c::PyMethodDef> = Table(&[
    fastcall(c"__set_name__", set_name, None),
    noargs(c"__copy__", copying::copy),
    onearg(c"__deepcopy__", copying::deepcopy),
    noargs(c"__reduce__", copying::reduce),
    METHODS_END,
]);

static BOUND_METHODS: Table<c::PyMethodDef> = Table(&[
    onearg(c"__getattr__", bound::getattr),
    onearg(c"__deepcopy__", copying::bound_deepcopy),
    noargs(c"__reduce__", copying::bound_reduce),
    METHODS_END,
]);

// ---- the types ----

pub(crate) fn build(module: Borrowed<'_>, state: &State) -> Res<()> {
    let unbound: (c::ternaryfunc, c::vectorcallfunc) = (call::call, call::vectorcall);
    let base = Kind {
        slot: Slot::function_wrapper_base,
        name: c"wraptrs._FunctionWrapperBase",
        base: Some(state.object_proxy()?),
        basicsize: size_of::<Function>(),
        call: Some(unbound),
        constructor: Some(construct_parts),
        doc:
            c"What unbound and bound function wrappers have in common: the fields and how they bind.

_FunctionWrapperBase(wrapped, instance, wrapper, enabled=None, binding='callable', parent=None,
owner=None). Behaviour: wrapt's class of that name.",
        slots: vec![
            slot::tp_init(init_parts),
            slot::tp_descr_get(bind::descr_get),
            slot::methods(&METHODS),
            slot::getset(&GETSET),
        ],
    }
    .build(module, state)?;
    // Derived from ObjectProxy, as `isinstance` checks from wrapt 1 expect; a function is not
    // iterable for that, so the name is taken back (see attr::lookup).
    api::set_attr(base.get(), state.names.iter.get(), Some(api::none()))?;
    let derived = || Kind {
        slot: Slot::function_wrapper,
        name: c"wraptrs.FunctionWrapper",
        base: Some(base.get()),
        basicsize: size_of::<Function>(),
        call: Some(unbound),
        constructor: Some(construct),
        doc: c"A proxy of a function, or of anything callable, whose calls go through a wrapper.

FunctionWrapper(wrapped, wrapper, enabled=None): a call becomes wrapper(wrapped, instance, args,
kwargs), and its result is the wrapper's. instance is what the function is bound to: the object of
a method, the class of a class method, None for a function, static method or class. wrapped is
bound already. enabled switches the wrapper off if it is false, or if it is callable and returns
something false at the call; None means always on.

Read through a class or an instance it binds as the wrapped function would, to an instance of the
class in __bound_function_wrapper__. Raises TypeError for a wrapper that cannot be called.
Behaviour: wrapt's class of that name.",
        slots: vec![slot::tp_init(init)],
    };
    let bound = Kind {
        slot: Slot::bound_function_wrapper,
        name: c"wraptrs.BoundFunctionWrapper",
        call: Some((bound::call, bound::vectorcall)),
        constructor: Some(construct_parts),
        doc: c"A function wrapper that was read through an instance or a class.

BoundFunctionWrapper(wrapped, instance, wrapper, enabled=None, binding='callable', parent=None,
owner=None): wrapped is what the function became by binding, parent the unbound wrapper. Attributes
are looked up on it, on the parent, on the wrapped object; _self_ attributes are stored on the
parent. Behaviour: wrapt's class of that name.",
        slots: vec![
            slot::tp_getattro(bound::getattro),
            slot::tp_setattro(bound::setattro),
            slot::methods(&BOUND_METHODS),
        ],
        ..derived()
    }
    .build(module, state)?;
    let wrapper = derived().build(module, state)?;
    let attribute = state.names.bound_function_wrapper.get();
    api::set_attr(wrapper.get(), attribute, Some(bound.get()))?;
    method::build(module, state)
}
