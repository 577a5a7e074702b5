//! Putting a layer on an attribute and taking it off again, in the common case: a module or an
//! ordinary class whose own dict holds a function. Between the last look at the attribute and
//! replacing it there is nothing that could let another thread run, so with the GIL no layer can get
//! lost. Anything else gives None, and the Python module `_apply` goes the long way; its last step,
//! which depends on what stands at the attribute still standing there, is here as well.

use super::active;
use super::resolve::{Found, Request, follow, is_plain_holder, own_entry, stands_at};
use crate::ffi::call::call_with;
use crate::ffi::error::{Exc, raise};
use crate::ffi::shapes::entry;
use crate::ffi::typedef::fastcall;
use crate::ffi::{Args, Borrowed, Res, api, c};
use crate::proxy::{Origin, Proxy};
use crate::state::State;

entry!(function install_entry = install_layer);
entry!(function remove_entry = remove_layer);
entry!(function swap_entry = swap_attribute);
entry!(function place_entry = place_attribute);
entry!(function relink_entry = relink);
entry!(function origin_entry = created_slot);
entry!(function note_entry = note_slot);

pub(super) const INSTALL: c::PyMethodDef = fastcall(
    c"_install_layer",
    install_entry,
    Some(
        c"_install_layer(target, name, wrapper, enabled)
--

Wrap a function and return the layer, or None where this is not the common case.",
    ),
);

pub(super) const REMOVE: c::PyMethodDef = fastcall(
    c"_remove_layer",
    remove_entry,
    Some(
        c"_remove_layer(target, name, handle)
--

Take the outermost layer off and return it, or None where this is not the common case.",
    ),
);

pub(super) const SWAP: c::PyMethodDef = fastcall(
    c"_swap_attribute",
    swap_entry,
    Some(
        c"_swap_attribute(owner, attribute, expected, [replacement])
--

Assign the replacement, or delete, if `expected` is what the owner's dict holds; tell whether.",
    ),
);

pub(super) const PLACE: c::PyMethodDef = fastcall(
    c"_place_attribute",
    place_entry,
    Some(
        c"_place_attribute(owner, attribute, value)
--

Assign the value if the owner's dict holds nothing of that name; tell whether.",
    ),
);

pub(super) const RELINK: c::PyMethodDef = fastcall(
    c"_relink",
    relink_entry,
    Some(
        c"_relink(owner, attribute, expected, above, handle, wrapped, created)
--

Link the layer above the handle past it if `expected` is what the owner's dict holds; tell whether.
`created` says that the layer above now hides nothing of the owner's own.",
    ),
);

pub(super) const CREATED_SLOT: c::PyMethodDef = fastcall(
    c"_created_slot",
    origin_entry,
    Some(
        c"_created_slot(layer)
--

Whether the layer made the attribute that it stands in; None if that was not noted.",
    ),
);

pub(super) const NOTE_SLOT: c::PyMethodDef = fastcall(
    c"_note_slot",
    note_entry,
    Some(
        c"_note_slot(layer, created)
--

Note on a proxy whether it made the attribute that it stands in.",
    ),
);

/// The arguments of a function that takes exactly these, by position.
fn exactly<'a, const N: usize>(function: &str, args: Args<'a>) -> Res<[Borrowed<'a>; N]> {
    let mut values = [api::none(); N];
    if args.len() != N || args.has_keywords() {
        let problem = format!("{function}() takes {N} positional arguments");
        return Err(raise(Exc::Type, &problem));
    }
    for (index, value) in values.iter_mut().enumerate() {
        *value = args.at(index).unwrap_or(*value);
    }
    Ok(values)
}

/// Where a path leads, if that is the own dict of an ordinary module or class.
fn plain_place(state: &State, target: Borrowed<'_>, name: Borrowed<'_>) -> Res<Option<Found>> {
    if !api::GIL_GUARDS || !api::is_string(name) {
        return Ok(None);
    }
    if is_plain_holder(target) && !api::has_dot(name)? {
        let entry = own_entry(target, name)?;
        return Ok(entry.map(|original| Found {
            parent: target.own(),
            attribute: name.own(),
            original,
        }));
    }
    if api::is_string(target) && api::ends_with(target, "?")? {
        return Ok(None);
    }
    let found = follow(state, &Request { target, name })?;
    let (parent, attribute) = (found.parent.get(), found.attribute.get());
    if !is_plain_holder(parent) {
        return Ok(None);
    }
    let entry = own_entry(parent, attribute)?;
    Ok(entry
        .is_some_and(|entry| entry.get().is(found.original.get()))
        .then_some(found))
}

/// What a FunctionWrapper stands in for without more ado.
fn is_called(original: Borrowed<'_>, state: &State) -> Res<bool> {
    let class = original.type_object();
    Ok(api::is_plain_function(original)
        || api::is_builtin_function(original)
        || class.is(api::classmethod_type())
        || class.is(api::staticmethod_type())
        || class.is(state.function_wrapper()?))
}

fn install_layer(module: Borrowed<'_>, args: Args<'_>) -> Res {
    let [target, name, wrapper, enabled] = exactly("_install_layer", args)?;
    let state = State::of(module)?;
    let none = || Ok(api::none().own());
    if !api::is_plain_function(wrapper) {
        return none();
    }
    loop {
        let Some(found) = plain_place(state, target, name)? else {
            return none();
        };
        let original = found.original.get();
        if !is_called(original, state)? {
            return none();
        }
        let layer = call_with(state.function_wrapper()?, [original, wrapper, enabled])?;
        if let Some(proxy) = Proxy::of(layer.get()) {
            proxy.note_origin(Origin::Replaced);
        }
        let (parent, attribute) = (found.parent.get(), found.attribute.get());
        let noted = active::ready(
            state,
            layer.get(),
            state.names.wrap.get(),
            parent,
            attribute,
        )?;
        // Making the layer may have started a collection, and that any code.
        if stands_at(parent, attribute, original)? {
            api::set_attr(parent, attribute, Some(layer.get()))?;
            noted.map_or(Ok(()), |noted| active::enter(state, noted))?;
            return Ok(layer);
        }
    }
}

fn remove_layer(module: Borrowed<'_>, args: Args<'_>) -> Res {
    let [target, name, handle] = exactly("_remove_layer", args)?;
    let state = State::of(module)?;
    let none = || Ok(api::none().own());
    let Some(proxy) = Proxy::of(handle) else {
        return none();
    };
    let origin = proxy.origin();
    if origin == Origin::Unknown || !handle.type_object().is(state.function_wrapper()?) {
        return none();
    }
    let found = match plain_place(state, target, name) {
        Ok(Some(found)) if found.original.get().is(handle) => found,
        Ok(_) => return none(),
        Err(raised) if raised.is(Exc::Attribute) => {
            raised.clear();
            return none();
        }
        Err(raised) => return Err(raised),
    };
    let wrapped = proxy.target()?;
    let (parent, attribute) = (found.parent.get(), found.attribute.get());
    if !stands_at(parent, attribute, handle)? {
        return none();
    }
    let back = (origin == Origin::Replaced).then(|| wrapped.get());
    api::set_attr(parent, attribute, back)?;
    active::leave(state, handle)?;
    Ok(handle.own())
}

fn swap_attribute(_module: Borrowed<'_>, args: Args<'_>) -> Res {
    let (Some(owner), Some(attribute), Some(expected)) = (args.at(0), args.at(1), args.at(2))
    else {
        return Err(raise(Exc::Type, "_swap_attribute() takes 3 or 4 arguments"));
    };
    let stands = stands_at(owner, attribute, expected)?;
    if stands {
        api::set_attr(owner, attribute, args.at(3))?;
    }
    Ok(api::bool_object(stands))
}

fn place_attribute(_module: Borrowed<'_>, args: Args<'_>) -> Res {
    let [owner, attribute, value] = exactly("_place_attribute", args)?;
    let free = own_entry(owner, attribute)?.is_none();
    if free {
        api::set_attr(owner, attribute, Some(value))?;
    }
    Ok(api::bool_object(free))
}

fn relink(module: Borrowed<'_>, args: Args<'_>) -> Res {
    let [owner, attribute, expected, above, handle, wrapped, created] = exactly("_relink", args)?;
    let created = api::is_true(created)?;
    let stands = stands_at(owner, attribute, expected)?;
    if stands {
        let name = State::of(module)?.names.wrapped.get();
        api::set_attr(above, name, Some(wrapped))?;
        // Whoever is now the innermost layer takes the attribute away when it goes, if the layer
        // that is leaving made it.
        let created = created || Proxy::of(handle).map(Proxy::origin) == Some(Origin::Created);
        if let (Some(above), true) = (Proxy::of(above), created) {
            above.note_origin(Origin::Created);
        }
    }
    Ok(api::bool_object(stands))
}

fn created_slot(_module: Borrowed<'_>, args: Args<'_>) -> Res {
    let [layer] = exactly("_created_slot", args)?;
    Ok(match Proxy::of(layer).map(Proxy::origin) {
        None | Some(Origin::Unknown) => api::none().own(),
        Some(origin) => api::bool_object(origin == Origin::Created),
    })
}

fn note_slot(_module: Borrowed<'_>, args: Args<'_>) -> Res {
    let [layer, created] = exactly("_note_slot", args)?;
    if let Some(proxy) = Proxy::of(layer) {
        proxy.note_origin(Origin::of(api::is_true(created)?));
    }
    Ok(api::none().own())
}
