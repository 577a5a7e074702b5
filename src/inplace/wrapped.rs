//! What `hotwrap` puts into the definition of a C function: a callable that calls the user's wrapper
//! with `(wrapped, instance, args, kwargs)`, natively, so that no Python frame of ours stands between
//! the caller and the wrapper.

use super::around::{self, Around};
use crate::ffi::call::call_with;
use crate::ffi::error::{Exc, raise, shutting_down};
use crate::ffi::holder::Holder;
use crate::ffi::instance::{self, RawType};
use crate::ffi::shapes::entry;
use crate::ffi::typedef::{
    GETSET_END, MEMBERS_END, METHODS_END, Table, TypeDef, add_to_module, getset, noargs, offset,
    slot,
};
use crate::ffi::{Args, Borrowed, Field, Instance, Owned, Raw, Res, api, c, definition};
use crate::function::{invoke, pass};
use crate::state::State;
use core::cell::Cell;
use core::mem::offset_of;
use core::ptr;

#[repr(C)]
pub(super) struct Wrapped {
    head: c::PyObject,
    vectorcall: Cell<Option<c::vectorcallfunc>>,
    /// Set once in `new`, before anybody sees the instance.
    state: Cell<*const State>,
    wrapper: Field,
    below: Field,
    /// A callable that is asked at each call, or None.
    enabled: Field,
    binds: Cell<bool>,
}

// SAFETY: repr(C), headed by PyObject; the one type that lists its entries has this size.
unsafe impl Instance for Wrapped {}

impl Holder for Wrapped {
    #[inline]
    fn fields(&self) -> impl Iterator<Item = &Field> {
        [&self.wrapper, &self.below, &self.enabled].into_iter()
    }
}

impl Around for Wrapped {
    #[inline]
    fn home(&self) -> &Cell<*const State> {
        &self.state
    }
}

entry!(packed call: Wrapped => Raw = run);
entry!(vector vectorcall: Wrapped = run);
entry!(lone reduce: Wrapped = refuse_pickling);
entry!(getter below: Wrapped = |this: &Wrapped| this.below.get(this.object()).ok_or_else(shutting_down));

fn run(this: &Wrapped, args: Args<'_>) -> Res {
    // SAFETY: set before the instance was shared, and emptied only when nobody can call it.
    let fields = unsafe {
        let fields = [&this.wrapper, &this.below, &this.enabled];
        fields.map(|field| field.borrow_constant())
    };
    let [Some(wrapper), Some(below), Some(enabled)] = fields else {
        return Err(shutting_down());
    };
    let none = api::none();
    if !enabled.is(none) && !api::is_true(call_with(enabled, [])?.get())? {
        return pass(below, args);
    }
    let instance = if this.binds.get() { args.at(0) } else { None };
    let Some(instance) = instance else {
        return invoke(this.state(), wrapper, [below, none], args, 0);
    };
    let bound = definition::bind(below, instance)?;
    invoke(this.state(), wrapper, [bound.get(), instance], args, 1)
}

fn refuse_pickling(this: &Wrapped) -> Res {
    let kind = api::type_name(this.object());
    Err(raise(Exc::Type, &format!("cannot pickle '{kind}' object")))
}

// ---- life ----

/// `_DefinitionWrap(wrapper, below, binds, enabled=None)`
unsafe extern "C" fn new(ty: RawType, tuple: Raw, dict: Raw) -> Raw {
    // SAFETY: the interpreter passes our type, a tuple and a dict or NULL.
    let args = unsafe {
        Args::Packed {
            tuple: Borrowed::from_raw(tuple),
            dict: Borrowed::from_nullable(dict),
        }
    };
    make(ty, args).map_or(ptr::null_mut(), Owned::into_raw)
}

fn make(ty: RawType, args: Args<'_>) -> Res {
    let names = ["wrapper", "below", "binds", "enabled"];
    let [wrapper, below, binds, enabled] = args.parse("_DefinitionWrap", names, 3)?;
    let (Some(wrapper), Some(below), Some(binds)) = (wrapper, below, binds) else {
        return Err(shutting_down());
    };
    let binds = api::is_true(binds)?;
    // SAFETY: the type was made for our module, whose state begins with a pointer, and nobody can
    // derive from it; the instance is zeroed and nobody else knows it.
    unsafe {
        let state: *const State = instance::module_slot(ty);
        if state.is_null() {
            return Err(shutting_down());
        }
        let made = around::allocate::<Wrapped>(ty, &*state)?;
        let this = Wrapped::from_slot(made.get().as_raw());
        this.vectorcall.set(Some(vectorcall));
        this.binds.set(binds);
        this.wrapper.init_unshared(wrapper.own());
        this.below.init_unshared(below.own());
        this.enabled
            .init_unshared(enabled.unwrap_or(api::none()).own());
        Ok(made)
    }
}

static METHODS: Table<c::PyMethodDef> = Table(&[noargs(c"__reduce__", reduce), METHODS_END]);
static GETSET: Table<c::PyGetSetDef> = Table(&[getset(c"__wrapped__", below, None), GETSET_END]);
static MEMBERS: Table<c::PyMemberDef> = Table(&[
    offset(c"__vectorcalloffset__", offset_of!(Wrapped, vectorcall)),
    MEMBERS_END,
]);

/// Adds the type to the module.
pub(super) fn build(module: Borrowed<'_>) -> Res<()> {
    let mut slots = vec![
        slot::tp_new(new),
        slot::tp_call(call),
        slot::methods(&METHODS),
        slot::getset(&GETSET),
        slot::members(&MEMBERS),
    ];
    slots.extend(around::life::<Wrapped>());
    let class = TypeDef {
        name: c"wraptrs._native._DefinitionWrap",
        basicsize: size_of::<Wrapped>(),
        collected: true,
        base: false,
        vectorcall: true,
        slots,
    }
    .build(module, None)?;
    add_to_module(module, c"_DefinitionWrap", class.get())
}
