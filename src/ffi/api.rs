//! One safe line for each C function the crate calls. Names are CPython's where the table of slots
//! or a reader will look for them, shorter ones where the crate says them often.

use super::error::{Raised, Res};
use super::object::{Borrowed, Field, Name, Owned, Raw};
use core::ffi::{CStr, c_int};
use core::ptr;
use pyo3::ffi;

pub(crate) use super::compat::{get_optional_attr, type_lookup};

/// Safe twins of C functions that take live objects and give a new reference or NULL.
macro_rules! object_functions {
    ($($name:ident($($arg:ident),*);)*) => {$(
        #[allow(non_snake_case, reason = "CPython's own name")]
        #[inline]
        pub(crate) fn $name($($arg: Borrowed<'_>),*) -> Res {
            // SAFETY: the arguments are live objects; the result is a new reference or NULL with
            // an exception set.
            unsafe { Owned::from_new(ffi::$name($($arg.as_raw()),*)) }
        }
    )*};
}

object_functions! {
    PyNumber_Absolute(a);
    PyNumber_Add(a, b);
    PyNumber_And(a, b);
    PyNumber_Divmod(a, b);
    PyNumber_Float(a);
    PyNumber_FloorDivide(a, b);
    PyNumber_InPlaceAdd(a, b);
    PyNumber_InPlaceAnd(a, b);
    PyNumber_InPlaceFloorDivide(a, b);
    PyNumber_InPlaceLshift(a, b);
    PyNumber_InPlaceMatrixMultiply(a, b);
    PyNumber_InPlaceMultiply(a, b);
    PyNumber_InPlaceOr(a, b);
    PyNumber_InPlacePower(a, b, c);
    PyNumber_InPlaceRemainder(a, b);
    PyNumber_InPlaceRshift(a, b);
    PyNumber_InPlaceSubtract(a, b);
    PyNumber_InPlaceTrueDivide(a, b);
    PyNumber_InPlaceXor(a, b);
    PyNumber_Index(a);
    PyNumber_Invert(a);
    PyNumber_Long(a);
    PyNumber_Lshift(a, b);
    PyNumber_MatrixMultiply(a, b);
    PyNumber_Multiply(a, b);
    PyNumber_Negative(a);
    PyNumber_Or(a, b);
    PyNumber_Positive(a);
    PyNumber_Power(a, b, c);
    PyNumber_Remainder(a, b);
    PyNumber_Rshift(a, b);
    PyNumber_Subtract(a, b);
    PyNumber_TrueDivide(a, b);
    PyNumber_Xor(a, b);
    PyObject_Dir(a);
    PyObject_Format(a, b);
    PyObject_GetAttr(a, b);
    PyObject_GetItem(a, b);
    PyObject_GetIter(a);
    PyObject_Str(a);
    PyObject_Repr(a);
    PyImport_Import(a);
    PySequence_Tuple(a);
    Py_GenericAlias(a, b);
}

#[inline]
fn done(status: c_int) -> Res<()> {
    if status < 0 {
        Err(Raised::set_by_c())
    } else {
        Ok(())
    }
}

#[inline]
fn answer(status: c_int) -> Res<bool> {
    done(status).map(|()| status != 0)
}

#[inline]
fn or_null(object: Option<Borrowed<'_>>) -> Raw {
    object.map_or(ptr::null_mut(), Borrowed::as_raw)
}

macro_rules! constants {
    ($($name:ident = $function:ident;)*) => {$(
        #[inline]
        pub(crate) fn $name() -> Borrowed<'static> {
            // SAFETY: the interpreter's singletons live as long as it does.
            unsafe { Borrowed::from_raw(ffi::$function()) }
        }
    )*};
}

constants! {
    none = Py_None;
    false_ = Py_False;
    true_ = Py_True;
    not_implemented = Py_NotImplemented;
}

pub(crate) fn bool_object(value: bool) -> Owned {
    if value { true_().own() } else { false_().own() }
}

// ---- attributes ----

#[inline]
pub(crate) fn set_attr(
    object: Borrowed<'_>,
    name: Borrowed<'_>,
    value: Option<Borrowed<'_>>,
) -> Res<()> {
    // SAFETY: live objects; a NULL value deletes.
    done(unsafe { ffi::PyObject_SetAttr(object.as_raw(), name.as_raw(), or_null(value)) })
}

/// `object.__getattribute__` where a missing attribute is `None`; an AttributeError that a
/// descriptor raises counts as missing too.
#[inline]
pub(crate) fn generic_get(object: Borrowed<'_>, name: Borrowed<'_>) -> Res<Option<Owned>> {
    // SAFETY: live objects; NULL without an exception means missing.
    unsafe {
        let found = super::decl::_PyObject_GenericGetAttrWithDict(
            object.as_raw(),
            name.as_raw(),
            ptr::null_mut(),
            1,
        );
        match Owned::from_nullable(found) {
            None if !ffi::PyErr_Occurred().is_null() => Err(Raised::set_by_c()),
            found => Ok(found),
        }
    }
}

#[inline]
pub(crate) fn generic_set(
    object: Borrowed<'_>,
    name: Borrowed<'_>,
    value: Option<Borrowed<'_>>,
) -> Res<()> {
    // SAFETY: live objects; a NULL value deletes.
    done(unsafe { ffi::PyObject_GenericSetAttr(object.as_raw(), name.as_raw(), or_null(value)) })
}

/// Whether a string starts with another.
pub(crate) fn starts_with(text: Borrowed<'_>, prefix: &Name) -> Res<bool> {
    // SAFETY: the interpreter passes attribute names that are strings, and the prefix is one.
    let found = unsafe {
        ffi::PyUnicode_Tailmatch(text.as_raw(), prefix.get().as_raw(), 0, isize::MAX, -1)
    };
    if found < 0 {
        Err(Raised::set_by_c())
    } else {
        Ok(found != 0)
    }
}

// ---- questions ----

#[inline]
pub(crate) fn is_true(object: Borrowed<'_>) -> Res<bool> {
    // SAFETY: a live object.
    answer(unsafe { ffi::PyObject_IsTrue(object.as_raw()) })
}

#[inline]
pub(crate) fn is_instance(object: Borrowed<'_>, class: Borrowed<'_>) -> Res<bool> {
    // SAFETY: live objects.
    answer(unsafe { ffi::PyObject_IsInstance(object.as_raw(), class.as_raw()) })
}

#[inline]
pub(crate) fn is_subclass(class: Borrowed<'_>, base: Borrowed<'_>) -> Res<bool> {
    // SAFETY: live objects.
    answer(unsafe { ffi::PyObject_IsSubclass(class.as_raw(), base.as_raw()) })
}

#[inline]
pub(crate) fn contains(container: Borrowed<'_>, item: Borrowed<'_>) -> Res<bool> {
    // SAFETY: live objects.
    answer(unsafe { ffi::PySequence_Contains(container.as_raw(), item.as_raw()) })
}

#[inline]
pub(crate) fn is_callable(object: Borrowed<'_>) -> bool {
    // SAFETY: a live object.
    unsafe { ffi::PyCallable_Check(object.as_raw()) != 0 }
}

#[inline]
pub(crate) fn is_type(object: Borrowed<'_>) -> bool {
    // SAFETY: a live object.
    unsafe { ffi::PyType_Check(object.as_raw()) != 0 }
}

#[inline]
pub(crate) fn is_string(object: Borrowed<'_>) -> bool {
    // SAFETY: a live object.
    unsafe { ffi::PyUnicode_Check(object.as_raw()) != 0 }
}

/// `weakref.proxy` objects, callable or not.
pub(crate) fn is_weak_proxy(object: Borrowed<'_>) -> bool {
    object.is_exactly(&raw mut super::decl::_PyWeakref_ProxyType)
        || object.is_exactly(&raw mut super::decl::_PyWeakref_CallableProxyType)
}

/// Whether calling the object is counted by the interpreter against endless recursion: Python
/// functions are, and methods of them.
#[inline]
pub(crate) fn counts_recursion(callable: Borrowed<'_>) -> bool {
    is_plain_function(callable) || is_method_of_function(callable)
}

fn is_method_of_function(object: Borrowed<'_>) -> bool {
    // SAFETY: the layout of a method is a header and then function and instance, in every version.
    is_plain_method(object)
        && unsafe {
            Borrowed::from_nullable(*object.as_raw().add(1).cast::<Raw>())
                .is_some_and(is_plain_function)
        }
}

pub(crate) fn is_builtin_function(object: Borrowed<'_>) -> bool {
    // SAFETY: a live object.
    unsafe { ffi::PyCFunction_Check(object.as_raw()) != 0 }
}

#[inline]
pub(crate) fn is_plain_function(object: Borrowed<'_>) -> bool {
    object.is_exactly(&raw mut ffi::PyFunction_Type)
}

#[inline]
pub(crate) fn is_plain_method(object: Borrowed<'_>) -> bool {
    object.is_exactly(&raw mut super::decl::PyMethod_Type)
}

/// Whether the object's type derives from `class`, by its real type, asking no `__class__`.
#[inline]
pub(crate) fn has_type(object: Borrowed<'_>, class: Borrowed<'_>) -> bool {
    object.type_object().is(class)
        // SAFETY: both are live types.
        || unsafe { ffi::PyType_IsSubtype(object.ty(), class.as_raw().cast()) != 0 }
}

macro_rules! builtin_types {
    ($($name:ident = $path:expr;)*) => {$(
        pub(crate) fn $name() -> Borrowed<'static> {
            // SAFETY: built-in types are static.
            unsafe { Borrowed::from_raw((&raw mut $path).cast()) }
        }
    )*};
}

builtin_types! {
    bytes_type = ffi::PyBytes_Type;
    classmethod_type = ffi::PyClassMethod_Type;
    complex_type = ffi::PyComplex_Type;
    function_type = ffi::PyFunction_Type;
    method_type = super::decl::PyMethod_Type;
    module_type = ffi::PyModule_Type;
    reversed_type = ffi::PyReversed_Type;
    staticmethod_type = ffi::PyStaticMethod_Type;
    type_type = ffi::PyType_Type;
}

// ---- sizes, items, comparison ----

#[inline]
pub(crate) fn size(object: Borrowed<'_>) -> Res<isize> {
    // SAFETY: a live object.
    let size = unsafe { ffi::PyObject_Size(object.as_raw()) };
    if size < 0 {
        Err(Raised::set_by_c())
    } else {
        Ok(size)
    }
}

#[inline]
pub(crate) fn hash(object: Borrowed<'_>) -> Res<isize> {
    // SAFETY: a live object.
    let hash = unsafe { ffi::PyObject_Hash(object.as_raw()) };
    if hash == -1 {
        Err(Raised::set_by_c())
    } else {
        Ok(hash)
    }
}

#[inline]
pub(crate) fn set_item(
    object: Borrowed<'_>,
    key: Borrowed<'_>,
    value: Option<Borrowed<'_>>,
) -> Res<()> {
    let (object, key) = (object.as_raw(), key.as_raw());
    done(match value {
        // SAFETY: live objects.
        Some(value) => unsafe { ffi::PyObject_SetItem(object, key, value.as_raw()) },
        // SAFETY: live objects.
        None => unsafe { ffi::PyObject_DelItem(object, key) },
    })
}

#[inline]
pub(crate) fn compare(a: Borrowed<'_>, b: Borrowed<'_>, operation: c_int) -> Res {
    // SAFETY: live objects; the operation comes from the interpreter.
    unsafe { Owned::from_new(ffi::PyObject_RichCompare(a.as_raw(), b.as_raw(), operation)) }
}

// ---- classes ----

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

fn mro_of(class: Borrowed<'_>) -> Option<Owned> {
    // SAFETY: a class; its MRO is a tuple, replaced as a whole when bases change.
    unsafe { Borrowed::from_nullable((*class.as_raw().cast::<ffi::PyTypeObject>()).tp_mro) }
        .map(Borrowed::own)
}

/// The raw entry of a name in one class's own `__dict__`.
pub(crate) fn class_entry(class: Borrowed<'_>, name: Borrowed<'_>) -> Res<Option<Owned>> {
    match super::compat::type_dict(class.as_raw().cast()) {
        Some(dict) => dict_get(dict.get(), name),
        None => Ok(None),
    }
}

/// Whether the object's type defines `__get__`.
pub(crate) fn is_descriptor(object: Borrowed<'_>) -> bool {
    // SAFETY: a live object has a live type.
    unsafe { (*object.ty()).tp_descr_get.is_some() }
}

// ---- making ----

pub(crate) fn string(text: &str) -> Res {
    // SAFETY: UTF-8 of the given length, copied.
    unsafe {
        Owned::from_new(ffi::PyUnicode_FromStringAndSize(
            text.as_ptr().cast(),
            text.len() as ffi::Py_ssize_t,
        ))
    }
}

/// A string's text; other objects have none.
pub(crate) fn text(object: Borrowed<'_>) -> Res<String> {
    let mut length: ffi::Py_ssize_t = 0;
    // SAFETY: the function refuses what is not a string; the bytes live as long as the object.
    unsafe {
        let bytes = ffi::PyUnicode_AsUTF8AndSize(object.as_raw(), &mut length);
        if bytes.is_null() {
            return Err(Raised::set_by_c());
        }
        let bytes = core::slice::from_raw_parts(bytes.cast::<u8>(), length as usize);
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }
}

/// The name of an object's type, for messages.
pub(crate) fn type_name(object: Borrowed<'_>) -> String {
    // SAFETY: a live object's type has a NUL-terminated name.
    unsafe { CStr::from_ptr((*object.ty()).tp_name) }
        .to_string_lossy()
        .into_owned()
}

/// `repr(object)` for messages: what fails to print itself is named by its type.
#[cold]
pub(crate) fn describe(object: Borrowed<'_>) -> String {
    match PyObject_Repr(object).and_then(|shown| text(shown.get())) {
        Ok(shown) => shown,
        Err(raised) => {
            raised.clear();
            format!("<{} object>", type_name(object))
        }
    }
}

#[inline]
pub(crate) fn dict() -> Res {
    // SAFETY: no conditions.
    unsafe { Owned::from_new(ffi::PyDict_New()) }
}

#[inline]
pub(crate) fn dict_set(dict: Borrowed<'_>, key: Borrowed<'_>, value: Borrowed<'_>) -> Res<()> {
    // SAFETY: a dict and live objects.
    done(unsafe { ffi::PyDict_SetItem(dict.as_raw(), key.as_raw(), value.as_raw()) })
}

pub(crate) fn dict_copy(dict: Borrowed<'_>) -> Res {
    // SAFETY: a dict.
    unsafe { Owned::from_new(ffi::PyDict_Copy(dict.as_raw())) }
}

pub(crate) fn dict_update(dict: Borrowed<'_>, other: Borrowed<'_>) -> Res<()> {
    // SAFETY: a dict and a mapping.
    done(unsafe { ffi::PyDict_Update(dict.as_raw(), other.as_raw()) })
}

/// The value of a key; `None` where there is none.
pub(crate) fn dict_get(dict: Borrowed<'_>, key: Borrowed<'_>) -> Res<Option<Owned>> {
    let mut found: Raw = ptr::null_mut();
    // SAFETY: a dict, a live key, a slot for the new reference.
    done(unsafe { ffi::compat::PyDict_GetItemRef(dict.as_raw(), key.as_raw(), &mut found) })?;
    // SAFETY: NULL or a new reference.
    Ok(unsafe { Owned::from_nullable(found) })
}

pub(crate) fn list() -> Res {
    // SAFETY: no conditions.
    unsafe { Owned::from_new(ffi::PyList_New(0)) }
}

pub(crate) fn list_append(list: Borrowed<'_>, item: Borrowed<'_>) -> Res<()> {
    // SAFETY: a list and a live object.
    done(unsafe { ffi::PyList_Append(list.as_raw(), item.as_raw()) })
}

/// Two tuples as one.
pub(crate) fn concat(front: Borrowed<'_>, back: Borrowed<'_>) -> Res {
    // SAFETY: two sequences.
    unsafe { Owned::from_new(ffi::PySequence_Concat(front.as_raw(), back.as_raw())) }
}

pub(crate) fn dict_len(dict: Borrowed<'_>) -> usize {
    // SAFETY: a dict.
    unsafe { ffi::PyDict_Size(dict.as_raw()) }.unsigned_abs()
}

#[inline]
pub(crate) fn tuple_len(tuple: Borrowed<'_>) -> usize {
    // SAFETY: a tuple.
    unsafe { ffi::PyTuple_GET_SIZE(tuple.as_raw()) }.unsigned_abs()
}

/// The length of an object that ought to be a tuple.
pub(crate) fn tuple_len_of(object: Borrowed<'_>) -> Res<usize> {
    // SAFETY: a live object; anything that is no tuple is refused with an exception.
    let length = unsafe { ffi::PyTuple_Size(object.as_raw()) };
    if length < 0 {
        Err(Raised::set_by_c())
    } else {
        Ok(length.unsigned_abs())
    }
}

#[inline]
pub(crate) fn tuple_item(tuple: Borrowed<'_>, index: usize) -> Option<Borrowed<'_>> {
    if index >= tuple_len(tuple) {
        return None;
    }
    // SAFETY: a tuple and an index inside; the tuple keeps its items alive.
    unsafe {
        Borrowed::from_nullable(ffi::PyTuple_GET_ITEM(
            tuple.as_raw(),
            index as ffi::Py_ssize_t,
        ))
    }
}

pub(crate) fn tuple_from(tuple: Borrowed<'_>, start: usize) -> Res {
    // SAFETY: a tuple; the bounds are clipped by the function.
    unsafe {
        Owned::from_new(ffi::PyTuple_GetSlice(
            tuple.as_raw(),
            start as ffi::Py_ssize_t,
            tuple_len(tuple) as ffi::Py_ssize_t,
        ))
    }
}

/// A tuple of these objects.
#[inline]
pub(crate) fn tuple<const N: usize>(items: [Borrowed<'_>; N]) -> Res {
    // SAFETY: every slot of the new tuple is filled, with a reference of its own, before it is seen.
    unsafe {
        let tuple = Owned::from_new(ffi::PyTuple_New(N as ffi::Py_ssize_t))?;
        for (index, item) in items.into_iter().enumerate() {
            ffi::PyTuple_SET_ITEM(
                tuple.get().as_raw(),
                index as ffi::Py_ssize_t,
                item.own().into_raw(),
            );
        }
        Ok(tuple)
    }
}

/// A bound method of a callable.
#[inline]
pub(crate) fn bind_method(function: Borrowed<'_>, instance: Borrowed<'_>) -> Res {
    // SAFETY: live objects.
    unsafe {
        Owned::from_new(super::decl::PyMethod_New(
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

/// Binds a descriptor as attribute lookup would; `None` where the object is no descriptor.
#[inline]
pub(crate) fn descriptor_get(
    descriptor: Borrowed<'_>,
    instance: Option<Borrowed<'_>>,
    owner: Option<Borrowed<'_>>,
) -> Option<Res> {
    // SAFETY: live objects; C descriptors expect NULL, not None, for a missing instance.
    unsafe {
        let get = (*descriptor.ty()).tp_descr_get?;
        Some(Owned::from_new(get(
            descriptor.as_raw(),
            or_null(instance),
            or_null(owner),
        )))
    }
}

/// Assigns to or deletes through a data descriptor; `None` where the object is none.
pub(crate) fn descriptor_set(
    descriptor: Borrowed<'_>,
    instance: Borrowed<'_>,
    value: Option<Borrowed<'_>>,
) -> Option<Res<()>> {
    // SAFETY: live objects; a NULL value deletes.
    unsafe {
        let set = (*descriptor.ty()).tp_descr_set?;
        Some(done(set(
            descriptor.as_raw(),
            instance.as_raw(),
            or_null(value),
        )))
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
            super::call::call_with(function.get(), [name])
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

/// A string that is interned, as attribute names are.
pub(crate) fn interned(text: &str) -> Res {
    let mut raw = string(text)?.into_raw();
    // SAFETY: the pointer owns its reference before and after, whichever string it then is.
    unsafe {
        ffi::PyUnicode_InternInPlace(&mut raw);
        Owned::from_new(raw)
    }
}

/// Runs `work` one level deeper in the interpreter's recursion count, so that endless forwarding
/// ends in RecursionError and not in the machine's stack.
#[inline(never)]
pub(crate) fn guarded<R>(work: impl FnOnce() -> Res<R>) -> Res<R> {
    // SAFETY: entered and left in pairs on this thread.
    unsafe {
        if ffi::Py_EnterRecursiveCall(c" while forwarding through a proxy".as_ptr()) != 0 {
            return Err(Raised::set_by_c());
        }
        let result = work();
        ffi::Py_LeaveRecursiveCall();
        result
    }
}

/// Puts a value into a field and drops the old one now, where running user code is harmless.
#[inline]
pub(crate) fn replace(field: &Field, owner: Borrowed<'_>, value: Option<Owned>) {
    drop(field.swap(owner, value));
}
