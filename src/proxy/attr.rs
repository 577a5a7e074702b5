//! Attribute access on a proxy: what is its own, what belongs to the wrapped object.
//!
//! Reading looks at the proxy's type and own dict first and then at the wrapped object, without
//! raising and clearing an AttributeError in between. `__module__` and `__doc__` cannot be
//! descriptors on a heap type, whose dict needs both as strings, so they are told apart by name,
//! and only when the type was found to have an entry, which for those two it always has.
//!
//! A class that defines `__getattr__` makes CPython give every class derived from it a
//! `tp_getattro` that calls `__getattribute__` and then `__getattr__` as Python would, which is slow
//! and, for classes that leave both alone, pointless. `settle` puts the native function back when
//! the first instance is made; assigning either name to the class later undoes it again.

#![allow(unsafe_code, reason = "reads and sets tp_getattro: see settle")]

use super::{Proxy, doc};
use crate::ffi::call::call_with;
use crate::ffi::instance::{self, RawType};
use crate::ffi::shapes::entry;
use crate::ffi::{Borrowed, Instance, Owned, Raw, Res, api, c};
use crate::state::Names;

entry!(with_object getattro: Proxy => Raw = get);
entry!(assign setattro: Proxy = set);

fn get(this: &Proxy, name: Borrowed<'_>) -> Res {
    lookup(this, name, getattro, target_attr)
}

/// Reads an attribute for a type whose `tp_getattro` is `own`; `miss` says where to look for what
/// the proxy itself does not have.
#[inline]
pub(crate) fn lookup(
    this: &Proxy,
    name: Borrowed<'_>,
    own: c::getattrofunc,
    miss: fn(&Proxy, Borrowed<'_>) -> Res,
) -> Res {
    let object = this.object();
    match api::type_lookup(object.ty(), name) {
        None => {
            if let Some(found) = own_entry(this, name)? {
                return Ok(found);
            }
        }
        Some(_) => {
            let names = &this.state().names;
            if names.module.spells(name) {
                return target_attr(this, names.module.get());
            }
            if names.doc.spells(name) {
                return doc::get(this);
            }
            if let Some(found) = api::generic_get(object, name)? {
                if !found.get().is(api::none()) || !names.iter.spells(name) {
                    return Ok(found);
                }
                // None says that the type takes the protocol back: the wrapped object decides.
            }
        }
    }
    if instance::getattro_of(object.ty()) == own as *const () as usize {
        return miss(this, name);
    }
    overridden(this, name, miss)
}

/// What the proxy's own dict holds under a name that its type lacks.
#[inline]
fn own_entry(this: &Proxy, name: Borrowed<'_>) -> Res<Option<Owned>> {
    if this.dict.is_empty() {
        return Ok(None);
    }
    match this.dict.get(this.object()) {
        Some(dict) => api::dict_get(dict.get(), name),
        None => Ok(None),
    }
}

/// An attribute of an object that may be a proxy, or `None`: a proxy with nothing special about it
/// passes the question on without raising and clearing an AttributeError.
pub(crate) fn optional(object: Borrowed<'_>, name: Borrowed<'_>) -> Res<Option<Owned>> {
    if let Some(proxy) = Proxy::of(object) {
        if instance::getattro_of(object.ty()) == getattro as *const () as usize
            && proxy.dict.is_empty()
            && api::type_lookup(object.ty(), name).is_none()
        {
            return proxy.on_target(|target| api::get_optional_attr(target, name));
        }
    }
    api::get_optional_attr(object, name)
}

/// The attribute of the wrapped object.
#[inline]
pub(crate) fn target_attr(this: &Proxy, name: Borrowed<'_>) -> Res {
    this.on_target(|target| api::PyObject_GetAttr(target, name))
}

/// A derived class overrides `__getattr__` or `__getattribute__`.
#[cold]
fn overridden(this: &Proxy, name: Borrowed<'_>, miss: fn(&Proxy, Borrowed<'_>) -> Res) -> Res {
    let object = this.object();
    let hook = this.state().names.getattr.get();
    let native = super::native_base(object.ty()).unwrap_or(object.ty());
    if same_entry(object.ty(), native, hook) {
        return miss(this, name);
    }
    match api::generic_get(object, hook)? {
        Some(hook) => call_with(hook.get(), [name]),
        None => miss(this, name),
    }
}

/// Whether two types find the very same object under a name.
fn same_entry(ty: RawType, other: RawType, name: Borrowed<'_>) -> bool {
    match (api::type_lookup(ty, name), api::type_lookup(other, name)) {
        (Some(a), Some(b)) => a.own().get().is(b.own().get()),
        (None, None) => true,
        _ => false,
    }
}

/// Gives a derived class that overrides neither `__getattr__` nor `__getattribute__` the native
/// `tp_getattro` of the type it derives from.
#[inline]
pub(crate) fn settle(ty: RawType, native: RawType, names: &Names) {
    if instance::getattro_of(ty) != instance::getattro_of(native) {
        settle_slow(ty, native, names);
    }
}

#[cold]
fn settle_slow(ty: RawType, native: RawType, names: &Names) {
    let untouched = [&names.getattr, &names.getattribute];
    if untouched
        .into_iter()
        .all(|name| same_entry(ty, native, name.get()))
    {
        // SAFETY: `ty` derives from `native` along its layout, so its instances are what the
        // function expects.
        unsafe { instance::inherit_getattro(ty, native) };
    }
}

fn set(this: &Proxy, name: Borrowed<'_>, value: Option<Borrowed<'_>>) -> Res<()> {
    let object = this.object();
    let names = &this.state().names;
    if api::starts_with(name, &names.self_prefix)? {
        return api::generic_set(object, name, value);
    }
    if names.module.spells(name) {
        return set_target_attr(this, names.module.get(), value);
    }
    if names.doc.spells(name) {
        return doc::set(this, value);
    }
    if api::type_lookup(object.ty(), name).is_some() {
        return api::generic_set(object, name, value);
    }
    set_target_attr(this, name, value)
}

/// Assigns or deletes an attribute of the wrapped object.
pub(crate) fn set_target_attr(
    this: &Proxy,
    name: Borrowed<'_>,
    value: Option<Borrowed<'_>>,
) -> Res<()> {
    this.on_target(|target| api::set_attr(target, name, value))
}

/// As `setattr` on a proxy does it, for types that look elsewhere first.
pub(crate) fn set_on_proxy(
    this: &Proxy,
    name: Borrowed<'_>,
    value: Option<Borrowed<'_>>,
) -> Res<()> {
    set(this, name, value)
}
