//! What differs between CPythons, behind one interface: callers see neither version nor build.

mod py_3_12;
mod py_3_13;
mod py_3_14;
mod py_3_9;

pub(crate) use py_3_9::*;
pub(crate) use py_3_12::*;
pub(crate) use py_3_13::*;
pub(crate) use py_3_14::*;
