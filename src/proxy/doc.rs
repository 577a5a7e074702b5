//! `__doc__` of a proxy: the wrapped object's, unless a derived class defines a descriptor of that
//! name to decide for itself. Every class has a `__doc__` entry, mostly a plain string or None, so
//! those are passed over and the search goes on along the MRO.
//!
//! The native types hold a descriptor of ours there: read from the class it gives the docstring of
//! the class, read from an instance the wrapped object's. pydoc reads `__doc__` of an instance
//! through `object.__getattribute__`, past the proxy's own attribute access, and would otherwise
//! show the docstring of the class as the help of every decorated function.

#![allow(unsafe_code, reason = "lays out the descriptor")]

use super::Proxy;
use super::attr::{set_target_attr, target_attr};
use crate::ffi::instance;
use crate::ffi::shapes::entry;
use crate::ffi::typedef::{TypeDef, slot};
use crate::ffi::{Borrowed, Field, Instance, Owned, Raw, Res, api, c};
use crate::state::{Slot, State};
use core::ffi::CStr;

fn descriptor(this: &Proxy) -> Res<Option<Owned>> {
    let name = this.state().names.doc.get();
    let class = this.object().type_object();
    let ours = this.state().class_doc()?;
    let found = api::find_along_mro(class, name, |entry| {
        !entry.is(api::none()) && !api::is_string(entry) && !entry.type_object().is(ours)
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

// ---- the descriptor of the native types ----

#[repr(C)]
struct ClassDoc {
    head: c::PyObject,
    text: Field,
}

// SAFETY: repr(C), headed by PyObject; only its own type lists entries with it.
unsafe impl Instance for ClassDoc {}

entry!(descr_get class_doc_get: ClassDoc = read);

fn read(this: &ClassDoc, instance: Option<Borrowed<'_>>, _owner: Option<Borrowed<'_>>) -> Res {
    match instance.and_then(Proxy::of) {
        Some(proxy) => get(proxy),
        None => Ok(this
            .text
            .get(this.object())
            .unwrap_or_else(|| api::none().own())),
    }
}

unsafe extern "C" fn dealloc(raw: Raw) {
    // SAFETY: called once, when the last reference is gone.
    unsafe {
        drop(ClassDoc::from_slot(raw).text.take_unshared());
        instance::free_plain(raw);
    }
}

/// Makes the type of the descriptors.
pub(super) fn build(module: Borrowed<'_>, state: &State) -> Res<()> {
    let made = TypeDef {
        name: c"wraptrs._native.ClassDoc",
        basicsize: size_of::<ClassDoc>(),
        collected: false,
        base: false,
        vectorcall: false,
        slots: vec![slot::tp_dealloc(dealloc), slot::tp_descr_get(class_doc_get)],
    }
    .build(module, None)?;
    state.fill(Slot::class_doc, made);
    Ok(())
}

/// Gives a native type its docstring.
pub(super) fn describe(class: Borrowed<'_>, text: &'static CStr, state: &State) -> Res<()> {
    let ty = state.class_doc()?.as_raw().cast();
    // SAFETY: instances of this type have the layout of ClassDoc, zeroed by the allocator.
    let made = unsafe {
        let made = instance::allocate(ty)?;
        ClassDoc::from_slot(made.get().as_raw())
            .text
            .init_unshared(api::string(&text.to_string_lossy())?);
        made
    };
    api::set_attr(class, state.names.doc.get(), Some(made.get()))
}
