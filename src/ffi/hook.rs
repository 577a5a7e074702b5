//! What a call of a Python function goes to, which is a pointer in the function, and the keyword
//! defaults that carry what a pointer of ours needs.
//!
//! The pointer says nothing about the function it was put into, so what belongs to it must be found
//! from the function alone, without a lookup by hash, and must be visible to the collector. Keyword
//! defaults are an attribute that may be any dict: here they are a [`Carrier`], which is an empty or
//! equal dict with three references more. Its deallocator, an address that no other type has, tells
//! it from other dicts in every interpreter.

use super::call::vectorcall_at;
use super::compat::locked;
use super::error::{Exc, Res, raise};
use super::holder::{self, Holder};
use super::instance::{Instance, RawType};
use super::object::{Borrowed, Field, Owned, Raw};
use super::typedef::{METHODS_END, Table, TypeDef, noargs, slot};
use super::{api, shapes::entry};
use core::ffi::{c_int, c_void};
use core::mem::size_of;
use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use pyo3::ffi;
use pyo3::ffi::PyFunctionObject;

// ---- the pointer ----

/// What calls of a function just made go to. A fact about the process, the same for all of its
/// interpreters; zero until [`learn`].
static USUAL: AtomicUsize = AtomicUsize::new(0);

/// Learns from a function just made what calls go to.
pub(crate) fn learn(function: Borrowed<'_>) {
    USUAL.store(pointer(function), Ordering::Relaxed);
}

/// The place of the pointer; the type says where it lies.
fn place(function: Borrowed<'_>) -> *mut usize {
    // SAFETY: callers checked that it is a function, whose type is static and has an offset.
    unsafe {
        let offset = (*function.ty()).tp_vectorcall_offset;
        function.as_raw().cast::<u8>().offset(offset).cast()
    }
}

fn pointer(function: Borrowed<'_>) -> usize {
    // SAFETY: the place is pointer-wide, aligned, and lives as long as the function.
    unsafe { AtomicPtr::from_ptr(place(function).cast::<*mut c_void>()) }
        .load(Ordering::Relaxed)
        .addr()
}

/// Who gets the calls of a function.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Callee {
    /// The interpreter, as for any function.
    Usual,
    /// The function that was asked about.
    Ours,
    /// Somebody else put a pointer in.
    Foreign,
}

pub(crate) fn callee(function: Borrowed<'_>, ours: ffi::vectorcallfunc) -> Callee {
    match pointer(function) {
        found if found == ours as usize => Callee::Ours,
        found if found == USUAL.load(Ordering::Relaxed) => Callee::Usual,
        _ => Callee::Foreign,
    }
}

/// Whether calls go where those of any function go, so that call sites may specialise on it.
#[cfg(Py_3_13)]
pub(crate) fn is_usual(function: Borrowed<'_>) -> bool {
    pointer(function) == USUAL.load(Ordering::Relaxed)
}

/// A change of the pointer, made together with one of the fields.
#[derive(Clone, Copy)]
pub(crate) struct Redirect {
    pub(crate) ours: ffi::vectorcallfunc,
    /// Whether calls shall come to us.
    pub(crate) on: bool,
    /// Whether they do so far, for all we know; `None` where that does not matter.
    pub(crate) was: Option<bool>,
}

impl Redirect {
    /// Whether nobody else changed the pointer. A foreign one that we found is left alone, and
    /// nothing is put over it; nor is anything put in before there is a way back.
    pub(super) fn fits(self, function: Borrowed<'_>) -> bool {
        if self.on && USUAL.load(Ordering::Relaxed) == 0 {
            return false;
        }
        match (self.was, callee(function, self.ours)) {
            (None, _) => true,
            (Some(true), found) => found == Callee::Ours,
            (Some(false), found) => !self.on || found != Callee::Foreign,
        }
    }

    /// Makes the change. Versions by which call sites remember the function were cleared before.
    pub(super) fn put(self, function: Borrowed<'_>) {
        let found = callee(function, self.ours);
        let usual = USUAL.load(Ordering::Relaxed);
        if self.on {
            store(function, self.ours as usize);
        } else if usual != 0 && (found == Callee::Ours || self.was.is_none()) {
            store(function, usual);
        }
    }
}

fn store(function: Borrowed<'_>, address: usize) {
    if pointer(function) == address {
        return;
    }
    #[cfg(all(Py_3_12, not(Py_GIL_DISABLED)))]
    // SAFETY: a function, and the address of an entry: ours, or one read from a function.
    unsafe {
        let entry: ffi::vectorcallfunc = core::mem::transmute(address);
        super::decl::PyFunction_SetVectorcall(function.as_raw(), entry);
    }
    // Without the GIL CPython's setter stops the world, which it is already; before 3.12 there was
    // none.
    #[cfg(not(all(Py_3_12, not(Py_GIL_DISABLED))))]
    // SAFETY: as in `pointer`; the address is that of an entry.
    unsafe {
        AtomicPtr::from_ptr(place(function).cast::<*mut c_void>())
            .store(ptr::without_provenance_mut(address), Ordering::Relaxed);
    }
}

/// Calls a function as if its pointer were the usual one.
///
/// # Safety
/// The four values come from a vectorcall entry of a function.
#[cold]
pub(crate) unsafe fn call_usual(function: Raw, items: *const Raw, count: usize, names: Raw) -> Raw {
    // SAFETY: a pointer of ours is put in only after `learn` has read a real one.
    unsafe { vectorcall_at(USUAL.load(Ordering::Relaxed), function, items, count, names) }
}

// ---- the keyword defaults ----

/// Room for a dict, whose size differs between versions; [`carrier_type`] compares.
type DictPart = [usize; 8];

/// Keyword defaults with what belongs to a patched function. Never changed once it is shared.
#[repr(C)]
pub(crate) struct Carrier {
    dict: DictPart,
    /// The patched function as Python code knows it.
    record: Field,
    /// What a pointer of ours needs; empty where the function has none.
    hook: Field,
    /// The function's code at that time. With another, somebody else has taken the function over.
    code: Field,
}

// SAFETY: a dict begins with its PyObject; named only where the deallocator was seen to be ours.
unsafe impl Instance for Carrier {}

impl Carrier {
    /// Sees an object as a carrier if it is one.
    #[inline]
    pub(crate) fn of<'a>(object: Borrowed<'a>) -> Option<&'a Carrier> {
        // SAFETY: a live object has a live type; only our type has our deallocator, since no class
        // can derive from it.
        unsafe {
            let found = (*object.ty())
                .tp_dealloc
                .map_or(0, |function| function as usize);
            (found == dealloc as *const () as usize).then(|| Carrier::from_slot(object.as_raw()))
        }
    }

    pub(crate) fn record(&self) -> Option<Borrowed<'_>> {
        // SAFETY: set before the carrier was shared; the caller holds the carrier.
        unsafe { self.record.borrow_constant() }
    }

    /// Whether this carries that hook, for that code.
    pub(crate) fn serves(&self, hook: Borrowed<'_>, code: Borrowed<'_>) -> bool {
        self.hook.holds(hook) && self.code.holds(code)
    }
}

impl Holder for Carrier {
    fn fields(&self) -> impl Iterator<Item = &Field> {
        [&self.record, &self.hook, &self.code].into_iter()
    }
}

/// The hook of a function, unless somebody else has changed its keyword defaults or its code.
#[inline]
pub(crate) fn hook_of(function: Borrowed<'_>) -> Option<Owned> {
    // Without the GIL a setter in another thread may be about to free what is read here.
    locked(function, || {
        // SAFETY: callers know that it is a function; its fields hold live objects or NULL.
        unsafe {
            let f = function.as_raw().cast::<PyFunctionObject>();
            let carrier = Carrier::of(Borrowed::from_nullable((*f).func_kwdefaults)?)?;
            if !carrier.code.points_at((*f).func_code) {
                return None;
            }
            carrier.hook.borrow_constant().map(Borrowed::own)
        }
    })
}

/// Keyword defaults of a function that carry these.
pub(crate) fn carry(
    class: Borrowed<'_>,
    keywords: Option<Borrowed<'_>>,
    record: Option<Borrowed<'_>>,
    hook: Option<Borrowed<'_>>,
    code: Borrowed<'_>,
) -> Res {
    let nothing = api::tuple([])?;
    // SAFETY: a type derived from dict, which dict's own constructor makes empty instances of; ours
    // has room behind it, zeroed by the allocator.
    let carrier = unsafe {
        let Some(new) = ffi::PyDict_Type.tp_new else {
            return Err(raise(Exc::Type, "dict cannot be derived from"));
        };
        Owned::from_new(new(
            class.as_raw().cast(),
            nothing.get().as_raw(),
            ptr::null_mut(),
        ))?
    };
    if let Some(keywords) = keywords {
        api::dict_update(carrier.get(), keywords)?;
    }
    if let Some(this) = Carrier::of(carrier.get()) {
        for (field, value) in [(&this.record, record), (&this.hook, hook)] {
            if let Some(value) = value {
                field.init_unshared(value.own());
            }
        }
        this.code.init_unshared(code.own());
    }
    Ok(carrier)
}

entry!(lone reduce: Carrier = reduced);

/// Copies and pickles are plain dicts.
fn reduced(this: &Carrier) -> Res {
    let copied = api::dict_copy(this.object())?;
    let arguments = api::tuple([copied.get()])?;
    api::tuple([api::dict_type(), arguments.get()])
}

static METHODS: Table<ffi::PyMethodDef> = Table(&[noargs(c"__reduce__", reduce), METHODS_END]);

/// Makes the type of carriers.
pub(crate) fn carrier_type(module: Borrowed<'_>) -> Res {
    // SAFETY: a static type, ready since the interpreter started.
    let size = unsafe { ffi::PyDict_Type.tp_basicsize }.unsigned_abs();
    if size > size_of::<DictPart>() {
        return Err(raise(
            Exc::Runtime,
            "dicts are larger than this was built for",
        ));
    }
    let definition = TypeDef {
        name: c"wraptrs._KeywordDefaults",
        basicsize: size_of::<Carrier>(),
        collected: true,
        base: false,
        vectorcall: false,
        slots: vec![
            slot::tp_dealloc(dealloc),
            slot::tp_traverse(traverse),
            slot::tp_clear(clear),
            slot::methods(&METHODS),
        ],
    };
    definition.build(module, Some(api::dict_type()))
}

unsafe extern "C" fn traverse(raw: Raw, visit: ffi::visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: the collector passes a carrier and its own callback; dict's part is dict's.
    unsafe {
        let status = holder::traverse::<Carrier>(raw, visit, arg);
        match ffi::PyDict_Type.tp_traverse {
            Some(dict) if status == 0 => dict(raw, visit, arg),
            _ => status,
        }
    }
}

unsafe extern "C" fn clear(raw: Raw) -> c_int {
    // SAFETY: the collector passes a carrier that is garbage.
    unsafe {
        Carrier::from_slot(raw).empty();
        ffi::PyDict_Type.tp_clear.map_or(0, |dict| dict(raw))
    }
}

unsafe extern "C" fn dealloc(raw: Raw) {
    // SAFETY: called once, when the last reference is gone; dict's deallocator frees the memory and
    // leaves the reference to a heap type to its subclass.
    unsafe {
        let ty: RawType = ffi::Py_TYPE(raw);
        ffi::PyObject_GC_UnTrack(raw.cast());
        Carrier::from_slot(raw).empty();
        if let Some(dict) = ffi::PyDict_Type.tp_dealloc {
            dict(raw);
        }
        ffi::Py_DECREF(ty.cast());
    }
}
