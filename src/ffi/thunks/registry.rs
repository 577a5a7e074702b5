//! Which thunk serves which definition, and what is put there: all that writes.
//!
//! One lock for the process guards the tables, since interpreters with a GIL of their own share
//! them. Nothing that could run Python code, stop threads or allocate through the interpreter is
//! done under it.

use super::super::definition::Definition;
use super::super::error::{Raised, Res};
use super::super::object::{Borrowed, Owned, Raw};
use super::super::world::stopped;
use super::super::writable::{self, Answer};
use super::super::{api, decl};
use super::{Node, Slot, pool};
use core::ffi::{CStr, c_void};
use core::ptr;
use core::sync::atomic::Ordering;
use pyo3::ffi;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Why a definition cannot be patched.
#[derive(Clone, Copy)]
pub(crate) enum Refusal {
    ReadOnly,
    Unknown,
    Exhausted,
    /// Somebody else has put another C function there.
    Changed,
}

/// A thunk that was given out.
#[derive(Clone, Copy)]
struct Given {
    slot: &'static Slot,
    address: *mut c_void,
}

// SAFETY: the address is that of a function, and slots are made for all threads.
unsafe impl Send for Given {}

struct Registry {
    used: [usize; pool::FORMS],
    /// By the address of the definition. More than one where its C function was not always the
    /// same, or memory of a definition made at run time served again.
    given: BTreeMap<usize, Vec<Given>>,
}

static REGISTRY: Mutex<Registry> = Mutex::new(Registry {
    used: [0; pool::FORMS],
    given: BTreeMap::new(),
});

fn registry() -> MutexGuard<'static, Registry> {
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}

fn here() -> *mut ffi::PyInterpreterState {
    // SAFETY: only attached threads run code of ours.
    unsafe { ffi::PyInterpreterState_Get() }
}

impl Registry {
    /// The thunk through which this interpreter has something put into the definition.
    fn active(&self, definition: &Definition<'_>) -> Option<Given> {
        let here = here();
        let given = self.given.get(&(definition.place() as usize))?;
        let found = given
            .iter()
            .find(|it| it.slot.node_of(here).is_some_and(Node::is_used));
        found.copied()
    }

    /// The thunk for a definition as it stands, given out now where it has none.
    fn prepared(&mut self, definition: &Definition<'_>, binds: bool) -> Result<Given, Refusal> {
        let current = definition.pointer().load(Ordering::Acquire);
        let key = definition.place() as usize;
        let convention = definition.convention;
        let known = self.given.get(&key).and_then(|given| {
            given.iter().find(|it| {
                let stands = [it.address, it.slot.original.load(Ordering::Relaxed)];
                it.slot.is_for(convention)
                    && it.slot.binds.load(Ordering::Relaxed) == binds
                    && stands.contains(&current)
            })
        });
        if let Some(known) = known {
            return Ok(*known);
        }
        // SAFETY: the pointer of a live definition; other writers hold the lock.
        match unsafe { writable::ask(definition.pointer().as_ptr().cast()) } {
            Answer::Writable => {}
            Answer::ReadOnly => return Err(Refusal::ReadOnly),
            Answer::Unknown => return Err(Refusal::Unknown),
        }
        let form = pool::form_of(convention);
        let next = self.used.get_mut(form).ok_or(Refusal::Exhausted)?;
        let (slot, address) = pool::at(form, *next).ok_or(Refusal::Exhausted)?;
        *next += 1;
        slot.convention.store(convention as u8, Ordering::Relaxed);
        slot.binds.store(binds, Ordering::Relaxed);
        slot.copy
            .store(definition.copied(current), Ordering::Relaxed);
        slot.original.store(current, Ordering::Release);
        let given = Given { slot, address };
        self.given.entry(key).or_default().push(given);
        Ok(given)
    }
}

/// A callable with the behaviour that the definition has by itself.
pub(crate) fn original(definition: &Definition<'_>, binds: bool) -> Result<Res, Refusal> {
    let given = {
        let mut registry = registry();
        match registry.active(definition) {
            Some(active) => active,
            None => registry.prepared(definition, binds)?,
        }
    };
    Ok(definition.like(given.slot.copy.load(Ordering::Relaxed)))
}

/// What becomes of a C function that somebody else has put into a definition meanwhile.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Others {
    Refuse,
    Overwrite,
    /// It stays, and what we put there is reached by nobody but who holds our thunk.
    Stay,
}

/// Makes calls of a definition, by this interpreter, go to a callable; to its own C function again
/// where none is given.
pub(crate) fn put(
    definition: &Definition<'_>,
    binds: bool,
    callable: Option<Borrowed<'_>>,
    others: Others,
) -> Res<Result<(), Refusal>> {
    watch_interpreter()?;
    audit(definition.function(), callable.unwrap_or(api::none()))?;
    let callable = callable.map(Borrowed::own);
    let keeper = callable.as_ref().map(|_| definition.function().own());
    let former = {
        let mut registry = registry();
        let active = registry.active(definition);
        let current = definition.pointer().load(Ordering::Acquire);
        let changed = active.is_some_and(|active| !ptr::eq(active.address, current));
        if changed && others == Others::Refuse {
            return Ok(Err(Refusal::Changed));
        }
        let given = match active {
            Some(active) => active,
            None if callable.is_none() => return Ok(Ok(())),
            None => match registry.prepared(definition, binds) {
                Ok(given) => given,
                Err(refusal) => return Ok(Err(refusal)),
            },
        };
        let puts = callable.is_some();
        let former = own_node(given.slot).swap(callable, keeper);
        let pointer = definition.pointer();
        if changed && others == Others::Stay {
            // Nothing more to do.
        } else if puts {
            pointer.store(given.address, Ordering::Release);
        } else if !given.slot.nodes().any(Node::is_used) {
            pointer.store(
                given.slot.original.load(Ordering::Acquire),
                Ordering::Release,
            );
        }
        former
    };
    release(former);
    Ok(Ok(()))
}

fn audit(function: Borrowed<'_>, callable: Borrowed<'_>) -> Res<()> {
    let event = c"wraptrs.definition".as_ptr();
    // SAFETY: the format says that two objects follow.
    let status = unsafe {
        let format = c"OO".as_ptr();
        decl::PySys_Audit(event, format, function.as_raw(), callable.as_raw())
    };
    if status < 0 {
        Err(Raised::set_by_c())
    } else {
        Ok(())
    }
}

/// The node of this interpreter in a slot, made where there is none. Under the lock.
fn own_node(slot: &'static Slot) -> &'static Node {
    let here = here();
    if let Some(own) = slot.node_of(here) {
        return own;
    }
    let free = slot.nodes().find(|node| {
        let free = ptr::null_mut();
        let (taken, relaxed) = (Ordering::AcqRel, Ordering::Relaxed);
        let claimed = node
            .interpreter
            .compare_exchange(free, here, taken, relaxed);
        claimed.is_ok()
    });
    if let Some(free) = free {
        return free;
    }
    let node: &'static Node = Box::leak(Box::new(Node::EMPTY));
    node.interpreter.store(here, Ordering::Relaxed);
    node.next
        .store(slot.first.next.load(Ordering::Acquire), Ordering::Relaxed);
    slot.first
        .next
        .store(ptr::from_ref(node).cast_mut(), Ordering::Release);
    node
}

/// Drops references that were taken out of a node, once no thread can be about to use them.
fn release(former: [Option<Owned>; 2]) {
    if former.iter().any(Option::is_some) {
        stopped(|| ());
    }
    drop(former);
}

// ---- the end of an interpreter ----

const WATCH: &CStr = c"wraptrs.thunks";

/// Sees to it that nothing of this interpreter stays in the slots when it ends.
fn watch_interpreter() -> Res<()> {
    // SAFETY: this thread's interpreter, whose dict holds what belongs to it and goes with it.
    unsafe {
        let here = here();
        let dict = ffi::PyInterpreterState_GetDict(here);
        if dict.is_null() {
            return Err(super::super::error::shutting_down());
        }
        if !ffi::PyDict_GetItemString(dict, WATCH.as_ptr()).is_null() {
            return Ok(());
        }
        let watch = ffi::PyCapsule_New(here.cast(), WATCH.as_ptr(), Some(interpreter_ends));
        let watch = Owned::from_new(watch)?;
        let status = ffi::PyDict_SetItemString(dict, WATCH.as_ptr(), watch.get().as_raw());
        if status < 0 {
            return Err(Raised::set_by_c());
        }
    }
    Ok(())
}

unsafe extern "C" fn interpreter_ends(watch: Raw) {
    // SAFETY: a dying capsule of ours; it was made with the interpreter as its pointer, which
    // stays comparable until the interpreter is gone.
    let ending: *mut ffi::PyInterpreterState =
        unsafe { ffi::PyCapsule_GetPointer(watch, WATCH.as_ptr()).cast() };
    let mut former = Vec::new();
    for (place, given) in &registry().given {
        for given in given {
            let Some(node) = given.slot.node_of(ending) else {
                continue;
            };
            let used = node.is_used();
            former.push(node.swap(None, None));
            node.interpreter.store(ptr::null_mut(), Ordering::Release);
            if used && !given.slot.nodes().any(Node::is_used) {
                restore(*place, given);
            }
        }
    }
    drop(former);
}

/// Takes a thunk out of a definition whose keeper is still in the caller's hands.
fn restore(place: usize, given: &Given) {
    let original = given.slot.original.load(Ordering::Acquire);
    // SAFETY: the keeper refers to the definition at this place.
    let pointer = unsafe { super::super::definition::pointer_of(place as *mut ffi::PyMethodDef) };
    let _ = pointer.compare_exchange(given.address, original, Ordering::AcqRel, Ordering::Relaxed);
}
