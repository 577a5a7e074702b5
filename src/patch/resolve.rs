//! Follows a dotted path from a target. On a class the raw entry of the MRO is taken, since reading
//! the attribute would bind it and a patch would then put a bound method where a function stood.

use super::path;
use crate::ffi::error::{Exc, raise, raise_class};
use crate::ffi::shapes::entry;
use crate::ffi::typedef::fastcall;
use crate::ffi::{Args, Borrowed, Owned, Raised, Res, api, c};
use crate::state::State;

/// Where a path led.
pub(super) struct Found {
    /// The object that the last segment was looked up on, or the one that holds it.
    pub(super) parent: Owned,
    pub(super) attribute: Owned,
    pub(super) original: Owned,
}

impl Found {
    fn into_tuple(self) -> Res {
        api::tuple([self.parent.get(), self.attribute.get(), self.original.get()])
    }
}

/// A target and a path, as the functions of this module take them.
pub(super) struct Request<'a> {
    pub(super) target: Borrowed<'a>,
    pub(super) name: Borrowed<'a>,
}

entry!(function resolve_path_entry = resolve_path);
entry!(function resolve_owner_entry = resolve_owner);

pub(crate) const RESOLVE_PATH: c::PyMethodDef = fastcall(
    c"resolve_path",
    resolve_path_entry,
    Some(
        c"resolve_path(target, name)
--

Follow the dotted path `name` from `target`, a module, class, instance or the name of a module,
which is imported. Gives `(parent, attribute, original)`: the object that the last segment was
looked up on, that segment, and the value, raw and unbound if the parent is a class.

Raises TargetModuleNotFoundError or PathResolutionError; both keep the cause. From wrapt.",
    ),
);

pub(crate) const RESOLVE_OWNER: c::PyMethodDef = fastcall(
    c"resolve_owner",
    resolve_owner_entry,
    Some(
        c"resolve_owner(target, name)
--

As `resolve_path`, but the first item is the object whose `__dict__` holds the attribute: the
defining class, the instance or the module.

Raises PathResolutionError also for an attribute that no `__dict__` holds. From wrapt.",
    ),
);

fn parse<'a>(function: &str, args: Args<'a>) -> Res<Request<'a>> {
    let [target, name, module] = args.parse(function, ["target", "name", "module"], 0)?;
    if args.len() > 2 {
        return Err(raise(
            Exc::Type,
            &format!("{function}() takes a target and a name"),
        ));
    }
    request(function, target, name, module)
}

/// A target and a name; the target may come under the name that it had before wrapt 2.
pub(super) fn request<'a>(
    function: &str,
    target: Option<Borrowed<'a>>,
    name: Option<Borrowed<'a>>,
    module: Option<Borrowed<'a>>,
) -> Res<Request<'a>> {
    let target = match (target, module) {
        (Some(_), Some(_)) => {
            let problem = format!("{function}() got 'target' and its old name 'module'; give one");
            return Err(raise(Exc::Type, &problem));
        }
        (None, Some(module)) => {
            api::warn_deprecated(&format!(
                "the argument 'module' of {function}() is called 'target' since wrapt 2.0"
            ))?;
            Some(module)
        }
        (target, None) => target,
    };
    match (target, name) {
        (Some(target), Some(name)) => Ok(Request { target, name }),
        (missing, _) => {
            let missing = if missing.is_none() { "target" } else { "name" };
            let problem = format!("{function}() missing a required argument: '{missing}'");
            Err(raise(Exc::Type, &problem))
        }
    }
}

fn resolve_path(module: Borrowed<'_>, args: Args<'_>) -> Res {
    let request = parse("resolve_path", args)?;
    follow(State::of(module)?, &request)?.into_tuple()
}

fn resolve_owner(module: Borrowed<'_>, args: Args<'_>) -> Res {
    let request = parse("resolve_owner", args)?;
    let state = State::of(module)?;
    let mut found = follow(state, &request)?;
    found.parent = owner(state, &found)?;
    found.into_tuple()
}

/// Walks the path.
pub(super) fn follow(state: &State, request: &Request<'_>) -> Res<Found> {
    if !api::is_string(request.name) {
        let given = api::type_name(request.name);
        return Err(raise(
            Exc::Type,
            &format!("the path must be a str, not '{given}'"),
        ));
    }
    let path = api::text(request.name)?;
    let segments =
        path::segments(&path).map_err(|malformed| bad_path(state, &path, malformed.0))?;
    let mut parent = start(state, request)?;
    let mut segments = segments.into_iter();
    let first = segments.next().unwrap_or_default();
    let mut attribute = api::interned(first)?;
    let mut original = look_up(state, request, parent.get(), attribute.get())?;
    for segment in segments {
        parent = original;
        attribute = api::interned(segment)?;
        original = look_up(state, request, parent.get(), attribute.get())?;
    }
    Ok(Found {
        parent,
        attribute,
        original,
    })
}

/// The object that the path starts from; a module's name is imported.
fn start(state: &State, request: &Request<'_>) -> Res {
    if !api::is_string(request.target) {
        return Ok(request.target.own());
    }
    match api::import_module(request.target) {
        Err(raised) if raised.is(Exc::ModuleNotFound) => {
            let (module, name) = (api::describe(request.target), api::describe(request.name));
            let hint = match api::ends_with(request.target, "?") {
                Ok(true) => ": only a patch that stays can wait for a module, leave out the '?'",
                _ => "",
            };
            let problem = format!("cannot import module {module}, the target for {name}{hint}");
            Err(raised.replaced_by(state.target_module_not_found_error()?, &problem))
        }
        imported => imported,
    }
}

/// The raw entry of a class, the attribute of anything else.
fn look_up(
    state: &State,
    request: &Request<'_>,
    parent: Borrowed<'_>,
    attribute: Borrowed<'_>,
) -> Res {
    let found = raw_or_read(parent, attribute);
    match found {
        Err(raised) if raised.is(Exc::Attribute) => {
            Err(unresolved(state, request, attribute, raised))
        }
        found => found,
    }
}

fn raw_or_read(parent: Borrowed<'_>, attribute: Borrowed<'_>) -> Res {
    if is_class(parent)? {
        if let Some((_owner, entry)) = find_in_class(parent, attribute)? {
            return Ok(entry);
        }
    }
    api::PyObject_GetAttr(parent, attribute)
}

/// A class, or something that says it is one, as a proxy of a class does.
fn is_class(object: Borrowed<'_>) -> Res<bool> {
    Ok(api::is_type(object) || api::is_instance(object, api::type_type())?)
}

/// The class along the MRO that holds an attribute, and the raw entry.
fn find_in_class(class: Borrowed<'_>, attribute: Borrowed<'_>) -> Res<Option<(Owned, Owned)>> {
    if api::is_type(class) {
        return api::find_along_mro(class, attribute, |_| true);
    }
    let mro = api::PyObject_GetAttr(class, api::interned("__mro__")?.get())?;
    for index in 0..api::tuple_len_of(mro.get())? {
        if let Some(owner) = api::tuple_item(mro.get(), index) {
            if let Some(entry) = api::class_entry(owner, attribute)? {
                return Ok(Some((owner.own(), entry)));
            }
        }
    }
    Ok(None)
}

#[cold]
fn unresolved(
    state: &State,
    request: &Request<'_>,
    attribute: Borrowed<'_>,
    raised: Raised,
) -> Raised {
    let class = match state.path_resolution_error() {
        Ok(class) => class,
        Err(raised) => return raised,
    };
    let cause = raised.take();
    let problem = format!(
        "{} has no attribute {}, wanted for the path {}",
        api::describe(request.target),
        api::describe(attribute),
        api::describe(request.name),
    );
    Raised::from_cause(cause, class, &problem)
}

#[cold]
fn bad_path(state: &State, path: &str, why: &str) -> Raised {
    match state.path_resolution_error() {
        Ok(class) => raise_class(class, &format!("cannot resolve the path {path:?}: {why}")),
        Err(raised) => raised,
    }
}

/// The object whose `__dict__` holds what was found.
fn owner(state: &State, found: &Found) -> Res {
    let (parent, attribute) = (found.parent.get(), found.attribute.get());
    if is_class(parent)? {
        if let Some((owner, _entry)) = find_in_class(parent, attribute)? {
            return Ok(owner);
        }
    } else {
        if own_entry(parent, attribute)?.is_some() {
            return Ok(parent.own());
        }
        let is_module = api::is_instance(parent, api::module_type())?;
        let class = api::PyObject_GetAttr(parent, state.names.class.get())?;
        if !is_module && is_class(class.get())? {
            if let Some((owner, _entry)) = find_in_class(class.get(), attribute)? {
                return Ok(owner);
            }
        }
    }
    let problem = format!(
        "no __dict__ of {} holds the attribute {}: it is served dynamically, so there is no \
         place to patch",
        api::describe(parent),
        api::describe(attribute),
    );
    Err(raise_class(state.path_resolution_error()?, &problem))
}

/// What the own dict of an object holds under a name, raw.
pub(super) fn own_entry(owner: Borrowed<'_>, attribute: Borrowed<'_>) -> Res<Option<Owned>> {
    if api::is_type(owner) {
        return api::class_entry(owner, attribute);
    }
    if owner.type_object().is(api::module_type()) {
        return api::module_entry(owner, attribute);
    }
    match api::get_optional_attr(owner, api::interned("__dict__")?.get())? {
        Some(dict) if api::is_dict(dict.get()) => api::dict_get(dict.get(), attribute),
        Some(mapping) if api::contains(mapping.get(), attribute)? => {
            api::PyObject_GetItem(mapping.get(), attribute).map(Some)
        }
        _ => Ok(None),
    }
}

/// Whether this very object is what the owner's own dict holds.
pub(super) fn stands_at(
    owner: Borrowed<'_>,
    attribute: Borrowed<'_>,
    expected: Borrowed<'_>,
) -> Res<bool> {
    let entry = own_entry(owner, attribute)?;
    Ok(entry.is_some_and(|entry| entry.get().is(expected)))
}

/// A module or an ordinary class: its attributes are what its dict holds, with nothing in between.
pub(super) fn is_plain_holder(object: Borrowed<'_>) -> bool {
    object.type_object().is(api::module_type()) || object.type_object().is(api::type_type())
}
