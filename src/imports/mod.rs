//! Import hooks: the registry of what waits, the finder that notices the modules somebody waits
//! for, and the loader that tells when one of them has been executed.
//!
//! Calling the hooks, what follows an error, and wrapt's functions are the Python modules `_hooks`
//! and `importer`, which the registry knows by `connect`. An import that nobody waits for meets a
//! look into a hash table here, and not one Python frame.

mod finder;
mod handle;
mod layout;
mod loader;
mod pending;
mod registry;

use crate::ffi::{Borrowed, Res};
use crate::state::State;

/// Makes the types and the registry.
pub(crate) fn build(module: Borrowed<'_>, state: &State) -> Res<()> {
    handle::build(module, state)?;
    registry::build(module, state)?;
    loader::build(module, state)?;
    finder::build(module, state)
}
