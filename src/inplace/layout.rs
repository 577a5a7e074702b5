//! The self-check of a function's fields: each must hold the very object that the attribute of its
//! name gives. Where it does not, nothing here may touch a function on this interpreter.

use crate::ffi::error::{Exc, raise};
use crate::ffi::shapes::entry;
use crate::ffi::typedef::fastcall;
use crate::ffi::{Args, Borrowed, Owned, Res, api, c, func, hook};

entry!(function layout_entry = layout_holds);

pub(super) const LAYOUT_HOLDS: c::PyMethodDef = fastcall(
    c"_layout_holds",
    layout_entry,
    Some(
        c"_layout_holds(probe)
--

Tell whether the fields of the function `probe`, which must have defaults, keyword defaults, a
closure and annotations and have just been made, lie where this module looks for them. Remembers
what the probe's calls go to.",
    ),
);

fn layout_holds(_module: Borrowed<'_>, args: Args<'_>) -> Res {
    let [probe] = args.parse("_layout_holds", ["probe"], 1)?;
    let probe = checked("_layout_holds", probe)?;
    let agree = func::versions_agree(probe);
    hook::learn(probe);
    let mut attributes: func::Fields = Default::default();
    for (name, slot) in func::NAMES.iter().zip(&mut attributes) {
        if !name.is_empty() {
            let found = api::PyObject_GetAttr(probe, api::interned(name)?.get())?;
            *slot = Some(found).filter(|value| !value.get().is(api::none()));
        }
    }
    let fields = func::read(probe);
    let same = fields.iter().zip(&attributes).zip(func::NAMES);
    let same = same.into_iter().all(|((field, attribute), name)| {
        // Type parameters are NULL for none, where the attribute gives an empty tuple.
        name.is_empty() || name == "__type_params__" || is_same(field.as_ref(), attribute.as_ref())
    });
    Ok(api::bool_object(same && agree))
}

fn is_same(a: Option<&Owned>, b: Option<&Owned>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.get().is(b.get()),
        (None, None) => true,
        _ => false,
    }
}

/// The function that was given, or a TypeError.
pub(super) fn checked<'a>(caller: &str, given: Option<Borrowed<'a>>) -> Res<Borrowed<'a>> {
    match given {
        Some(function) if api::is_plain_function(function) => Ok(function),
        Some(other) => {
            let kind = api::type_name(other);
            let problem = format!("{caller}() takes a Python function, got '{kind}'");
            Err(raise(Exc::Type, &problem))
        }
        None => Err(raise(Exc::Type, &format!("{caller}() takes a function"))),
    }
}

/// An optional argument, for which None stands too.
pub(super) fn given(argument: Option<Borrowed<'_>>) -> Option<Borrowed<'_>> {
    argument.filter(|value| !value.is(api::none()))
}
