//! What is in force in this interpreter: each entry is about an object that carries a patch, a layer
//! or a handle, and refers to it weakly, so that nothing lives longer for being listed.
//!
//! The lock is never held while an object is made or let go: either may run any code.

use super::registry::Registry;
use crate::ffi::capsule::{keep, kept};
use crate::ffi::error::{Exc, raise};
use crate::ffi::frames::{SiteNames, call_site};
use crate::ffi::shapes::entry;
use crate::ffi::typedef::fastcall;
use crate::ffi::{Args, Borrowed, Owned, Res, api, c};
use crate::state::{Slot, State};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One line of the list.
#[derive(Clone)]
struct Entry {
    /// A weak reference to what is listed.
    subject: Owned,
    /// What was noted about it, made of nothing that could keep others alive.
    note: Owned,
}

type List = Mutex<Registry<Entry>>;

entry!(function add_entry = add);
entry!(function discard_entry = discard);
entry!(function entries_entry = entries);
entry!(function note_entry = note);
entry!(function call_site_entry = show_call_site);
entry!(function owner_entry = show_owner_variable);

pub(super) const ADD: c::PyMethodDef = fastcall(
    c"_registry_add",
    add_entry,
    Some(
        c"_registry_add(subject, note)
--

List an object, which must allow weak references, with a note. What it had before is replaced.",
    ),
);

pub(super) const NOTE: c::PyMethodDef = fastcall(
    c"_registry_note",
    note_entry,
    Some(
        c"_registry_note(subject, kind, parent, attribute)
--

List what was put on an attribute of a parent, with the place of the caller and the time.",
    ),
);

pub(super) const DISCARD: c::PyMethodDef = fastcall(
    c"_registry_discard",
    discard_entry,
    Some(
        c"_registry_discard(subject)
--

Take an object off the list, if it is there.",
    ),
);

pub(super) const ENTRIES: c::PyMethodDef = fastcall(
    c"_registry_entries",
    entries_entry,
    Some(
        c"_registry_entries()
--

What is listed and alive, in the order of entering, as pairs of subject and note.",
    ),
);

pub(super) const CALL_SITE: c::PyMethodDef = fastcall(
    c"_call_site",
    call_site_entry,
    Some(
        c"_call_site()
--

File, line and module name of the innermost caller that is not of this package; None without one.",
    ),
);

pub(super) const OWNER: c::PyMethodDef = fastcall(
    c"_owner_variable",
    owner_entry,
    Some(
        c"_owner_variable()
--

The context variable whose value is the owner of what is patched; None for the module that does it.",
    ),
);

/// Makes the list.
pub(super) fn build(state: &State) -> Res<()> {
    let owner = api::context_variable(c"wraptrs.owner")?;
    state.fill(Slot::owner_variable, owner);
    state.fill(Slot::registry, keep::<List>(Mutex::new(Registry::new()))?);
    Ok(())
}

fn list(state: &State) -> Res<&List> {
    kept::<List>(state.registry()?)
}

fn locked(list: &List) -> MutexGuard<'_, Registry<Entry>> {
    // Panics abort, so nothing half-done can be met here.
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An entry that is ready to be entered: what can fail has been done.
pub(super) struct Ready {
    key: usize,
    entry: Entry,
}

/// A note on something that was put on an attribute: kind, parent, attribute, file, line, owner and
/// time. The parent is referred to weakly; None where it does not allow that.
pub(super) fn ready(
    state: &State,
    subject: Borrowed<'_>,
    kind: Borrowed<'_>,
    parent: Borrowed<'_>,
    attribute: Borrowed<'_>,
) -> Res<Option<Ready>> {
    let Some(reference) = api::weak_reference(subject)? else {
        return Ok(None);
    };
    let parent = api::weak_reference(parent)?.unwrap_or_else(|| api::none().own());
    let [file, line, module] = site(state)?;
    let label = api::context_value(state.owner_variable()?)?;
    let owner = label
        .filter(|label| !label.get().is(api::none()))
        .unwrap_or(module);
    let time = api::time()?;
    let [parent, file, line, owner, time] = [&parent, &file, &line, &owner, &time].map(Owned::get);
    let entry = Entry {
        subject: reference,
        note: api::tuple([kind, parent, attribute, file, line, owner, time])?,
    };
    let key = subject.as_raw() as usize;
    Ok(Some(Ready { key, entry }))
}

fn site(state: &State) -> Res<[Owned; 3]> {
    let none = || api::none().own();
    let names = SiteNames {
        globals: &state.names.f_globals,
        module: &state.names.name,
        code: &state.names.f_code,
        file: &state.names.co_filename,
    };
    Ok(match call_site(&names)? {
        Some(site) => [site.file, api::integer(site.line)?, site.module],
        None => [none(), none(), none()],
    })
}

/// Enters what is ready. Sweeping out the dead is spread over the entries.
pub(super) fn enter(state: &State, ready: Ready) -> Res<()> {
    let list = list(state)?;
    let (former, crowded) = {
        let mut list = locked(list);
        let (_, former) = list.enter(ready.key, ready.entry);
        (former, list.is_crowded())
    };
    drop(former);
    if crowded {
        sweep(list);
    }
    Ok(())
}

/// Takes an object off the list.
pub(super) fn leave(state: &State, subject: Borrowed<'_>) -> Res<()> {
    let former = locked(list(state)?).remove(subject.as_raw() as usize, None);
    drop(former);
    Ok(())
}

fn snapshot(list: &List) -> Vec<(usize, u64, Entry)> {
    let list = locked(list);
    let entries = list.in_order().into_iter();
    entries
        .map(|(key, number, entry)| (key, number, entry.clone()))
        .collect()
}

fn sweep(list: &List) {
    for (key, number, entry) in snapshot(list) {
        if api::referent(entry.subject.get()).is_none() {
            let former = locked(list).remove(key, Some(number));
            drop(former);
        }
    }
    locked(list).note_sweep();
}

fn add(module: Borrowed<'_>, args: Args<'_>) -> Res {
    let [subject, note] = args.parse("_registry_add", ["subject", "note"], 2)?;
    let (Some(subject), Some(note)) = (subject, note) else {
        return Err(raise(
            Exc::Type,
            "_registry_add() takes a subject and a note",
        ));
    };
    let Some(reference) = api::weak_reference(subject)? else {
        let kind = api::type_name(subject);
        let problem = format!("'{kind}' objects do not allow weak references");
        return Err(raise(Exc::Type, &problem));
    };
    let entry = Entry {
        subject: reference,
        note: note.own(),
    };
    let key = subject.as_raw() as usize;
    enter(State::of(module)?, Ready { key, entry })?;
    Ok(api::none().own())
}

fn note(module: Borrowed<'_>, args: Args<'_>) -> Res {
    let names = ["subject", "kind", "parent", "attribute"];
    let [Some(subject), Some(kind), Some(parent), Some(attribute)] =
        args.parse("_registry_note", names, 4)?
    else {
        return Err(raise(Exc::Type, "_registry_note() takes four arguments"));
    };
    let state = State::of(module)?;
    if let Some(ready) = ready(state, subject, kind, parent, attribute)? {
        enter(state, ready)?;
    }
    Ok(api::none().own())
}

fn discard(module: Borrowed<'_>, args: Args<'_>) -> Res {
    let [subject] = args.parse("_registry_discard", ["subject"], 1)?;
    if let Some(subject) = subject {
        leave(State::of(module)?, subject)?;
    }
    Ok(api::none().own())
}

fn entries(module: Borrowed<'_>, _args: Args<'_>) -> Res {
    let found = api::list()?;
    let list = list(State::of(module)?)?;
    for (_, _, entry) in snapshot(list) {
        if let Some(subject) = api::referent(entry.subject.get()) {
            let pair = api::tuple([subject.get(), entry.note.get()])?;
            api::list_append(found.get(), pair.get())?;
        }
    }
    Ok(found)
}

fn show_call_site(module: Borrowed<'_>, _args: Args<'_>) -> Res {
    let [file, line, module] = site(State::of(module)?)?;
    if file.get().is(api::none()) {
        return Ok(file);
    }
    api::tuple([file.get(), line.get(), module.get()])
}

fn show_owner_variable(module: Borrowed<'_>, _args: Args<'_>) -> Res {
    Ok(State::of(module)?.owner_variable()?.own())
}
