//! Patching by name: what a dotted path leads to, where that lives, and putting a wrapper there;
//! the list of what is in force; and whose turn it is to change something.

mod active;
mod apply;
mod layer;
mod path;
mod registry;
mod resolve;
mod turn;

use crate::ffi::typedef::{METHODS_END, Table};
use crate::ffi::{Borrowed, Res, c, module};
use crate::state::State;

static FUNCTIONS: Table<c::PyMethodDef> = Table(&[
    resolve::RESOLVE_PATH,
    resolve::RESOLVE_OWNER,
    apply::APPLY_PATCH,
    apply::WRAP_OBJECT,
    apply::WRAP_LAYER,
    active::ADD,
    active::NOTE,
    active::DISCARD,
    active::ENTRIES,
    active::CALL_SITE,
    active::OWNER,
    layer::INSTALL,
    layer::REMOVE,
    layer::SWAP,
    layer::PLACE,
    layer::RELINK,
    layer::CREATED_SLOT,
    layer::NOTE_SLOT,
    turn::TAKE,
    turn::GIVE_BACK,
    METHODS_END,
]);

/// Adds the functions of this layer to the module.
pub(crate) fn build(module: Borrowed<'_>, state: &State) -> Res<()> {
    active::build(state)?;
    module::add_functions(module, &FUNCTIONS)
}
