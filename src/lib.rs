//! wraptrs: object proxies, function wrappers and patches for running Python code.
//!
//! The extension module is `wraptrs._native`; thin Python modules on top give it wrapt's surface.
//! It stands on `pyo3::ffi` and not on PyO3's classes, because those keep process-wide statics
//! (a second interpreter is refused), know no vectorcall for instances, and cannot let an in-place
//! operator return another object. So heap types are made by hand, from specs, in a module with
//! per-interpreter state (`state`), and every line that needs C stands in `ffi`, which turns it
//! into references whose owner is in their type. Bodies of slots are safe functions.
//!
//! Layers, each of which may use only what stands to its right:
//! `lib -> module -> {imports, inplace, instrument, patch} -> function -> proxy -> state -> ffi`.
//!
//! Panics abort and none can be reached from Python: unwrapping, indexing and panicking are denied
//! by lint. An exception is a `Raised`, which only code that set one can make.

mod ffi;
mod function;
mod imports;
mod inplace;
mod instrument;
mod module;
mod patch;
mod proxy;
mod state;

/// The entry point that the interpreter looks up.
#[allow(non_snake_case, reason = "the name is the import system's")]
#[allow(unsafe_code, reason = "exports a symbol")]
#[unsafe(no_mangle)]
pub extern "C" fn PyInit__native() -> *mut ffi::c::PyObject {
    module::definition()
}
