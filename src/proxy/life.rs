//! The life of an instance: made by `tp_new` or from the free list, seen by the collector, taken
//! apart.

#![allow(
    unsafe_code,
    reason = "makes and frees instances by the rules of the C interface"
)]

use super::{Origin, Proxy, attr, native_base};
use crate::ffi::error::{Exc, raise, shutting_down};
use crate::ffi::instance::{self, RawType};
use crate::ffi::{Field, Instance, Owned, Raw, Res, c};
use crate::state::State;
use core::ffi::{c_int, c_void};
use core::{mem, ptr};

/// `tp_new` of every native type: ignores its arguments, so that derived classes may take others.
pub(crate) unsafe extern "C" fn new(ty: *mut c::PyTypeObject, _tuple: Raw, _dict: Raw) -> Raw {
    // SAFETY: the interpreter passes a type that derives from one of ours.
    unsafe { make(ty) }.map_or(ptr::null_mut(), Owned::into_raw)
}

/// An instance without a target.
///
/// # Safety
/// `ty` is one of our types or derives from one.
pub(crate) unsafe fn make(ty: RawType) -> Res {
    let Some(native) = native_base(ty) else {
        return Err(raise(Exc::Type, "not a proxy type"));
    };
    // SAFETY: native types are made for our module, whose state begins with a pointer to State.
    let state: *const State = unsafe { instance::module_slot(native) };
    if state.is_null() {
        return Err(shutting_down());
    }
    // SAFETY: our layout, zeroed; the header is set by the allocator. The state is alive because
    // the type is.
    unsafe {
        attr::settle(ty, native, &(*state).names);
        let entry = (*ty).tp_call.and_then(|call| (*state).entry_for(call));
        let instance = instance::allocate(ty)?;
        let this = Proxy::from_slot(instance.get().as_raw());
        this.prepare(native, state, entry);
        Ok(instance)
    }
}

/// An empty bound wrapper of the state's own type, from the free list if that has one.
#[inline]
pub(crate) fn make_bound(state: &State, entry: c::vectorcallfunc) -> Res {
    let ty: RawType = state.bound_function_wrapper()?.as_raw().cast();
    // SAFETY: the list keeps instances of exactly this type, emptied by `dealloc`, which leaves the
    // state pointer, the entry and the number of fields as they were.
    unsafe {
        if let Some(instance) = state.spare_bound.pop(ty) {
            state.adopt();
            Proxy::from_slot(instance.get().as_raw()).note_origin(Origin::Unknown);
            instance::track(&instance);
            return Ok(instance);
        }
        let instance = instance::allocate(ty)?;
        Proxy::from_slot(instance.get().as_raw()).prepare(ty, state, Some(entry));
        Ok(instance)
    }
}

impl Proxy {
    /// # Safety
    /// `native` is the native type of this fresh instance, `state` its module's state.
    #[inline]
    unsafe fn prepare(
        &self,
        native: RawType,
        state: *const State,
        entry: Option<c::vectorcallfunc>,
    ) {
        // SAFETY: a native type's size is the base and a whole number of fields.
        let size = unsafe { (*native).tp_basicsize }.unsigned_abs();
        let fields = (size - mem::size_of::<Proxy>()) / mem::size_of::<Field>();
        self.extra.set(u8::try_from(fields).unwrap_or_default());
        self.state.set(state);
        self.vectorcall.set(entry);
        // SAFETY: the module owns the state, and the type keeps the module.
        unsafe { (*state).adopt() };
    }

    fn visit(&self, visit: c::visitproc, arg: *mut c_void) -> c_int {
        let fields = [&self.dict, &self.wrapped];
        for field in fields.into_iter().chain(self.extra()) {
            // SAFETY: only `traverse` calls this, with what the collector gave it.
            let status = unsafe { field.visit(visit, arg) };
            if status != 0 {
                return status;
            }
        }
        0
    }

    fn empty(&self) {
        drop(self.dict.take_unshared());
        for field in self.extra() {
            drop(field.take_unshared());
        }
        if let Some(wrapped) = self.wrapped.take_unshared() {
            if self.is_nested() {
                drop_chain(wrapped);
            }
        }
    }
}

/// Drops the wrapped object; a long chain of proxies that nobody else holds is taken apart in a
/// loop, since each level dropping the next would exhaust the machine's stack.
#[inline]
fn drop_chain(wrapped: Owned) {
    let mut next = Some(wrapped);
    while let Some(current) = next {
        next = None;
        if current.is_unique() {
            next = inner_of_dying(&current);
        }
        drop(current);
    }
}

/// What a proxy wraps whose last reference is about to be dropped. Only from native instances that
/// nothing refers to weakly: code of a derived class must find its instance whole.
fn inner_of_dying(current: &Owned) -> Option<Owned> {
    let ty = current.get().ty();
    if native_base(ty) != Some(ty) {
        return None;
    }
    let proxy = Proxy::of(current.get())?;
    if !instance::has_no_weakrefs(&proxy.weakrefs) {
        return None;
    }
    proxy.wrapped.take_unshared()
}

pub(crate) unsafe extern "C" fn traverse(raw: Raw, visit: c::visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: the collector passes one of our instances and its own callback.
    unsafe {
        match instance::visit_type(raw, visit, arg) {
            0 => Proxy::from_slot(raw).visit(visit, arg),
            status => status,
        }
    }
}

pub(crate) unsafe extern "C" fn clear(raw: Raw) -> c_int {
    // SAFETY: the collector passes one of our instances, which is garbage.
    unsafe { Proxy::from_slot(raw) }.empty();
    0
}

pub(crate) unsafe extern "C" fn dealloc(raw: Raw) {
    // SAFETY: called once for each of our instances, when its last reference is gone. The state is
    // read before the memory goes and let go after; a kept bound wrapper is of the exact type.
    unsafe {
        let this = Proxy::from_slot(raw);
        instance::detach(raw, &this.weakrefs);
        this.empty();
        let state = this.state.get();
        let ty = this.object().ty();
        let kept = (*state).is_bound_type(ty) && (*state).spare_bound.push(raw);
        if !kept {
            instance::free(raw);
        }
        State::let_go(state);
    }
}
