//! C functions and methods in place: what the Python module `_definitions` needs of their
//! definitions. The thunks that stand in for C functions are `ffi::thunks`.

use crate::ffi::definition::{self, Definition};
use crate::ffi::error::{Exc, raise};
use crate::ffi::shapes::entry;
use crate::ffi::thunks::{self, Others, Refusal};
use crate::ffi::typedef::fastcall;
use crate::ffi::{Args, Borrowed, Res, api, c, samples};

entry!(function definition_entry = show);
entry!(function original_entry = original);
entry!(function put_entry = put);
entry!(function samples_entry = make_samples);

/// The functions of this file, for the table of the layer.
pub(super) const DEFINITION: c::PyMethodDef = fastcall(
    c"_definition",
    definition_entry,
    Some(
        c"_definition(function)
--

The address and the flags of the definition of a C function, a C method or a bound C method; None
for anything else, and for flags that are not known.",
    ),
);

pub(super) const ORIGINAL: c::PyMethodDef = fastcall(
    c"_definition_original",
    original_entry,
    Some(
        c"_definition_original(function, binds)
--

A callable like a C function or method, with the behaviour that its definition has by itself, or a
string that says why its definition cannot be patched. `binds` tells whether what is put there
gets the instance, or class, in front of the arguments.",
    ),
);

pub(super) const PUT: c::PyMethodDef = fastcall(
    c"_definition_put",
    put_entry,
    Some(
        c"_definition_put(function, binds, callable, force=False)
--

Make calls of a C function or method, by whoever holds it in this interpreter, go to a callable; to
what it is by itself again where that is None. Returns None, or a string that says why nothing was
done: not over what somebody else has put there since, unless `force` is true. With None for
`force` that stays there, and whoever calls through what was put before is led to the callable.",
    ),
);

pub(super) const SAMPLES: c::PyMethodDef = fastcall(
    c"_definition_samples",
    samples_entry,
    Some(
        c"_definition_samples()
--

New callables of this module for each calling convention, a function and a method descriptor in
turn, each with a definition of its own. They answer with a tuple of `self`, the arguments and the
values of keyword arguments that C gets.",
    ),
);

fn show(_module: Borrowed<'_>, args: Args<'_>) -> Res {
    let [function] = args.parse("_definition", ["function"], 1)?;
    let Some(found) = function.and_then(definition::read) else {
        return Ok(api::none().own());
    };
    let address = api::integer(found.place() as i64)?;
    let flags = api::integer(found.flags().into())?;
    api::tuple([address.get(), flags.get()])
}

fn original(_module: Borrowed<'_>, args: Args<'_>) -> Res {
    let names = ["function", "binds"];
    let [function, binds] = args.parse("_definition_original", names, 2)?;
    let found = checked("_definition_original", function)?;
    match thunks::original(&found, truth(binds)?) {
        Ok(made) => made,
        Err(refusal) => reason(refusal),
    }
}

fn put(_module: Borrowed<'_>, args: Args<'_>) -> Res {
    let names = ["function", "binds", "callable", "force"];
    let [function, binds, callable, force] = args.parse("_definition_put", names, 3)?;
    let found = checked("_definition_put", function)?;
    let callable = callable.filter(|callable| !callable.is(api::none()));
    let others = match force {
        Some(force) if force.is(api::none()) => Others::Stay,
        force if truth(force)? => Others::Overwrite,
        _ => Others::Refuse,
    };
    match thunks::put(&found, truth(binds)?, callable, others)? {
        Ok(()) => Ok(api::none().own()),
        Err(refusal) => reason(refusal),
    }
}

fn truth(value: Option<Borrowed<'_>>) -> Res<bool> {
    value.map_or(Ok(false), api::is_true)
}

fn checked<'a>(caller: &str, given: Option<Borrowed<'a>>) -> Res<Definition<'a>> {
    given.and_then(definition::read).ok_or_else(|| {
        let kind = given.map(api::type_name).unwrap_or_default();
        let problem = format!("{caller}() takes a C function or method, got '{kind}'");
        raise(Exc::Type, &problem)
    })
}

fn reason(refusal: Refusal) -> Res {
    api::string(match refusal {
        Refusal::ReadOnly => "read-only",
        Refusal::Unknown => "unknown",
        Refusal::Exhausted => "exhausted",
        Refusal::Changed => "changed",
    })
}

fn make_samples(module: Borrowed<'_>, args: Args<'_>) -> Res {
    args.parse::<0>("_definition_samples", [], 0)?;
    samples::callables(module)
}
