//! Classes and their entries, bound methods, modules.

use super::super::error::{Res, no_attribute};
use super::super::object::{Borrowed, Owned, Raw};
use super::{
    PyImport_Import, PyObject_GetAttr, PySequence_Tuple, dict_get, done, get_optional_attr,
    is_plain_method, is_true, none, string, tuple_item, tuple_len, type_lookup,
};
use pyo3::ffi;

/// The first raw entry of a name in the `__dict__`s along a class's MRO that is `wanted`, with the
/// class that holds it.
pub(crate) fn find_along_mro(
    class: Borrowed<'_>,
    name: Borrowed<'_>,
    wanted: impl Fn(Borrowed<'_>) -> bool,
) -> Res<Option<(Owned, Owned)>> {
    let Some(mro) = mro_of(class) else {
        return Ok(None);
    };
    for index in 0..tuple_len(mro.get()) {
        let Some(owner) = tuple_item(mro.get(), index) else {
            continue;
        };
        if let Some(entry) = class_entry(owner, name)? {
            if wanted(entry.get()) {
                return Ok(Some((owner.own(), entry)));
            }
        }
    }
    Ok(None)
}

/// The entry of a name in a module's own dict.
pub(crate) fn module_entry(module: Borrowed<'_>, name: Borrowed<'_>) -> Res<Option<Owned>> {
    // SAFETY: a module object keeps its dict for as long as it lives.
    let dict = unsafe { Borrowed::from_nullable(ffi::PyModule_GetDict(module.as_raw())) };
    match dict {
        Some(dict) => dict_get(dict, name),
        None => Ok(None),
    }
}

fn mro_of(class: Borrowed<'_>) -> Option<Owned> {
    // SAFETY: a class; its MRO is a tuple, replaced as a whole when bases change.
    unsafe { Borrowed::from_nullable((*class.as_raw().cast::<ffi::PyTypeObject>()).tp_mro) }
        .map(Borrowed::own)
}

/// The raw entry of a name in one class's own `__dict__`.
pub(crate) fn class_entry(class: Borrowed<'_>, name: Borrowed<'_>) -> Res<Option<Owned>> {
    match super::super::compat::type_dict(class.as_raw().cast()) {
        Some(dict) => dict_get(dict.get(), name),
        None => Ok(None),
    }
}

/// A bound method of a callable.
#[inline]
pub(crate) fn bind_method(function: Borrowed<'_>, instance: Borrowed<'_>) -> Res {
    // SAFETY: live objects.
    unsafe {
        Owned::from_new(super::super::decl::PyMethod_New(
            function.as_raw(),
            instance.as_raw(),
        ))
    }
}

/// `__self__` of a plain bound method.
#[inline]
pub(crate) fn method_self(method: Borrowed<'_>) -> Option<Owned> {
    if !is_plain_method(method) {
        return None;
    }
    // SAFETY: the layout of a method is a header and then function and instance, in every version.
    unsafe {
        let fields = method.as_raw().add(1).cast::<Raw>();
        Borrowed::from_nullable(*fields.add(1)).map(Borrowed::own)
    }
}

/// The module of this name, imported if need be.
pub(crate) fn import(name: &str) -> Res {
    PyImport_Import(string(name)?.get())
}

/// The module of a dotted name, imported if need be; one that stands in `sys.modules` is taken
/// from there even where its parent package cannot be imported.
pub(crate) fn import_module(name: Borrowed<'_>) -> Res {
    // SAFETY: a live string.
    let module = unsafe { Owned::from_nullable(ffi::PyImport_GetModule(name.as_raw())) };
    match module {
        Some(module) if !is_half_imported(module.get())? => Ok(module),
        _ => {
            // SAFETY: importlib's own function, asked as Python code would ask it.
            let importlib = import("importlib")?;
            let function = PyObject_GetAttr(importlib.get(), string("import_module")?.get())?;
            super::super::call::call_with(function.get(), [name])
        }
    }
}

/// Whether another thread, or a circle of imports, is still executing the module; None, which
/// blocks an import, counts as not imported.
fn is_half_imported(module: Borrowed<'_>) -> Res<bool> {
    if module.is(none()) {
        return Ok(true);
    }
    let Some(spec) = get_optional_attr(module, string("__spec__")?.get())? else {
        return Ok(false);
    };
    match get_optional_attr(spec.get(), string("_initializing")?.get())? {
        Some(flag) => is_true(flag.get()),
        None => Ok(false),
    }
}

/// Whether an object stands in the `__dict__`s along a class's MRO, under any name.
pub(crate) fn has_entry(class: Borrowed<'_>, object: Borrowed<'_>) -> Res<bool> {
    let Some(mro) = mro_of(class) else {
        return Ok(false);
    };
    for index in 0..tuple_len(mro.get()) {
        let Some(owner) = tuple_item(mro.get(), index) else {
            continue;
        };
        if let Some(dict) = super::super::compat::type_dict(owner.as_raw().cast()) {
            // SAFETY: a dict; the list of its values is ours alone.
            let values = unsafe { Owned::from_new(ffi::PyDict_Values(dict.get().as_raw()))? };
            let values = PySequence_Tuple(values.get())?;
            let mut entries =
                (0..tuple_len(values.get())).filter_map(|at| tuple_item(values.get(), at));
            if entries.any(|entry| entry.is(object)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Whether the object's type says that its instances are called with the instance in front.
#[inline]
pub(crate) fn is_method_descriptor(object: Borrowed<'_>) -> bool {
    // SAFETY: a live object has a live type.
    unsafe { ffi::PyType_HasFeature(object.ty(), ffi::Py_TPFLAGS_METHOD_DESCRIPTOR) != 0 }
}

/// Says that a class's `__call__` is the one it inherits, and whether instances are method
/// descriptors.
pub(crate) fn set_called_directly(class: Borrowed<'_>, as_method: bool) {
    let mut flags = ffi::Py_TPFLAGS_HAVE_VECTORCALL;
    if as_method {
        flags |= ffi::Py_TPFLAGS_METHOD_DESCRIPTOR;
    }
    super::super::compat::add_type_flags(class.as_raw().cast(), flags);
}

/// Says that a class does not change, so that call sites may remember what its instances bind to.
pub(crate) fn set_unchanging(class: Borrowed<'_>) {
    let flags = super::super::compat::UNCHANGING;
    super::super::compat::add_type_flags(class.as_raw().cast(), flags);
}

/// `object.__class__ = class`, past what the object's own class makes of that name.
pub(crate) fn set_class(object: Borrowed<'_>, class: Borrowed<'_>, name: Borrowed<'_>) -> Res<()> {
    let base = &raw mut ffi::PyBaseObject_Type;
    let Some(descriptor) = type_lookup(base, name).map(|found| found.own()) else {
        return Err(no_attribute(object, "__class__"));
    };
    let descriptor = descriptor.get();
    // SAFETY: a live descriptor has a live type; that of `object` checks that the layouts agree.
    unsafe {
        match (*descriptor.ty()).tp_descr_set {
            Some(set) => done(set(descriptor.as_raw(), object.as_raw(), class.as_raw())),
            None => Err(no_attribute(object, "__class__")),
        }
    }
}
