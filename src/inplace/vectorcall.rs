//! Wrapping a function by the pointer that its calls go to: its code, signature, defaults and all
//! else stay as they are, and no frame of ours stands between the caller and the wrapper.
//!
//! Hazards, and what stands against each:
//! * The pointer is found by CPython in a function and called for it; what belongs to that function
//!   is in its keyword defaults (`ffi::hook`), or else the call goes on as if nothing were there.
//! * While a call runs, the wrapper may be taken off, the function may die, the collector may look:
//!   the call holds the hook, which nobody changes, and the hook holds the rest.
//! * Some CPythons do not look at the pointer in some calls. Which, and a trial at first use, are
//!   the business of the Python module `_vectorcall`.

use super::around::{self, Around};
use super::layout::{checked, given};
use crate::ffi::call::call_with;
use crate::ffi::error::{Exc, raise, shutting_down};
use crate::ffi::holder::Holder;
use crate::ffi::hook::{self, Callee, Carrier, Redirect};
use crate::ffi::shapes::{Told, entry};
use crate::ffi::typedef::{TypeDef, fastcall, slot};
use crate::ffi::{Args, Borrowed, Field, Instance, Owned, Raw, Res, api, c};
use crate::function::{invoke, pass};
use crate::state::{Slot, State};
use core::cell::Cell;
use core::mem::size_of;

/// What a call of a hooked function does. Filled when made and never changed.
#[repr(C)]
struct Hook {
    head: c::PyObject,
    state: Cell<*const State>,
    /// What the caller's arguments are given to: a wrapper, or a replacement.
    callee: Field,
    /// A function with the behaviour that is wrapped; empty for a replacement.
    wrapped: Field,
    /// What is asked at each call whether to wrap it; empty for always.
    enabled: Field,
    /// Whether the first positional argument is the instance.
    binds: Cell<bool>,
    /// Which calls it is for: those with so many positional arguments and no others, or all.
    count: Cell<Option<usize>>,
}

// SAFETY: starts with its PyObject; the type is made below with this size, and nobody derives.
unsafe impl Instance for Hook {}

impl Holder for Hook {
    #[inline]
    fn fields(&self) -> impl Iterator<Item = &Field> {
        [&self.callee, &self.wrapped, &self.enabled].into_iter()
    }
}

impl Around for Hook {
    #[inline]
    fn home(&self) -> &Cell<*const State> {
        &self.state
    }
}

impl Hook {
    #[inline]
    fn is_for(&self, args: Args<'_>) -> bool {
        match self.count.get() {
            Some(count) => args.len() == count && !args.has_keywords(),
            None => true,
        }
    }
}

// ---- the call ----

/// What the calls of a hooked function go to.
unsafe extern "C" fn called(function: Raw, items: *const Raw, count: usize, names: Raw) -> Raw {
    // SAFETY: the interpreter calls this with a live function that has the pointer, and arguments
    // as the convention wants them. A hook in a carrier is of our type.
    unsafe {
        match hook::hook_of(Borrowed::from_raw(function)) {
            Some(hook) => {
                let args = Args::from_vector(items, count, names);
                let this = Hook::from_slot(hook.get().as_raw());
                if this.is_for(args) {
                    return run(this, args).told();
                }
                drop(hook);
                hook::call_usual(function, items, count, names)
            }
            None => hook::call_usual(function, items, count, names),
        }
    }
}

#[inline]
fn run(this: &Hook, args: Args<'_>) -> Res {
    // SAFETY: set before the hook was shared, and not cleared while the call holds the hook.
    let [callee, wrapped, enabled] = unsafe {
        [&this.callee, &this.wrapped, &this.enabled].map(|field| field.borrow_constant())
    };
    let callee = callee.ok_or_else(shutting_down)?;
    let Some(wrapped) = wrapped else {
        // A short cut past the function's own code is as deep as that.
        let direct = this.count.get().is_some();
        return if direct {
            args.forward(callee)
        } else {
            pass(callee, args)
        };
    };
    if let Some(enabled) = enabled {
        let answer = call_with(enabled, [])?;
        if !api::is_true(answer.get())? {
            return args.forward(wrapped);
        }
    }
    match args.at(0) {
        Some(first) if this.binds.get() && !first.is(api::none()) => {
            let spare = &this.state().spare_method;
            let method = spare.bind(wrapped, first)?;
            let result = invoke(this.state(), callee, [method.get(), first], args, 1);
            spare.give_back(method);
            result
        }
        _ => invoke(this.state(), callee, [wrapped, api::none()], args, 0),
    }
}

// ---- for the rest of this layer ----

/// Whether the calls of a function come to us.
pub(super) fn is_hooked(function: Borrowed<'_>) -> bool {
    hook::callee(function, called) == Callee::Ours
}

/// The hook that a call of the function would go through now.
pub(super) fn hook_of(function: Borrowed<'_>) -> Option<Owned> {
    hook::hook_of(function).filter(|_| is_hooked(function))
}

/// The change of the pointer that goes with a change of the fields.
pub(super) fn redirect(on: bool, was: Option<bool>) -> Redirect {
    let ours = called;
    Redirect { ours, on, was }
}

// ---- what Python code sees ----

entry!(function record_entry = record);
entry!(function callee_entry = callee);
entry!(function hook_entry = make);

pub(super) const RECORD: c::PyMethodDef = fastcall(
    c"_record",
    record_entry,
    Some(
        c"_record(function)
--

What _carry() put into the keyword defaults that the function has now, or None.",
    ),
);

pub(super) const CALLEE: c::PyMethodDef = fastcall(
    c"_callee",
    callee_entry,
    Some(
        c"_callee(function)
--

Who gets the calls of a function: 'usual' for the interpreter, 'ours', or 'foreign'.",
    ),
);

pub(super) const HOOK: c::PyMethodDef = fastcall(
    c"_hook",
    hook_entry,
    Some(
        c"_hook(callee, wrapped, enabled, binds, count=None)
--

What the calls of a function can go through: a wrapper around the function `wrapped`, asked for by
`enabled()` unless that is None, its instance being the first argument where `binds` is true; or,
where `wrapped` is None, a replacement. With a `count` the replacement is a short cut, which calls a
Python function: calls that have not just so many positional arguments go to the function itself.",
    ),
);

fn record(_module: Borrowed<'_>, args: Args<'_>) -> Res {
    let [function] = args.parse("_record", ["function"], 1)?;
    let function = checked("_record", function)?;
    let [_, _, _, _, keywords, ..] = crate::ffi::func::read(function);
    let carrier = keywords.as_ref().and_then(|found| Carrier::of(found.get()));
    let record = carrier.and_then(Carrier::record);
    Ok(record.unwrap_or(api::none()).own())
}

fn callee(_module: Borrowed<'_>, args: Args<'_>) -> Res {
    let [function] = args.parse("_callee", ["function"], 1)?;
    api::string(match hook::callee(checked("_callee", function)?, called) {
        Callee::Usual => "usual",
        Callee::Ours => "ours",
        Callee::Foreign => "foreign",
    })
}

fn make(module: Borrowed<'_>, args: Args<'_>) -> Res {
    let names = ["callee", "wrapped", "enabled", "binds", "count"];
    let [callee, wrapped, enabled, binds, count] = args.parse("_hook", names, 4)?;
    let (callee, wrapped, enabled) = (given(callee), given(wrapped), given(enabled));
    let unfit = callee.is_none_or(|it| !api::is_callable(it))
        || wrapped.is_some_and(|it| !api::is_plain_function(it));
    let (Some(callee), false) = (callee, unfit) else {
        let problem = "_hook() takes a callable and a Python function or None";
        return Err(raise(Exc::Type, problem));
    };
    let binds = binds.is_some_and(|it| it.is(api::true_()));
    let count = given(count).map(api::unsigned).transpose()?;
    let count = count.and_then(|count| usize::try_from(count).ok());
    let state = State::of(module)?;
    // SAFETY: the type is the one made for this layout.
    unsafe {
        let made = around::allocate::<Hook>(state.call_hook()?.as_raw().cast(), state)?;
        let this = Hook::from_slot(made.get().as_raw());
        for (field, value) in this.fields().zip([Some(callee), wrapped, enabled]) {
            if let Some(value) = value {
                field.init_unshared(value.own());
            }
        }
        this.binds.set(binds);
        this.count.set(count);
        Ok(made)
    }
}

// ---- the types ----

pub(super) fn build(module: Borrowed<'_>, state: &State) -> Res<()> {
    state.fill(Slot::keyword_defaults, hook::carrier_type(module)?);
    let mut slots = vec![slot::tp_new(refuse)];
    slots.extend(around::life::<Hook>());
    let definition = TypeDef {
        name: c"wraptrs._CallHook",
        basicsize: size_of::<Hook>(),
        collected: true,
        base: false,
        vectorcall: false,
        slots,
    };
    state.fill(Slot::call_hook, definition.build(module, None)?);
    Ok(())
}

/// Hooks are made by `_hook()` alone, which fills them.
unsafe extern "C" fn refuse(_ty: *mut c::PyTypeObject, _tuple: Raw, _dict: Raw) -> Raw {
    Res::<Owned>::Err(raise(
        Exc::Type,
        "hooks are made by hotwrap() and hotpatch()",
    ))
    .told()
}
