//! `PartialCallableObjectProxy`: a proxy of a callable with arguments given in advance. It behaves
//! as `functools.partial` does; the proxy's attributes are the callable's.

#![allow(unsafe_code, reason = "lays out an instance")]

use super::Proxy;
use super::attr::{self, target_attr};
use crate::ffi::call::{call, call_prefixed, call_with};
use crate::ffi::error::{Exc, no_attribute, raise};
use crate::ffi::shapes::entry;
use crate::ffi::typedef::{GETSET_END, Table, getset};
use crate::ffi::{Args, Borrowed, Field, Instance, Owned, Raw, Res, api, c};
use core::ffi::c_int;

#[repr(C)]
pub(crate) struct Partial {
    pub(crate) proxy: Proxy,
    args: Field,
    /// NULL where no keyword argument was given in advance.
    kwargs: Field,
}

// SAFETY: repr(C), headed by Proxy and so by PyObject; only its own type lists entries with it.
unsafe impl Instance for Partial {}

impl Partial {
    /// The arguments given in advance; an instance whose `__init__` never ran has none.
    fn given(&self) -> Res<(Owned, Option<Owned>)> {
        let owner = self.proxy.object();
        match self.args.get(owner) {
            Some(args) => Ok((args, self.kwargs.get(owner))),
            None => Err(no_attribute(owner, "_self_args")),
        }
    }
}

entry!(packed init: Partial => c_int = initialise);
entry!(packed call_entry: Partial => Raw = run);
entry!(vector vectorcall: Partial = run_vector);
entry!(with_object getattro: Proxy => Raw = get);
entry!(getter self_args: Partial = get_args);
entry!(getter self_kwargs: Partial = get_kwargs);

pub(super) fn initialise(this: &Partial, args: Args<'_>) -> Res<()> {
    let Some(wrapped) = args.at(0) else {
        return Err(raise(
            Exc::Type,
            "partial() takes at least one argument, the callable",
        ));
    };
    if !api::is_callable(wrapped) {
        let given = api::type_name(wrapped);
        let problem = format!("the first argument must be callable: '{given}' object is not");
        return Err(raise(Exc::Type, &problem));
    }
    let positional = args.tuple(1)?;
    let keywords = if args.has_keywords() {
        Some(args.dict()?)
    } else {
        None
    };
    this.proxy.init_target(wrapped)?;
    let owner = this.proxy.object();
    api::replace(&this.args, owner, Some(positional));
    api::replace(&this.kwargs, owner, keywords);
    Ok(())
}

fn run(this: &Partial, args: Args<'_>) -> Res {
    let target = this.proxy.target()?;
    let (front, keywords) = this.given()?;
    let keywords = keywords.as_ref().map(Owned::get);
    if api::counts_recursion(target.get()) {
        return call_prefixed(target.get(), front.get(), keywords, args);
    }
    api::guarded(|| call_prefixed(target.get(), front.get(), keywords, args))
}

fn run_vector(this: &Partial, args: Args<'_>) -> Res {
    if !this.proxy.is_called_by(call_entry) {
        return this.proxy.call_again(args);
    }
    run(this, args)
}

fn get_args(this: &Partial) -> Res {
    this.given().map(|(args, _)| args)
}

fn get_kwargs(this: &Partial) -> Res {
    match this.given() {
        Ok((_, Some(keywords))) => Ok(keywords),
        Ok((_, None)) => api::dict(),
        Err(raised) => {
            raised.clear();
            Err(no_attribute(this.proxy.object(), "_self_kwargs"))
        }
    }
}

fn get(this: &Proxy, name: Borrowed<'_>) -> Res {
    attr::lookup(this, name, getattro, miss)
}

/// `__signature__` is there on instances only: on the type, `inspect.signature` would take a
/// descriptor for a signature.
fn miss(this: &Proxy, name: Borrowed<'_>) -> Res {
    if this.state().names.signature.spells(name) {
        if let Some(partial) = this.downcast::<Partial>() {
            return signature(partial);
        }
    }
    target_attr(this, name)
}

/// What `inspect.signature` says of the same `functools.partial`, its refusals included.
#[cold]
fn signature(this: &Partial) -> Res {
    let names = &this.proxy.state().names;
    let target = this.proxy.target()?;
    let functools = api::import("functools")?;
    let class = api::PyObject_GetAttr(functools.get(), names.partial.get())?;
    let front = api::tuple([target.get()])?;
    let (args, kwargs) = match this.given() {
        Ok(given) => given,
        Err(raised) => {
            raised.clear();
            (api::tuple([])?, None)
        }
    };
    let front = api::concat(front.get(), args.get())?;
    let twin = call(class.get(), front.get(), kwargs.as_ref().map(Owned::get))?;
    let inspect = api::import("inspect")?;
    let function = api::PyObject_GetAttr(inspect.get(), names.signature_function.get())?;
    call_with(function.get(), [twin.get()])
}

pub(super) static GETSET: Table<c::PyGetSetDef> = Table(&[
    getset(c"_self_args", self_args, None),
    getset(c"_self_kwargs", self_kwargs, None),
    GETSET_END,
]);
