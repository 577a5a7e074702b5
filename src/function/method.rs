//! Wrappers that do one thing natively and need no bound wrapper for it.
//!
//! What a user's wrapper sees of a call depends on how the function was reached, so a function
//! wrapper must be bound first. Caching and locking see no such difference: `method(instance, x)`
//! and `instance.method(x)` are the same call. So once a class has taken such a wrapper in, it
//! becomes an instance of its class's `_self_method_kind`, whose type says that its instances are
//! method descriptors: the interpreter then calls them with the instance in front, as it does with
//! functions, and reading them from a class gives the wrapper itself.

use super::{Binding, Function, bind, cache, lock, types};
use crate::ffi::error::{Exc, raise};
use crate::ffi::shapes::entry;
use crate::ffi::typedef::{METHODS_END, Table, fastcall, slot};
use crate::ffi::{Args, Borrowed, Instance, Res, api, c, module as c_module};
use crate::proxy::types::Kind;
use crate::state::{Slot, State};
use core::mem::size_of;

entry!(method set_name: Function = enter_class);
entry!(descr_get descr_get: Function = get);

/// The instance that a call is for, where the wrapper is a method of its class.
#[inline]
pub(super) fn receiver<'a>(this: &Function, args: &Args<'a>) -> Res<Option<Borrowed<'a>>> {
    if !api::is_method_descriptor(this.object()) {
        return Ok(None);
    }
    match args.at(0) {
        Some(first) if this.owner.holds(first.type_object()) => Ok(Some(first)),
        Some(first) if is_method_of(this, first)? => Ok(Some(first)),
        _ => Ok(None),
    }
}

/// As binding sees it: an instance of the class that took the wrapper in, or of another one that
/// has it as an attribute under any name.
#[inline(never)]
fn is_method_of(this: &Function, first: Borrowed<'_>) -> Res<bool> {
    let owner = this.field(&this.owner, "_self_owner")?;
    if api::has_type(first, owner.get()) {
        return Ok(true);
    }
    Ok(api::has_entry(first.type_object(), this.object())?
        || (!owner.get().is(api::none()) && api::is_instance(first, owner.get())?))
}

/// `__set_name__`: a plain function in a class body is a method.
fn enter_class(this: &Function, args: Args<'_>) -> Res {
    let told = types::tell_name(this, args)?;
    let Some(owner) = args.at(0).filter(|owner| api::is_type(*owner)) else {
        return Ok(told);
    };
    let plain = api::is_plain_function(this.proxy.target()?.get());
    if !plain || this.binding() != Binding::Function {
        return Ok(told);
    }
    let object = this.object();
    let kind = this.proxy.state().names.self_method_kind.get();
    if let Some(kind) = api::generic_get(object, kind)? {
        // The owner first: calls may come as soon as the class has changed.
        api::replace(&this.owner, object, Some(owner.own()));
        if !api::is_method_descriptor(object) {
            api::set_class(object, kind.get(), this.proxy.state().names.class.get())?;
        }
    }
    Ok(told)
}

fn get(this: &Function, instance: Option<Borrowed<'_>>, owner: Option<Borrowed<'_>>) -> Res {
    if instance.is_none() && api::is_method_descriptor(this.object()) {
        return Ok(this.object().own());
    }
    bind::get(this, instance, owner)
}

entry!(function called_directly = set_called_directly);

/// `_called_directly(cls, as_method)`: lets calls of instances of a class written in Python skip the
/// tuple, which CPython grants such classes from 3.12 only, and the binding, which it never does.
fn set_called_directly(module: Borrowed<'_>, args: Args<'_>) -> Res {
    let [class, as_method] = args.parse("_called_directly", ["cls", "as_method"], 2)?;
    let (Some(class), Some(as_method)) = (class, as_method) else {
        return Err(raise(
            Exc::Type,
            "_called_directly() takes a class and a flag",
        ));
    };
    let base = State::of(module)?.function_wrapper_base()?;
    if !api::is_type(class) || !api::is_subclass(class, base)? {
        let given = api::describe(class);
        let problem = format!("_called_directly() takes a class of function wrappers, not {given}");
        return Err(raise(Exc::Type, &problem));
    }
    api::set_called_directly(class, api::is_true(as_method)?);
    Ok(class.own())
}

static FUNCTIONS: Table<c::PyMethodDef> = Table(&[
    fastcall(c"_called_directly", called_directly, None),
    METHODS_END,
]);

static METHODS: Table<c::PyMethodDef> =
    Table(&[fastcall(c"__set_name__", set_name, None), METHODS_END]);

/// Makes the types that classes written in Python build on.
pub(super) fn build(module: Borrowed<'_>, state: &State) -> Res<()> {
    c_module::add_functions(module, &FUNCTIONS)?;
    let unbound = |slot, name, call: (c::ternaryfunc, c::vectorcallfunc), doc| -> Res<Kind<'_>> {
        Ok(Kind {
            slot,
            name,
            base: Some(state.function_wrapper()?),
            basicsize: size_of::<Function>(),
            call: Some(call),
            constructor: None,
            doc,
            slots: vec![slot::tp_descr_get(descr_get), slot::methods(&METHODS)],
        })
    };
    unbound(
        Slot::locked_function,
        c"wraptrs._LockedFunctionWrapper",
        (lock::call, lock::vectorcall),
        c"A function wrapper whose calls hold a lock.",
    )?
    .build(module, state)?;
    unbound(
        Slot::cached_function,
        c"wraptrs._CachedFunctionWrapper",
        (cache::call, cache::vectorcall),
        c"A function wrapper whose calls go to a cache.",
    )?
    .build(module, state)?;
    Kind {
        slot: Slot::bound_cached_function,
        name: c"wraptrs._BoundCachedFunctionWrapper",
        base: Some(state.bound_function_wrapper()?),
        call: Some((cache::bound_call, cache::bound_vectorcall)),
        doc: c"A bound function wrapper whose calls go to the cache of what it is bound to.",
        slots: Vec::new(),
        basicsize: size_of::<Function>(),
        constructor: None,
    }
    .build(module, state)?;
    Ok(())
}
