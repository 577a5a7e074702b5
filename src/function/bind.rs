//! Binding: what attribute access through a class or an instance makes of a wrapper.

use super::{Binding, Function, bound};
use crate::ffi::call::call_with;
use crate::ffi::error::no_attribute;
use crate::ffi::shapes::entry;
use crate::ffi::{Borrowed, Instance, Owned, Res, api};
use crate::proxy::{self, Proxy};
use core::sync::atomic::Ordering;

entry!(descr_get descr_get: Function = get);

pub(super) fn get(
    this: &Function,
    instance: Option<Borrowed<'_>>,
    owner: Option<Borrowed<'_>>,
) -> Res {
    if !this.parent.holds(api::none()) {
        return get_again(this, instance, owner);
    }
    let target = this.proxy.target()?;
    if this.binding().never_binds() {
        return Ok(this.object().own());
    }
    bind(this, this, target, instance, owner).unwrap_or_else(|| Ok(this.object().own()))
}

/// Binds what is wrapped and wraps the result; `None` where the wrapped object is no descriptor.
#[inline]
fn bind(
    this: &Function,
    parent: &Function,
    target: Owned,
    instance: Option<Borrowed<'_>>,
    owner: Option<Borrowed<'_>>,
) -> Option<Res> {
    if api::is_plain_function(target.get()) {
        return Some(bind_function(this, parent, target, instance, owner));
    }
    let bound = api::descriptor_get(target.get(), instance, owner)?;
    Some(bound.and_then(|bound| make(this, parent, bound, instance, owner)))
}

/// The common case. The bound method itself is made when it is asked for: a call needs one only
/// while it lasts.
#[inline]
fn bind_function(
    this: &Function,
    parent: &Function,
    target: Owned,
    instance: Option<Borrowed<'_>>,
    owner: Option<Borrowed<'_>>,
) -> Res {
    let Some(receiver) = instance else {
        return make(this, parent, target, instance, owner);
    };
    match chosen_class(this, parent)? {
        None => assemble(this, parent, instance, owner, |proxy| {
            proxy.init_unbound(target)
        }),
        Some(class) => {
            let bound = api::bind_method(target.get(), receiver)?;
            construct(
                this,
                class.get(),
                parent.object(),
                bound.get(),
                instance,
                owner,
            )
        }
    }
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
    let bound = match Proxy::of(parent.get()).and_then(Proxy::downcast::<Function>) {
        Some(parent) => bind(this, parent, target.clone(), instance, owner),
        None => api::descriptor_get(target.get(), instance, owner).map(|bound| {
            let class = this.proxy.state().bound_function_wrapper()?;
            construct(this, class, parent.get(), bound?.get(), instance, owner)
        }),
    };
    bound.unwrap_or_else(|| Err(no_attribute(target.get(), "__get__")))
}

/// A bound wrapper of the kind that the parent's class asks for.
#[inline]
fn make(
    this: &Function,
    parent: &Function,
    wrapped: Owned,
    instance: Option<Borrowed<'_>>,
    owner: Option<Borrowed<'_>>,
) -> Res {
    match chosen_class(this, parent)? {
        None => assemble(this, parent, instance, owner, |proxy| {
            proxy.init_fresh(wrapped)
        }),
        Some(class) => construct(
            this,
            class.get(),
            parent.object(),
            wrapped.get(),
            instance,
            owner,
        ),
    }
}

/// The class of bound wrappers that the parent's class names, if that is not the native one.
#[inline]
fn chosen_class(this: &Function, parent: &Function) -> Res<Option<Owned>> {
    let state = this.proxy.state();
    let object = parent.object();
    if object.type_object().is(state.function_wrapper()?) && parent.proxy.dict.is_empty() {
        return Ok(None);
    }
    let native = state.bound_function_wrapper()?;
    let class = api::generic_get(object, state.names.bound_function_wrapper.get())?;
    Ok(class.filter(|class| !class.get().is(native)))
}

/// A native bound wrapper; `put` gives it its wrapped object.
#[inline]
fn assemble(
    this: &Function,
    parent: &Function,
    instance: Option<Borrowed<'_>>,
    owner: Option<Borrowed<'_>>,
    put: impl FnOnce(&Proxy),
) -> Res {
    let wrapper = this.wrapper()?;
    let enabled = this.field(&this.enabled, "_self_enabled")?;
    let bound = proxy::make_bound(this.proxy.state(), bound::vectorcall)?;
    if let Some(fields) = Proxy::of(bound.get()).and_then(Proxy::downcast::<Function>) {
        let none = api::none();
        fields
            .proxy
            .binding
            .store(this.binding() as u8, Ordering::Relaxed);
        fields
            .instance
            .init_unshared(instance.unwrap_or(none).own());
        fields.wrapper.init_unshared(wrapper);
        fields.enabled.init_unshared(enabled);
        fields.parent.init_unshared(parent.object().own());
        fields.owner.init_unshared(owner.unwrap_or(none).own());
        put(&fields.proxy);
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
