//! C entry points over safe bodies: for each shape of slot, method or getter, `entry!` writes the
//! `extern "C"` function that turns raw pointers into references and results into what C expects.
//!
//! The bodies are safe functions; this costs no instruction over raw pointers. Panics abort
//! (Cargo.toml), so nothing unwinds into C.

use super::error::Res;
use super::object::{Owned, Raw};
use core::ffi::c_int;
use core::ptr;

/// How a body's result is told to C.
pub(crate) trait Told {
    type C;
    fn told(self) -> Self::C;
}

impl Told for Res<Owned> {
    type C = Raw;
    #[inline]
    fn told(self) -> Raw {
        self.map_or(ptr::null_mut(), Owned::into_raw)
    }
}

impl Told for Res<()> {
    type C = c_int;
    #[inline]
    fn told(self) -> c_int {
        if self.is_ok() { 0 } else { -1 }
    }
}

impl Told for Res<bool> {
    type C = c_int;
    #[inline]
    fn told(self) -> c_int {
        self.map_or(-1, c_int::from)
    }
}

/// Lengths and hashes, where -1 means an exception.
impl Told for Res<isize> {
    type C = isize;
    #[inline]
    fn told(self) -> isize {
        self.unwrap_or(-1)
    }
}

/// Writes one C entry point: `entry!(shape name: Self = body)`.
///
/// `Self` is the [`Instance`](super::Instance) layout of the type that the entry is given to.
macro_rules! entry {
    // (self) -> object, int or size: most unary slots, inquiries, lengths, hashes.
    (unary $name:ident: $this:ty => $out:ty = $body:path) => {
        crate::ffi::shapes::entry!(@fn $name(this: $crate::ffi::Raw) -> $out {
            $body(<$this as $crate::ffi::Instance>::from_slot(this))
        });
    };
    // (self, object) -> object or int.
    (with_object $name:ident: $this:ty => $out:ty = $body:path) => {
        crate::ffi::shapes::entry!(@fn $name(this: $crate::ffi::Raw, other: $crate::ffi::Raw) -> $out {
            $body(
                <$this as $crate::ffi::Instance>::from_slot(this),
                $crate::ffi::Borrowed::from_raw(other),
            )
        });
    };
    // (self, key, value or NULL) -> int.
    (assign $name:ident: $this:ty = $body:path) => {
        crate::ffi::shapes::entry!(
            @fn $name(this: $crate::ffi::Raw, key: $crate::ffi::Raw, value: $crate::ffi::Raw)
            -> core::ffi::c_int {
                $body(
                    <$this as $crate::ffi::Instance>::from_slot(this),
                    $crate::ffi::Borrowed::from_raw(key),
                    $crate::ffi::Borrowed::from_nullable(value),
                )
            }
        );
    };
    // (object, object) -> object, either side being self.
    (operands $name:ident = $body:path) => {
        crate::ffi::shapes::entry!(
            @fn $name(a: $crate::ffi::Raw, b: $crate::ffi::Raw) -> $crate::ffi::Raw {
                $body($crate::ffi::Borrowed::from_raw(a), $crate::ffi::Borrowed::from_raw(b))
            }
        );
    };
    // (object, object, object) -> object, any of the first two being self.
    (operands3 $name:ident = $body:path) => {
        crate::ffi::shapes::entry!(
            @fn $name(a: $crate::ffi::Raw, b: $crate::ffi::Raw, c: $crate::ffi::Raw)
            -> $crate::ffi::Raw {
                $body(
                    $crate::ffi::Borrowed::from_raw(a),
                    $crate::ffi::Borrowed::from_raw(b),
                    $crate::ffi::Borrowed::from_raw(c),
                )
            }
        );
    };
    (compare $name:ident: $this:ty = $body:path) => {
        crate::ffi::shapes::entry!(
            @fn $name(this: $crate::ffi::Raw, other: $crate::ffi::Raw, operation: core::ffi::c_int)
            -> $crate::ffi::Raw {
                $body(
                    <$this as $crate::ffi::Instance>::from_slot(this),
                    $crate::ffi::Borrowed::from_raw(other),
                    operation,
                )
            }
        );
    };
    // tp_call and tp_init: a tuple, and a dict or NULL.
    (packed $name:ident: $this:ty => $out:ty = $body:path) => {
        crate::ffi::shapes::entry!(
            @fn $name(this: $crate::ffi::Raw, tuple: $crate::ffi::Raw, dict: $crate::ffi::Raw)
            -> $out {
                $body(
                    <$this as $crate::ffi::Instance>::from_slot(this),
                    $crate::ffi::Args::Packed {
                        tuple: $crate::ffi::Borrowed::from_raw(tuple),
                        dict: $crate::ffi::Borrowed::from_nullable(dict),
                    },
                )
            }
        );
    };
    // The vectorcall convention on an instance.
    (vector $name:ident: $this:ty = $body:path) => {
        crate::ffi::shapes::entry!(@items $name: $this = $body, $crate::ffi::Args::from_vector);
    };
    // The same, of arguments that are mostly passed on as they came.
    (given $name:ident: $this:ty = $body:path) => {
        crate::ffi::shapes::entry!(@items $name: $this = $body, $crate::ffi::Given::new);
    };
    (@items $name:ident: $this:ty = $body:path, $arguments:path) => {
        crate::ffi::shapes::entry!(
            @fn $name(
                this: $crate::ffi::Raw,
                items: *const $crate::ffi::Raw,
                count: usize,
                names: $crate::ffi::Raw,
            ) -> $crate::ffi::Raw {
                $body(
                    <$this as $crate::ffi::Instance>::from_slot(this),
                    $arguments(items, count, names),
                )
            }
        );
    };
    // METH_FASTCALL | METH_KEYWORDS on an instance.
    (method $name:ident: $this:ty = $body:path) => {
        crate::ffi::shapes::entry!(
            @fn $name(
                this: $crate::ffi::Raw,
                items: *const $crate::ffi::Raw,
                count: isize,
                names: $crate::ffi::Raw,
            ) -> $crate::ffi::Raw {
                $body(
                    <$this as $crate::ffi::Instance>::from_slot(this),
                    $crate::ffi::Args::from_vector(items, count.unsigned_abs(), names),
                )
            }
        );
    };
    // METH_FASTCALL | METH_KEYWORDS on a module or class.
    (function $name:ident = $body:path) => {
        crate::ffi::shapes::entry!(
            @fn $name(
                owner: $crate::ffi::Raw,
                items: *const $crate::ffi::Raw,
                count: isize,
                names: $crate::ffi::Raw,
            ) -> $crate::ffi::Raw {
                $body(
                    $crate::ffi::Borrowed::from_raw(owner),
                    $crate::ffi::Args::from_vector(items, count.unsigned_abs(), names),
                )
            }
        );
    };
    // tp_vectorcall of a type: makes and initialises an instance of exactly that type, unless its
    // construction was changed from Python since.
    (constructor $name:ident: $this:ty = $make:path, $init:path, $body:path) => {
        crate::ffi::shapes::entry!(
            @fn $name(
                class: $crate::ffi::Raw,
                items: *const $crate::ffi::Raw,
                count: usize,
                names: $crate::ffi::Raw,
            ) -> $crate::ffi::Raw {
                let class = $crate::ffi::Borrowed::from_raw(class);
                let args = $crate::ffi::Args::from_vector(items, count, names);
                if $crate::ffi::instance::constructs_by(class, $init) {
                    $make(class.as_raw().cast()).and_then(|made| {
                        $body(<$this as $crate::ffi::Instance>::from_slot(made.get().as_raw()), args)
                            .map(|()| made)
                    })
                } else {
                    $crate::ffi::instance::construct_slowly(class, args)
                }
            }
        );
    };
    // am_send: the status, and the value through a pointer.
    (sends $name:ident: $this:ty = $body:path) => {
        #[allow(unsafe_code, reason = "the C side of a safe body")]
        pub(crate) unsafe extern "C" fn $name(
            this: $crate::ffi::Raw,
            value: $crate::ffi::Raw,
            found: *mut $crate::ffi::Raw,
        ) -> core::ffi::c_int {
            // SAFETY: the interpreter passes an instance of the type that lists the entry, a live
            // value, and a slot for the result.
            unsafe {
                let result = $body(
                    <$this as $crate::ffi::Instance>::from_slot(this),
                    $crate::ffi::Borrowed::from_raw(value),
                );
                let (status, given) = $crate::ffi::steps::told_apart(result);
                *found = given;
                status
            }
        }
    };
    // tp_descr_get: instance and owner may be NULL.
    (descr_get $name:ident: $this:ty = $body:path) => {
        crate::ffi::shapes::entry!(
            @fn $name(this: $crate::ffi::Raw, instance: $crate::ffi::Raw, owner: $crate::ffi::Raw)
            -> $crate::ffi::Raw {
                $body(
                    <$this as $crate::ffi::Instance>::from_slot(this),
                    $crate::ffi::Borrowed::from_nullable(instance),
                    $crate::ffi::Borrowed::from_nullable(owner),
                )
            }
        );
    };
    // METH_NOARGS and getters: the second argument carries nothing.
    (lone $name:ident: $this:ty = $body:path) => {
        crate::ffi::shapes::entry!(
            @fn $name(this: $crate::ffi::Raw, _nothing: $crate::ffi::Raw) -> $crate::ffi::Raw {
                $body(<$this as $crate::ffi::Instance>::from_slot(this))
            }
        );
    };
    (getter $name:ident: $this:ty = $body:expr) => {
        crate::ffi::shapes::entry!(
            @fn $name(this: $crate::ffi::Raw, _closure: *mut core::ffi::c_void)
            -> $crate::ffi::Raw {
                $body(<$this as $crate::ffi::Instance>::from_slot(this))
            }
        );
    };
    (setter $name:ident: $this:ty = $body:expr) => {
        crate::ffi::shapes::entry!(
            @fn $name(
                this: $crate::ffi::Raw,
                value: $crate::ffi::Raw,
                _closure: *mut core::ffi::c_void,
            ) -> core::ffi::c_int {
                $body(
                    <$this as $crate::ffi::Instance>::from_slot(this),
                    $crate::ffi::Borrowed::from_nullable(value),
                )
            }
        );
    };
    (@fn $name:ident($($arg:ident: $ty:ty),* $(,)?) -> $out:ty $body:block) => {
        #[allow(unsafe_code, reason = "the C side of a safe body")]
        pub(crate) unsafe extern "C" fn $name($($arg: $ty),*) -> $out {
            // SAFETY: the interpreter calls an entry with live arguments of the kinds that its
            // slot, method flag or getter promises, and `self` is an instance of the type that
            // lists the entry, so it has the layout named.
            let result = unsafe { $body };
            $crate::ffi::shapes::Told::told(result)
        }
    };
}

pub(crate) use entry;
