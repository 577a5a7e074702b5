//! Bodies of the forwarded slots: what each shape of the table in `slots` does with the C function
//! that a row names.

use super::Proxy;
use crate::ffi::call::call_with;
use crate::ffi::{Borrowed, Instance, Name, Owned, Res, api};
use crate::state::Names;
use core::ffi::c_int;

type Binary = fn(Borrowed<'_>, Borrowed<'_>) -> Res;
type Ternary = fn(Borrowed<'_>, Borrowed<'_>, Borrowed<'_>) -> Res;

#[inline]
pub(super) fn on_target<R>(this: &Proxy, function: fn(Borrowed<'_>) -> Res<R>) -> Res<R> {
    this.on_target(function)
}

/// An operand as the operation shall see it: the wrapped object of a proxy, else the object.
struct Operand<'a> {
    given: Borrowed<'a>,
    target: Option<Owned>,
    deep: bool,
}

impl<'a> Operand<'a> {
    #[inline]
    fn new(given: Borrowed<'a>) -> Res<Operand<'a>> {
        match Proxy::of(given) {
            None => Ok(Operand {
                given,
                target: None,
                deep: false,
            }),
            Some(proxy) => Ok(Operand {
                given,
                target: Some(proxy.target()?),
                deep: proxy.is_nested(),
            }),
        }
    }

    #[inline]
    fn get(&self) -> Borrowed<'_> {
        self.target.as_ref().map_or(self.given, Owned::get)
    }
}

/// A binary operator; either side, or both, is the proxy.
#[inline]
pub(super) fn operands(a: Borrowed<'_>, b: Borrowed<'_>, function: Binary) -> Res {
    let (a, b) = (Operand::new(a)?, Operand::new(b)?);
    if a.deep || b.deep {
        return api::guarded(|| function(a.get(), b.get()));
    }
    function(a.get(), b.get())
}

/// `pow`. A proxy as modulus is refused with NotImplemented: passing it on would come back here.
pub(super) fn power(
    a: Borrowed<'_>,
    b: Borrowed<'_>,
    modulus: Borrowed<'_>,
    function: Ternary,
) -> Res {
    if Proxy::of(modulus).is_some() {
        return Ok(api::not_implemented().own());
    }
    let (a, b) = (Operand::new(a)?, Operand::new(b)?);
    if a.deep || b.deep {
        return api::guarded(|| function(a.get(), b.get(), modulus));
    }
    function(a.get(), b.get(), modulus)
}

/// An in-place operator. A target with the in-place method changes itself, and the proxy stays; of
/// any other the result goes into a new proxy of the kind that `__object_proxy__` names.
#[inline]
pub(super) fn in_place(
    this: &Proxy,
    other: Borrowed<'_>,
    method: fn(&Names) -> &Name,
    changing: Binary,
    making: Binary,
) -> Res {
    let other = Operand::new(other)?;
    let other = other.get();
    assign_in_place(
        this,
        method,
        |target| changing(target, other),
        |target| making(target, other),
    )
}

/// `**=`. When the left operand declines, CPython 3.9 asks the right one's slot too, with the left
/// one first: then only the exponent is the proxy, and there is nothing to change in place.
pub(super) fn in_place_power(
    base: Borrowed<'_>,
    exponent: Borrowed<'_>,
    modulus: Borrowed<'_>,
    changing: Ternary,
    making: Ternary,
) -> Res {
    let Some(this) = Proxy::of(base) else {
        return Ok(api::not_implemented().own());
    };
    let other = Operand::new(exponent)?;
    let other = other.get();
    assign_in_place(
        this,
        |names| &names.ipow,
        |target| changing(target, other, modulus),
        |target| making(target, other, modulus),
    )
}

fn assign_in_place(
    this: &Proxy,
    method: fn(&Names) -> &Name,
    changing: impl FnOnce(Borrowed<'_>) -> Res,
    making: impl FnOnce(Borrowed<'_>) -> Res,
) -> Res {
    let names = &this.state().names;
    let changes = this.on_target(|target| api::get_optional_attr(target, method(names).get()))?;
    if changes.is_some() {
        let result = this.on_target(changing)?;
        drop(this.swap_wrapped(result));
        return Ok(this.object().own());
    }
    let result = this.on_target(making)?;
    let class = api::PyObject_GetAttr(this.object(), names.object_proxy.get())?;
    call_with(class.get(), [result.get()])
}

pub(super) fn compare(this: &Proxy, other: Borrowed<'_>, operation: c_int) -> Res {
    this.on_target(|target| api::compare(target, other, operation))
}

pub(super) fn contains(this: &Proxy, item: Borrowed<'_>) -> Res<bool> {
    this.on_target(|target| api::contains(target, item))
}

pub(super) fn get_item(this: &Proxy, key: Borrowed<'_>) -> Res {
    this.on_target(|target| api::PyObject_GetItem(target, key))
}

pub(super) fn set_item(this: &Proxy, key: Borrowed<'_>, value: Option<Borrowed<'_>>) -> Res<()> {
    this.on_target(|target| api::set_item(target, key, value))
}

/// `<Type at 0x... for Target at 0x...>`; of anything that has a name of its own, that too.
pub(super) fn repr(this: &Proxy) -> Res {
    let target = this.target()?;
    let (object, target) = (this.object(), target.get());
    let mut text = format!(
        "<{} at {:#x} for {} at {:#x}",
        api::type_name(object),
        object.as_raw() as usize,
        api::type_name(target),
        target.as_raw() as usize,
    );
    if api::is_callable(target) {
        if let Some(name) = qualified_name(this, target)? {
            text.push_str(": ");
            text.push_str(&name);
        }
    }
    text.push('>');
    api::string(&text)
}

/// `module.qualname` of what has both as strings.
fn qualified_name(this: &Proxy, target: Borrowed<'_>) -> Res<Option<String>> {
    let names = &this.state().names;
    let Some(name) = api::get_optional_attr(target, names.qualname.get())? else {
        return Ok(None);
    };
    if !api::is_string(name.get()) {
        return Ok(None);
    }
    let name = api::text(name.get())?;
    match api::get_optional_attr(target, names.module.get())? {
        Some(module) if api::is_string(module.get()) => {
            Ok(Some(format!("{}.{name}", api::text(module.get())?)))
        }
        _ => Ok(Some(name)),
    }
}
