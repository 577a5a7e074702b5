"""``wrap`` with ``references``: a function that others imported before it was patched."""

from __future__ import annotations

import pytest

from support.lib import package as wraptrs

CLIENT = """
from example import function
handlers = {"x": [function]}
def default(f=function): return f()
kept = (function,)
def calls():
    return [function(), handlers["x"][0](), default(), kept[0]()]
"""
CLASSES = """
class C:
    def method(self): return "original"
    @staticmethod
    def static(): return "original"
    @classmethod
    def of_class(cls): return "original"
    @property
    def prop(self): return "original"
"""


def wrapper(wrapped, instance, args, kwargs):
    return f"wrapped {wrapped(*args, **kwargs)}"


@pytest.fixture
def client(module, example):
    return module("client", CLIENT)


@pytest.fixture(autouse=True)
def nothing_is_left():
    yield
    assert wraptrs.patches() == ()


OLD, NEW = "original", "wrapped original"


def test_without_it_those_who_imported_it_before_are_missed(example, client):
    """The case the founding article calls bad."""
    with wraptrs.wrap("example", "function", wrapper):
        assert example.function() == NEW
        assert client.calls() == [OLD] * 4


def test_report_lists_them(example, client):
    with wraptrs.wrap("example", "function", wrapper, references="report") as handle:
        assert example.function() == NEW
        assert client.calls() == [OLD] * 4
        assert [str(r) for r in handle.references] == [
            "client.default.__defaults__[0] (default)",
            "client.function (global)",
            "client.handlers['x'][0] (list)",
            "client.kept[0] (tuple): a tuple cannot be changed",
        ]
        assert handle.rebound == []
    assert example.function() == OLD


def test_rebind_gives_them_the_wrapper(example, client):
    with wraptrs.wrap("example", "function", wrapper, references="rebind") as handle:
        assert example.function() == NEW
        assert client.function is example.function
        assert client.calls() == [NEW, NEW, NEW, OLD]
        assert len(handle.rebound) == 3
        assert len(handle.references) == 4
    assert example.function() == OLD
    assert client.calls() == [OLD] * 4
    assert client.function is example.function


def test_in_place_reaches_all(example, client):
    function = example.function
    with wraptrs.wrap("example", "function", wrapper, references="in-place"):
        assert client.function is example.function is function
        assert example.function() == NEW
        assert client.calls() == [NEW] * 4
    assert client.calls() == [OLD] * 4


@pytest.mark.parametrize("references", ["report", "rebind", "in-place"])
def test_in_a_set_and_when_imported(module, references):
    patches = wraptrs.PatchSet()
    handle = patches.wrap("example?", "function", wrapper, references=references)
    with patches:
        assert handle.state == "pending"
        example = module("example", "def function(): return 'original'\nheld = [function]")
        wraptrs.notify_module_loaded(example)
        assert handle.state == "active"
        assert example.function() == NEW
        assert example.held[0]() == (OLD if references == "report" else NEW)
    assert example.function() == example.held[0]() == OLD


def test_methods_that_others_took(module):
    example = module("example", CLASSES)
    source = """
from example import C
method, static = C.method, C.static
class Other: method = C.method
bound, of_class = C().method, C.of_class
"""
    user = module("user", source)
    with wraptrs.PatchSet() as patches:
        for name in ("method", "static", "of_class"):
            patches.wrap(example, f"C.{name}", wrapper, references="rebind")
        assert (user.method(user.C()), user.Other().method()) == (NEW, NEW)
        assert (user.static(), user.C.static(), user.C().static()) == (NEW,) * 3
        assert (user.bound(), user.of_class()) == (OLD, OLD)
        reported = [str(r) for p in patches.patches for r in p.references if not r.rebindable]
        assert "user.bound.__func__ (bound method): a bound method cannot be changed" in reported
    calls = user.method(user.C()), user.Other().method(), user.static(), user.C.static()
    assert calls == (OLD,) * 4


def test_methods_in_place(module):
    example = module("example", CLASSES)
    user = module("user", "from example import C\nbound, of_class = C().method, C.of_class")
    with wraptrs.PatchSet() as patches:
        for name in ("method", "static", "of_class"):
            patches.wrap(example.C, name, wrapper, references="in-place")
        assert (user.bound(), user.of_class(), user.C.static()) == (NEW,) * 3
    assert (user.bound(), user.of_class(), user.C.static()) == (OLD,) * 3


def test_stacked_in_any_order(example, client):
    function = example.function
    for order in ((0, 1), (1, 0)):
        handles = [
            wraptrs.wrap("example", "function", wrapper, references="rebind") for _ in range(2)
        ]
        assert client.calls()[:3] == [f"wrapped {NEW}"] * 3
        handles[order[0]].revert()
        assert client.calls()[:3] == [NEW] * 3
        assert example.function() == NEW
        handles[order[1]].revert()
        assert client.calls() == [OLD] * 4
        assert client.function is example.function is function


def test_a_wrapper_that_calls_the_original_by_its_own_name(module, example):
    source = """
from example import function
def wrapper(wrapped, instance, args, kwargs): return "wrapped " + function()
"""
    patcher = module("patcher", source)
    client = module("client", CLIENT)
    with wraptrs.wrap("example", "function", patcher.wrapper, references="rebind") as handle:
        assert example.function() == NEW
        assert client.calls() == [NEW, NEW, NEW, OLD]
        (kept,) = (r for r in handle.references if r.path.startswith("patcher"))
        assert kept.reason == "the replacement itself uses it under this name"


def test_conflicts_are_told_before_the_wrapper_goes(example, client):
    handle = wraptrs.wrap("example", "function", wrapper, references="rebind")
    client.handlers["x"][0] = client.function = print
    with pytest.raises(wraptrs.PatchConflictError, match=r"client\.function"):
        handle.revert()
    assert handle.state == "active"
    assert example.function() == NEW
    assert client.default() == OLD
    handle.revert(leave=True)
    assert example.function() == OLD
    assert client.function is print


def test_an_error_while_rebinding_takes_the_wrapper_away(module, example):
    source = """
from example import function
class M(type):
    def __setattr__(cls, name, value): raise LookupError("not here")
class C(metaclass=M): held = function
"""
    module("user", source)
    function = example.function
    with pytest.raises(LookupError, match="not here"):
        wraptrs.wrap("example", "function", wrapper, references="rebind")
    assert example.function is function


def test_applied_again(example, client):
    handle = wraptrs.wrap("example", "function", wrapper, references="rebind").revert()
    assert client.calls() == [OLD] * 4
    handle.apply()
    assert client.calls() == [NEW, NEW, NEW, OLD]
    handle.disable()
    assert client.calls() == [OLD] * 4
    handle.enable()
    assert client.calls() == [NEW, NEW, NEW, OLD]
    handle.revert()


def test_a_scope_needs_in_place(example, client):
    with pytest.raises(ValueError, match="for everybody"):
        wraptrs.wrap("example", "function", wrapper, references="rebind", scope="context")
    scoped = wraptrs.wrap("example", "function", wrapper, references="in-place", scope="context")
    assert client.calls() == [NEW] * 4
    scoped.revert()
    assert client.calls() == [OLD] * 4


def test_what_cannot_be_changed_in_place_is_refused(module):
    example = module("example", "from operator import itemgetter; function = itemgetter(0)")
    with pytest.raises(wraptrs.UnpatchableError):
        wraptrs.wrap(example, "function", wrapper, references="in-place")


def test_an_unknown_strategy_is_refused(example):
    with pytest.raises(ValueError, match="references must be one of"):
        wraptrs.wrap("example", "function", wrapper, references="all")
