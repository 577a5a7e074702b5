//! Giving a function the state of another: code, globals, builtins, defaults, keyword defaults,
//! closure, annotations and type parameters, and what its calls go through, all at once.

use super::layout::{checked, given};
use super::vectorcall;
use crate::ffi::error::{Exc, raise};
use crate::ffi::func::{self, FIELDS, Fields};
use crate::ffi::hook::{self, Carrier, Redirect};
use crate::ffi::shapes::entry;
use crate::ffi::typedef::fastcall;
use crate::ffi::{Args, Borrowed, Name, Owned, Raised, Res, api, c};
use crate::state::{Names, State};

entry!(function state_entry = function_state);
entry!(function transplant_entry = transplant);
entry!(function twin_entry = twin);
entry!(function carry_entry = carry);

pub(super) const FUNCTION_STATE: c::PyMethodDef = fastcall(
    c"_function_state",
    state_entry,
    Some(
        c"_function_state(function)
--

The state of a function as a tuple: code, globals, builtins, defaults, keyword defaults, closure,
annotations, __annotate__, type parameters, and the hook that its calls go through; None for what
it, or this CPython, has not.",
    ),
);

pub(super) const TRANSPLANT: c::PyMethodDef = fastcall(
    c"_transplant",
    transplant_entry,
    Some(
        c"_transplant(function, state, expected=None)
--

Put a state into a function, at once for all threads, and tell whether that was done: not where
`expected` is given and the function's code, globals, defaults, closure or hook are no longer those.
A state with a hook needs keyword defaults that carry it, which _carry() gives it.

Raises TypeError for a state that is none, and what an audit hook raises, with nothing changed.",
    ),
);

pub(super) const TWIN: c::PyMethodDef = fastcall(
    c"_twin",
    twin_entry,
    Some(
        c"_twin(state, function)
--

A new function with a state, and the name, qualified name, module and docstring of a function.",
    ),
);

pub(super) const CARRY: c::PyMethodDef = fastcall(
    c"_carry",
    carry_entry,
    Some(
        c"_carry(state, record)
--

The same state with keyword defaults that carry a record, or None, and the hook of the state.",
    ),
);

/// The place of the hook in a state, after the fields.
const HOOK: usize = FIELDS;

fn function_state(_module: Borrowed<'_>, args: Args<'_>) -> Res {
    let [function] = args.parse("_function_state", ["function"], 1)?;
    let function = checked("_function_state", function)?;
    let hook = vectorcall::hook_of(function);
    let fields = func::read(function);
    let mut items = [api::none(); FIELDS + 1];
    for (item, field) in items.iter_mut().zip(fields.iter().chain([&hook])) {
        *item = field.as_ref().map_or(api::none(), Owned::get);
    }
    api::tuple(items)
}

fn transplant(module: Borrowed<'_>, args: Args<'_>) -> Res {
    let [function, state, expected] =
        args.parse("_transplant", ["function", "state", "expected"], 2)?;
    let function = checked("_transplant", function)?;
    let names = &State::of(module)?.names;
    let Some(state) = state else {
        return Err(unfit("it is missing"));
    };
    let new = checked_state(state, names)?;
    let expected = given(expected)
        .map(|state| checked_state(state, names))
        .transpose()?;
    let redirect = vectorcall::redirect(new.hooked, expected.as_ref().map(|state| state.hooked));
    let back = vectorcall::redirect(vectorcall::is_hooked(function), Some(new.hooked));
    func::forget_version(function)?;
    let expected = expected.as_ref().map(|state| &state.fields);
    let told = match func::exchange(function, &new.fields, expected, redirect) {
        Some(former) => {
            let code = names.code.get();
            told(function, code, &new.fields, &former, back).map(|()| true)
        }
        None => Ok(false),
    };
    func::renew_version(function);
    told.map(api::bool_object)
}

/// Sets the new code once more, by the official way: that tells watchers and audit hooks.
fn told(
    function: Borrowed<'_>,
    name: Borrowed<'_>,
    new: &Fields,
    former: &Fields,
    back: Redirect,
) -> Res<()> {
    let [code, ..] = new;
    let code = code.as_ref().map(Owned::get);
    api::set_attr(function, name, code).inspect_err(|_| {
        // Only if nobody changed it since: then the change is theirs to answer for.
        drop(func::exchange(function, former, Some(new), back));
    })
}

fn twin(module: Borrowed<'_>, args: Args<'_>) -> Res {
    let [state, function] = args.parse("_twin", ["state", "function"], 2)?;
    let function = checked("_twin", function)?;
    let names = &State::of(module)?.names;
    let Some(state) = state else {
        return Err(unfit("it is missing"));
    };
    let Given { fields, hooked } = checked_state(state, names)?;
    let label = |name: &Name| api::PyObject_GetAttr(function, name.get());
    let labels = [
        label(&names.name)?,
        label(&names.qualname)?,
        label(&names.module)?,
        label(&names.doc)?,
    ];
    func::made(fields, labels, vectorcall::redirect(hooked, Some(false)))
}

fn carry(module: Borrowed<'_>, args: Args<'_>) -> Res {
    let [state, record] = args.parse("_carry", ["state", "record"], 2)?;
    let state = state.map_or_else(|| Err(unfit("it is missing")), checked_tuple)?;
    let at = |index| given(api::tuple_item(state, index));
    let Some(code) = at(CODE) else {
        return Err(unfit("it has no code"));
    };
    let class = State::of(module)?.keyword_defaults()?;
    let keywords = hook::carry(class, at(KEYWORDS), given(record), at(HOOK), code)?;
    let mut items = [api::none(); FIELDS + 1];
    for (index, item) in items.iter_mut().enumerate() {
        *item = match index {
            KEYWORDS => keywords.get(),
            _ => api::tuple_item(state, index).unwrap_or(api::none()),
        };
    }
    api::tuple(items)
}

const CODE: usize = 0;
const KEYWORDS: usize = 4;

#[cold]
fn unfit(problem: &str) -> Raised {
    raise(
        Exc::Type,
        &format!("not the state of a function: {problem}"),
    )
}

/// A state that fits together, taken apart.
struct Given {
    fields: Fields,
    hooked: bool,
}

fn checked_tuple(state: Borrowed<'_>) -> Res<Borrowed<'_>> {
    if api::is_tuple(state) && api::tuple_len(state) == FIELDS + 1 {
        Ok(state)
    } else {
        Err(unfit("it takes a tuple as _function_state() gives"))
    }
}

fn checked_state(state: Borrowed<'_>, names: &Names) -> Res<Given> {
    let state = checked_tuple(state)?;
    let at = |index| given(api::tuple_item(state, index));
    let Some(code) = at(CODE).filter(|code| func::is_code(*code)) else {
        return Err(unfit("it has no code"));
    };
    if !at(1).is_some_and(api::is_dict) || at(2).is_some_and(|it| !api::is_dict(it)) {
        return Err(unfit("globals and builtins must be dicts"));
    }
    if at(2).is_none() && !func::NAMES[2].is_empty() {
        return Err(unfit("it has no builtins"));
    }
    if at(3).is_some_and(|it| !api::is_tuple(it))
        || at(KEYWORDS).is_some_and(|it| !api::is_dict(it))
        || at(5).is_some_and(|it| !api::is_tuple(it))
    {
        return Err(unfit(
            "defaults and closure must be tuples, keyword defaults a dict",
        ));
    }
    check_closure(code, at(5), names)?;
    if let Some(hook) = at(HOOK) {
        let carrier = at(KEYWORDS).and_then(Carrier::of);
        if !carrier.is_some_and(|carrier| carrier.serves(hook, code)) {
            return Err(unfit("its keyword defaults do not carry its hook"));
        }
    }
    Ok(Given {
        fields: core::array::from_fn(|index| at(index).map(Borrowed::own)),
        hooked: at(HOOK).is_some(),
    })
}

fn check_closure(code: Borrowed<'_>, cells: Option<Borrowed<'_>>, names: &Names) -> Res<()> {
    let wanted = api::PyObject_GetAttr(code, names.co_freevars.get())?;
    let given = cells.map_or(0, api::tuple_len);
    let are_cells = cells.is_none_or(|cells| {
        (0..given).all(|index| api::tuple_item(cells, index).is_some_and(func::is_cell))
    });
    if given != api::tuple_len(wanted.get()) || !are_cells {
        return Err(unfit("the closure is not that of the code"));
    }
    Ok(())
}
