//! The gate to CPython. This folder is the only place that names pyo3, tests an interpreter
//! version, or declares a C symbol; everything above it works on [`Owned`], [`Borrowed`], [`Field`]
//! and `Result`, and never sees a raw pointer or a cfg.
//!
//! * `decl`: C functions that pyo3's ffi leaves out.
//! * `compat`: one file per CPython version that introduced something, under CPython's names.
//! * `object`: references with an owner in their type, and fields that another thread may swap.
//! * `error`: `Raised`, the proof that an exception is set, and the cold functions that set one.
//! * `api`: one safe line for each C function the crate calls.
//! * `args`, `call`: arguments as they come in, and calls out.
//! * `capsule`: Rust values kept in Python objects.
//! * `frames`: who is calling.
//! * `func`, `hook`: function objects from the inside; where their calls go.
//! * `guarded`: plain data in the memory of an instance.
//! * `instance`, `holder`: instances of our types; what the collector asks of them.
//! * `definition`, `thunks`: C functions from the inside, and what stands in for them.
//! * `samples`: C functions of every convention, to try patching on.
//! * `world`: keeping other threads away.
//! * `writable`: whether memory can be written.
//! * `types`: types from the inside: their dicts and slots.
//! * `typedef`: heap types and modules from specs.
//! * `steps`: generators, coroutines and what else is resumed.
//! * `spare`: short-lived objects that serve again.
//! * `shapes`: C entry points (slots, methods, getters) over safe bodies.

#![allow(
    unsafe_code,
    reason = "this is the island where the C interface is made safe"
)]

pub(crate) mod api;
mod args;
pub(crate) mod call;
pub(crate) mod capsule;
mod compat;
mod decl;
pub(crate) mod definition;
pub(crate) mod error;
pub(crate) mod frames;
pub(crate) mod func;
mod given;
mod guarded;
pub(crate) mod holder;
pub(crate) mod hook;
pub(crate) mod instance;
pub(crate) mod module;
pub(crate) mod object;
pub(crate) mod samples;
pub(crate) mod shapes;
pub(crate) mod spare;
pub(crate) mod steps;
pub(crate) mod thunks;
pub(crate) mod typedef;
pub(crate) mod types;
pub(crate) mod world;
mod writable;

pub(crate) use args::Args;
pub(crate) use error::{Exc, Raised, Res};
pub(crate) use given::Given;
pub(crate) use guarded::Guarded;
pub(crate) use instance::Instance;
pub(crate) use object::{Borrowed, Field, Name, Owned, Raw};

/// The C names that the macros of `shapes` and the layout files expand to.
pub(crate) mod c {
    pub(crate) use pyo3::ffi::{
        PyGetSetDef, PyMemberDef, PyMethodDef, PyObject, PyType_Slot, PyTypeObject, getattrofunc,
        newfunc, ternaryfunc, vectorcallfunc, visitproc,
    };
}
