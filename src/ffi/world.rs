//! Keeping other threads away from what has no lock. With the GIL they are; without it they are
//! stopped, or cannot be where it matters.

use super::object::Borrowed;
#[cfg(Py_GIL_DISABLED)]
use pyo3::ffi;

/// Runs `work`, which runs no Python code and takes no lock, while no other thread runs any.
pub(crate) fn stopped<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(Py_GIL_DISABLED)]
    {
        // SAFETY: this thread is attached; the world is started again exactly once, since `work`
        // cannot unwind (panics abort).
        unsafe {
            let interpreter = ffi::PyInterpreterState_Get();
            super::decl::_PyEval_StopTheWorld(interpreter);
            let result = work();
            super::decl::_PyEval_StartTheWorld(interpreter);
            result
        }
    }
    #[cfg(not(Py_GIL_DISABLED))]
    work()
}

/// The first CPython whose own setters of functions stop the world, and the first such 3.15.
#[cfg(Py_GIL_DISABLED)]
const SETTERS_STOP: [core::ffi::c_ulong; 2] = [0x030E_07F0, 0x030F_00C1];

/// Runs `work`, which runs no Python code and takes no lock, while nobody changes the function.
///
/// A thread that neither waits nor runs Python code cannot be stopped, so nothing that is changed
/// only while the world stands still changes under it. The annotations and type parameters have
/// setters that lock the function. Where the other setters do neither, the world is stopped.
pub(crate) fn steady<R>(function: Borrowed<'_>, work: impl FnOnce() -> R) -> R {
    #[cfg(Py_GIL_DISABLED)]
    {
        let [first, next] = SETTERS_STOP;
        // SAFETY: a constant of the interpreter.
        let version = unsafe { ffi::Py_Version };
        if version < first || (0x030F_0000..next).contains(&version) {
            return stopped(work);
        }
    }
    super::compat::locked(function, work)
}
