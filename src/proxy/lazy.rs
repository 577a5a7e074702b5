//! Targets that are built on first use: a proxy whose `__wrapped_factory__` is there and not None
//! may be made with None and asks `__wrapped_get__()` when it is first used. The factory decides
//! that there is something to build, `__wrapped_get__` builds it, so that a class can put a lock
//! around the building.

use super::Proxy;
use crate::ffi::call::call_with;
use crate::ffi::error::{Exc, raise};
use crate::ffi::module::add_functions;
use crate::ffi::shapes::entry;
use crate::ffi::typedef::{METHODS_END, Table, fastcall};
use crate::ffi::{Args, Borrowed, Instance, Res, api, c};

pub(super) fn has_factory(this: &Proxy) -> Res<bool> {
    let factory = api::generic_get(this.object(), this.state().names.wrapped_factory.get())?;
    Ok(factory.is_some_and(|factory| !factory.get().is(api::none())))
}

/// Builds the target if there is a factory, and says whether there was.
#[cold]
pub(super) fn build(this: &Proxy) -> Res<bool> {
    if !has_factory(this)? {
        return Ok(false);
    }
    let names = &this.state().names;
    let Some(builder) = api::generic_get(this.object(), names.wrapped_get.get())? else {
        return Err(crate::ffi::error::no_attribute(
            this.object(),
            "__wrapped_get__",
        ));
    };
    let built = call_with(builder.get(), [])?;
    // The builder normally assigns __wrapped__ itself; assigning it again would run fixups twice.
    if !this
        .wrapped_now()
        .is_some_and(|now| now.get().is(built.get()))
    {
        api::set_attr(this.object(), names.wrapped.get(), Some(built.get()))?;
    }
    Ok(true)
}

entry!(function init_lazy = initialise);

static FUNCTIONS: Table<c::PyMethodDef> = Table(&[
    fastcall(
        c"_init_lazy",
        init_lazy,
        Some(
            c"_init_lazy(proxy, factory)
--

Initialise a proxy without an object; a factory that is not None becomes the proxy's own.",
        ),
    ),
    METHODS_END,
]);

/// `__init__` of a lazy proxy in one step: its factory is stored, its target is None for now.
fn initialise(_module: Borrowed<'_>, args: Args<'_>) -> Res {
    let (Some(object), Some(factory)) = (args.at(0), args.at(1)) else {
        return Err(raise(Exc::Type, "_init_lazy() takes a proxy and a factory"));
    };
    let Some(proxy) = Proxy::of(object) else {
        return Err(raise(Exc::Type, "_init_lazy() takes a proxy"));
    };
    if !factory.is(api::none()) {
        let name = proxy.state().names.wrapped_factory.get();
        api::generic_set(object, name, Some(factory))?;
    }
    proxy.init_target(api::none())?;
    Ok(api::none().own())
}

/// Adds the functions of this file to the module.
pub(super) fn build_functions(module: Borrowed<'_>) -> Res<()> {
    add_functions(module, &FUNCTIONS)
}
