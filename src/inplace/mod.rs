//! Changing functions in place, so that every reference to them sees it.
//!
//! Hazards, all of which were seen to crash an interpreter, and what stands against each:
//! * Code with another function's closure is called: all fields change at once (`ffi::func`).
//! * A call site remembers the former code: versions are cleared by CPython's own setter.
//! * Frames of 3.11 and later borrow the function's globals and builtins: whoever exchanges them
//!   keeps the former ones until the frames are gone. That, the layers of a function and the way
//!   back are the business of the Python module `_layers`; here is what only C can do.
//! * Layouts may differ from what this was built for: `layout` compares before anything is used.

#![allow(
    unsafe_code,
    reason = "the island that rewrites functions; the raw stores are in ffi::func"
)]

mod layout;
mod transplant;
mod typedict;

use crate::ffi::typedef::{METHODS_END, Table};
use crate::ffi::{Borrowed, Res, c, module};

static FUNCTIONS: Table<c::PyMethodDef> = Table(&[
    layout::LAYOUT_HOLDS,
    transplant::FUNCTION_STATE,
    transplant::TRANSPLANT,
    typedict::SET_TYPE_ENTRY,
    typedict::SLOTS,
    typedict::SET_SLOT,
    typedict::FACTS,
    METHODS_END,
]);

/// Adds the functions of this layer to the module.
pub(crate) fn build(module: Borrowed<'_>) -> Res<()> {
    module::add_functions(module, &FUNCTIONS)
}
