//! Who is calling: the innermost Python frame that is not of this package.

use super::api;
use super::error::Res;
use super::object::{Borrowed, Owned};
use pyo3::ffi;

const PACKAGE: &str = "wraptrs";

/// Where a call came from.
pub(crate) struct CallSite {
    pub(crate) file: Owned,
    pub(crate) line: i64,
    pub(crate) module: Owned,
}

/// The place in the user's code that called into this package; None without any Python frame.
pub(crate) fn call_site() -> Res<Option<CallSite>> {
    // SAFETY: borrowed from the thread, whose frames are on the stack while this runs.
    let mut frame =
        unsafe { Borrowed::from_nullable(ffi::PyEval_GetFrame().cast()) }.map(Borrowed::own);
    while let Some(current) = frame {
        let globals = api::PyObject_GetAttr(current.get(), api::interned("f_globals")?.get())?;
        let name = api::dict_get(globals.get(), api::interned("__name__")?.get())?;
        let name = name.filter(|name| api::is_string(name.get()));
        let name = name.map_or_else(|| api::string(""), Ok)?;
        if !is_ours(&api::text(name.get())?) {
            return site(current.get(), name).map(Some);
        }
        // SAFETY: a live frame; the result is a new reference or NULL for the outermost.
        frame = unsafe {
            Owned::from_nullable(ffi::PyFrame_GetBack(current.get().as_raw().cast()).cast())
        };
    }
    Ok(None)
}

fn is_ours(module: &str) -> bool {
    module
        .strip_prefix(PACKAGE)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn site(frame: Borrowed<'_>, module: Owned) -> Res<CallSite> {
    let code = api::PyObject_GetAttr(frame, api::interned("f_code")?.get())?;
    let file = api::PyObject_GetAttr(code.get(), api::interned("co_filename")?.get())?;
    // SAFETY: a live frame.
    let line = unsafe { ffi::PyFrame_GetLineNumber(frame.as_raw().cast()) };
    Ok(CallSite {
        file,
        line: i64::from(line),
        module,
    })
}
