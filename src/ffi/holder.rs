//! Instances that refer to other objects by fields: what the collector asks of them, once for all
//! layouts.

use super::instance::{Instance, visit_type};
use super::object::{Field, Raw};
use core::ffi::{c_int, c_void};
use pyo3::ffi::visitproc;

/// A layout that names its fields.
pub(crate) trait Holder: Instance {
    fn fields(&self) -> impl Iterator<Item = &Field>;

    /// What is to be done before it lets go of everything.
    #[inline]
    fn close(&self) {}

    /// Lets go of everything. Only for instances that nobody else can reach.
    #[inline]
    fn empty(&self) {
        self.close();
        for field in self.fields() {
            drop(field.take_unshared());
        }
    }
}

/// `tp_traverse` of a layout.
pub(crate) unsafe extern "C" fn traverse<T: Holder>(
    raw: Raw,
    visit: visitproc,
    arg: *mut c_void,
) -> c_int {
    // SAFETY: the collector passes an instance of the type that lists this entry, which has the
    // layout, and its own callback.
    unsafe {
        let mut status = visit_type(raw, visit, arg);
        for field in T::from_slot(raw).fields() {
            if status == 0 {
                status = field.visit(visit, arg);
            }
        }
        status
    }
}

/// `tp_clear` of a layout.
pub(crate) unsafe extern "C" fn clear<T: Holder>(raw: Raw) -> c_int {
    // SAFETY: as in `traverse`; the instance is garbage.
    unsafe { T::from_slot(raw) }.empty();
    0
}
