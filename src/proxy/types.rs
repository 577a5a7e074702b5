//! Makes the proxy types of a module: which slots, methods and attributes each one has.

use super::life::{clear, dealloc, make, new, traverse};
use super::partial::{self, Partial};
use super::{Proxy, attr, callable, doc, getset, lazy, methods, slots};
use crate::ffi::error::{Exc, raise};
use crate::ffi::shapes::entry;
use crate::ffi::typedef::{MEMBERS_END, Table, TypeDef, offset, set_constructor, slot};
use crate::ffi::{Args, Borrowed, Owned, Res, c};
use crate::state::{Slot, State};
use core::ffi::{CStr, c_int};
use core::mem::{offset_of, size_of};

entry!(packed init: Proxy => c_int = initialise);
entry!(constructor construct: Proxy = make, init, initialise);
entry!(constructor construct_partial: Partial = make, partial::init, partial::initialise);

fn initialise(this: &Proxy, args: Args<'_>) -> Res<()> {
    if args.len() == 1 && !args.has_keywords() {
        if let Some(wrapped) = args.at(0) {
            return this.init_target(wrapped);
        }
    }
    match args.parse("__init__", ["wrapped"], 1)? {
        [Some(wrapped)] => this.init_target(wrapped),
        [None] => Err(raise(Exc::Type, "__init__() takes the object to wrap")),
    }
}

static OFFSETS: Table<c::PyMemberDef> = Table(&[
    offset(c"__dictoffset__", offset_of!(Proxy, dict)),
    offset(c"__weaklistoffset__", offset_of!(Proxy, weakrefs)),
    MEMBERS_END,
]);

/// `OFFSETS` for types whose instances are called without a tuple.
pub(crate) static CALLABLE_OFFSETS: Table<c::PyMemberDef> = Table(&[
    offset(c"__dictoffset__", offset_of!(Proxy, dict)),
    offset(c"__weaklistoffset__", offset_of!(Proxy, weakrefs)),
    offset(c"__vectorcalloffset__", offset_of!(Proxy, vectorcall)),
    MEMBERS_END,
]);

/// The slots that every native type names again, so that it is recognised and collected right.
pub(crate) fn life_cycle() -> Vec<c::PyType_Slot> {
    vec![
        slot::tp_dealloc(dealloc),
        slot::tp_traverse(traverse),
        slot::tp_clear(clear),
        slot::tp_new(new),
    ]
}

/// A native type under construction: its place in the state, its names, what sets it apart.
pub(crate) struct Kind<'a> {
    pub(crate) slot: Slot,
    pub(crate) name: &'static CStr,
    pub(crate) base: Option<Borrowed<'a>>,
    pub(crate) basicsize: usize,
    /// How instances are called, in both conventions.
    pub(crate) call: Option<(c::ternaryfunc, c::vectorcallfunc)>,
    /// Makes an instance when the type itself is called.
    pub(crate) constructor: Option<c::vectorcallfunc>,
    pub(crate) doc: &'static CStr,
    pub(crate) slots: Vec<c::PyType_Slot>,
}

impl Kind<'_> {
    pub(crate) fn build(self, module: Borrowed<'_>, state: &State) -> Res<Owned> {
        let mut slots = life_cycle();
        slots.extend(self.slots);
        slots.push(slot::members(if self.call.is_some() {
            &CALLABLE_OFFSETS
        } else {
            &OFFSETS
        }));
        if let Some((call, vectorcall)) = self.call {
            slots.push(slot::tp_call(call));
            state.add_entry(call, vectorcall);
        }
        let made = TypeDef {
            name: self.name,
            basicsize: self.basicsize,
            collected: true,
            base: true,
            vectorcall: self.call.is_some(),
            slots,
        }
        .build(module, self.base)?;
        if let Some(constructor) = self.constructor {
            set_constructor(made.get(), constructor);
        }
        doc::describe(made.get(), self.doc, state)?;
        state.fill(self.slot, made.clone());
        Ok(made)
    }
}

/// Makes the types without functions in them, the base first.
pub(crate) fn build(module: Borrowed<'_>, state: &State) -> Res<()> {
    doc::build(module, state)?;
    lazy::build_functions(module)?;
    let base = build_base(module, state)?;
    let base = base.get();

    let mut object_slots = slots::of_group("iter");
    object_slots.push(slot::getset(&getset::OBJECT_PROXY));
    Kind {
        slot: Slot::object_proxy,
        name: c"wraptrs.proxies.ObjectProxy",
        doc: c"A proxy of one object that always has __iter__, whether or not the object can be iterated over.

ObjectProxy(wrapped): as BaseObjectProxy in all else. Results of in-place operators on immutable
objects are ObjectProxy again. Behaviour: wrapt's class of that name.",
        slots: object_slots,
        ..derived(base)
    }
    .build(module, state)?;
    Kind {
        slot: Slot::callable_proxy,
        name: c"wraptrs.CallableObjectProxy",
        doc: c"A proxy of one object that can be called: calls go to the object with the same arguments.

CallableObjectProxy(wrapped): as BaseObjectProxy in all else. An object that cannot be called is
accepted; calling the proxy then raises the object's TypeError. Behaviour: wrapt's class of that
name.",
        call: Some((callable::call, callable::vectorcall)),
        ..derived(base)
    }
    .build(module, state)?;
    Kind {
        slot: Slot::partial_proxy,
        name: c"wraptrs.PartialCallableObjectProxy",
        doc: c"A proxy of a callable with arguments given in advance, as functools.partial takes them.

PartialCallableObjectProxy(wrapped, /, *args, **kwargs): positional arguments of a call come after
the given ones, keyword arguments win over them. The attributes are the callable's;
inspect.signature shows what is left to give. _self_args and _self_kwargs are what was given.

Raises TypeError without a callable. Behaviour: wrapt's class of that name.",
        basicsize: size_of::<Partial>(),
        call: Some((partial::call_entry, partial::vectorcall)),
        constructor: Some(construct_partial),
        slots: vec![
            slot::tp_init(partial::init),
            slot::tp_getattro(partial::getattro),
            slot::getset(&partial::GETSET),
        ],
        ..derived(base)
    }
    .build(module, state)?;
    Ok(())
}

fn build_base(module: Borrowed<'_>, state: &State) -> Res {
    let mut slots = slots::of_group("base");
    slots.extend([
        slot::tp_init(init),
        slot::tp_getattro(attr::getattro),
        slot::tp_setattro(attr::setattro),
        slot::methods(&methods::BASE),
        slot::getset(&getset::BASE),
    ]);
    Kind {
        slot: Slot::base_proxy,
        name: c"wraptrs.BaseObjectProxy",
        base: None,
        basicsize: size_of::<Proxy>(),
        call: None,
        constructor: Some(construct),
        doc: c"A proxy of one object: what it does not define itself, operators included, is the object's.

BaseObjectProxy(wrapped): attributes are read from, set on and deleted from the wrapped object, but
for names that begin with _self_, which belong to the proxy. __wrapped__ is the object and may be
replaced. A derived class may override anything; with a __wrapped_factory__ its object may be built
on first use, by __wrapped_get__().

Using a proxy whose __init__ never ran raises AttributeError, one that lost its object
WrapperNotInitializedError. Copying and pickling are refused with NotImplementedError until a derived
class says how. Behaviour: wrapt's class of that name.",
        slots,
    }
    .build(module, state)
}

/// What a plain type derived from the base would be, for the others to differ from.
fn derived(base: Borrowed<'_>) -> Kind<'_> {
    Kind {
        slot: Slot::object_proxy,
        name: c"wraptrs.ObjectProxy",
        base: Some(base),
        basicsize: size_of::<Proxy>(),
        call: None,
        constructor: Some(construct),
        doc: c"",
        slots: Vec::new(),
    }
}
