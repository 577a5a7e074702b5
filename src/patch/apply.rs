//! Puts a replacement where a path leads.

use super::active;
use super::resolve::{Request, follow, is_plain_holder, own_entry, request};
use crate::ffi::call::{call, call_with};
use crate::ffi::error::{Exc, raise};
use crate::ffi::shapes::entry;
use crate::ffi::typedef::fastcall;
use crate::ffi::{Args, Borrowed, Owned, Res, api, c};
use crate::proxy::{Origin, Proxy};
use crate::state::State;

entry!(function apply_patch_entry = apply_patch);
entry!(function wrap_object_entry = wrap_object);
entry!(function wrap_layer_entry = wrap_layer);

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
and return that. With a `?` at the end of a module's name that is done when, and only if, the module
is imported; None while it waits. A proxy remembers whether the attribute was new where it was put, so that
`unwrap_object` can delete it again.

Raises what `resolve_path` raises, TypeError for a factory that cannot be called, and whatever the
factory raises, with nothing changed. From wrapt.",
    ),
);

pub(crate) const WRAP_LAYER: c::PyMethodDef = fastcall(
    c"_wrap_layer",
    wrap_layer_entry,
    Some(
        c"_wrap_layer(target, name, factory, args)
--

As wrap_object, for a factory that leaves the attribute alone.",
    ),
);

fn apply_patch(module: Borrowed<'_>, args: Args<'_>) -> Res {
    let names = ["parent", "attribute", "replacement"];
    let [parent, attribute, replacement] = args.parse("apply_patch", names, 3)?;
    let (Some(parent), Some(attribute), Some(replacement)) = (parent, attribute, replacement)
    else {
        return Err(raise(
            Exc::Type,
            "apply_patch() takes a parent, an attribute, a replacement",
        ));
    };
    put(
        State::of(module)?,
        "apply_patch",
        parent,
        attribute,
        replacement,
    )?;
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
    let positional = match positional {
        Some(positional) => api::PySequence_Tuple(positional)?,
        None => api::tuple([])?,
    };
    let keywords = keywords.filter(|keywords| !keywords.is(api::none()));
    if api::is_string(request.target) && api::ends_with(request.target, "?")? {
        return wrap_later(&request, factory, positional.get(), keywords);
    }
    // Once more where the attribute changed under the factory, and no more than that: a factory may
    // change it itself each time it is called.
    wrap(State::of(module)?, &request, "wrap_object", 1, |original| {
        let front = api::concat(api::tuple([original])?.get(), positional.get())?;
        call(factory, front.get(), keywords)
    })
}

/// Wraps when the module that the target names is imported.
#[cold]
fn wrap_later(
    request: &Request<'_>,
    factory: Borrowed<'_>,
    positional: Borrowed<'_>,
    keywords: Option<Borrowed<'_>>,
) -> Res {
    let deferred = api::import("wraptrs._deferred")?;
    let wrap = api::PyObject_GetAttr(deferred.get(), api::interned("wrap_object")?.get())?;
    let keywords = keywords.unwrap_or(api::none());
    let Request { target, name } = *request;
    call_with(wrap.get(), [target, name, factory, positional, keywords])
}

/// As `wrap_object`, for a factory of ours that changes nothing: asked again for as long as other
/// threads keep changing the attribute, so that no layer of theirs gets lost.
fn wrap_layer(module: Borrowed<'_>, args: Args<'_>) -> Res {
    let names = ["target", "name", "factory", "args"];
    let [target, name, factory, positional] = args.parse("_wrap_layer", names, 4)?;
    let request = request("_wrap_layer", target, name, None)?;
    let (Some(factory), Some(positional)) = (factory, positional) else {
        return Err(raise(
            Exc::Type,
            "_wrap_layer() takes a factory and its args",
        ));
    };
    wrap(
        State::of(module)?,
        &request,
        "wrap",
        usize::MAX,
        |original| {
            let front = api::concat(api::tuple([original])?.get(), positional)?;
            call(factory, front.get(), None)
        },
    )
}

/// Puts what `make` makes of the attribute in its place. What another thread put there meanwhile
/// must be wrapped as well, so `make` gets that too, `again` times at most.
fn wrap(
    state: &State,
    request: &Request<'_>,
    kind: &str,
    mut again: usize,
    make: impl Fn(Borrowed<'_>) -> Res,
) -> Res {
    loop {
        let found = follow(state, request)?;
        let (parent, attribute) = (found.parent.get(), found.attribute.get());
        let created = creates(parent, attribute)?;
        let replacement = make(found.original.get())?;
        if again > 0 && is_plain_holder(parent) {
            let standing = own_entry(parent, attribute)?;
            let expected = (!created).then(|| found.original.get());
            if standing.as_ref().map(Owned::get).map(Borrowed::as_raw)
                != expected.map(Borrowed::as_raw)
            {
                again -= 1;
                continue;
            }
        }
        remember(replacement.get(), created);
        put(state, kind, parent, attribute, replacement.get())?;
        return Ok(replacement);
    }
}

/// Whether assigning the attribute makes a new entry in the object's dict; an object without one,
/// as of a class with slots, has none to make.
fn creates(parent: Borrowed<'_>, attribute: Borrowed<'_>) -> Res<bool> {
    if own_entry(parent, attribute)?.is_some() {
        return Ok(false);
    }
    let dict = api::interned("__dict__")?;
    Ok(api::is_type(parent) || api::get_optional_attr(parent, dict.get())?.is_some())
}

/// Notes on a proxy whether it created the attribute.
fn remember(replacement: Borrowed<'_>, created: bool) {
    if let Some(proxy) = Proxy::of(replacement) {
        proxy.note_origin(Origin::of(created));
    }
}

/// The kind of what `layer_for` makes, which always holds what it replaced.
const LAYER: &str = "wrap";

/// Assigns an attribute and has the list tell of it. A layer knows what it replaced; of any other
/// value `_places` keeps a record.
fn put(
    state: &State,
    kind: &str,
    parent: Borrowed<'_>,
    attribute: Borrowed<'_>,
    value: Borrowed<'_>,
) -> Res<()> {
    if kind == LAYER || Proxy::of(value).is_some() {
        let noted = active::ready(state, value, api::interned(kind)?.get(), parent, attribute)?;
        api::set_attr(parent, attribute, Some(value))?;
        return noted.map_or(Ok(()), |noted| active::enter(state, noted));
    }
    let places = api::import("wraptrs._places")?;
    let replace = api::PyObject_GetAttr(places.get(), api::interned("assign")?.get())?;
    let kind = api::string(kind)?;
    call_with(replace.get(), [parent, attribute, value, kind.get()]).map(drop)
}
