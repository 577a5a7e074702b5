//! Puts a replacement where a path leads.

use super::resolve::{follow, holds, is_plain_holder, own_entry, request};
use crate::ffi::call::call;
use crate::ffi::error::{Exc, raise};
use crate::ffi::shapes::entry;
use crate::ffi::typedef::fastcall;
use crate::ffi::{Args, Borrowed, Owned, Res, api, c};
use crate::proxy::{Origin, Proxy};
use crate::state::State;

entry!(function apply_patch_entry = apply_patch);
entry!(function wrap_object_entry = wrap_object);

pub(crate) const APPLY_PATCH: c::PyMethodDef = fastcall(
    c"apply_patch",
    apply_patch_entry,
    Some(
        c"apply_patch(parent, attribute, replacement)
--

Assign `replacement` to the attribute of `parent`, as `setattr` does. From wrapt.",
    ),
);

pub(crate) const WRAP_OBJECT: c::PyMethodDef = fastcall(
    c"wrap_object",
    wrap_object_entry,
    Some(
        c"wrap_object(target, name, factory, args=(), kwargs=None)
--

Replace what the dotted path `name` leads to from `target` by `factory(original, *args, **kwargs)`
and return that. A proxy remembers whether the attribute was new where it was put, so that
`unwrap_object` can delete it again.

Raises what `resolve_path` raises, TypeError for a factory that cannot be called, and whatever the
factory raises, with nothing changed. From wrapt.",
    ),
);

fn apply_patch(_module: Borrowed<'_>, args: Args<'_>) -> Res {
    let names = ["parent", "attribute", "replacement"];
    let [parent, attribute, replacement] = args.parse("apply_patch", names, 3)?;
    let (Some(parent), Some(attribute), Some(_)) = (parent, attribute, replacement) else {
        return Err(raise(
            Exc::Type,
            "apply_patch() takes a parent, an attribute, a replacement",
        ));
    };
    api::set_attr(parent, attribute, replacement)?;
    Ok(api::none().own())
}

fn wrap_object(module: Borrowed<'_>, args: Args<'_>) -> Res {
    let names = ["target", "name", "factory", "args", "kwargs", "module"];
    let [target, name, factory, positional, keywords, old] = args.parse("wrap_object", names, 0)?;
    let request = request("wrap_object", target, name, old)?;
    let Some(factory) = factory.filter(|_| args.len() < names.len()) else {
        return Err(raise(
            Exc::Type,
            "wrap_object() takes a target, a name, a factory and its args and kwargs",
        ));
    };
    if !api::is_callable(factory) {
        let (name, given) = (api::describe(request.name), api::type_name(factory));
        let problem = format!("the factory for {name} must be callable: '{given}' object is not");
        return Err(raise(Exc::Type, &problem));
    }
    let state = State::of(module)?;
    let positional = match positional {
        Some(positional) => api::PySequence_Tuple(positional)?,
        None => api::tuple([])?,
    };
    let keywords = keywords.filter(|keywords| !keywords.is(api::none()));
    loop {
        let found = follow(state, &request)?;
        let (parent, attribute) = (found.parent.get(), found.attribute.get());
        let created = !holds_safely(parent, attribute)?;
        let front = api::tuple([found.original.get()])?;
        let front = api::concat(front.get(), positional.get())?;
        let replacement = call(factory, front.get(), keywords)?;
        // The factory may have run for long: what another thread put there meanwhile must be
        // wrapped as well, so the factory gets that and is asked once more.
        if is_plain_holder(parent) {
            let standing = own_entry(parent, attribute)?;
            let expected = (!created).then(|| found.original.get());
            if standing.as_ref().map(Owned::get).map(Borrowed::as_raw)
                != expected.map(Borrowed::as_raw)
            {
                continue;
            }
        }
        remember(replacement.get(), created);
        api::set_attr(parent, attribute, Some(replacement.get()))?;
        return Ok(replacement);
    }
}

/// `holds`, where an object whose `__dict__` cannot be searched counts as holding the attribute.
fn holds_safely(parent: Borrowed<'_>, attribute: Borrowed<'_>) -> Res<bool> {
    match api::get_optional_attr(parent, api::interned("__dict__")?.get())? {
        Some(_) => holds(parent, attribute),
        None => Ok(true),
    }
}

/// Notes on a proxy whether it created the attribute.
fn remember(replacement: Borrowed<'_>, created: bool) {
    if let Some(proxy) = Proxy::of(replacement) {
        proxy.note_origin(Origin::of(created));
    }
}
