//! C functions and methods from the inside: the definition (`PyMethodDef`) that each of them reads
//! at every call, how that is called, and more functions made from a copy of one.
//!
//! A built-in function, a method descriptor and every method bound from it refer to one definition,
//! which lives in the data of the extension. They choose how to pass arguments when they are made,
//! by the flags; which C function gets them they look up at the call. So whoever exchanges that
//! pointer for a function of the same convention reaches all holders of the function.

use super::error::Res;
use super::object::{Borrowed, Owned, Raw};
use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicPtr, Ordering};
use core::{mem, ptr};
use pyo3::ffi;
use pyo3::ffi::PyMethodDef;

/// How the C function of a definition wants its arguments.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Convention {
    NoArguments,
    OneArgument,
    Tuple,
    TupleAndDict,
    Vector,
    VectorAndNames,
    ClassVectorAndNames,
}

pub(super) const CONVENTIONS: [(Convention, c_int); 7] = [
    (Convention::NoArguments, ffi::METH_NOARGS),
    (Convention::OneArgument, ffi::METH_O),
    (Convention::Tuple, ffi::METH_VARARGS),
    (
        Convention::TupleAndDict,
        ffi::METH_VARARGS | ffi::METH_KEYWORDS,
    ),
    (Convention::Vector, ffi::METH_FASTCALL),
    (
        Convention::VectorAndNames,
        ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
    ),
    (
        Convention::ClassVectorAndNames,
        ffi::METH_METHOD | ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
    ),
];

impl Convention {
    fn of(flags: c_int) -> Option<Convention> {
        let known = flags & !(ffi::METH_CLASS | ffi::METH_STATIC | ffi::METH_COEXIST);
        let found = CONVENTIONS.iter().find(|(_, flags)| *flags == known);
        found.map(|(convention, _)| *convention)
    }
}

// The layouts, which pyo3 does not promise to be those of C. They are the same from 3.9 to 3.15;
// `read` compares what it finds with what CPython's own functions say.

#[repr(C)]
struct Function {
    head: ffi::PyObject,
    definition: *mut PyMethodDef,
    this: Raw,
    module: Raw,
    weakrefs: Raw,
    vectorcall: Option<ffi::vectorcallfunc>,
}

#[repr(C)]
struct MethodOfClass {
    function: Function,
    class: *mut ffi::PyTypeObject,
}

#[repr(C)]
struct Descriptor {
    head: ffi::PyObject,
    class: *mut ffi::PyTypeObject,
    name: Raw,
    qualname: Raw,
    definition: *mut PyMethodDef,
}

/// What kind of object refers to a definition.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holder {
    Function,
    Method,
    ClassMethod,
}

fn holder(object: Borrowed<'_>) -> Option<Holder> {
    if object.is_exactly(&raw mut ffi::PyMethodDescr_Type) {
        Some(Holder::Method)
    } else if object.is_exactly(&raw mut ffi::PyClassMethodDescr_Type) {
        Some(Holder::ClassMethod)
    } else if super::api::is_builtin_function(object) {
        Some(Holder::Function)
    } else {
        None
    }
}

/// A definition that somebody keeps alive for `'a`, by a function that refers to it.
#[derive(Clone, Copy)]
pub(crate) struct Definition<'a> {
    function: Borrowed<'a>,
    holder: Holder,
    place: *mut PyMethodDef,
    pub(crate) convention: Convention,
}

/// The definition of a C function, method descriptor or bound C method; `None` for anything else,
/// and where this CPython lays them out in another way.
pub(crate) fn read(function: Borrowed<'_>) -> Option<Definition<'_>> {
    let holder = holder(function)?;
    // SAFETY: the type was checked, and objects of it have this layout; where they had not, only
    // words of the object would be misread, and the comparison with CPython's answers fails.
    unsafe {
        let place = if holder == Holder::Function {
            let place = (*function.as_raw().cast::<Function>()).definition;
            let flags = ffi::PyCFunction_GetFlags(function.as_raw());
            if place.is_null() || (*place).ml_flags != flags {
                return None;
            }
            place
        } else {
            (*function.as_raw().cast::<Descriptor>()).definition
        };
        let place = ptr::NonNull::new(place)?.as_ptr();
        Some(Definition {
            function,
            holder,
            place,
            convention: Convention::of((*place).ml_flags)?,
        })
    }
}

impl<'a> Definition<'a> {
    pub(crate) fn function(&self) -> Borrowed<'a> {
        self.function
    }

    pub(crate) fn place(&self) -> *mut PyMethodDef {
        self.place
    }

    pub(crate) fn flags(&self) -> c_int {
        // SAFETY: the function keeps its definition.
        unsafe { (*self.place).ml_flags }
    }

    /// The C function, as all threads read it.
    pub(crate) fn pointer(&self) -> &'a AtomicPtr<c_void> {
        // SAFETY: the union is one pointer, aligned, and lives as long as the function does.
        unsafe { pointer_of(self.place) }
    }

    /// A copy for new functions, with another C function of the same convention. It is never freed:
    /// functions made from it may live for ever. Its strings are copies too, since those of a
    /// definition made at run time go with it.
    pub(crate) fn copied(&self, pointer: *mut c_void) -> *mut PyMethodDef {
        // SAFETY: the definition is alive and its strings are NUL-terminated or NULL.
        unsafe {
            let mut copy = *self.place;
            copy.ml_name = copied_text(copy.ml_name);
            copy.ml_doc = copied_text(copy.ml_doc);
            let copy = Box::into_raw(Box::new(copy));
            pointer_of(copy).store(pointer, Ordering::Relaxed);
            copy
        }
    }

    /// A callable like the function the definition was read from, with another definition of the
    /// same flags: a function with the same `__self__`, or a descriptor of the same class.
    pub(crate) fn like(&self, definition: *mut PyMethodDef) -> Res {
        let raw = self.function.as_raw();
        // SAFETY: the layouts were checked when the definition was read; definitions given here
        // are copies, which live for ever.
        unsafe {
            match self.holder {
                Holder::Method => {
                    let class = (*raw.cast::<Descriptor>()).class;
                    Owned::from_new(ffi::PyDescr_NewMethod(class, definition))
                }
                Holder::ClassMethod => {
                    let class = (*raw.cast::<Descriptor>()).class;
                    Owned::from_new(ffi::PyDescr_NewClassMethod(class, definition))
                }
                Holder::Function => {
                    let function = raw.cast::<Function>();
                    let class = if self.convention == Convention::ClassVectorAndNames {
                        (*raw.cast::<MethodOfClass>()).class
                    } else {
                        ptr::null_mut()
                    };
                    let (this, module) = ((*function).this, (*function).module);
                    Owned::from_new(ffi::PyCMethod_New(definition, this, module, class))
                }
            }
        }
    }
}

/// # Safety
/// The definition is alive for `'a`.
pub(super) unsafe fn pointer_of<'a>(definition: *mut PyMethodDef) -> &'a AtomicPtr<c_void> {
    const { assert!(size_of::<ffi::PyMethodDefPointer>() == size_of::<AtomicPtr<c_void>>()) };
    // SAFETY: by this function's contract; every access of ours is atomic, CPython's are of a word.
    unsafe { AtomicPtr::from_ptr((&raw mut (*definition).ml_meth).cast()) }
}

/// # Safety
/// A NUL-terminated string, or NULL.
unsafe fn copied_text(text: *const core::ffi::c_char) -> *const core::ffi::c_char {
    if text.is_null() {
        return text;
    }
    // SAFETY: by this function's contract; the copy is given away for good.
    unsafe { core::ffi::CStr::from_ptr(text) }
        .to_owned()
        .into_raw()
}

/// Binds a callable to an instance as its class would: a C method becomes a bound C method where
/// the instance is of its class, all else a method of the callable.
pub(crate) fn bind(callable: Borrowed<'_>, instance: Borrowed<'_>) -> Res {
    let Some(holder) = holder(callable).filter(|holder| *holder != Holder::Function) else {
        return super::api::bind_method(callable, instance);
    };
    // SAFETY: a descriptor, which keeps its class; a C method gets only instances of that class,
    // a C class method only classes that derive from it.
    unsafe {
        let descriptor = callable.as_raw().cast::<Descriptor>();
        let class = (*descriptor).class;
        let fits = match holder {
            Holder::ClassMethod => {
                super::api::is_type(instance)
                    && ffi::PyType_IsSubtype(instance.as_raw().cast(), class) != 0
            }
            _ => ffi::PyType_IsSubtype(instance.ty(), class) != 0,
        };
        if !fits {
            return super::api::bind_method(callable, instance);
        }
        let definition = (*descriptor).definition;
        let defining = if (*definition).ml_flags & ffi::METH_METHOD != 0 {
            class
        } else {
            ptr::null_mut()
        };
        Owned::from_new(ffi::PyCMethod_New(
            definition,
            instance.as_raw(),
            ptr::null_mut(),
            defining,
        ))
    }
}

const _: () = assert!(mem::offset_of!(Function, definition) == size_of::<ffi::PyObject>());
