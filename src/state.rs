//! The state of the module: one per interpreter, everything that is a Python object in it.
//!
//! No `static` holds a Python object, so the module can live in any number of interpreters at once.
//! Each instance carries a pointer to its interpreter's [`State`]. The state must therefore outlive
//! the module object: at interpreter shutdown the collector may take the module, its types and the
//! last instances in any order. So the module owns a pointer to it, the instances are counted, and
//! whoever goes last frees it. `tp_clear` of the module empties the objects, which could form
//! cycles; names are strings and stay to the end, so no slot ever meets an empty name.

#![allow(
    unsafe_code,
    reason = "shares one allocation between a module and its instances"
)]

use crate::ffi::error::shutting_down;
use crate::ffi::instance::RawType;
use crate::ffi::spare::{FreeList, LiveCount, SpareDict, SpareMethod};
use crate::ffi::{Borrowed, Field, Name, Owned, Res, c};
use core::cell::Cell;
use core::ffi::{c_int, c_void};

/// Lists each name and object once: fields, interning, traversal and clearing follow from it.
macro_rules! module_state {
    (names { $($name:ident = $text:literal;)* } objects { $($object:ident;)* }) => {
        /// Interned strings.
        pub(crate) struct Names {
            $(pub(crate) $name: Name,)*
        }

        impl Names {
            fn intern() -> Res<Names> {
                Ok(Names { $($name: Name::intern($text)?,)* })
            }
        }

        /// Types and other objects that can take part in cycles. Filled while the module is made.
        pub(crate) struct Objects {
            $($object: Field,)*
        }

        impl Objects {
            const fn empty() -> Objects {
                Objects { $($object: Field::empty(),)* }
            }

            fn fields(&self) -> impl Iterator<Item = &Field> {
                [$(&self.$object,)*].into_iter()
            }
        }

        /// Which object of the state is meant, where the module is being filled.
        #[allow(non_camel_case_types, reason = "named as the fields")]
        #[derive(Clone, Copy)]
        pub(crate) enum Slot {
            $($object,)*
        }

        impl State {
            #[inline]
            fn slot(&self, slot: Slot) -> &Field {
                match slot {
                    $(Slot::$object => &self.objects.$object,)*
                }
            }

            $(
                /// The object, unless the module is being torn down.
                #[inline]
                pub(crate) fn $object(&self) -> Res<Borrowed<'_>> {
                    self.kept(&self.objects.$object)
                }
            )*
        }
    };
}

module_state! {
    names {
        acquire = c"acquire";
        aenter = c"__aenter__";
        aexit = c"__aexit__";
        annotations = c"__annotations__";
        bound_function_wrapper = c"__bound_function_wrapper__";
        ceil = c"ceil";
        class = c"__class__";
        code = c"__code__";
        co_freevars = c"co_freevars";
        dict = c"__dict__";
        doc = c"__doc__";
        co_filename = c"co_filename";
        enter = c"__enter__";
        exit = c"__exit__";
        f_code = c"f_code";
        f_globals = c"f_globals";
        floor = c"floor";
        getattr = c"__getattr__";
        getattribute = c"__getattribute__";
        is_owned = c"_is_owned";
        iter = c"__iter__";
        module = c"__module__";
        mro_entries = c"__mro_entries__";
        name = c"__name__";
        object_proxy = c"__object_proxy__";
        partial = c"partial";
        process = c"process";
        qualname = c"__qualname__";
        release = c"release";
        round = c"round";
        self_ = c"__self__";
        self_binding = c"_self_binding";
        self_cache = c"_self_cache";
        self_cache_for = c"_self_cache_for";
        self_method_kind = c"_self_method_kind";
        self_own_cache = c"_self_own_cache";
        self_prefix = c"_self_";
        set_name = c"__set_name__";
        setattr_fixups = c"__wrapped_setattr_fixups__";
        signature = c"__signature__";
        signature_function = c"signature";
        synchronized_lock = c"_synchronized_lock";
        trunc = c"trunc";
        turn_doing = c"doing";
        turn_held = c"_held";
        turn_lock = c"_lock";
        turn_process = c"_process";
        turn_thread = c"_thread";
        turn_wait = c"_wait";
        wrap = c"wrap";
        wrapped = c"__wrapped__";
        wrapped_factory = c"__wrapped_factory__";
        wrapped_get = c"__wrapped_get__";

        iadd = c"__iadd__";
        iand = c"__iand__";
        ifloordiv = c"__ifloordiv__";
        ilshift = c"__ilshift__";
        imatmul = c"__imatmul__";
        imod = c"__imod__";
        imul = c"__imul__";
        ior = c"__ior__";
        ipow = c"__ipow__";
        irshift = c"__irshift__";
        isub = c"__isub__";
        itruediv = c"__itruediv__";
        ixor = c"__ixor__";

        binding_builtin = c"builtin";
        binding_callable = c"callable";
        binding_class = c"class";
        binding_classmethod = c"classmethod";
        binding_function = c"function";
        binding_instancemethod = c"instancemethod";
        binding_staticmethod = c"staticmethod";
    }
    objects {
        class_doc;
        base_proxy;
        object_proxy;
        callable_proxy;
        partial_proxy;
        function_wrapper_base;
        function_wrapper;
        bound_function_wrapper;
        bound_cached_function;
        cached_function;
        locked_function;
        registry;
        owner_variable;
        instrumented_function;
        instrumented_method;
        meter;
        trace_sink;
        measured_coroutine;
        measured_generator;
        measured_awaitable;
        measured_async_generator;
        measured_step;
        measured_call;
        hook_handle;
        hook_registry;
        import_hook_finder;
        import_hook_loader;
        keyword_defaults;
        call_hook;
        not_initialized_error;
        path_resolution_error;
        target_module_not_found_error;
    }
}

/// What every slot can reach.
pub(crate) struct State {
    pub(crate) names: Names,
    objects: Objects,
    /// Dead bound wrappers, for the next ones.
    pub(crate) spare_bound: FreeList,
    /// Dead tickets of measured calls, for the next ones.
    pub(crate) spare_tickets: FreeList,
    /// An empty dict, for the next call without keyword arguments.
    pub(crate) spare_dict: SpareDict,
    /// A bound method, for the next binding.
    pub(crate) spare_method: SpareMethod,
    live: LiveCount,
    /// The vectorcall function that goes with each native `tp_call`, by address.
    entries: Cell<[Option<(usize, c::vectorcallfunc)>; 12]>,
    /// Whether the module object is gone.
    orphaned: Cell<bool>,
}

impl State {
    /// A state for a module that is being made, and the pointer to keep in the module.
    pub(crate) fn create() -> Res<*const State> {
        Ok(Box::into_raw(Box::new(State {
            names: Names::intern()?,
            objects: Objects::empty(),
            spare_bound: FreeList::new(true),
            spare_tickets: FreeList::new(false),
            spare_dict: SpareDict::new(),
            spare_method: SpareMethod::new(),
            live: LiveCount::new(),
            entries: Cell::new([None; 12]),
            orphaned: Cell::new(false),
        })))
    }

    /// The state of a module of ours.
    pub(crate) fn of(module: Borrowed<'_>) -> Res<&State> {
        // SAFETY: functions of the module get the module, whose memory is a pointer to the state;
        // it lives as long as the module does.
        unsafe {
            let slot = crate::ffi::module::memory(module.as_raw()).cast::<*const State>();
            if slot.is_null() || (*slot).is_null() {
                Err(shutting_down())
            } else {
                Ok(&**slot)
            }
        }
    }

    /// Puts an object in its place.
    pub(crate) fn fill(&self, slot: Slot, object: Owned) {
        self.slot(slot).init_unshared(object);
    }

    /// Says how instances of types with this `tp_call` are called without a tuple.
    pub(crate) fn add_entry(&self, call: c::ternaryfunc, vectorcall: c::vectorcallfunc) {
        let mut entries = self.entries.get();
        if let Some(free) = entries.iter_mut().find(|entry| entry.is_none()) {
            *free = Some((call as usize, vectorcall));
        }
        self.entries.set(entries);
    }

    #[inline]
    pub(crate) fn entry_for(&self, call: c::ternaryfunc) -> Option<c::vectorcallfunc> {
        let known = self.entries.get();
        known
            .into_iter()
            .flatten()
            .find(|entry| entry.0 == call as usize)
            .map(|entry| entry.1)
    }

    #[inline]
    fn kept<'a>(&'a self, field: &'a Field) -> Res<Borrowed<'a>> {
        // SAFETY: objects are set while the module is made and emptied only by the collector, when
        // nothing but other garbage can call; borrowing them for a call is borrowing from the module.
        unsafe { field.borrow_constant() }.ok_or_else(shutting_down)
    }

    /// Whether a type is the one whose dead instances are kept.
    #[inline]
    pub(crate) fn is_bound_type(&self, ty: RawType) -> bool {
        self.objects.bound_function_wrapper.points_at(ty.cast())
    }

    /// Whether a type is the one kept here; no type is once the module is being torn down.
    #[inline]
    pub(crate) fn is_kept(&self, slot: Slot, ty: RawType) -> bool {
        self.slot(slot).points_at(ty.cast())
    }

    /// Counts a new instance.
    #[inline]
    pub(crate) fn adopt(&self) {
        self.live.add();
    }

    /// An instance has died; frees the state if it was the last thing that needed it.
    ///
    /// # Safety
    /// `state` came from [`State::create`], was counted once by `adopt`, and is not used after.
    #[inline]
    pub(crate) unsafe fn let_go(state: *const State) {
        // SAFETY: alive until the last instance and the module are gone.
        let this = unsafe { &*state };
        this.live.remove();
        if this.orphaned.get() && this.live.is_zero() {
            // SAFETY: nobody else has the pointer.
            unsafe { State::free(state) };
        }
    }

    #[cold]
    unsafe fn free(state: *const State) {
        // SAFETY: made by `Box::into_raw`, freed by the last owner.
        drop(unsafe { Box::from_raw(state.cast_mut()) });
    }

    /// The module object is being freed.
    ///
    /// # Safety
    /// `state` came from [`State::create`]; called once.
    pub(crate) unsafe fn module_gone(state: *const State) {
        // SAFETY: the module owned the state until now.
        let this = unsafe { &*state };
        this.clear();
        this.orphaned.set(true);
        if this.live.is_zero() {
            // SAFETY: no instance is left to reach it.
            unsafe { State::free(state) };
        }
    }

    /// Empties everything that could be part of a cycle.
    pub(crate) fn clear(&self) {
        self.spare_bound.flush();
        self.spare_tickets.flush();
        self.spare_dict.flush();
        self.spare_method.flush();
        for field in self.objects.fields() {
            drop(field.take_unshared());
        }
    }

    /// # Safety
    /// `visit` and `arg` come from the collector.
    pub(crate) unsafe fn traverse(&self, visit: c::visitproc, arg: *mut c_void) -> c_int {
        for field in self.objects.fields() {
            // SAFETY: by this function's contract.
            let status = unsafe { field.visit(visit, arg) };
            if status != 0 {
                return status;
            }
        }
        0
    }
}
