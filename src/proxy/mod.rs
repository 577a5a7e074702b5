//! Object proxies: the memory that every wrapper type shares, and its life cycle.
//!
//! ```text
//! Proxy                     BaseObjectProxy, ObjectProxy, CallableObjectProxy
//!   + args, kwargs          PartialCallableObjectProxy
//!   + instance, wrapper, enabled, parent, owner
//!                           FunctionWrapper, BoundFunctionWrapper
//! ```
//!
//! A proxy without the GC header is eight words. The own dict is made when something is stored; the
//! vectorcall pointer and the small flags sit in the base so that the callable kinds need no layout
//! of their own and Python classes may inherit from several of them. What follows the base is an
//! array of fields, whose number the instance knows: one traversal, one clearing, one deallocator
//! and one `tp_new` serve every type, and a type that carries this deallocator is how a proxy is
//! recognised, with neither a lookup nor the module's state.

#![allow(unsafe_code, reason = "lays out instances: see the life cycle below")]

pub(crate) mod attr;
pub(crate) mod callable;
mod doc;
mod forward;
mod getset;
mod lazy;
mod methods;
pub(crate) mod partial;
mod slots;
pub(crate) mod types;

pub(crate) use slots::TABLE as SLOT_TABLE;

use crate::ffi::error::{Exc, no_attribute, raise};
use crate::ffi::instance::{self, RawType, WeakRefs};
use crate::ffi::{Args, Borrowed, Field, Instance, Owned, Raw, Res, api, c};
use crate::state::State;
use core::cell::Cell;
use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use core::{mem, ptr, slice};

#[repr(C)]
pub(crate) struct Proxy {
    head: c::PyObject,
    /// The attributes of the proxy itself, NULL until one is stored.
    pub(crate) dict: Field,
    pub(crate) weakrefs: WeakRefs,
    wrapped: Field,
    /// Set once in `new`, before anybody sees the instance.
    state: Cell<*const State>,
    pub(crate) vectorcall: Cell<Option<c::vectorcallfunc>>,
    extra: Cell<u8>,
    /// A `Binding` of function wrappers, as a number that this layer does not read.
    pub(crate) binding: AtomicU8,
    /// Whether `__init__` of a native type has run.
    initialised: AtomicBool,
    /// What is to be done before the wrapped object can be used: a `form`.
    form: AtomicU8,
}

/// What stands between a proxy and the use of its wrapped object.
mod form {
    /// Nothing.
    pub(super) const PLAIN: u8 = 0;
    /// It forwards in C itself, so the depth must be counted.
    pub(super) const NESTED: u8 = 1;
    /// The slot holds a function, and the first extra field the instance to bind it to.
    pub(super) const UNBOUND: u8 = 2;
}

// SAFETY: repr(C), headed by PyObject; every type that lists its entries has at least this size.
unsafe impl Instance for Proxy {}

// The memory goals of the design: these are sizes without the collector's two words.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(mem::size_of::<Proxy>() <= mem::size_of::<c::PyObject>() + 48);

impl Proxy {
    #[inline]
    pub(crate) fn state(&self) -> &State {
        // SAFETY: set in `new`; the state lives as long as any instance does.
        unsafe { &*self.state.get() }
    }

    /// The fields that a derived layout adds.
    #[inline]
    pub(crate) fn extra(&self) -> &[Field] {
        // SAFETY: `new` counted the fields by the size of the native type, and zeroed them.
        unsafe {
            let first = ptr::from_ref(self).add(1).cast::<Field>();
            slice::from_raw_parts(first, usize::from(self.extra.get()))
        }
    }

    /// This instance as a larger layout, if it is one.
    #[inline]
    pub(crate) fn downcast<T: Instance>(&self) -> Option<&T> {
        let fields = (mem::size_of::<T>() - mem::size_of::<Proxy>()) / mem::size_of::<Field>();
        if usize::from(self.extra.get()) != fields {
            return None;
        }
        // SAFETY: the number of extra fields tells the layouts apart.
        Some(unsafe { &*ptr::from_ref(self).cast::<T>() })
    }

    /// The proxy that an object is, by its real type.
    #[inline]
    pub(crate) fn of(object: Borrowed<'_>) -> Option<&Proxy> {
        // SAFETY: an instance of a type that derives from ours carries the layout.
        native_base(object.ty()).map(|_| unsafe { &*object.as_raw().cast::<Proxy>() })
    }

    /// Whether a call that came in by vectorcall is still what the class wants.
    #[inline]
    pub(crate) fn is_called_by(&self, call: c::ternaryfunc) -> bool {
        instance::is_called_by(self.object(), call)
    }

    /// Calls through the class's present `__call__`.
    #[cold]
    pub(crate) fn call_again(&self, args: Args<'_>) -> Res {
        instance::call_slot(self.object(), args)
    }

    // ---- the wrapped object ----

    /// Whether forwarding must count its depth.
    #[inline]
    pub(crate) fn is_nested(&self) -> bool {
        self.form.load(Ordering::Acquire) == form::NESTED
    }

    /// The wrapped object; builds a lazy one, raises where there is none.
    #[inline]
    pub(crate) fn target(&self) -> Res {
        if self.form.load(Ordering::Acquire) == form::UNBOUND {
            return self.bind_now();
        }
        match self.wrapped.get(self.object()) {
            Some(wrapped) => Ok(wrapped),
            None => self.missing(),
        }
    }

    /// The function of a wrapper that was bound but whose bound method nobody has asked for yet.
    #[inline]
    pub(crate) fn unbound_function(&self) -> Option<Owned> {
        if self.form.load(Ordering::Acquire) != form::UNBOUND {
            return None;
        }
        // Another thread may have put the bound method in since: that is no plain function.
        self.wrapped_now()
            .filter(|wrapped| api::is_plain_function(wrapped.get()))
    }

    /// Makes the bound method that the wrapped object is, and keeps it.
    #[cold]
    #[inline(never)]
    fn bind_now(&self) -> Res {
        let this = self.object();
        let instance = self.extra().first().and_then(|field| field.get(this));
        if let (Some(function), Some(instance)) = (self.unbound_function(), instance) {
            let method = api::bind_method(function.get(), instance.get())?;
            drop(self.wrapped.replace_if(this, function.get(), method));
            self.form.store(form::PLAIN, Ordering::Release);
        }
        match self.wrapped_now() {
            Some(wrapped) => Ok(wrapped),
            None => self.missing(),
        }
    }

    #[inline]
    pub(crate) fn wrapped_now(&self) -> Option<Owned> {
        self.wrapped.get(self.object())
    }

    /// Does something with the wrapped object, counting the depth where proxies wrap proxies.
    #[inline]
    pub(crate) fn on_target<R>(&self, work: impl FnOnce(Borrowed<'_>) -> Res<R>) -> Res<R> {
        let target = self.target()?;
        if self.is_nested() {
            return api::guarded(|| work(target.get()));
        }
        work(target.get())
    }

    #[cold]
    #[inline(never)]
    fn missing(&self) -> Res {
        if lazy::build(self)? {
            if let Some(wrapped) = self.wrapped_now() {
                return Ok(wrapped);
            }
        }
        if self.initialised.load(Ordering::Relaxed) {
            let class = self.state().not_initialized_error()?;
            let name = api::type_name(self.object());
            let problem =
                format!("'{name}' object has lost its __wrapped__: nothing to forward to");
            return Err(crate::ffi::error::raise_class(class, &problem));
        }
        Err(no_attribute(self.object(), "__wrapped__"))
    }

    /// Puts the wrapped object into an instance that nobody else has seen.
    #[inline]
    pub(crate) fn init_fresh(&self, wrapped: Owned) {
        self.form.store(form_of(wrapped.get()), Ordering::Relaxed);
        self.wrapped.init_unshared(wrapped);
        self.initialised.store(true, Ordering::Relaxed);
    }

    /// As `init_fresh` with the method of a plain function and the instance in the first extra
    /// field, which is made when it is asked for.
    #[inline]
    pub(crate) fn init_unbound(&self, function: Owned) {
        self.form.store(form::UNBOUND, Ordering::Relaxed);
        self.wrapped.init_unshared(function);
        self.initialised.store(true, Ordering::Relaxed);
    }

    /// Puts in another wrapped object and gives back the former, to be dropped by the caller.
    #[inline]
    pub(crate) fn swap_wrapped(&self, value: Owned) -> Option<Owned> {
        self.form.store(form_of(value.get()), Ordering::Release);
        self.wrapped.swap(self.object(), Some(value))
    }

    /// `__init__` of every native type starts here. A target of None with a factory stays lazy.
    #[inline]
    pub(crate) fn init_target(&self, wrapped: Borrowed<'_>) -> Res<()> {
        if wrapped.is(api::none()) && lazy::has_factory(self)? {
            self.initialised.store(true, Ordering::Relaxed);
            return Ok(());
        }
        if instance::has_own_getattr(wrapped) && native_base(wrapped.ty()).is_none() {
            self.touch(wrapped)?;
        }
        drop(self.swap_wrapped(wrapped.own()));
        self.initialised.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Reads what wrapt reads of every object that it wraps: an object that cannot even be asked
    /// for its module or docstring is refused when it is wrapped, not when somebody prints it.
    #[cold]
    fn touch(&self, wrapped: Borrowed<'_>) -> Res<()> {
        let names = &self.state().names;
        api::get_optional_attr(wrapped, names.module.get())?;
        api::get_optional_attr(wrapped, names.doc.get())?;
        Ok(())
    }

    /// Assigns `__wrapped__` from Python: fixups of the class run afterwards.
    pub(crate) fn assign_wrapped(&self, value: Option<Borrowed<'_>>) -> Res<()> {
        let Some(value) = value else {
            return Err(raise(Exc::Type, "can't delete __wrapped__ attribute"));
        };
        drop(self.swap_wrapped(value.own()));
        let this = self.object();
        let hook = api::generic_get(this, self.state().names.setattr_fixups.get())?;
        if let Some(hook) = hook {
            crate::ffi::call::call_with(hook.get(), [])?;
        }
        Ok(())
    }
}

/// The form for a wrapped object: nested where it hands operations on to another in C, uncounted,
/// as other proxies of ours and weak proxies do.
#[inline]
fn form_of(object: Borrowed<'_>) -> u8 {
    if !api::is_plain_method(object)
        && !api::is_plain_function(object)
        && (native_base(object.ty()).is_some() || api::is_weak_proxy(object))
    {
        form::NESTED
    } else {
        form::PLAIN
    }
}

/// The native type that a type is or derives from, along the bases that decide its layout.
#[inline]
pub(crate) fn native_base(ty: RawType) -> Option<RawType> {
    let mut current = ty;
    while !current.is_null() {
        // SAFETY: types keep their bases alive.
        unsafe {
            if (*current).tp_dealloc.map(|found| found as usize)
                == Some(dealloc as *const () as usize)
            {
                return Some(current);
            }
            current = (*current).tp_base;
        }
    }
    None
}

// ---- life cycle ----

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
        return Err(crate::ffi::error::shutting_down());
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
