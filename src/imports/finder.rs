//! The finder in `sys.meta_path`: for a module that somebody waits for it asks the finders behind it
//! for the spec, and has the spec's loader tell when the module has been executed.
//!
//! It has to be asked before a finder that has the module, so it moves to the front whenever it
//! finds another one there.

use super::layout::{self, Finder, Registry};
use crate::ffi::call::call_with;
use crate::ffi::error::{Exc, raise};
use crate::ffi::shapes::entry;
use crate::ffi::typedef::{GETSET_END, METHODS_END, Table, TypeDef, fastcall, getset, slot};
use crate::ffi::{Args, Borrowed, Instance, Owned, Res, api, c};
use crate::state::{Slot, State};
use std::thread;

entry!(method find_spec_entry: Finder = find_spec);
entry!(method find_module_entry: Finder = find_module);
entry!(getter in_progress_entry: Finder = in_progress);
entry!(function install_entry = install);

fn none() -> Res {
    Ok(api::none().own())
}

/// A question for finders.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    name: Borrowed<'a>,
    text: &'a str,
    path: Borrowed<'a>,
    target: Borrowed<'a>,
}

fn find_spec(this: &Finder, args: Args<'_>) -> Res {
    let [name, path, target] = if args.has_keywords() || args.len() > 3 {
        args.parse("find_spec", ["fullname", "path", "target"], 1)?
    } else {
        [args.at(0), args.at(1), args.at(2)]
    };
    let Some(name) = name else {
        return Err(raise(Exc::Type, "find_spec() takes the name of a module"));
    };
    let wanted = Wanted {
        name,
        text: match api::is_string(name).then(|| api::text_of(name)) {
            Some(Ok(text)) => text,
            Some(Err(raised)) => {
                raised.clear();
                return none();
            }
            None => return none(),
        },
        path: path.unwrap_or(api::none()),
        target: target.unwrap_or(api::none()),
    };
    let behind = lead(this)?;
    match this.registry.get(this.object()) {
        Some(registry) => match Registry::of(registry.get()) {
            Some(registry) if registry.awaits(wanted.text) => {
                search(this, registry, wanted, behind)
            }
            _ => none(),
        },
        None => none(),
    }
}

/// Moves the finder to the front, and gives the place of the first finder that was behind it.
fn lead(this: &Finder) -> Res<usize> {
    let Some(finders) = api::sys_entry(c"meta_path").filter(|found| api::is_list(found.get()))
    else {
        return Ok(0);
    };
    let (this, finders) = (this.object(), finders.get());
    let mut strangers = false;
    for place in 0..api::list_len(finders) {
        let Some(finder) = api::list_item(finders, place) else {
            break;
        };
        if finder.get().is(this) {
            if strangers {
                overtake(this, finders, place)?;
            }
            return Ok(place + 1);
        }
        // Another copy of this package may have one there, which would want to be in front as well.
        strangers |= Finder::of(finder.get()).is_none();
    }
    Ok(0)
}

/// Moves the finder at a place to the front, in steps between which no thread that goes through the
/// list misses one behind.
#[cold]
fn overtake(this: Borrowed<'_>, finders: Borrowed<'_>, place: usize) -> Res<()> {
    api::list_lead(finders, this)?;
    match api::list_item(finders, place + 1) {
        Some(finder) if finder.get().is(this) => api::list_remove(finders, place + 1),
        _ => Ok(()),
    }
}

/// Finds a module that somebody waits for. Other finders may start over with all of
/// `sys.meta_path`, this one included, which then has to step back.
#[cold]
fn search(this: &Finder, registry: &Registry, wanted: Wanted<'_>, behind: usize) -> Res {
    let key = (Box::from(wanted.text), thread::current().id());
    let begun = this.searches.with(this.object(), |searches| {
        let fresh = !searches.contains(&key);
        if fresh {
            searches.push(key.clone());
        }
        fresh
    });
    if begun != Some(true) {
        return none();
    }
    let found = ask_others(this, wanted, behind);
    this.searches.with(this.object(), |searches| {
        if let Some(place) = searches.iter().position(|other| *other == key) {
            searches.swap_remove(place);
        }
    });
    let Some(spec) = found? else {
        return none();
    };
    chain(this, registry, spec.get())?;
    Ok(spec)
}

fn ask_others(this: &Finder, wanted: Wanted<'_>, behind: usize) -> Res<Option<Owned>> {
    let Some(finders) = api::sys_entry(c"meta_path").filter(|found| api::is_list(found.get()))
    else {
        return Ok(None);
    };
    let others = (behind..api::list_len(finders.get()))
        .filter_map(|index| api::list_item(finders.get(), index))
        .filter(|finder| !finder.get().is(this.object()));
    for finder in others.collect::<Vec<_>>() {
        let spec = ask(finder.get(), wanted)?;
        if spec
            .as_ref()
            .is_some_and(|spec| !spec.get().is(api::none()))
        {
            return Ok(spec);
        }
    }
    Ok(None)
}

fn ask(finder: Borrowed<'_>, wanted: Wanted<'_>) -> Res<Option<Owned>> {
    let Wanted {
        name, path, target, ..
    } = wanted;
    match api::get_optional_attr(finder, api::interned("find_spec")?.get())? {
        Some(find) => call_with(find.get(), [name, path, target]).map(Some),
        None if api::OLD_FINDERS => ask_by_old_protocol(finder, wanted),
        None => Ok(None),
    }
}

/// The spec from a finder without `find_spec`.
#[cold]
fn ask_by_old_protocol(finder: Borrowed<'_>, wanted: Wanted<'_>) -> Res<Option<Owned>> {
    let Some(find) = api::get_optional_attr(finder, api::interned("find_module")?.get())? else {
        return Ok(None);
    };
    let loader = call_with(find.get(), [wanted.name, wanted.path])?;
    if loader.get().is(api::none()) {
        return Ok(None);
    }
    let util = api::import("importlib.util")?;
    let make = api::PyObject_GetAttr(util.get(), api::interned("spec_from_loader")?.get())?;
    call_with(make.get(), [wanted.name, loader.get()]).map(Some)
}

/// Has the end of an import reported: by the loader, or by the spec where there is none.
fn chain(this: &Finder, registry: &Registry, spec: Borrowed<'_>) -> Res<()> {
    let name = api::interned("loader")?;
    let loader = api::get_optional_attr(spec, name.get())?;
    let loader = loader.filter(|loader| !loader.get().is(api::none()));
    let (Some(loader), Some(class)) = (loader, this.chained.get(this.object())) else {
        if let Some(watch) = registry.watch.get(registry.object()) {
            call_with(watch.get(), [spec])?;
        }
        return Ok(());
    };
    if loader.get().type_object().is(class.get()) {
        return Ok(());
    }
    let chained = call_with(class.get(), [spec])?;
    api::set_attr(spec, name.get(), Some(chained.get()))
}

fn find_module(this: &Finder, args: Args<'_>) -> Res {
    let [name, path] = args.parse("find_module", ["fullname", "path"], 1)?;
    let (name, path) = (name.unwrap_or(api::none()), path.unwrap_or(api::none()));
    let find = api::PyObject_GetAttr(this.object(), api::interned("find_spec")?.get())?;
    let spec = call_with(find.get(), [name, path])?;
    let loader = api::get_optional_attr(spec.get(), api::interned("loader")?.get())?;
    loader.map_or_else(none, Ok)
}

/// The names that are being searched for, as the keys of a dict.
fn in_progress(this: &Finder) -> Res {
    let names = this
        .searches
        .with(this.object(), |searches| searches.clone());
    let dict = api::dict()?;
    for (name, _thread) in names.unwrap_or_default() {
        api::dict_set(dict.get(), api::string(&name)?.get(), api::true_())?;
    }
    Ok(dict)
}

/// Has a finder of ours stand in front of all others.
fn install(module: Borrowed<'_>, _args: Args<'_>) -> Res {
    let class = State::of(module)?.import_hook_finder()?;
    let Some(finders) = api::sys_entry(c"meta_path").filter(|found| api::is_list(found.get()))
    else {
        return none(); // the interpreter is shutting down
    };
    let finders = finders.get();
    let ours = (0..api::list_len(finders))
        .filter_map(|index| api::list_item(finders, index))
        .find(|finder| api::has_type(finder.get(), class));
    match ours.as_ref().and_then(|finder| Finder::of(finder.get())) {
        Some(finder) => {
            lead(finder)?;
        }
        None => api::list_lead(finders, call_with(class, [])?.get())?,
    }
    none()
}

static METHODS: Table<c::PyMethodDef> = Table(&[
    fastcall(
        c"find_spec",
        find_spec_entry,
        Some(
            c"find_spec($self, fullname, path=None, target=None)
--

The spec that the finders behind this one have for a module somebody waits for.",
        ),
    ),
    fastcall(
        c"find_module",
        find_module_entry,
        Some(
            c"find_module($self, fullname, path=None)
--

The loader, for callers of the protocol before Python 3.4.",
        ),
    ),
    METHODS_END,
]);
static GETSET: Table<c::PyGetSetDef> =
    Table(&[getset(c"in_progress", in_progress_entry, None), GETSET_END]);
static FUNCTIONS: Table<c::PyMethodDef> = Table(&[
    fastcall(
        c"_install_finder",
        install_entry,
        Some(c"_install_finder()\n--\n\nHave a finder of hooks stand in front of all others."),
    ),
    METHODS_END,
]);

pub(super) fn build(module: Borrowed<'_>, state: &State) -> Res<()> {
    let mut slots = layout::finder_slots();
    slots.extend([
        slot::methods(&METHODS),
        slot::getset(&GETSET),
        slot::doc(
            c"The finder in sys.meta_path that notices the import of modules with waiting hooks.

It moves to the front whenever it is asked and finds another finder there. Behaviour: wrapt's class
of that name.",
        ),
    ]);
    let made = TypeDef {
        name: c"wraptrs.importer.ImportHookFinder",
        basicsize: size_of::<Finder>(),
        collected: true,
        base: true,
        vectorcall: false,
        slots,
    }
    .build(module, None)?;
    state.fill(Slot::import_hook_finder, made);
    crate::ffi::module::add_functions(module, &FUNCTIONS)
}
