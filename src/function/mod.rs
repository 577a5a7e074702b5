//! Function wrappers: the layout that unbound and bound wrappers share, and their fields.
//!
//! A wrapper is a proxy of a function with five fields more. `instance` and `owner` are None until
//! it is bound, `parent` is the wrapper that it was bound from. The fields are set together by
//! `__init__`; in an instance whose `__init__` never ran they are empty, and reading one raises the
//! AttributeError that a missing attribute raises, so that lookup goes on to the wrapped object.

#![allow(unsafe_code, reason = "lays out an instance")]

mod bind;
mod bound;
mod cache;
mod call;
mod copying;
mod decide;
mod kind;
mod lock;
mod method;
pub(crate) mod types;

pub(crate) use call::{invoke, pass};

use crate::ffi::error::no_attribute;
use crate::ffi::{Borrowed, Field, Instance, Owned, Raised, Res, api};
use crate::proxy::Proxy;
use core::sync::atomic::Ordering;
use kind::Binding;

#[repr(C)]
pub(crate) struct Function {
    pub(crate) proxy: Proxy,
    instance: Field,
    wrapper: Field,
    enabled: Field,
    parent: Field,
    owner: Field,
}

// SAFETY: repr(C), headed by Proxy and so by PyObject; only wrapper types list entries with it.
unsafe impl Instance for Function {}

/// Everything that `__init__` sets.
struct Parts<'a> {
    wrapped: Borrowed<'a>,
    instance: Borrowed<'a>,
    wrapper: Borrowed<'a>,
    enabled: Borrowed<'a>,
    binding: Binding,
    parent: Borrowed<'a>,
    owner: Borrowed<'a>,
}

impl Function {
    #[inline]
    pub(crate) fn binding(&self) -> Binding {
        Binding::from_number(self.proxy.binding.load(Ordering::Relaxed))
    }

    #[inline]
    fn field(&self, field: &Field, name: &str) -> Res {
        field.get(self.object()).ok_or_else(|| self.unset(name))
    }

    #[cold]
    fn unset(&self, name: &str) -> Raised {
        no_attribute(self.object(), name)
    }

    #[inline]
    pub(crate) fn wrapper(&self) -> Res {
        self.field(&self.wrapper, "_self_wrapper")
    }

    /// Whether the wrapper is to run: None means always, a callable is asked at each call, of
    /// anything else the truth counts. Errors of either go to the caller.
    #[inline]
    pub(crate) fn is_enabled(&self) -> Res<bool> {
        if self.is_always_enabled() {
            return Ok(true);
        }
        self.ask_enabled()
    }

    #[inline]
    pub(crate) fn is_always_enabled(&self) -> bool {
        self.enabled.holds(api::none())
    }

    #[inline(never)]
    fn ask_enabled(&self) -> Res<bool> {
        let enabled = self.field(&self.enabled, "_self_enabled")?;
        if api::is_callable(enabled.get()) {
            let answer = crate::ffi::call::call_with(enabled.get(), [])?;
            return api::is_true(answer.get());
        }
        api::is_true(enabled.get())
    }

    /// Sets all fields, each swap by itself: a call in flight keeps what it has read.
    fn assemble(&self, parts: &Parts<'_>) -> Res<()> {
        self.proxy.init_target(parts.wrapped)?;
        let owner = self.object();
        self.proxy
            .binding
            .store(parts.binding as u8, Ordering::Relaxed);
        for (field, value) in [
            (&self.instance, parts.instance),
            (&self.wrapper, parts.wrapper),
            (&self.enabled, parts.enabled),
            (&self.parent, parts.parent),
            (&self.owner, parts.owner),
        ] {
            api::replace(field, owner, Some(value.own()));
        }
        Ok(())
    }
}

/// `__self__` of what is wrapped, or None. Plain functions and methods are asked without a lookup.
#[inline]
fn self_of(function: &Function, target: Borrowed<'_>) -> Res {
    if api::is_plain_function(target) {
        return Ok(api::none().own());
    }
    if let Some(instance) = api::method_self(target) {
        return Ok(instance);
    }
    look_up_self(function, target)
}

#[inline(never)]
fn look_up_self(function: &Function, target: Borrowed<'_>) -> Res {
    let name = function.proxy.state().names.self_.get();
    let found: Option<Owned> = api::get_optional_attr(target, name)?;
    Ok(found.unwrap_or_else(|| api::none().own()))
}
