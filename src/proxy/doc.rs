//! `__doc__` of a proxy: the wrapped object's, unless a derived class defines a descriptor of that
//! name to decide for itself. Every class has a `__doc__` entry, mostly a plain string or None, so
//! those are passed over and the search goes on along the MRO.

use super::Proxy;
use super::attr::{set_target_attr, target_attr};
use crate::ffi::{Borrowed, Instance, Owned, Res, api};

fn descriptor(this: &Proxy) -> Res<Option<Owned>> {
    let name = this.state().names.doc.get();
    let class = this.object().type_object();
    let found = api::find_along_mro(class, name, |entry| {
        !entry.is(api::none()) && !api::is_string(entry)
    })?;
    Ok(found
        .map(|(_owner, entry)| entry)
        .filter(|entry| api::is_descriptor(entry.get())))
}

pub(super) fn get(this: &Proxy) -> Res {
    let object = this.object();
    if let Some(descriptor) = descriptor(this)? {
        let owner = Some(object.type_object());
        if let Some(result) = api::descriptor_get(descriptor.get(), Some(object), owner) {
            return result;
        }
    }
    target_attr(this, this.state().names.doc.get())
}

pub(super) fn set(this: &Proxy, value: Option<Borrowed<'_>>) -> Res<()> {
    let name = this.state().names.doc.get();
    match descriptor(this)? {
        Some(descriptor) => api::descriptor_set(descriptor.get(), this.object(), value)
            .unwrap_or_else(|| api::generic_set(this.object(), name, value)),
        None => set_target_attr(this, name, value),
    }
}
