//! Special methods of a proxy that have no slot: found by name on the type.

use super::Proxy;
use super::attr::target_attr;
use crate::ffi::call::{call, call_with};
use crate::ffi::error::{Exc, raise};
use crate::ffi::shapes::entry;
use crate::ffi::typedef::{METHODS_END, Table, class_onearg, fastcall, noargs, onearg};
use crate::ffi::{Args, Borrowed, Instance, Name, Raw, Res, api, c};
use crate::state::Names;

// ---- attributes by hand ----

entry!(method self_setattr: Proxy = set_own);
entry!(with_object getattr: Proxy => Raw = get_missing);

/// `__self_setattr__(name, value)`: stores any name on the proxy itself.
fn set_own(this: &Proxy, args: Args<'_>) -> Res {
    let [name, value] = args.parse("__self_setattr__", ["name", "value"], 2)?;
    let (Some(name), Some(value)) = (name, value) else {
        return Err(raise(
            Exc::Type,
            "__self_setattr__() takes a name and a value",
        ));
    };
    if !api::is_string(name) {
        let given = api::type_name(name);
        let problem = format!("__self_setattr__() argument 1 must be str, not {given}");
        return Err(raise(Exc::Type, &problem));
    }
    api::generic_set(this.object(), name, Some(value))?;
    Ok(api::none().own())
}

/// `__getattr__(name)`, for derived classes that override it and call it.
fn get_missing(this: &Proxy, name: Borrowed<'_>) -> Res {
    target_attr(this, name)
}

// ---- context managers ----

fn pass_to(this: &Proxy, args: Args<'_>, name: fn(&Names) -> &Name) -> Res {
    let method = target_attr(this, name(&this.state().names).get())?;
    args.forward(method.get())
}

macro_rules! passed {
    ($($entry:ident;)*) => {$(
        entry!(method $entry: Proxy = bodies::$entry);
    )*
    mod bodies {
        use super::*;
        $(pub(super) fn $entry(this: &Proxy, args: Args<'_>) -> Res {
            pass_to(this, args, |names| &names.$entry)
        })*
    }};
}

passed! { enter; exit; aenter; aexit; }

// ---- what a derived class has to decide ----

macro_rules! refused {
    ($($entry:ident $message:literal;)*) => {$(
        entry!(method $entry: Proxy = refusals::$entry);
    )*
    mod refusals {
        use super::*;
        $(pub(super) fn $entry(_this: &Proxy, _args: Args<'_>) -> Res {
            Err(raise(Exc::NotImplemented, $message))
        })*
    }};
}

refused! {
    copy "object proxy must define __copy__()";
    deepcopy "object proxy must define __deepcopy__()";
    reduce "object proxy must define __reduce__()";
}

// ---- conversions ----

entry!(lone dir: Proxy = to_dir);
entry!(lone bytes: Proxy = to_bytes);
entry!(lone complex: Proxy = to_complex);
entry!(lone reversed: Proxy = to_reversed);
entry!(with_object format: Proxy => Raw = to_format);
entry!(method round: Proxy = to_round);
entry!(lone trunc: Proxy = to_trunc);
entry!(lone floor: Proxy = to_floor);
entry!(lone ceil: Proxy = to_ceil);

fn to_dir(this: &Proxy) -> Res {
    this.on_target(api::PyObject_Dir)
}

fn to_bytes(this: &Proxy) -> Res {
    this.on_target(|target| call_with(api::bytes_type(), [target]))
}

fn to_complex(this: &Proxy) -> Res {
    this.on_target(|target| call_with(api::complex_type(), [target]))
}

fn to_reversed(this: &Proxy) -> Res {
    this.on_target(|target| call_with(api::reversed_type(), [target]))
}

fn to_format(this: &Proxy, spec: Borrowed<'_>) -> Res {
    this.on_target(|target| api::PyObject_Format(target, spec))
}

fn to_round(this: &Proxy, args: Args<'_>) -> Res {
    let [digits] = args.parse("__round__", ["ndigits"], 0)?;
    let function = module_function("builtins", &this.state().names.round)?;
    this.on_target(|target| match digits {
        Some(digits) => call_with(function.get(), [target, digits]),
        None => call_with(function.get(), [target]),
    })
}

fn to_trunc(this: &Proxy) -> Res {
    through_math(this, &this.state().names.trunc)
}

fn to_floor(this: &Proxy) -> Res {
    through_math(this, &this.state().names.floor)
}

fn to_ceil(this: &Proxy) -> Res {
    through_math(this, &this.state().names.ceil)
}

/// `math` knows what to do with floats and with types that lack the special method.
fn through_math(this: &Proxy, name: &Name) -> Res {
    let function = module_function("math", name)?;
    this.on_target(|target| call_with(function.get(), [target]))
}

fn module_function(module: &str, name: &Name) -> Res {
    api::PyObject_GetAttr(api::import(module)?.get(), name.get())
}

// ---- a wrapped class ----

entry!(with_object mro_entries: Proxy => Raw = as_base);
entry!(with_object instancecheck: Proxy => Raw = check_instance);
entry!(with_object subclasscheck: Proxy => Raw = check_subclass);
entry!(operands class_getitem = api::Py_GenericAlias);

/// `class D(proxy)`: the wrapped class stands in the bases, or what the wrapped object says.
fn as_base(this: &Proxy, bases: Borrowed<'_>) -> Res {
    let target = this.target()?;
    if !api::is_type(target.get()) {
        let name = this.state().names.mro_entries.get();
        if let Some(method) = api::get_optional_attr(target.get(), name)? {
            return call(method.get(), api::tuple([bases])?.get(), None);
        }
    }
    api::tuple([target.get()])
}

fn check_instance(this: &Proxy, instance: Borrowed<'_>) -> Res {
    this.on_target(|target| api::is_instance(instance, target))
        .map(api::bool_object)
}

fn check_subclass(this: &Proxy, class: Borrowed<'_>) -> Res {
    let inner = api::get_optional_attr(class, this.state().names.wrapped.get())?;
    let class = inner.as_ref().map_or(class, |inner| inner.get());
    this.on_target(|target| api::is_subclass(class, target))
        .map(api::bool_object)
}

pub(super) static BASE: Table<c::PyMethodDef> = Table(&[
    fastcall(c"__self_setattr__", self_setattr, None),
    onearg(c"__getattr__", getattr),
    noargs(c"__dir__", dir),
    fastcall(c"__enter__", enter, None),
    fastcall(c"__exit__", exit, None),
    fastcall(c"__aenter__", aenter, None),
    fastcall(c"__aexit__", aexit, None),
    fastcall(c"__copy__", copy, None),
    fastcall(c"__deepcopy__", deepcopy, None),
    fastcall(c"__reduce__", reduce, None),
    noargs(c"__bytes__", bytes),
    onearg(c"__format__", format),
    noargs(c"__reversed__", reversed),
    fastcall(c"__round__", round, None),
    noargs(c"__trunc__", trunc),
    noargs(c"__floor__", floor),
    noargs(c"__ceil__", ceil),
    noargs(c"__complex__", complex),
    onearg(c"__mro_entries__", mro_entries),
    onearg(c"__instancecheck__", instancecheck),
    onearg(c"__subclasscheck__", subclasscheck),
    class_onearg(c"__class_getitem__", class_getitem),
    METHODS_END,
]);
