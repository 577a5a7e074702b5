//! Targets that are built on first use: a proxy whose `__wrapped_factory__` is there and not None
//! may be made with None and asks `__wrapped_get__()` when it is first used. The factory decides
//! that there is something to build, `__wrapped_get__` builds it, so that a class can put a lock
//! around the building.

use super::Proxy;
use crate::ffi::call::call_with;
use crate::ffi::{Instance, Res, api};

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
