//! Module definitions for multi-phase initialisation.

use super::error::{Raised, Res};
use super::object::{Borrowed, Raw};
use super::typedef::Table;
use core::cell::UnsafeCell;
use core::ffi::{CStr, c_int, c_void};
use core::ptr;
use pyo3::ffi;

/// What the interpreter calls in the life of one module object.
pub(crate) struct Life {
    pub(crate) exec: unsafe extern "C" fn(Raw) -> c_int,
    pub(crate) traverse: ffi::traverseproc,
    pub(crate) clear: ffi::inquiry,
    pub(crate) free: ffi::freefunc,
}

/// The memory of a definition, which CPython requires to be static and writes its own fields to.
/// It holds no Python object of ours and is the same for all interpreters.
pub(crate) struct Slots {
    definition: UnsafeCell<ffi::PyModuleDef>,
    slots: UnsafeCell<[ffi::PyModuleDef_Slot; 4]>,
    ready: std::sync::OnceLock<()>,
}

// SAFETY: filled once, behind `ready`; afterwards only CPython touches it, under its own locks.
unsafe impl Sync for Slots {}
// SAFETY: as above; the pointers inside are to static data.
unsafe impl Send for Slots {}

impl Slots {
    pub(crate) const fn new() -> Slots {
        let end = ffi::PyModuleDef_Slot {
            slot: 0,
            value: ptr::null_mut(),
        };
        Slots {
            definition: UnsafeCell::new(ffi::PyModuleDef {
                m_base: ffi::PyModuleDef_HEAD_INIT,
                m_name: ptr::null(),
                m_doc: ptr::null(),
                m_size: 0,
                m_methods: ptr::null_mut(),
                m_slots: ptr::null_mut(),
                m_traverse: None,
                m_clear: None,
                m_free: None,
            }),
            slots: UnsafeCell::new([end; 4]),
            ready: std::sync::OnceLock::new(),
        }
    }

    /// Fills the definition on first use and hands it to the interpreter.
    pub(crate) fn define(
        &'static self,
        name: &'static CStr,
        doc: &'static CStr,
        memory: usize,
        methods: &'static Table<ffi::PyMethodDef>,
        life: Life,
    ) -> Raw {
        self.ready.get_or_init(|| {
            // SAFETY: the cell runs this once, before anybody gets the definition.
            unsafe {
                let slots = &mut *self.slots.get();
                let wanted = super::compat::module_slots(life.exec);
                for (slot, value) in slots.iter_mut().zip(wanted) {
                    *slot = value;
                }
                let definition = &mut *self.definition.get();
                definition.m_name = name.as_ptr();
                definition.m_doc = doc.as_ptr();
                definition.m_size = memory as ffi::Py_ssize_t;
                definition.m_methods = methods.0.as_ptr().cast_mut();
                definition.m_slots = slots.as_mut_ptr();
                definition.m_traverse = Some(life.traverse);
                definition.m_clear = Some(life.clear);
                definition.m_free = Some(life.free);
            }
        });
        // SAFETY: a filled static definition.
        unsafe { ffi::PyModuleDef_Init(self.definition.get()) }
    }
}

/// The memory that a module of ours carries, NULL before it has any.
///
/// # Safety
/// `module` is a module object.
pub(crate) unsafe fn memory(module: Raw) -> *mut c_void {
    // SAFETY: by this function's contract.
    unsafe { ffi::PyModule_GetState(module) }
}

/// Adds a type under its own short name.
pub(crate) fn add_type(module: Borrowed<'_>, class: Borrowed<'_>) -> Res<()> {
    // SAFETY: a live type's name is NUL-terminated, and the part after its last dot is too.
    let status = unsafe {
        let full = (*class.as_raw().cast::<ffi::PyTypeObject>()).tp_name;
        let bytes = CStr::from_ptr(full).to_bytes();
        let start = bytes
            .iter()
            .rposition(|byte| *byte == b'.')
            .map_or(0, |dot| dot + 1);
        ffi::compat::PyModule_AddObjectRef(module.as_raw(), full.add(start), class.as_raw())
    };
    if status < 0 {
        Err(Raised::set_by_c())
    } else {
        Ok(())
    }
}

/// Adds functions to a module that is being made.
pub(crate) fn add_functions(
    module: Borrowed<'_>,
    functions: &'static Table<ffi::PyMethodDef>,
) -> Res<()> {
    // SAFETY: a module, and a table that is static and terminated.
    let status =
        unsafe { ffi::PyModule_AddFunctions(module.as_raw(), functions.0.as_ptr().cast_mut()) };
    if status < 0 {
        Err(Raised::set_by_c())
    } else {
        Ok(())
    }
}
