//! Multi-phase initialisation of `wraptrs._native`: builds the state of one interpreter's module and
//! registers types, exceptions and functions in it.

#![allow(
    unsafe_code,
    reason = "hands the module's memory to the state and back"
)]

use crate::ffi::module::{self as c_module, Slots};
use crate::ffi::shapes::entry;
use crate::ffi::typedef::{self, METHODS_END, Table, fastcall};
use crate::ffi::{Args, Borrowed, Raw, Res, api, c};
use crate::proxy::SLOT_TABLE;
use crate::state::{Slot, State};
use crate::{function, imports, inplace, instrument, patch, proxy};
use core::ffi::{CStr, c_int, c_void};

/// The module's memory: a pointer to the state, which may outlive it.
type Kept = *const State;

fn kept(module: Raw) -> *mut Kept {
    // SAFETY: the interpreter passes our module, whose memory is one pointer wide.
    unsafe { c_module::memory(module).cast() }
}

unsafe extern "C" fn exec(module: Raw) -> c_int {
    // SAFETY: called once for a fresh module with zeroed memory.
    let filled = unsafe {
        let module = Borrowed::from_raw(module);
        State::create().and_then(|state| {
            *kept(module.as_raw()) = state;
            fill(module, &*state)
        })
    };
    if filled.is_ok() { 0 } else { -1 }
}

fn fill(module: Borrowed<'_>, state: &State) -> Res<()> {
    for (slot, name, doc, base) in exceptions() {
        let made = typedef::new_exception(name, doc, base)?;
        typedef::add_to_module(module, short(name), made.get())?;
        if let Some(slot) = slot {
            state.fill(slot, made);
        }
    }
    proxy::types::build(module, state)?;
    function::types::build(module, state)?;
    patch::build(module, state)?;
    inplace::build(module, state)?;
    instrument::build(module, state)?;
    imports::build(module, state)?;
    for class in [
        state.base_proxy()?,
        state.object_proxy()?,
        state.callable_proxy()?,
        state.partial_proxy()?,
        state.function_wrapper_base()?,
        state.function_wrapper()?,
        state.bound_function_wrapper()?,
        state.bound_cached_function()?,
        state.cached_function()?,
        state.locked_function()?,
        state.hook_handle()?,
        state.import_hook_finder()?,
        state.import_hook_loader()?,
    ] {
        c_module::add_type(module, class)?;
    }
    Ok(())
}

/// Where the class is kept if the core raises it, its name, docstring and base.
type Exception = (
    Option<Slot>,
    &'static CStr,
    &'static CStr,
    Borrowed<'static>,
);

fn exceptions() -> [Exception; 6] {
    use crate::ffi::Exc;
    [
        (
            Some(Slot::not_initialized_error),
            c"wraptrs.exceptions.WrapperNotInitializedError",
            c"A wrapper was initialised but holds no wrapped object.",
            Exc::Value.object(),
        ),
        (
            Some(Slot::path_resolution_error),
            c"wraptrs.exceptions.PathResolutionError",
            c"A dotted path leads to no attribute of the target. The cause is kept.",
            Exc::Attribute.object(),
        ),
        (
            Some(Slot::target_module_not_found_error),
            c"wraptrs.exceptions.TargetModuleNotFoundError",
            c"The module that a target names cannot be imported. The cause is kept.",
            Exc::ModuleNotFound.object(),
        ),
        (
            None,
            c"wraptrs.exceptions.WrapperChainTooDeepError",
            c"A chain of wrappers goes on past the limit, so what lies beyond is unknown.",
            Exc::Runtime.object(),
        ),
        (
            None,
            c"wraptrs.exceptions.WrapperNotFoundError",
            c"The wrapper to take away is not installed on the attribute.",
            Exc::Value.object(),
        ),
        (
            None,
            c"wraptrs.exceptions.WrapperNotOutermostError",
            c"The wrapper to take away lies beneath something that cannot be relinked.",
            Exc::Value.object(),
        ),
    ]
}

/// The part of a dotted name after the last dot.
fn short(name: &'static CStr) -> &'static CStr {
    let bytes = name.to_bytes_with_nul();
    let start = bytes
        .iter()
        .rposition(|byte| *byte == b'.')
        .map_or(0, |dot| dot + 1);
    bytes
        .get(start..)
        .and_then(|tail| CStr::from_bytes_with_nul(tail).ok())
        .unwrap_or(name)
}

unsafe extern "C" fn traverse(module: Raw, visit: c::visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: the pointer is NULL before `exec` and the state's until `free`.
    unsafe {
        let slot = kept(module);
        if slot.is_null() || (*slot).is_null() {
            0
        } else {
            (**slot).traverse(visit, arg)
        }
    }
}

unsafe extern "C" fn clear(module: Raw) -> c_int {
    // SAFETY: as in `traverse`.
    unsafe {
        let slot = kept(module);
        if !slot.is_null() && !(*slot).is_null() {
            (**slot).clear();
        }
    }
    0
}

unsafe extern "C" fn free(module: *mut c_void) {
    // SAFETY: as in `traverse`; the module gives up its share of the state, once.
    unsafe {
        let slot = kept(module.cast());
        if !slot.is_null() && !(*slot).is_null() {
            State::module_gone(core::mem::replace(&mut *slot, core::ptr::null()));
        }
    }
}

entry!(function slot_table = show_slot_table);

/// The table of forwarded slots, for the tests that are made from it.
fn show_slot_table(_module: Borrowed<'_>, args: Args<'_>) -> Res {
    args.parse::<0>("_slot_table", [], 0)?;
    let rows = api::list()?;
    for row in SLOT_TABLE {
        let [group, shape, slot, function] =
            [row.group, row.shape, row.slot, row.function].map(api::string);
        let (group, shape, slot, function) = (group?, shape?, slot?, function?);
        let row = api::tuple([group.get(), shape.get(), slot.get(), function.get()])?;
        api::list_append(rows.get(), row.get())?;
    }
    Ok(rows)
}

static METHODS: Table<c::PyMethodDef> = Table(&[
    fastcall(
        c"_slot_table",
        slot_table,
        Some(c"_slot_table()\n--\n\nThe forwarded slots as (group, shape, slot, function)."),
    ),
    METHODS_END,
]);

static DEFINITION: Slots = Slots::new();

/// The module's definition, for the import system to make modules from.
pub(crate) fn definition() -> *mut c::PyObject {
    DEFINITION.define(
        c"_native",
        c"The native core of wraptrs.",
        size_of::<Kept>(),
        &METHODS,
        c_module::Life {
            exec,
            traverse,
            clear,
            free,
        },
    )
}
