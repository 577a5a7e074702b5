//! Attributes of types that cannot be assigned to: their dict entries and their slots.
//!
//! Which of both a patch needs, for which subclasses, and what may not be patched at all, is
//! decided in the Python module `_typeslots`; here is what only C can do. Hazards: a slot that does
//! not fit the dict recurses or crashes, so slots are only ever copied from one type to another by
//! the same place; and a static type is shared by all interpreters, so its slots are written in the
//! main one alone, which the callers see to.

use crate::ffi::error::{Exc, raise};
use crate::ffi::shapes::entry;
use crate::ffi::typedef::fastcall;
use crate::ffi::{Args, Borrowed, Res, api, c, types};

entry!(function set_entry = set_type_entry);
entry!(function slots_entry = slots);
entry!(function set_slot_entry = set_slot);
entry!(function update_slots_entry = update_slots);
entry!(function facts_entry = facts);

pub(super) const SET_TYPE_ENTRY: c::PyMethodDef = fastcall(
    c"_set_type_entry",
    set_entry,
    Some(
        c"_set_type_entry(cls, name, value=<absent>)
--

Set an entry in the dict of a type, or delete it where no value is given, and have every call site
look it up again. KeyError where there is none to delete.",
    ),
);

pub(super) const SLOTS: c::PyMethodDef = fastcall(
    c"_type_slots",
    slots_entry,
    Some(
        c"_type_slots(cls)
--

The C slots of a type's special methods, as numbers in one order.",
    ),
);

pub(super) const SET_SLOT: c::PyMethodDef = fastcall(
    c"_set_type_slot",
    set_slot_entry,
    Some(
        c"_set_type_slot(cls, place, value)
--

Put one slot, as _type_slots() gave it for this or another type, into a type.",
    ),
);

pub(super) const UPDATE_SLOTS: c::PyMethodDef = fastcall(
    c"_update_type_slots",
    update_slots_entry,
    Some(
        c"_update_type_slots(cls, name, value, places)
--

Have CPython set anew the slots in the places that a name decides, of a class that can be assigned to
and has no entry of that name. The value is what it has for a moment.",
    ),
);

pub(super) const FACTS: c::PyMethodDef = fastcall(
    c"_type_facts",
    facts_entry,
    Some(
        c"_type_facts(cls)
--

Whether calls of the type go past its `__new__` and `__init__`, and whether this is the main
interpreter.",
    ),
);

fn set_type_entry(_module: Borrowed<'_>, args: Args<'_>) -> Res {
    let [class, name, value] = args.parse("_set_type_entry", ["cls", "name", "value"], 2)?;
    let class = checked(class)?;
    match name {
        Some(name) if api::is_string(name) => types::set_entry(class, name, value)?,
        _ => return Err(raise(Exc::Type, "the name of an attribute is a string")),
    }
    Ok(api::none().own())
}

fn slots(_module: Borrowed<'_>, args: Args<'_>) -> Res {
    let [class] = args.parse("_type_slots", ["cls"], 1)?;
    types::slots(checked(class)?)
}

fn set_slot(_module: Borrowed<'_>, args: Args<'_>) -> Res {
    let [class, place, value] = args.parse("_set_type_slot", ["cls", "place", "value"], 3)?;
    if let (Some(place), Some(value)) = (place, value) {
        types::set_slot(checked(class)?, place, value)?;
    }
    Ok(api::none().own())
}

fn update_slots(_module: Borrowed<'_>, args: Args<'_>) -> Res {
    let names = ["cls", "name", "value", "places"];
    let [class, name, value, places] = args.parse("_update_type_slots", names, 4)?;
    let class = checked(class)?;
    match (name, value, places) {
        (Some(name), Some(value), Some(places)) if api::is_string(name) => {
            let places = api::first_by_iteration(places, usize::MAX)?;
            let numbers: Res<Vec<usize>> =
                places.iter().map(|it| types::number(it.get())).collect();
            types::update_slots(class, name, value, &numbers?)?
        }
        _ => return Err(raise(Exc::Type, "the name of an attribute is a string")),
    }
    Ok(api::none().own())
}

fn facts(_module: Borrowed<'_>, args: Args<'_>) -> Res {
    let [class] = args.parse("_type_facts", ["cls"], 1)?;
    let past = api::bool_object(types::has_vectorcall(checked(class)?));
    let main = api::bool_object(types::in_main_interpreter());
    api::tuple([past.get(), main.get()])
}

fn checked(given: Option<Borrowed<'_>>) -> Res<Borrowed<'_>> {
    match given {
        Some(class) if api::is_type(class) => Ok(class),
        _ => Err(raise(Exc::Type, "a class is wanted")),
    }
}
