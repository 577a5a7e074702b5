//! Binding: what attribute access through a class or an instance makes of a wrapper.

use super::{Binding, Function, Parts, bound};
use crate::ffi::call::call_with;
use crate::ffi::error::no_attribute;
use crate::ffi::shapes::entry;
use crate::ffi::{Borrowed, Instance, Owned, Res, api};
use crate::proxy::{self, Proxy};

entry!(descr_get descr_get: Function = get);

fn get(this: &Function, instance: Option<Borrowed<'_>>, owner: Option<Borrowed<'_>>) -> Res {
    let target = this.proxy.target()?;
    let binding = this.binding();
    if !this.parent.holds(api::none()) {
        return get_again(this, instance, owner);
    }
    if binding.never_binds() {
        return Ok(this.object().own());
    }
    match descriptor(target, instance, owner) {
        None => Ok(this.object().own()),
        Some(bound) => make(this, this, bound?.get(), instance, owner),
    }
}

/// What the wrapped descriptor itself makes of the access; `None` if it is no descriptor.
#[inline]
fn descriptor(
    target: Owned,
    instance: Option<Borrowed<'_>>,
    owner: Option<Borrowed<'_>>,
) -> Option<Res> {
    if api::is_plain_function(target.get()) {
        return Some(match instance {
            Some(instance) => api::bind_method(target.get(), instance),
            None => Ok(target),
        });
    }
    api::descriptor_get(target.get(), instance, owner)
}

/// A bound wrapper that was bound through a class only is bound anew, from its parent; any other
/// stays as it is, as a bound method does.
#[cold]
fn get_again(this: &Function, instance: Option<Borrowed<'_>>, owner: Option<Borrowed<'_>>) -> Res {
    let parent = this.field(&this.parent, "_self_parent")?;
    if !this.instance.holds(api::none()) || !this.binding().rebinds() {
        return Ok(this.object().own());
    }
    let target = match Proxy::of(parent.get()) {
        Some(proxy) => proxy.target()?,
        None => api::PyObject_GetAttr(parent.get(), this.proxy.state().names.wrapped.get())?,
    };
    let Some(bound) = descriptor(target.clone(), instance, owner) else {
        return Err(no_attribute(target.get(), "__get__"));
    };
    let bound = bound?;
    match Proxy::of(parent.get()).and_then(Proxy::downcast::<Function>) {
        Some(parent) => make(this, parent, bound.get(), instance, owner),
        None => {
            let class = this.proxy.state().bound_function_wrapper()?;
            construct(this, class, parent.get(), bound.get(), instance, owner)
        }
    }
}

/// A bound wrapper of the kind that the parent's class asks for.
#[inline]
fn make(
    this: &Function,
    parent: &Function,
    wrapped: Borrowed<'_>,
    instance: Option<Borrowed<'_>>,
    owner: Option<Borrowed<'_>>,
) -> Res {
    let state = this.proxy.state();
    let plain = state.bound_function_wrapper()?;
    let object = parent.object();
    if !object.type_object().is(state.function_wrapper()?) || !parent.proxy.dict.is_empty() {
        let name = state.names.bound_function_wrapper.get();
        if let Some(class) = api::generic_get(object, name)? {
            if !class.get().is(plain) {
                return construct(this, class.get(), object, wrapped, instance, owner);
            }
        }
    }
    let wrapper = this.wrapper()?;
    let enabled = this.field(&this.enabled, "_self_enabled")?;
    let bound = proxy::make_bound(state, bound::vectorcall)?;
    if let Some(fields) = Proxy::of(bound.get()).and_then(Proxy::downcast::<Function>) {
        fields.assemble_fresh(&Parts {
            wrapped,
            instance: instance.unwrap_or(api::none()),
            wrapper: wrapper.get(),
            enabled: enabled.get(),
            binding: this.binding(),
            parent: object,
            owner: owner.unwrap_or(api::none()),
        });
    }
    Ok(bound)
}

/// A bound wrapper of a class that a user chose, made by calling it.
fn construct(
    this: &Function,
    class: Borrowed<'_>,
    parent: Borrowed<'_>,
    wrapped: Borrowed<'_>,
    instance: Option<Borrowed<'_>>,
    owner: Option<Borrowed<'_>>,
) -> Res {
    let wrapper = this.wrapper()?;
    let enabled = this.field(&this.enabled, "_self_enabled")?;
    let instance = instance.unwrap_or(api::none());
    let owner = owner.unwrap_or(api::none());
    let binding = binding_name(this, this.binding());
    let arguments = [
        wrapped,
        instance,
        wrapper.get(),
        enabled.get(),
        binding,
        parent,
        owner,
    ];
    call_with(class, arguments)
}

/// The string by which Python knows a binding.
pub(super) fn binding_name(this: &Function, binding: Binding) -> Borrowed<'_> {
    let names = &this.proxy.state().names;
    let name = match binding {
        Binding::Callable => &names.binding_callable,
        Binding::Function => &names.binding_function,
        Binding::InstanceMethod => &names.binding_instancemethod,
        Binding::ClassMethod => &names.binding_classmethod,
        Binding::StaticMethod => &names.binding_staticmethod,
        Binding::Builtin => &names.binding_builtin,
        Binding::Class => &names.binding_class,
    };
    name.get()
}
