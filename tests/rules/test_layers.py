"""The layers of the native core: each uses only what stands to its right."""

from __future__ import annotations

import re

import pytest

from rules.sources import crate_names, rust_code, tracked

ORDER = [
    ["lib"],
    ["module"],
    ["imports", "inplace", "instrument", "patch"],
    ["function"],
    ["proxy"],
    ["state"],
    ["ffi"],
]
RANK = {name: rank for rank, names in enumerate(ORDER) for name in names}

# Plain Rust over plain data: nothing of ours, nothing of Python's, nothing unsafe.
PURE = [
    "function/kind.rs",
    "patch/path.rs",
    "patch/registry.rs",
    "imports/pending.rs",
    "instrument/histogram.rs",
]

RUST = [path for path in tracked(".rs") if path.parts[0] == "src"]
ISLAND_OF_PYTHON = [path for path in RUST if path.parts[1] == "ffi"]
ELSEWHERE = [path for path in RUST if path not in ISLAND_OF_PYTHON]


def layer(path):
    return path.parts[1].partition(".")[0]


def inside(path):
    """How many modules stand between the crate and the code of this file."""
    return len(path.parts) - 1 - (path.name == "mod.rs")


@pytest.mark.parametrize("path", RUST, ids=str)
def test_file_belongs_to_a_layer(path):
    assert layer(path) in RANK, f"put {path} into one of {list(RANK)}, or extend ORDER"


@pytest.mark.parametrize("path", RUST, ids=str)
def test_uses_only_layers_to_its_right(path):
    own = layer(path)
    wrong = [
        name
        for name in crate_names(rust_code(path))
        if name != own and RANK.get(name, -1) <= RANK.get(own, -1)
    ]
    assert not wrong, f"{path} ({own}) may not use crate::{sorted(set(wrong))}"


@pytest.mark.parametrize("path", RUST, ids=str)
def test_super_does_not_leave_the_layer(path):
    code = rust_code(path)
    # A module written inside the file, of tests say, is one deeper than the file itself.
    allowed = inside(path) - 1 + bool(re.search(r"\bmod \w+ \{", code))
    chains = (match.group().count("super") for match in re.finditer(r"(?:super::)+", code))
    assert max(chains, default=0) <= allowed, f"{path} climbs out of its layer by super::"


@pytest.mark.parametrize("path", ELSEWHERE, ids=str)
def test_only_ffi_names_pyo3_and_versions(path):
    code = rust_code(path)
    assert not re.search(r"\bpyo3\b", code), f"{path}: only src/ffi may name pyo3"
    found = re.search(r"\bcfg(?:_attr)?!?\([^)]*\bPy_", code)
    assert not found, f"{path}: only src/ffi may test Python's version"


@pytest.mark.parametrize("name", PURE)
def test_pure_file_is_pure(name):
    path = next((path for path in RUST if path.as_posix() == f"src/{name}"), None)
    if path is None:
        pytest.skip(f"src/{name} is not written yet")
    code = rust_code(path)
    assert "#![forbid(unsafe_code)]" in code
    before_tests = code.partition("#[cfg(test)]")[0]
    assert not re.search(r"\b(?:crate|super|pyo3)::", before_tests), f"{path} uses more than std"
