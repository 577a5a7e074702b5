"""Finding references: each way of holding, by name, and nothing that does not hold."""

from __future__ import annotations

import collections
import gc
import subprocess
import sys
import threading
import types
import weakref

import pytest

from references.ways import FIXED, WAYS
from support.lib import package as wraptrs


def shown(obj):
    return [str(reference) for reference in wraptrs.find_references(obj)]


@pytest.mark.parametrize(("source", "expected"), WAYS.values(), ids=WAYS)
def test_each_way_is_found_and_named(module, example, source, expected):
    function = example.function
    del module("user", source, function=function).function
    assert shown(function) == sorted(["example.function (global)", *expected])
    for reference in wraptrs.find_references(function):
        assert reference.rebindable
        if "<locals>" not in reference.path and reference.kind != "set":
            assert eval(reference.path, dict(sys.modules)) is function, reference


@pytest.mark.parametrize(("source", "expected"), FIXED.values(), ids=FIXED)
def test_what_cannot_be_changed_says_why(module, example, source, expected):
    function = example.function
    del module("user", source, function=function).function
    references = wraptrs.find_references(function)
    assert sorted(map(str, references)) == sorted(["example.function (global)", expected])
    (fixed,) = (r for r in references if r.kind != "global")
    assert not fixed.rebindable
    assert expected.endswith(fixed.reason)
    if fixed.kind not in ("key", "frozenset", "local variable"):
        assert eval(fixed.path, dict(sys.modules)) is function


def test_the_holder_is_what_is_changed(module, example):
    function = example.function
    user = module("user", "held = [function]\ndef f(a=function): pass", function=function)
    holders = {r.path: r.holder for r in wraptrs.find_references(function)}
    assert holders["user.held[0]"] is user.held
    assert holders["user.f.__defaults__[0]"] is user.f
    assert holders["user.function"] is user


def test_local_variables_of_running_calls_are_left_out(example):
    function = example.function
    local = function
    assert shown(local) == ["example.function (global)"]


def test_arguments_on_their_way_are_left_out(example):
    function = example.function
    assert [str(r) for r in wraptrs.find_references(*(function,))] == ["example.function (global)"]


def test_a_generator_that_runs_is_a_running_call(example):
    function = example.function

    def running():
        local = function
        yield shown(local)

    assert not any("local variable" in line for line in next(running()))


def test_a_generator_function_is_not_held_by_its_own_generators(module):
    example = module("example", "def function():\n yield")
    waiting = example.function()
    next(waiting)
    assert shown(example.function) == ["example.function (global)"]


def test_a_class_is_held_neither_by_instances_nor_by_its_own_descriptors(module):
    source = "class C:\n __slots__ = ('a', '__weakref__')\nmany = [C() for _ in range(50)]"
    example = module("example", source)
    assert shown(example.C) == ["example.C (global)"]


def test_an_instance_that_also_stores_its_class_holds_it(module):
    example = module("example", "class C: pass\nc = C(); c.kind = C")
    assert shown(example.C) == ["example.C (global)", "example.c.kind (attribute)"]


def test_a_class_is_held_by_subclasses_super_and_annotations(module):
    source = """
class C:
    def m(self): return super().__init__()
class D(C): pass
def f(a: C) -> None: pass
"""
    expected = [
        "example.C (global)",
        "example.C.m.__closure__[0].cell_contents (closure): it tells super() which class is meant",
        "example.D.__bases__[0] (base class): the class is derived from it: assign __bases__",
    ]
    if sys.version_info < (3, 14):  # from there on they are computed when asked for
        expected.append("example.f.__annotations__['a'] (annotation)")
    assert shown(module("example", source).C) == sorted(expected)


def test_a_module_is_held_by_the_table_of_modules(module):
    example = module("example", "")
    module("user", "import example as held")
    found = [line for line in shown(example) if "example" in line or "user" in line]
    assert found == ["sys.modules['example'] (dict)", "user.held (global)"]


def test_an_object_that_the_collector_does_not_track(module):
    """Before CPython 3.14 dicts and tuples that hold only such objects are not tracked either."""
    thing = object()
    module("user", "a = {'x': thing}; b = (thing,); c = {'y': (1, (2, thing))}", thing=thing)
    for _ in range(4):  # a layer at a time, on some
        gc.collect()
    found = shown(thing)
    assert "user.thing (global)" in found
    assert "user.a['x'] (dict)" in found
    assert "user.b[0] (tuple): a tuple cannot be changed" in found
    assert sum("(tuple)" in line for line in found) == 2


def test_builtin_functions_and_classes(module):
    module("user", "held = len")
    found = shown(len)
    assert "builtins.len (global)" in found
    assert "user.held (global)" in found
    assert not any("<dict" in line for line in found)  # copies that the interpreter keeps


@pytest.mark.parametrize("shared", [None, 1, 2.5, "text", b"", True, (), ...], ids=repr)
def test_what_is_shared_by_value_is_refused(shared):
    with pytest.raises(TypeError, match="shared by value"):
        wraptrs.find_references(shared)


def test_nothing_of_a_users_runs(example):
    function = example.function

    class Loud:
        def __getattribute__(self, name):
            raise AssertionError(f"asked for {name}")

        __setattr__ = __eq__ = __getattribute__

        def __hash__(self):
            raise AssertionError("hashed")

    loud = Loud()
    object.__setattr__(loud, "held", function)
    (line,) = (line for line in shown(function) if "Loud" in line)
    assert ".held (attribute): the class computes a hash" in line


def test_modules_that_load_lazily_are_not_woken(example):
    function = example.function

    class Lazy(types.ModuleType):
        def __getattribute__(self, name):
            raise AssertionError(f"asked for {name}")

    lazy = sys.modules["lazy"] = Lazy("lazy")
    types.ModuleType.__dict__["__dict__"].__get__(lazy)["held"] = function
    try:
        assert "lazy.held (global)" in shown(function)
    finally:
        del sys.modules["lazy"]


def test_globals_without_a_module(example):
    function = example.function
    space = {"__name__": "unloaded", "function": function}
    exec("def user(): return function", space)
    assert "unloaded.function (global)" in shown(function)


def test_what_has_no_name_tells_its_class(example):
    function = example.function
    held = collections.OrderedDict(x=function)
    (line,) = (line for line in shown(function) if "OrderedDict" in line)
    assert line == f"<collections.OrderedDict at {id(held):#x}>['x'] (dict)"


def test_references_keep_no_function_and_no_instance_alive(example):
    function = example.function

    class Holder:
        pass

    def defaults(a=function):
        return a

    holder = Holder()
    holder.held = function
    found = [r for r in wraptrs.find_references(function) if r.kind in ("attribute", "default")]
    assert {r.holder for r in found} == {holder, defaults}
    watched = [weakref.ref(holder), weakref.ref(defaults)]
    del holder, defaults
    gc.collect()
    assert [watch() for watch in watched] == [None, None]
    assert [r.holder for r in found] == [None, None]


def test_many_holders_are_all_found(module, example):
    function = example.function
    module("user", "held = {i: [function] for i in range(300)}", function=function)
    assert sum(r.path.startswith("user.held[") for r in wraptrs.find_references(function)) == 300


def test_searches_in_many_threads_do_not_find_each_other(module, example):
    function = example.function
    module("user", "held = [function]", function=function)
    expected, results = set(shown(function)), []
    threads = [
        threading.Thread(target=lambda: results.extend(set(shown(function)) for _ in range(5)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 20
    named = [{line for line in result if line[0] != "<"} for result in results]
    assert all(found - expected == {line for line in found if "closure" in line} for found in named)
    assert all(expected <= found for found in named)


def test_a_search_leaves_nothing_behind(example):
    function = example.function
    wraptrs.find_references(function)
    gc.collect()
    before = sys.getrefcount(function)
    for _ in range(20):
        wraptrs.find_references(function)
    gc.collect()
    assert sys.getrefcount(function) == before


def test_the_search_is_not_loaded_with_the_package():
    script = "import sys, wraptrs; print([m for m in sys.modules if 'wraptrs._re' in m])"
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_what_was_found_before_hides_nothing(example):
    function = example.function
    local = {"list": [function], "dict": {"deep": [function]}, "set": {function}, "own": function}
    before = [str(reference) for reference in wraptrs.find_references(function)]
    kept = wraptrs.find_references(function)
    assert [str(reference) for reference in kept] == before
    assert [str(reference) for reference in wraptrs.find_references(function)] == before
    with wraptrs.rebind(function, other := lambda: "other"):
        assert local["list"] == local["dict"]["deep"] == [other]
        assert local["set"] == {other} and local["own"] is other
    assert kept and local["list"] == [function]
