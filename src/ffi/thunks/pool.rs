//! The thunks themselves: one generic function for each form of arguments, made for every number
//! from 0 to [`COUNT`], and the tables of their addresses and slots.

use super::super::definition::Convention;
use super::super::object::Raw;
use super::{ClassVectorNames, Slot, Three, Two, Vector, VectorNames, serve};
use core::ffi::c_void;
use pyo3::ffi;

/// How many thunks there are of each form.
pub(super) const COUNT: usize = 1024;

/// How many forms of arguments there are: three conventions share the first.
pub(super) const FORMS: usize = 5;

static SLOTS: [[Slot; COUNT]; FORMS] = [const { [const { Slot::EMPTY }; COUNT] }; FORMS];

macro_rules! thunks {
    ($($table:ident, $name:ident: $form:ty = $number:literal, $serve:ident(
        $this:ident $(, $argument:ident: $ty:ty)*
    );)*) => {$(
        unsafe extern "C" fn $name<const N: usize>($this: Raw $(, $argument: $ty)*) -> Raw {
            // SAFETY: the interpreter calls this for the definition that the slot was given to.
            unsafe { serve::$serve($this, $($argument,)* const { slot_at($number, N) }) }
        }

        static $table: [$form; COUNT] = table!($name;
            0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
            32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60
            61 62 63
        );
    )*};
}

/// Sixteen thunks for each of the numbers.
macro_rules! table {
    ($name:ident; $($high:literal)*) => {[$(
        $name::<{ $high * 16 }>, $name::<{ $high * 16 + 1 }>, $name::<{ $high * 16 + 2 }>,
        $name::<{ $high * 16 + 3 }>, $name::<{ $high * 16 + 4 }>, $name::<{ $high * 16 + 5 }>,
        $name::<{ $high * 16 + 6 }>, $name::<{ $high * 16 + 7 }>, $name::<{ $high * 16 + 8 }>,
        $name::<{ $high * 16 + 9 }>, $name::<{ $high * 16 + 10 }>, $name::<{ $high * 16 + 11 }>,
        $name::<{ $high * 16 + 12 }>, $name::<{ $high * 16 + 13 }>, $name::<{ $high * 16 + 14 }>,
        $name::<{ $high * 16 + 15 }>,
    )*]};
}

thunks! {
    TWO, thunk_two: Two = 0, two(this, argument: Raw);
    THREE, thunk_three: Three = 1, three(this, tuple: Raw, dict: Raw);
    VECTOR, thunk_vector: Vector = 2, vector(this, items: *const Raw, count: isize);
    NAMES, thunk_names: VectorNames = 3,
        vector_names(this, items: *const Raw, count: isize, names: Raw);
    CLASS, thunk_class: ClassVectorNames = 4, class_vector_names(
        this, class: *mut ffi::PyTypeObject, items: *const Raw, count: isize, names: Raw
    );
}

#[allow(
    clippy::indexing_slicing,
    reason = "checked by the compiler, in a constant"
)]
const fn slot_at(form: usize, number: usize) -> &'static Slot {
    &SLOTS[form][number]
}

/// The form of arguments of a convention.
pub(super) fn form_of(convention: Convention) -> usize {
    match convention {
        Convention::NoArguments | Convention::OneArgument | Convention::Tuple => 0,
        Convention::TupleAndDict => 1,
        Convention::Vector => 2,
        Convention::VectorAndNames => 3,
        Convention::ClassVectorAndNames => 4,
    }
}

/// A thunk by form and number: its slot, and its address as definitions hold it.
pub(super) fn at(form: usize, number: usize) -> Option<(&'static Slot, *mut c_void)> {
    let address = match form {
        0 => *TWO.get(number)? as *mut c_void,
        1 => *THREE.get(number)? as *mut c_void,
        2 => *VECTOR.get(number)? as *mut c_void,
        3 => *NAMES.get(number)? as *mut c_void,
        _ => *CLASS.get(number)? as *mut c_void,
    };
    Some((SLOTS.get(form)?.get(number)?, address))
}
