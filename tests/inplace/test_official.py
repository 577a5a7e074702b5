"""Where the memory of functions is unknown: patching by CPython's own setters alone.

An environment variable makes the self-check fail. All tests of this folder are run that way too.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
from pathlib import Path

import pytest

from support.child import run_child
from support.inplace import OFFICIAL

HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def official(monkeypatch):
    monkeypatch.setenv("WRAPTRS_OFFICIAL_SETTERS", "1")


@pytest.mark.skipif(OFFICIAL, reason="this is that run")
def test_all_tests_pass_that_way():
    options = ["-q", "-p", "no:cacheprovider", "-o", f"pythonpath={HERE.parent}"]
    result = run_child("-m", "pytest", *options, str(HERE), cwd=HERE.parents[1], check=False)
    shown = result.stdout + result.stderr
    assert result.returncode == 0, shown
    assert int(re.search(r"(\d+) passed", result.stdout).group(1)) > 150, shown


def run(code):
    run_child(code="from wraptrs import hotpatch, hotwrap, UnpatchableError\n" + code)


def test_the_handle_says_code_and_transplanting_is_refused():
    run("""
def target(): return "old"
def new(): return "new"
patch = hotpatch(new, target)
assert (patch.mode, target()) == ("code", "new")
assert hotwrap(target, lambda w, i, a, k: w(*a, **k)).mode == "code"
assert hotpatch(len, target, mode="trampoline").mode == "code"
try:
    hotpatch(new, target, mode="transplant")
except UnpatchableError as error:
    assert "mode='auto'" in str(error)
else:
    raise AssertionError("not refused")
""")


def test_nothing_native_touches_a_function():
    run("""
import wraptrs._native as native
native._transplant = native._function_state = native._layout_holds = None
import wraptrs._layers as layers
assert layers.put.__module__ == "wraptrs._official"
def outer(x):
    def target(a, b=x, *, c=2): return a, b, c, x
    return target
target = outer(1)
cells = target.__closure__
with hotpatch(lambda a, *, c: (a, c), target), hotwrap(target, lambda w, i, a, k: w(*a, c=7)):
    assert target(5) == (5, 7) and target.__closure__ is cells
assert target(5) == (5, 1, 2, 1)
""")


def test_free_variables_named_like_those_of_the_template():
    run("""
import sys
def outer(args, kwargs, _wraptrs_free_0):
    def target(): return args, kwargs, _wraptrs_free_0
    return target
def new():
    frame = sys._getframe()
    while frame is not None:
        dict(frame.f_locals)
        frame = frame.f_back
    return "new"
target = outer(1, 2, 3)
with hotpatch(new, target):
    assert target() == "new"
assert target() == (1, 2, 3)
""")


@pytest.mark.parametrize("at", range(1, 6))
def test_a_veto_sets_everything_back(at):
    run(f"""
import sys
def target(a=1, *, b=2): return a, b
def new(a=3, *, b=4): return a, b
seen, armed = [], []
def hook(event, arguments):
    if armed and event == "object.__setattr__" and arguments[0] is target:
        seen.append(target())
        if len(seen) == {at}:
            armed.clear()
            raise PermissionError("no")
sys.addaudithook(hook)
def state(): return target.__code__, target.__defaults__, target.__kwdefaults__, target.__dict__
def vetoed(change):
    before = state()
    seen.clear(); armed.append(1)
    try:
        change()
    except PermissionError:
        assert all(a is b for a, b in zip(before, state())) and before[3] == target.__dict__
        assert set(seen) <= {{(1, 2), (3, 4)}}, seen
        return True
    armed.clear()
first = vetoed(lambda: hotpatch(new, target))
assert first or {at} > 4, seen
assert target() == (1, 2) if first else (3, 4)
patch = hotpatch(new, target)
vetoed(patch.revert)
patch.revert()
""")


def test_the_path_to_the_kind_of_code_is_told_where_it_is_closed():
    if sys.version_info < (3, 13):
        pytest.skip("setting code of another kind is deprecated from 3.13 on")
    run("""
import warnings
warnings.simplefilter("error")
def target(): return 1
def new(): yield 1
try:
    hotpatch(new, target, kind="replacement")
except UnpatchableError as error:
    assert "cannot change the kind" in str(error)
else:
    raise AssertionError("not refused")
assert target() == 1 and target.__kwdefaults__ is None
""")


def test_the_switch_is_off_by_default(monkeypatch):
    monkeypatch.delenv("WRAPTRS_OFFICIAL_SETTERS")
    run('assert hotpatch(lambda: 1, lambda: 2).mode == "transplant"')
    assert OFFICIAL or importlib.import_module("wraptrs._layers").WORKS
    assert "WRAPTRS_OFFICIAL_SETTERS" not in os.environ
