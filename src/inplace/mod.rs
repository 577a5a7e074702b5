//! Changing functions in place, so that every reference to them sees it.
//!
//! Hazards, all of which were seen to crash an interpreter, and what stands against each:
//! * Code with another function's closure is called: all fields change at once (`ffi::func`).
//! * A call site remembers the former code: versions are cleared by CPython's own setter.
//! * Frames of 3.11 and later borrow the function's globals and builtins: whoever exchanges them
//!   keeps the former ones until the frames are gone. That, the layers of a function and the way
//!   back are the business of the Python module `_layers`; here is what only C can do.
//! * A function whose calls come to us dies, changes or is unhooked while one runs: `vectorcall`
//!   holds what the call needs, and finds nothing but what the function itself carries.
//! * A C function's definition lies in memory that cannot be written, or is read after its thunk is
//!   gone: it is asked first (`ffi::writable`), and thunks are never freed (`ffi::thunks`).
//! * A call reads the function's closure after it has bound the arguments, and binding them can run
//!   Python code: the `__eq__` of a keyword that is no plain str, a finalizer before 3.12. Code that
//!   patches the very function from there makes 3.10 and later read past the end. Nothing stands
//!   against that, since such a frame is in no list; `hotpatch` says so.
//! * Layouts may differ from what this was built for: `layout` compares before anything is used.

#![allow(
    unsafe_code,
    reason = "the island that rewrites functions; the raw stores are in ffi::func"
)]

mod around;
mod layout;
mod methoddef;
mod transplant;
mod typedict;
mod vectorcall;
mod wrapped;

use crate::ffi::typedef::{METHODS_END, Table};
use crate::ffi::{Borrowed, Res, c, module};
use crate::state::State;

static FUNCTIONS: Table<c::PyMethodDef> = Table(&[
    layout::LAYOUT_HOLDS,
    transplant::FUNCTION_STATE,
    transplant::TRANSPLANT,
    transplant::TWIN,
    transplant::CARRY,
    vectorcall::RECORD,
    vectorcall::CALLEE,
    vectorcall::HOOK,
    methoddef::DEFINITION,
    methoddef::ORIGINAL,
    methoddef::PUT,
    methoddef::SAMPLES,
    typedict::SET_TYPE_ENTRY,
    typedict::SLOTS,
    typedict::SET_SLOT,
    typedict::UPDATE_SLOTS,
    typedict::FACTS,
    METHODS_END,
]);

/// Adds the functions of this layer to the module.
pub(crate) fn build(module: Borrowed<'_>, state: &State) -> Res<()> {
    vectorcall::build(module, state)?;
    module::add_functions(module, &FUNCTIONS)?;
    wrapped::build(module)
}
