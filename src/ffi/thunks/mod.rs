//! Thunks: C functions that stand in a definition in place of its own, and pass calls on to what
//! was put there, or to the definition's own C function where nothing is.
//!
//! A C function is told `self` and the arguments, and not for which definition it is called. So
//! each patched definition needs a thunk of its own, told apart by its address alone. They are
//! made by the compiler, a fixed number for each form of arguments, from one generic function
//! whose parameter is the number of the thunk: that needs no page of memory that is written and
//! then executed, which many systems forbid, and no assembler for each processor. A thunk is two
//! instructions; all of them take 240 kB. Who uses all of one form is told so.
//!
//! A thunk serves one definition with one C function for ever: compiled code of 3.15 may hold its
//! address after it was taken out, and so may whoever copied the definition. It is then called for
//! nothing but its own definition, finds that nothing is put, and passes the call through.
//!
//! Definitions belong to the process, what is put there to one interpreter: a thunk looks which
//! interpreter calls, and passes the calls of others through. This is the one place of the crate
//! where references stand in statics; they are roots, kept until they are taken out or their
//! interpreter ends (`registry`), and only threads of their own interpreter follow them.
//!
//! Reading takes no lock. With the GIL nothing can come between the load of a reference and its
//! increment; without it, whoever takes a reference out drops it only after every thread was
//! stopped once, and threads do not stop in a thunk.

mod pool;
mod registry;
mod serve;

pub(crate) use registry::{Others, Refusal, original, put};

use super::definition::Convention;
use super::object::{Borrowed, Owned, Raw};
use core::ffi::c_void;
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU8, Ordering};
use pyo3::ffi;

/// What one thunk serves. All zero until the thunk is given out.
pub(super) struct Slot {
    /// The C function that stood in the definition.
    original: AtomicPtr<c_void>,
    /// The definition with that C function, for more functions like it.
    copy: AtomicPtr<ffi::PyMethodDef>,
    convention: AtomicU8,
    /// Whether `self` goes in front of the arguments: for methods, not for functions of modules.
    binds: AtomicBool,
    first: Node,
}

/// What one interpreter has put into a slot.
struct Node {
    interpreter: AtomicPtr<ffi::PyInterpreterState>,
    /// What is called, and a function that keeps the definition: references, or NULL.
    callable: AtomicPtr<ffi::PyObject>,
    keeper: AtomicPtr<ffi::PyObject>,
    next: AtomicPtr<Node>,
}

impl Node {
    #[allow(clippy::declare_interior_mutable_const, reason = "fills the statics")]
    const EMPTY: Node = Node {
        interpreter: AtomicPtr::new(ptr::null_mut()),
        callable: AtomicPtr::new(ptr::null_mut()),
        keeper: AtomicPtr::new(ptr::null_mut()),
        next: AtomicPtr::new(ptr::null_mut()),
    };

    /// Puts references in, and gives back those that stood there.
    fn swap(&self, callable: Option<Owned>, keeper: Option<Owned>) -> [Option<Owned>; 2] {
        let swap = |place: &AtomicPtr<ffi::PyObject>, value: Option<Owned>| {
            let new = value.map_or(ptr::null_mut(), Owned::into_raw);
            // SAFETY: the place owned what it held.
            unsafe { Owned::from_nullable(place.swap(new, Ordering::AcqRel)) }
        };
        let kept = swap(&self.keeper, keeper);
        [swap(&self.callable, callable), kept]
    }

    fn is_used(&self) -> bool {
        !self.callable.load(Ordering::Acquire).is_null()
    }
}

impl Slot {
    #[allow(clippy::declare_interior_mutable_const, reason = "fills the statics")]
    const EMPTY: Slot = Slot {
        original: AtomicPtr::new(ptr::null_mut()),
        copy: AtomicPtr::new(ptr::null_mut()),
        convention: AtomicU8::new(0),
        binds: AtomicBool::new(false),
        first: Node::EMPTY,
    };

    fn nodes(&'static self) -> impl Iterator<Item = &'static Node> {
        core::iter::successors(Some(&self.first), |node| {
            // SAFETY: nodes are in statics or leaked.
            unsafe { node.next.load(Ordering::Acquire).as_ref() }
        })
    }

    fn node_of(&'static self, interpreter: *mut ffi::PyInterpreterState) -> Option<&'static Node> {
        self.nodes()
            .find(|node| ptr::eq(node.interpreter.load(Ordering::Acquire), interpreter))
    }

    /// What the calling interpreter has put here.
    #[inline]
    fn callable(&self) -> Option<Owned> {
        // SAFETY: a C function is called by a thread that is attached to its interpreter. What a
        // node of that interpreter refers to is alive until this thread could have been stopped.
        unsafe {
            let here = ffi::PyInterpreterState_Get();
            let mut node = &self.first;
            while !ptr::eq(node.interpreter.load(Ordering::Acquire), here) {
                node = node.next.load(Ordering::Acquire).as_ref()?;
            }
            Borrowed::from_nullable(node.callable.load(Ordering::Acquire)).map(Borrowed::own)
        }
    }

    fn is_for(&self, convention: Convention) -> bool {
        self.convention.load(Ordering::Relaxed) == convention as u8
    }
}

/// As the interpreter calls C functions, by form of arguments.
type Two = unsafe extern "C" fn(Raw, Raw) -> Raw;
type Three = unsafe extern "C" fn(Raw, Raw, Raw) -> Raw;
type Vector = unsafe extern "C" fn(Raw, *const Raw, isize) -> Raw;
type VectorNames = unsafe extern "C" fn(Raw, *const Raw, isize, Raw) -> Raw;
type ClassVectorNames =
    unsafe extern "C" fn(Raw, *mut ffi::PyTypeObject, *const Raw, isize, Raw) -> Raw;
