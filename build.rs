//! Hands the interpreter's version to the crate as `Py_3_x` cfgs, the way pyo3's own crates see it.

fn main() {
    pyo3_build_config::use_pyo3_cfgs();
}
