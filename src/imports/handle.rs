//! The handle of one hook: what the registry knows of it, for the Python class to build on.

use super::layout::{self, Handle};
use super::pending::State as HookState;
use crate::ffi::error::{Exc, no_attribute, raise};
use crate::ffi::shapes::entry;
use crate::ffi::typedef::{GETSET_END, Table, TypeDef, getset, slot};
use crate::ffi::{Args, Borrowed, Instance, Owned, Res, api, c};
use crate::state::{Slot, State};
use core::ffi::c_int;

entry!(packed init: Handle => c_int = initialise);
entry!(getter module: Handle = |this: &Handle| this.module());
entry!(getter priority: Handle = |this: &Handle| api::integer(this.facts.priority()));
entry!(getter repeat: Handle = |this: &Handle| Ok(api::bool_object(this.facts.repeats())));
entry!(getter state: Handle = |this: &Handle| api::interned(name_of(this.facts.state())));

impl Handle {
    /// The name of the module, which `__init__` has set.
    pub(super) fn module(&self) -> Res {
        let owner = self.object();
        match self.module.get(owner) {
            Some(module) => Ok(module),
            None => Err(no_attribute(owner, "module")),
        }
    }
}

fn name_of(state: HookState) -> &'static str {
    match state {
        HookState::Pending => "pending",
        HookState::Fired => "fired",
        HookState::Failed => "failed",
        HookState::Cancelled => "cancelled",
    }
}

fn initialise(this: &Handle, args: Args<'_>) -> Res<()> {
    let names = ["module", "priority", "repeat"];
    let [module, priority, repeat] = args.parse("__init__", names, 1)?;
    let Some(module) = module.filter(|module| api::is_string(*module)) else {
        let given = module.map_or_else(String::new, api::describe);
        let problem = format!("the module to wait for must be given by its name, not as {given}");
        return Err(raise(Exc::Type, &problem));
    };
    let priority = priority.map_or(Ok(0), api::integer_value)?;
    let repeats = repeat.map_or(Ok(false), api::is_true)?;
    if !this.module.is_empty() {
        return Err(raise(Exc::Runtime, "a hook waits for one module"));
    }
    // A name without text could never be looked up.
    api::text_of(module)?;
    this.facts.describe(priority, repeats);
    let owner: Borrowed<'_> = this.object();
    let former: Option<Owned> = this.module.swap(owner, Some(module.own()));
    drop(former);
    Ok(())
}

static GETSET: Table<c::PyGetSetDef> = Table(&[
    getset(c"module", module, None),
    getset(c"priority", priority, None),
    getset(c"repeat", repeat, None),
    getset(c"state", state, None),
    GETSET_END,
]);

pub(super) fn build(of: Borrowed<'_>, state: &State) -> Res<()> {
    let mut slots = layout::handle_slots();
    slots.extend([slot::tp_init(init), slot::getset(&GETSET)]);
    let made = TypeDef {
        name: c"wraptrs._native._HookHandle",
        basicsize: size_of::<Handle>(),
        collected: false,
        base: true,
        vectorcall: false,
        slots,
    }
    .build(of, None)?;
    state.fill(Slot::hook_handle, made);
    Ok(())
}
