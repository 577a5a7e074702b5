"""Unsafe code lives in named islands, and each use of it states the fact that makes it sound."""

from __future__ import annotations

import re

import pytest

from rules.sources import rust_code, text, tracked

# Where unsafe code may be, and why there.
ISLANDS = {
    "src/ffi/": "makes the C interface safe",
    "src/lib.rs": "the entry point that CPython calls",
    "src/module.rs": "builds the module in memory that CPython hands over",
    "src/state.rs": "lives in the module's memory",
    "src/imports/layout.rs": "lays out instances",
    "src/inplace/": "rewrites functions in place",
    "src/proxy/mod.rs": "lays out instances",
    "src/proxy/life.rs": "makes and frees instances",
    "src/proxy/partial.rs": "lays out instances",
    "src/proxy/attr.rs": "hands a native attribute slot down to subclasses",
    "src/proxy/doc.rs": "lays out the docstring descriptor",
    "src/function/mod.rs": "lays out instances",
    "src/instrument/mod.rs": "lays out instances",
    "src/instrument/life.rs": "makes and frees instances",
}

RUST = tracked(".rs")
UNSAFE = [path for path in RUST if re.search(r"\bunsafe\b(?!_)", rust_code(path))]


@pytest.mark.parametrize("path", UNSAFE, ids=str)
def test_unsafe_only_on_an_island(path):
    assert path.as_posix().startswith(tuple(ISLANDS)), f"{path} is no island of unsafe code"


@pytest.mark.parametrize("path", RUST, ids=str)
def test_every_allowance_gives_its_reason(path):
    code = text(path)
    for match in re.finditer(r"#!?\[(?:allow|expect)\((.*?)\)\]", code, re.DOTALL):
        assert "reason =" in match.group(1), f"{path}: {match.group()} gives no reason"


@pytest.mark.parametrize("path", UNSAFE, ids=str)
def test_every_unsafe_use_is_explained(path):
    lines = text(path).splitlines()
    silent = []
    for number, line in enumerate(rust_code(path).splitlines()):
        if not re.search(r"\bunsafe\s*(?:\{|impl\b)", line):
            continue
        if not any("SAFETY:" in near for near in [line_above(lines, number), lines[number]]):
            silent.append(f"{path}:{number + 1}: {lines[number].strip()}")
    assert not silent, "no SAFETY comment: " + "; ".join(silent)


def line_above(lines, number):
    """The lines back to the end of the statement before, or to an empty line."""
    start = number
    while start and lines[start - 1].strip() and not ends_statement(lines[start - 1]):
        start -= 1
    return "\n".join(lines[start:number])


def ends_statement(line):
    return line.partition("//")[0].rstrip().endswith((";", "}", "},"))
