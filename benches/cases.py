"""Libraries x cases: loads the libraries, refuses the wrong builds, and proves each case right.

A column is the plain call, the hand-written yardstick, wrapt, or wraptrs. Each column gets its own
copy of the case files, since CPython keeps its inline caches in code objects and columns must not
warm each other's.
"""

from __future__ import annotations

import contextlib
import fnmatch
import importlib
import importlib.metadata
import importlib.util
import sys
from pathlib import Path
from typing import Any

import cases_call
import cases_instrument
import cases_object
import cases_patch
from model import BARE, COLUMNS, NEW, OLD, PLAIN, Case

FILES = (cases_call, cases_object, cases_patch, cases_instrument)
WRAPT_VERSION = "2.5.2"
NOT_YET = "not yet"
# Rust's checks of unsafe code carry this text; only builds with debug assertions contain them.
DEBUG_MARK = b"unsafe precondition(s) violated"


class WrongBuild(RuntimeError):
    """A library that must not be measured: a pure-Python fallback or a debug build."""


def load(column: str) -> Any:
    """The library of a column, or None for the plain call and the yardstick.

    Raises WrongBuild when wrapt is not the pinned version with its C extension in use, or when
    wraptrs was built with debug assertions; ImportError when a library is not installed.
    """
    if column in (PLAIN, BARE):
        return None
    library = importlib.import_module(column)
    if column == OLD:
        version = importlib.metadata.version(OLD)
        if version != WRAPT_VERSION:
            raise WrongBuild(f"wrapt is {version}; the goals are set against {WRAPT_VERSION}")
        made_by = type(library.FunctionWrapper.__init__).__name__
        if not library.__wrapt__._using_c_extension or made_by != "wrapper_descriptor":
            raise WrongBuild("wrapt runs without its C extension; unset WRAPT_DISABLE_EXTENSIONS")
    else:
        require_release(importlib.import_module("wraptrs._native").__file__)
    return library


def require_release(path: str) -> None:
    """Raise WrongBuild if the native module at `path` holds Rust's debug assertions."""
    if DEBUG_MARK in Path(path).read_bytes():
        raise WrongBuild(f"{path} is a debug build; build it with --release")


def own_copy(column: str) -> list[Case]:
    """All cases, from case files executed anew for this column."""
    found = []
    for module in FILES:
        spec = importlib.util.spec_from_file_location(
            f"{module.__name__}_{column}", module.__file__
        )
        copy = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(copy)
        found += copy.CASES
    return found


def names(pattern: str = "") -> list[str]:
    """The names of the cases that hold `pattern` (a shell pattern, or part of a name)."""
    every = [case.name for module in FILES for case in module.CASES]
    return [name for name in every if matches(name, pattern)]


def matches(name: str, pattern: str) -> bool:
    return pattern in name or fnmatch.fnmatchcase(name, pattern)


class Suite:
    """The chosen cases in every column, set up once and checked against each other.

    `spaces[name][column]` is a namespace that is ready to be timed; `words[name][column]` says why
    there is none: the feature is missing, or its answer was wrong (then it is in `failures` too).
    """

    def __init__(self, chosen: list[str], columns: tuple[str, ...] = COLUMNS):
        self.columns = columns
        self.libraries = {column: load(column) for column in columns}
        copies = {column: own_copy(column) for column in columns}
        self.cases = {case.name: case for case in copies[columns[0]] if case.name in chosen}
        self.spaces: dict[str, dict[str, dict]] = {name: {} for name in self.cases}
        self.words: dict[str, dict[str, str]] = {name: {} for name in self.cases}
        self.failures: list[str] = []
        for name in self.cases:
            trails = {}
            for column in columns:
                case = next(case for case in copies[column] if case.name == name)
                trails[column] = self._prepare(case, column)
            self._compare_trails(name, trails)

    def _prepare(self, case: Case, column: str) -> list[str] | None:
        """Set the case up and check its answer; gives the functions of ours that ran meanwhile."""
        library = self.libraries[column]
        missing = self._missing(case, column)
        if missing:
            self.words[case.name][column] = missing
            return None
        try:
            space = case.plain() if column == PLAIN else case.setup(library)
            answer, trail = watched(case, space)
        except Exception as error:
            self._fail(case.name, column, f"{type(error).__name__}: {error}")
            return None
        if answer != case.expect:
            self._fail(case.name, column, f"gave {answer!r} instead of {case.expect!r}")
            return None
        self.spaces[case.name][column] = space
        return trail

    def _missing(self, case: Case, column: str) -> str:
        if column == PLAIN:
            return "" if case.plain else "-"
        if column == BARE:
            return "" if case.bare else "-"
        if all(hasattr(self.libraries[column], name) for name in case.needs):
            return ""
        return NOT_YET if column == NEW else "-"

    def _compare_trails(self, name: str, trails: dict[str, list[str] | None]) -> None:
        """Both libraries must have run the same functions, or one of them left work out."""
        old, new = trails.get(OLD), trails.get(NEW)
        if old is not None and new is not None and old != new:
            del self.spaces[name][NEW]
            self._fail(name, NEW, f"ran {new} where wrapt ran {old}")

    def _fail(self, name: str, column: str, reason: str) -> None:
        self.words[name][column] = "wrong"
        self.failures.append(f"{name}, {column}: {reason}")


def watched(case: Case, space: dict) -> tuple[Any, list[str]]:
    """Evaluate the case's check, and list the functions of the case files that it entered."""
    files = {module.__file__ for module in FILES}
    trail = []

    def note(frame, event, argument):
        code = frame.f_code
        if event == "call" and code.co_filename in files:
            trail.append(code.co_name)

    expression = compile(case.check or case.stmt, "<check>", "eval")
    around = space.get("around", contextlib.nullcontext)
    with around():
        sys.setprofile(note)
        try:
            answer = eval(expression, {**space})
        finally:
            sys.setprofile(None)
    return answer, trail
