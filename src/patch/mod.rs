//! Patching by name: what a dotted path leads to, where that lives, and putting a wrapper there.

mod apply;
mod layer;
mod path;
mod resolve;

use crate::ffi::typedef::{METHODS_END, Table};
use crate::ffi::{Borrowed, Res, c, module};

static FUNCTIONS: Table<c::PyMethodDef> = Table(&[
    resolve::RESOLVE_PATH,
    resolve::RESOLVE_OWNER,
    apply::APPLY_PATCH,
    apply::WRAP_OBJECT,
    apply::WRAP_LAYER,
    layer::INSTALL,
    layer::REMOVE,
    layer::SWAP,
    layer::RELINK,
    layer::CREATED_SLOT,
    layer::NOTE_SLOT,
    METHODS_END,
]);

/// Adds the functions of this layer to the module.
pub(crate) fn build(module: Borrowed<'_>) -> Res<()> {
    module::add_functions(module, &FUNCTIONS)
}
