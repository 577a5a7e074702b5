//! Decides the kind of a wrapped function, by the rules that wrapt's tests pin: the real type of C
//! functions, `isinstance` (which a proxy's `__class__` answers for its target) for the others, and
//! what the object is bound to for whatever is left.

use super::{Binding, Function};
use crate::ffi::{Borrowed, Res, api};
use crate::proxy::Proxy;

pub(super) fn decide(this: &Function, wrapped: Borrowed<'_>) -> Res<Binding> {
    if api::is_plain_function(wrapped) {
        return Ok(Binding::Function);
    }
    if let Some(inherited) = of_wrapper(this, wrapped)? {
        return Ok(inherited);
    }
    if api::is_builtin_function(wrapped) {
        return Ok(Binding::Builtin);
    }
    let kinds = [
        (api::function_type(), Binding::Function),
        (api::type_type(), Binding::Class),
        (api::classmethod_type(), Binding::ClassMethod),
        (api::staticmethod_type(), Binding::StaticMethod),
    ];
    for (class, binding) in kinds {
        if api::is_instance(wrapped, class)? {
            return Ok(binding);
        }
    }
    by_self(this, wrapped)
}

/// A wrapper of a wrapper binds as the inner one does.
fn of_wrapper(this: &Function, wrapped: Borrowed<'_>) -> Res<Option<Binding>> {
    let state = this.proxy.state();
    if Proxy::of(wrapped).is_none() || !api::has_type(wrapped, state.function_wrapper_base()?) {
        return Ok(None);
    }
    let Some(text) = api::get_optional_attr(wrapped, state.names.self_binding.get())? else {
        return Ok(None);
    };
    if !api::is_string(text.get()) {
        return Ok(None);
    }
    Ok(Binding::parse(&api::text(text.get())?))
}

fn by_self(this: &Function, wrapped: Borrowed<'_>) -> Res<Binding> {
    let name = this.proxy.state().names.self_.get();
    let Some(instance) = api::get_optional_attr(wrapped, name)? else {
        return Ok(Binding::Callable);
    };
    if api::is_instance(instance.get(), api::type_type())? {
        return Ok(Binding::ClassMethod);
    }
    if api::is_instance(wrapped, api::method_type())? {
        return Ok(Binding::InstanceMethod);
    }
    Ok(Binding::Callable)
}
