//! Giving a function the state of another: code, globals, builtins, defaults, keyword defaults,
//! closure, annotations and type parameters, all at once.

use super::layout::checked;
use crate::ffi::error::{Exc, raise};
use crate::ffi::func::{self, FIELDS, Fields};
use crate::ffi::shapes::entry;
use crate::ffi::typedef::fastcall;
use crate::ffi::{Args, Borrowed, Raised, Res, api, c};

entry!(function state_entry = function_state);
entry!(function transplant_entry = transplant);

pub(super) const FUNCTION_STATE: c::PyMethodDef = fastcall(
    c"_function_state",
    state_entry,
    Some(
        c"_function_state(function)
--

The state of a function as a tuple: code, globals, builtins, defaults, keyword defaults, closure,
annotations, __annotate__, type parameters; None for what it, or this CPython, has not.",
    ),
);

pub(super) const TRANSPLANT: c::PyMethodDef = fastcall(
    c"_transplant",
    transplant_entry,
    Some(
        c"_transplant(function, state, expected=None)
--

Put a state into a function, at once for all threads, and tell whether that was done: not where
`expected` is given and the function's code, globals, defaults or closure are no longer those.

Raises TypeError for a state that is none, and what an audit hook raises, with nothing changed.",
    ),
);

fn function_state(_module: Borrowed<'_>, args: Args<'_>) -> Res {
    let [function] = args.parse("_function_state", ["function"], 1)?;
    let fields = func::read(checked("_function_state", function)?);
    let items = fields
        .each_ref()
        .map(|field| field.as_ref().map_or(api::none(), |value| value.get()));
    api::tuple(items)
}

fn transplant(_module: Borrowed<'_>, args: Args<'_>) -> Res {
    let names = ["function", "state", "expected"];
    let [function, state, expected] = args.parse("_transplant", names, 2)?;
    let function = checked("_transplant", function)?;
    let new = state.map_or_else(|| Err(unfit("it is missing")), fields)?;
    let expected = expected.filter(|expected| !expected.is(api::none()));
    let expected = expected.map(fields).transpose()?;
    func::forget_version(function)?;
    let Some(former) = func::exchange(function, &new, expected.as_ref()) else {
        func::renew_version(function);
        return Ok(api::false_().own());
    };
    // The new code once more, by the official way: tells watchers and audit hooks.
    let name = api::interned("__code__")?;
    let [code, ..] = &new;
    let code = code.as_ref().map(|code| code.get());
    let told = api::set_attr(function, name.get(), code);
    if told.is_err() {
        // Only if nobody changed it since: then the change is theirs to answer for.
        drop(func::exchange(function, &former, Some(&new)));
    }
    func::renew_version(function);
    told.map(|()| api::true_().own())
}

#[cold]
fn unfit(problem: &str) -> Raised {
    raise(
        Exc::Type,
        &format!("not the state of a function: {problem}"),
    )
}

/// The fields that a tuple gives, if they fit together.
fn fields(state: Borrowed<'_>) -> Res<Fields> {
    if !api::is_tuple(state) || api::tuple_len(state) != FIELDS {
        return Err(unfit("it takes a tuple as _function_state() gives"));
    }
    let at = |index| api::tuple_item(state, index).filter(|value| !value.is(api::none()));
    let Some(code) = at(0).filter(|code| func::is_code(*code)) else {
        return Err(unfit("it has no code"));
    };
    if !at(1).is_some_and(api::is_dict) || at(2).is_some_and(|it| !api::is_dict(it)) {
        return Err(unfit("globals and builtins must be dicts"));
    }
    if at(2).is_none() && !func::NAMES[2].is_empty() {
        return Err(unfit("it has no builtins"));
    }
    if at(3).is_some_and(|it| !api::is_tuple(it))
        || at(4).is_some_and(|it| !api::is_dict(it))
        || at(5).is_some_and(|it| !api::is_tuple(it))
    {
        return Err(unfit(
            "defaults and closure must be tuples, keyword defaults a dict",
        ));
    }
    let wanted = api::PyObject_GetAttr(code, api::interned("co_freevars")?.get())?;
    let cells = at(5);
    let given = cells.map_or(0, api::tuple_len);
    let are_cells = cells.is_none_or(|cells| {
        (0..given).all(|index| api::tuple_item(cells, index).is_some_and(func::is_cell))
    });
    if given != api::tuple_len(wanted.get()) || !are_cells {
        return Err(unfit("the closure is not that of the code"));
    }
    Ok(core::array::from_fn(|index| at(index).map(Borrowed::own)))
}
