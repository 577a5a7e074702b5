//! Exceptions: [`Raised`] is the proof that one is set, and setting one is always cold code.

use super::object::{Borrowed, Owned};
use core::ptr;
use pyo3::ffi;

/// An exception is set in this thread. Only code that set one, or saw C set one, can make it.
#[derive(Debug)]
#[must_use = "an exception is set and must reach the caller"]
pub(crate) struct Raised(());

pub(crate) type Res<T = Owned> = Result<T, Raised>;

impl Raised {
    /// For results by which a C function says that it has set an exception.
    #[inline]
    pub(super) fn set_by_c() -> Raised {
        Raised(())
    }

    /// Whether the exception set is an instance of `kind`.
    #[cold]
    pub(crate) fn is(&self, kind: Exc) -> bool {
        // SAFETY: an exception is set, and the kinds are live classes.
        unsafe { ffi::PyErr_ExceptionMatches(kind.class()) != 0 }
    }

    /// Forgets the exception.
    #[cold]
    pub(crate) fn clear(self) {
        // SAFETY: clearing has no conditions.
        unsafe { ffi::PyErr_Clear() }
    }

    /// Lets something look at the exception, which stays set; what the look raises is forgotten.
    #[cold]
    pub(crate) fn shown_to(self, look: impl FnOnce(Borrowed<'_>)) -> Raised {
        let (mut ty, mut value, mut trace) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        // SAFETY: the references that Fetch gives go back to Restore; in between the value is alive.
        unsafe {
            #[allow(deprecated, reason = "its successor came with 3.12")]
            ffi::PyErr_Fetch(&mut ty, &mut value, &mut trace);
            #[allow(deprecated, reason = "its successor came with 3.12")]
            ffi::PyErr_NormalizeException(&mut ty, &mut value, &mut trace);
            if let Some(value) = Borrowed::from_nullable(value) {
                look(value);
            }
            ffi::PyErr_Clear();
            #[allow(deprecated, reason = "its successor came with 3.12")]
            ffi::PyErr_Restore(ty, value, trace);
        }
        Raised(())
    }

    /// Reports the exception as one that nobody can catch, and forgets it.
    #[cold]
    pub(crate) fn unraisable(self, place: Borrowed<'_>) {
        // SAFETY: an exception is set, and a live object says where.
        unsafe { ffi::PyErr_WriteUnraisable(place.as_raw()) };
    }

    /// Forgets the exception, but not the user's interrupt: that is raised again soon.
    #[cold]
    pub(crate) fn swallow(self) {
        if self.is(Exc::KeyboardInterrupt) {
            // SAFETY: no conditions; it only marks the signal as having come.
            unsafe { ffi::PyErr_SetInterrupt() };
        }
        self.clear();
    }

    /// Takes the exception out, as an object.
    #[cold]
    pub(crate) fn take(self) -> Option<Owned> {
        let (mut ty, mut value, mut trace) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        // SAFETY: the three references that Fetch gives are taken over below.
        unsafe {
            #[allow(deprecated, reason = "its successor came with 3.12")]
            ffi::PyErr_Fetch(&mut ty, &mut value, &mut trace);
            #[allow(deprecated, reason = "its successor came with 3.12")]
            ffi::PyErr_NormalizeException(&mut ty, &mut value, &mut trace);
            if !trace.is_null() && !value.is_null() {
                ffi::PyException_SetTraceback(value, trace);
            }
            drop(Owned::from_nullable(trace));
            drop(Owned::from_nullable(ty));
            Owned::from_nullable(value)
        }
    }

    /// Does something that must be done after an error too, with the exception set aside. It stays
    /// the one that is raised, or becomes the context of one that the work raises.
    #[cold]
    pub(crate) fn after(self, work: impl FnOnce() -> Res<()>) -> Raised {
        let (mut ty, mut value, mut trace) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        #[allow(deprecated, reason = "its successor came with 3.12")]
        // SAFETY: the references that Fetch gives go back to Restore below.
        unsafe {
            ffi::PyErr_Fetch(&mut ty, &mut value, &mut trace);
        }
        let later = work().err().and_then(Raised::take);
        #[allow(deprecated, reason = "its successor came with 3.12")]
        // SAFETY: Restore takes over what Fetch gave.
        unsafe {
            ffi::PyErr_Restore(ty, value, trace);
        }
        match later {
            Some(later) => Raised(()).followed_by(later),
            None => Raised(()),
        }
    }

    /// Raises a later exception with the present one as its context.
    #[cold]
    fn followed_by(self, later: Owned) -> Raised {
        let earlier = self.take();
        // SAFETY: both are exceptions; SetContext and Restore take over the references given.
        unsafe {
            if let Some(earlier) = earlier.filter(|earlier| !earlier.get().is(later.get())) {
                ffi::PyException_SetContext(later.get().as_raw(), earlier.into_raw());
            }
            let trace = ffi::PyException_GetTraceback(later.get().as_raw());
            let class = later.get().type_object().own().into_raw();
            #[allow(deprecated, reason = "its successor came with 3.12")]
            ffi::PyErr_Restore(class, later.into_raw(), trace);
        }
        Raised(())
    }

    /// Sets a new exception of a class of ours whose cause is the present one.
    #[cold]
    pub(crate) fn replaced_by(self, class: Borrowed<'_>, message: &str) -> Raised {
        Raised::from_cause(self.take(), class, message)
    }

    /// Sets a new exception with a cause that was taken out before.
    #[cold]
    pub(crate) fn from_cause(cause: Option<Owned>, class: Borrowed<'_>, message: &str) -> Raised {
        let raised = raise_class(class, message);
        let Some(cause) = cause else { return raised };
        if let Some(error) = raised.take() {
            // SAFETY: both are exceptions; SetCause and SetContext take over the references given.
            unsafe {
                ffi::PyException_SetContext(error.get().as_raw(), cause.clone().into_raw());
                ffi::PyException_SetCause(error.get().as_raw(), cause.into_raw());
                ffi::PyErr_SetObject(error.get().ty().cast(), error.get().as_raw());
            }
        }
        Raised(())
    }
}

/// The built-in exceptions that the crate raises or looks for.
#[derive(Clone, Copy)]
pub(crate) enum Exc {
    Attribute,
    GeneratorExit,
    KeyboardInterrupt,
    ModuleNotFound,
    NotImplemented,
    Os,
    Runtime,
    StopAsyncIteration,
    StopIteration,
    Type,
    Value,
}

impl Exc {
    fn class(self) -> *mut ffi::PyObject {
        // SAFETY: these statics are set before any extension is loaded.
        unsafe {
            match self {
                Exc::Attribute => ffi::PyExc_AttributeError,
                Exc::GeneratorExit => ffi::PyExc_GeneratorExit,
                Exc::KeyboardInterrupt => ffi::PyExc_KeyboardInterrupt,
                Exc::ModuleNotFound => ffi::PyExc_ModuleNotFoundError,
                Exc::NotImplemented => ffi::PyExc_NotImplementedError,
                Exc::Os => ffi::PyExc_OSError,
                Exc::Runtime => ffi::PyExc_RuntimeError,
                Exc::StopAsyncIteration => ffi::PyExc_StopAsyncIteration,
                Exc::StopIteration => ffi::PyExc_StopIteration,
                Exc::Type => ffi::PyExc_TypeError,
                Exc::Value => ffi::PyExc_ValueError,
            }
        }
    }

    /// The class as an object, to derive from.
    pub(crate) fn object(self) -> Borrowed<'static> {
        // SAFETY: built-in exception classes live as long as the interpreter.
        unsafe { Borrowed::from_raw(self.class()) }
    }
}

/// Runs `work` with whatever exception is set put aside; one that the work leaves is forgotten.
pub(crate) fn aside<R>(work: impl FnOnce() -> R) -> R {
    let (mut ty, mut value, mut trace) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
    #[allow(deprecated, reason = "its successor came with 3.12")]
    // SAFETY: the references that Fetch gives, NULL where no exception is set, go back to Restore.
    unsafe {
        ffi::PyErr_Fetch(&mut ty, &mut value, &mut trace);
        let result = work();
        ffi::PyErr_Restore(ty, value, trace);
        result
    }
}

#[cold]
#[inline(never)]
pub(crate) fn raise(kind: Exc, message: &str) -> Raised {
    raise_class(kind.object(), message)
}

#[cold]
#[inline(never)]
pub(crate) fn raise_class(class: Borrowed<'_>, message: &str) -> Raised {
    if let Ok(text) = super::api::string(message) {
        // SAFETY: an exception class and a string, both live.
        unsafe { ffi::PyErr_SetObject(class.as_raw(), text.get().as_raw()) };
    }
    Raised(())
}

/// `'T' object has no attribute 'name'`, in CPython's words.
#[cold]
#[inline(never)]
pub(crate) fn no_attribute(object: Borrowed<'_>, name: &str) -> Raised {
    let owner = super::api::type_name(object);
    raise(
        Exc::Attribute,
        &format!("'{owner}' object has no attribute '{name}'"),
    )
}

/// The state of a module that is being torn down was asked for something.
#[cold]
#[inline(never)]
pub(crate) fn shutting_down() -> Raised {
    raise(
        Exc::Runtime,
        "wraptrs was unloaded: the interpreter is shutting down",
    )
}

/// Warns the Python code that called us; where warnings are errors, that is the result.
#[cold]
#[inline(never)]
pub(crate) fn warn_deprecated(message: &str) -> Res<()> {
    let text = super::api::string(message)?;
    let mut length: ffi::Py_ssize_t = 0;
    // SAFETY: the text is a live string, its UTF-8 form is NUL-terminated and lives as long.
    unsafe {
        let bytes = ffi::PyUnicode_AsUTF8AndSize(text.get().as_raw(), &mut length);
        if bytes.is_null() || ffi::PyErr_WarnEx(ffi::PyExc_DeprecationWarning, bytes, 1) < 0 {
            return Err(Raised(()));
        }
    }
    Ok(())
}
