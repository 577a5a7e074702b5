//! THE TABLE: every forwarded slot is one row of group, shape, slot, and what it calls.
//!
//! The group says which types have the slot: a proxy must not claim a protocol that its object may
//! lack, so only `base` rows are in every proxy. The shape says how the arguments go in; the last
//! column is the function of the C interface that does the work, or the body that does. Python
//! sees the rows as `wraptrs._native._slot_table()`, from which the tests of the slots are made.

use super::{Proxy, forward};
use crate::ffi::shapes::entry;
use crate::ffi::typedef::slot;
use crate::ffi::{Borrowed, Raw, Res, api, c};
use core::ffi::c_int;

/// A row as Python sees it.
pub(crate) struct Row {
    pub(crate) group: &'static str,
    pub(crate) shape: &'static str,
    pub(crate) slot: &'static str,
    pub(crate) function: &'static str,
}

macro_rules! forwarded {
    ($($group:ident $shape:ident $slot:ident $function:ident $(($($extra:ident)*))?;)*) => {
        $(mod $slot {
            use super::*;
            row!($shape $function $($($extra)*)?);
            pub(super) fn slot() -> c::PyType_Slot {
                slot::$slot(entry)
            }
        })*

        pub(crate) const TABLE: &[Row] = &[$(Row {
            group: stringify!($group),
            shape: stringify!($shape),
            slot: stringify!($slot),
            function: stringify!($function),
        },)*];

        /// The slots of a group, to build a type with.
        pub(super) fn of_group(group: &str) -> Vec<c::PyType_Slot> {
            let rows: &[(&str, fn() -> c::PyType_Slot)] =
                &[$((stringify!($group), $slot::slot),)*];
            rows.iter().filter(|row| row.0 == group).map(|row| row.1()).collect()
        }
    };
}

/// The C entry of one row.
macro_rules! row {
    (unary $function:ident) => {
        entry!(unary entry: Proxy => Raw = body);
        fn body(this: &Proxy) -> Res { forward::on_target(this, api::$function) }
    };
    (truth $function:ident) => {
        entry!(unary entry: Proxy => c_int = body);
        fn body(this: &Proxy) -> Res<bool> { forward::on_target(this, api::$function) }
    };
    (measure $function:ident) => {
        entry!(unary entry: Proxy => isize = body);
        fn body(this: &Proxy) -> Res<isize> { forward::on_target(this, api::$function) }
    };
    (binary $function:ident) => {
        entry!(operands entry = body);
        fn body(a: Borrowed<'_>, b: Borrowed<'_>) -> Res { forward::operands(a, b, api::$function) }
    };
    (ternary $function:ident) => {
        entry!(operands3 entry = body);
        fn body(a: Borrowed<'_>, b: Borrowed<'_>, modulus: Borrowed<'_>) -> Res {
            forward::power(a, b, modulus, api::$function)
        }
    };
    (inplace $function:ident $making:ident $method:ident) => {
        entry!(with_object entry: Proxy => Raw = body);
        fn body(this: &Proxy, other: Borrowed<'_>) -> Res {
            forward::in_place(this, other, |names| &names.$method, api::$function, api::$making)
        }
    };
    (inplace3 $function:ident $making:ident) => {
        entry!(operands3 entry = body);
        fn body(base: Borrowed<'_>, exponent: Borrowed<'_>, modulus: Borrowed<'_>) -> Res {
            forward::in_place_power(base, exponent, modulus, api::$function, api::$making)
        }
    };
    (lone $function:ident) => { entry!(unary entry: Proxy => Raw = forward::$function); };
    (compared $function:ident) => { entry!(compare entry: Proxy = forward::$function); };
    (question $function:ident) => { entry!(with_object entry: Proxy => c_int = forward::$function); };
    (keyed $function:ident) => { entry!(with_object entry: Proxy => Raw = forward::$function); };
    (assigned $function:ident) => { entry!(assign entry: Proxy = forward::$function); };
}

forwarded! {
    base binary   nb_add                    PyNumber_Add;
    base binary   nb_subtract               PyNumber_Subtract;
    base binary   nb_multiply               PyNumber_Multiply;
    base binary   nb_matrix_multiply        PyNumber_MatrixMultiply;
    base binary   nb_true_divide            PyNumber_TrueDivide;
    base binary   nb_floor_divide           PyNumber_FloorDivide;
    base binary   nb_remainder              PyNumber_Remainder;
    base binary   nb_divmod                 PyNumber_Divmod;
    base ternary  nb_power                  PyNumber_Power;
    base binary   nb_lshift                 PyNumber_Lshift;
    base binary   nb_rshift                 PyNumber_Rshift;
    base binary   nb_and                    PyNumber_And;
    base binary   nb_xor                    PyNumber_Xor;
    base binary   nb_or                     PyNumber_Or;

    base inplace  nb_inplace_add             PyNumber_InPlaceAdd (PyNumber_Add iadd);
    base inplace  nb_inplace_subtract        PyNumber_InPlaceSubtract (PyNumber_Subtract isub);
    base inplace  nb_inplace_multiply        PyNumber_InPlaceMultiply (PyNumber_Multiply imul);
    base inplace  nb_inplace_matrix_multiply PyNumber_InPlaceMatrixMultiply (PyNumber_MatrixMultiply imatmul);
    base inplace  nb_inplace_true_divide     PyNumber_InPlaceTrueDivide (PyNumber_TrueDivide itruediv);
    base inplace  nb_inplace_floor_divide    PyNumber_InPlaceFloorDivide (PyNumber_FloorDivide ifloordiv);
    base inplace  nb_inplace_remainder       PyNumber_InPlaceRemainder (PyNumber_Remainder imod);
    base inplace3 nb_inplace_power           PyNumber_InPlacePower (PyNumber_Power);
    base inplace  nb_inplace_lshift          PyNumber_InPlaceLshift (PyNumber_Lshift ilshift);
    base inplace  nb_inplace_rshift          PyNumber_InPlaceRshift (PyNumber_Rshift irshift);
    base inplace  nb_inplace_and             PyNumber_InPlaceAnd (PyNumber_And iand);
    base inplace  nb_inplace_xor             PyNumber_InPlaceXor (PyNumber_Xor ixor);
    base inplace  nb_inplace_or              PyNumber_InPlaceOr (PyNumber_Or ior);

    base unary    nb_negative               PyNumber_Negative;
    base unary    nb_positive               PyNumber_Positive;
    base unary    nb_absolute               PyNumber_Absolute;
    base unary    nb_invert                 PyNumber_Invert;
    base unary    nb_int                    PyNumber_Long;
    base unary    nb_float                  PyNumber_Float;
    base unary    nb_index                  PyNumber_Index;
    base truth    nb_bool                   is_true;

    base measure  sq_length                 size;
    base measure  mp_length                 size;
    base question sq_contains               contains;
    base keyed    mp_subscript              get_item;
    base assigned mp_ass_subscript          set_item;

    base lone     tp_repr                   repr;
    base unary    tp_str                    PyObject_Str;
    base measure  tp_hash                   hash;
    base compared tp_richcompare            compare;

    iter unary    tp_iter                   PyObject_GetIter;
}
