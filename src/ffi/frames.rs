//! Who is calling: the innermost Python frame that is not of this package.

use super::api;
use super::error::Res;
use super::object::{Borrowed, Name, Owned};
use pyo3::ffi;

const PACKAGE: &str = "wraptrs";

/// Where a call came from.
pub(crate) struct CallSite {
    pub(crate) file: Owned,
    pub(crate) line: i64,
    pub(crate) module: Owned,
}

/// The names that finding a call site asks for.
pub(crate) struct SiteNames<'a> {
    pub(crate) globals: &'a Name,
    pub(crate) module: &'a Name,
    pub(crate) code: &'a Name,
    pub(crate) file: &'a Name,
}

/// The place in the user's code that called into this package; None without any Python frame.
pub(crate) fn call_site(names: &SiteNames<'_>) -> Res<Option<CallSite>> {
    // SAFETY: borrowed from the thread, whose frames are on the stack while this runs.
    let innermost = unsafe { Borrowed::from_nullable(ffi::PyEval_GetFrame().cast()) };
    let mut frame = innermost.map(Borrowed::own);
    while let Some(current) = frame {
        let globals = api::PyObject_GetAttr(current.get(), names.globals.get())?;
        let module = api::dict_get(globals.get(), names.module.get())?;
        let module = module.filter(|module| api::is_string(module.get()));
        if !module.as_ref().is_some_and(|module| is_ours(module.get())) {
            let module = module.map_or_else(|| api::string(""), Ok)?;
            return site(current.get(), module, names).map(Some);
        }
        // SAFETY: a live frame; the result is a new reference or NULL for the outermost.
        frame = unsafe {
            Owned::from_nullable(ffi::PyFrame_GetBack(current.get().as_raw().cast()).cast())
        };
    }
    Ok(None)
}

fn is_ours(module: Borrowed<'_>) -> bool {
    api::with_text(module, |name| {
        name.strip_prefix(PACKAGE)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
    .unwrap_or(false)
}

fn site(frame: Borrowed<'_>, module: Owned, names: &SiteNames<'_>) -> Res<CallSite> {
    let code = api::PyObject_GetAttr(frame, names.code.get())?;
    let file = api::PyObject_GetAttr(code.get(), names.file.get())?;
    // SAFETY: a live frame.
    let line = unsafe { ffi::PyFrame_GetLineNumber(frame.as_raw().cast()) };
    Ok(CallSite {
        file,
        line: i64::from(line),
        module,
    })
}
