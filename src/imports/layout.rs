//! The memory of handles, of the registry, of finders and loaders, and their life cycles.
//!
//! A handle holds nothing but its facts and the name of its module, so only classes derived from it
//! in Python take part in garbage collection. Loaders are proxies with a field more.

#![allow(unsafe_code, reason = "lays out instances")]

use super::pending::{Facts, Hook, Pending};
use crate::ffi::error::{Exc, raise, shutting_down};
use crate::ffi::instance::{self, RawType, WeakRefs};
use crate::ffi::typedef::{MEMBERS_END, Table, offset, slot};
use crate::ffi::{Borrowed, Field, Guarded, Instance, Owned, Raw, Res, c};
use crate::proxy::Proxy;
use crate::state::State;
use core::ffi::{c_int, c_void};
use core::mem::offset_of;
use core::ptr;
use std::thread::ThreadId;

/// One registered hook, as the registry sees it.
#[repr(C)]
pub(super) struct Handle {
    head: c::PyObject,
    /// The name of the module, a string; empty until `__init__` has run.
    pub(super) module: Field,
    pub(super) facts: Facts,
}

#[repr(C)]
pub(super) struct Registry {
    head: c::PyObject,
    weakrefs: WeakRefs,
    pub(super) pending: Guarded<Pending<Kept>>,
    /// What calls the hooks of a module, does so after an import that has ended already, and has the
    /// end of an import reported that no loader runs.
    pub(super) run: Field,
    pub(super) run_at_end: Field,
    pub(super) watch: Field,
}

/// A search that is under way, and the thread that does it.
pub(super) type Search = (Box<str>, ThreadId);

#[repr(C)]
pub(super) struct Finder {
    head: c::PyObject,
    weakrefs: WeakRefs,
    pub(super) registry: Field,
    /// The type of our loaders.
    pub(super) chained: Field,
    pub(super) searches: Guarded<Vec<Search>>,
}

#[repr(C)]
pub(super) struct Loader {
    pub(super) proxy: Proxy,
    pub(super) spec: Field,
}

// SAFETY: repr(C), headed by PyObject; only its own type lists entries with it.
unsafe impl Instance for Handle {}
// SAFETY: as above.
unsafe impl Instance for Registry {}
// SAFETY: as above.
unsafe impl Instance for Finder {}
// SAFETY: repr(C), headed by Proxy and so by PyObject; only its own type lists entries with it.
unsafe impl Instance for Loader {}

/// A handle that the registry holds.
#[derive(Clone)]
pub(super) struct Kept(Owned);

impl Kept {
    pub(super) fn of(object: Borrowed<'_>) -> Res<Kept> {
        match derived_from(object.ty(), drop_handle) {
            Some(_) => Ok(Kept(object.own())),
            None => Err(raise(Exc::Type, "a handle of a hook is expected")),
        }
    }

    pub(super) fn handle(&self) -> &Handle {
        // SAFETY: `of` has looked at the type.
        unsafe { Handle::from_slot(self.0.get().as_raw()) }
    }

    pub(super) fn into_object(self) -> Owned {
        self.0
    }
}

impl Hook for Kept {
    fn facts(&self) -> &Facts {
        &self.handle().facts
    }
}

impl Finder {
    /// The finder that an object is.
    pub(super) fn of(object: Borrowed<'_>) -> Option<&Finder> {
        derived_from(object.ty(), drop_finder)?;
        // SAFETY: its type has the layout.
        Some(unsafe { &*object.as_raw().cast::<Finder>() })
    }
}

impl Registry {
    /// The registry that an object is, which our own modules keep.
    pub(super) fn of(object: Borrowed<'_>) -> Option<&Registry> {
        derived_from(object.ty(), drop_registry)?;
        // SAFETY: its type has the layout.
        Some(unsafe { &*object.as_raw().cast::<Registry>() })
    }
}

/// The native type with this deallocator that a type is or derives from.
fn derived_from(ty: RawType, dealloc: unsafe extern "C" fn(Raw)) -> Option<RawType> {
    let mut current = ty;
    while !current.is_null() {
        // SAFETY: types keep their bases alive.
        unsafe {
            if (*current).tp_dealloc.map(|found| found as usize) == Some(dealloc as usize) {
                return Some(current);
            }
            current = (*current).tp_base;
        }
    }
    None
}

unsafe extern "C" fn new_handle(ty: RawType, _tuple: Raw, _dict: Raw) -> Raw {
    // SAFETY: the type is ours or derives from it, so it has the layout; zeroed is an unregistered
    // handle.
    unsafe { instance::allocate(ty) }.map_or(ptr::null_mut(), Owned::into_raw)
}

unsafe extern "C" fn new_registry(ty: RawType, _tuple: Raw, _dict: Raw) -> Raw {
    // SAFETY: as above, but for the registry's data, which are put in before anybody sees it.
    let made = unsafe { instance::allocate(ty) };
    made.map_or(ptr::null_mut(), |made| {
        if let Some(registry) = Registry::of(made.get()) {
            registry.pending.init_unshared(Pending::new());
        }
        made.into_raw()
    })
}

unsafe extern "C" fn new_finder(ty: RawType, _tuple: Raw, _dict: Raw) -> Raw {
    // SAFETY: as above.
    unsafe { make_finder(ty) }.map_or(ptr::null_mut(), Owned::into_raw)
}

/// # Safety
/// `ty` is the type of finders or derives from it.
unsafe fn make_finder(ty: RawType) -> Res {
    let native = derived_from(ty, drop_finder).ok_or_else(shutting_down)?;
    // SAFETY: native types are made for our module, whose memory is a pointer to State.
    let state: *const State = unsafe { instance::module_slot(native) };
    // SAFETY: NULL, or alive because the type is.
    let state = unsafe { state.as_ref() }.ok_or_else(shutting_down)?;
    // SAFETY: by this function's contract; the fields are zeroed.
    unsafe {
        let made = instance::allocate(ty)?;
        let finder = Finder::from_slot(made.get().as_raw());
        finder.registry.init_unshared(state.hook_registry()?.own());
        finder
            .chained
            .init_unshared(state.import_hook_loader()?.own());
        finder.searches.init_unshared(Vec::new());
        Ok(made)
    }
}

unsafe extern "C" fn drop_handle(raw: Raw) {
    // SAFETY: called once, when the last reference is gone.
    unsafe {
        drop(Handle::from_slot(raw).module.take_unshared());
        instance::free_plain(raw);
    }
}

unsafe extern "C" fn clear_registry(raw: Raw) -> c_int {
    // SAFETY: the collector passes one of our instances, which is garbage.
    let this = unsafe { Registry::from_slot(raw) };
    drop(this.pending.take(this.object()));
    for field in [&this.run, &this.run_at_end, &this.watch] {
        drop(field.take_unshared());
    }
    0
}

unsafe extern "C" fn clear_finder(raw: Raw) -> c_int {
    // SAFETY: as above.
    let this = unsafe { Finder::from_slot(raw) };
    drop(this.searches.take(this.object()));
    for field in [&this.registry, &this.chained] {
        drop(field.take_unshared());
    }
    0
}

unsafe extern "C" fn drop_registry(raw: Raw) {
    // SAFETY: called once, when the last reference is gone.
    unsafe {
        instance::detach(raw, &Registry::from_slot(raw).weakrefs);
        clear_registry(raw);
        instance::free(raw);
    }
}

unsafe extern "C" fn drop_finder(raw: Raw) {
    // SAFETY: as above.
    unsafe {
        instance::detach(raw, &Finder::from_slot(raw).weakrefs);
        clear_finder(raw);
        instance::free(raw);
    }
}

/// Visits the type of an instance and its fields.
///
/// # Safety
/// `visit` and `arg` come from the collector.
unsafe fn visit_all(raw: Raw, fields: &[&Field], visit: c::visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: by this function's contract.
    unsafe {
        let mut status = instance::visit_type(raw, visit, arg);
        for field in fields {
            if status == 0 {
                status = field.visit(visit, arg);
            }
        }
        status
    }
}

unsafe extern "C" fn visit_finder(raw: Raw, visit: c::visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: the collector passes one of our instances and its own callback.
    unsafe {
        let this = Finder::from_slot(raw);
        visit_all(raw, &[&this.registry, &this.chained], visit, arg)
    }
}

unsafe extern "C" fn visit_registry(raw: Raw, visit: c::visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: as above.
    unsafe {
        let this = Registry::from_slot(raw);
        let status = visit_all(raw, &[&this.run, &this.run_at_end, &this.watch], visit, arg);
        if status != 0 {
            return status;
        }
        let hooks = this.pending.peek(|pending| {
            let mut statuses = pending.each().map(|kept| visit(kept.0.get().as_raw(), arg));
            statuses.find(|status| *status != 0)
        });
        hooks.flatten().unwrap_or(0)
    }
}

static FINDER_OFFSETS: Table<c::PyMemberDef> = Table(&[
    offset(c"__weaklistoffset__", offset_of!(Finder, weakrefs)),
    MEMBERS_END,
]);

/// The slots of each type's life cycle.
pub(super) fn handle_slots() -> Vec<c::PyType_Slot> {
    vec![slot::tp_new(new_handle), slot::tp_dealloc(drop_handle)]
}

pub(super) fn registry_slots() -> Vec<c::PyType_Slot> {
    vec![
        slot::tp_new(new_registry),
        slot::tp_dealloc(drop_registry),
        slot::tp_traverse(visit_registry),
        slot::tp_clear(clear_registry),
    ]
}

pub(super) fn finder_slots() -> Vec<c::PyType_Slot> {
    vec![
        slot::tp_new(new_finder),
        slot::tp_dealloc(drop_finder),
        slot::tp_traverse(visit_finder),
        slot::tp_clear(clear_finder),
        slot::members(&FINDER_OFFSETS),
    ]
}
