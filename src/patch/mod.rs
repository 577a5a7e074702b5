//! Patching by name: what a dotted path leads to, where that lives, and putting a wrapper there.

mod apply;
mod path;
mod resolve;

pub(crate) use apply::{APPLY_PATCH, WRAP_OBJECT};
pub(crate) use resolve::{RESOLVE_OWNER, RESOLVE_PATH};
