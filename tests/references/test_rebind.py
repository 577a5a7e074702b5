"""Rebinding: every way of holding gets the new object and the old one back, whole or not at all."""

from __future__ import annotations

import functools
import gc
import sys
import types
import weakref

import pytest

from references.ways import FIXED, WAYS
from support.clean import no_patches
from support.lib import package as wraptrs


def new():
    return "new"


def shown(obj):
    return [str(r) for r in wraptrs.find_references(obj) if r.path.startswith(("example", "user"))]


@pytest.fixture(autouse=True)
def nothing_is_left():
    no_patches()
    yield
    assert wraptrs.patches() == ()


@pytest.mark.parametrize(("source", "expected"), WAYS.values(), ids=WAYS)
def test_each_way_gets_the_new_and_the_old_again(module, example, source, expected):
    function = example.function
    del module("user", source, function=function).function
    before = shown(function)
    handle = wraptrs.rebind(function, new)
    assert (handle.kind, handle.state, handle.original, handle.replacement) == (
        "rebind",
        "active",
        function,
        new,
    )
    assert sorted(map(str, handle.rebound)) == sorted(before)
    assert shown(function) == []
    assert sorted(shown(new)) == sorted(before)
    handle.revert()
    assert handle.state == "reverted"
    assert shown(function) == before
    assert shown(new) == []


@pytest.mark.parametrize(("source", "expected"), FIXED.values(), ids=FIXED)
def test_what_cannot_be_changed_is_reported_and_left(module, example, source, expected):
    function = example.function
    del module("user", source, function=function).function
    with wraptrs.rebind(function, new) as handle:
        assert [str(r) for r in handle.rebound] == ["example.function (global)"]
        assert expected in map(str, handle.references)
        assert [str(r) for r in wraptrs.find_references(function)] == [expected]
    assert example.function is function


def test_what_runs_is_the_new_function(module, example):
    source = """
import functools
class C:
    method = function
    static = staticmethod(function)
    prop = property(function)
class S:
    __slots__ = ("slot",)
s = S(); s.slot = function
def default(f=function): return f()
def keyword(*, f=function): return f()
def enclosing(f):
    @functools.wraps(f)
    def closure(): return f()
    return closure
closure = enclosing(function)
table = {"x": [function]}
"""
    user = module("user", source, function=example.function)
    calls = [
        lambda: user.C.static(),
        lambda: user.C().static(),
        lambda: user.s.slot(),
        lambda: user.default(),
        lambda: user.keyword(),
        lambda: user.closure(),
        lambda: user.table["x"][0](),
        lambda: user.function(),
    ]
    for call in calls * 100:  # so that CPython specialises the calls
        assert call() == "original"
    with wraptrs.rebind(example.function, lambda *args: "new"):
        assert [call() for call in calls] == ["new"] * len(calls)
        assert (user.C().method(), user.C().prop) == ("new", "new")
    assert [call() for call in calls] == ["original"] * len(calls)


def test_the_very_same_tuples_and_descriptors_come_back(module, example):
    source = """
class C:
    held = property(function, function)
    static = staticmethod(function)
def f(a=function, b=function): pass
"""
    user = module("user", source, function=example.function)
    before = user.f.__defaults__, user.C.__dict__["held"], user.C.__dict__["static"]
    with wraptrs.rebind(example.function, new):
        assert user.f.__defaults__ == (new, new)
        assert (user.C.__dict__["held"].fget, user.C.__dict__["held"].fset) == (new, new)
    after = user.f.__defaults__, user.C.__dict__["held"], user.C.__dict__["static"]
    assert all(a is b for a, b in zip(before, after))


def test_a_subclass_of_property_stays_one(module, example):
    source = "class P(property): pass\nclass C: held = P(function, doc='told')"
    user = module("user", source, function=example.function)
    with wraptrs.rebind(example.function, new):
        assert type(user.C.__dict__["held"]) is user.P
        assert user.C.__dict__["held"].fget is new


def test_a_class_and_an_instance_can_be_rebound(module):
    example = module("example", "class C: pass\nc = C()")
    user = module("user", "from example import C, c\nheld = [C, c]")
    old_class, old = example.C, example.c
    with wraptrs.rebind(old_class, int), wraptrs.rebind(old, 7):
        assert (user.C, user.c, user.held) == (int, 7, [int, 7])
    assert (user.C, user.c, user.held) == (old_class, old, [old_class, old])


def test_elements_that_moved_come_back_where_they_are(module, example):
    function = example.function
    user = module("user", "held = [0, function, 1]", function=function)
    with wraptrs.rebind(function, new):
        user.held.insert(0, "more")
    assert user.held == ["more", 0, function, 1]


def test_what_was_taken_away_stays_away(module, example):
    source = """
class C: held = function
class S: pass
s = S(); s.held = function
listed, table, group = [function], {'x': function}, {function}
def f(a=function): pass
"""
    user = module("user", source, function=example.function)
    with wraptrs.rebind(example.function, new):
        del user.C.held, user.s.held, user.table["x"]
        user.listed.clear()
        user.group.clear()
        user.f.__defaults__ = None
    assert (user.listed, user.table, user.group, user.f.__defaults__) == ([], {}, set(), None)
    assert not hasattr(user.C, "held")
    assert not hasattr(user.s, "held")


def drifted(module, example):
    user = module("user", "a = b = function; table = {'x': function}", function=example.function)
    handle = wraptrs.rebind(example.function, new)
    user.a = user.table["x"] = "another"
    return user, handle


def test_changes_of_others_are_not_overwritten(module, example):
    function = example.function
    user, handle = drifted(module, example)
    message = r"user\.a, user\.table\['x'\]; all others"
    with pytest.raises(wraptrs.PatchConflictError, match=message):
        handle.revert()
    assert handle.state == "active"
    assert sorted(r.path for r in handle.rebound) == ["user.a", "user.table['x']"]
    assert (user.a, user.b, user.table["x"]) == ("another", function, "another")
    assert handle.revert(leave=True).state == "reverted"
    assert (user.a, user.table["x"]) == ("another", "another")


def test_force_overwrites_them(module, example):
    function = example.function
    user, handle = drifted(module, example)
    assert handle.revert(force=True).state == "reverted"
    assert (user.a, user.b, user.table["x"]) == (function,) * 3


def test_once_undone_by_others_there_is_no_conflict(module, example):
    user, handle = drifted(module, example)
    user.a = user.table["x"] = example.function
    handle.revert()


def test_an_error_on_the_way_leaves_nothing_changed(module, example):
    source = """
class M(type):
    def __setattr__(cls, name, value):
        raise LookupError("not here")
a = function
class Z(metaclass=M): held = function
held = [function]
"""
    user = module("user", source, function=example.function)
    before = shown(example.function)
    handle = None
    with pytest.raises(LookupError, match="not here"):
        handle = wraptrs.rebind(example.function, new)
    assert handle is None
    assert shown(example.function) == before
    kept = wraptrs.rebind(example.function, new, where=lambda r: r.kind != "class attribute")
    assert (user.a, user.Z.held, user.held) == (new, kept.original, [new])
    kept.revert()
    assert shown(example.function) == before


def test_where_chooses(module, example):
    user = module("user", "a = function; held = [function]", function=example.function)
    function = example.function
    with wraptrs.rebind(function, new, where=lambda r: r.kind == "list") as handle:
        assert [r.path for r in handle.rebound] == ["user.held[0]"]
        assert (user.a, user.held) == (function, [new])

    def fail(reference):
        raise OSError(reference.path)

    with pytest.raises(OSError, match="example"):
        wraptrs.rebind(function, new, where=fail)
    with pytest.raises(TypeError, match="where must be a callable"):
        wraptrs.rebind(function, new, where="lists")


def test_applying_again_finds_who_holds_it_by_then(module, example):
    user = module("user", "a = function", function=example.function)
    handle = wraptrs.rebind(example.function, new).revert()
    user.later = [example.function]
    assert handle.apply().state == "active"
    assert user.later == [new]
    handle.disable()
    assert (user.later, handle.state) == ([user.a], "active")
    handle.enable()
    assert user.later == [new]
    handle.revert()


def test_rebinding_to_itself_or_what_is_shared_is_refused(example):
    with pytest.raises(ValueError, match="rebound to itself"):
        wraptrs.rebind(example.function, example.function)
    with pytest.raises(TypeError, match="shared by value"):
        wraptrs.rebind("text", new)


def test_stacked_rebindings_revert_in_any_order(module, example):
    function = example.function
    user = module("user", "a = function; held = [function]", function=function)

    def newer():
        return "newer"

    for first in (True, False):
        low = wraptrs.rebind(function, new)
        high = wraptrs.rebind(new, newer, where=lambda r: r.path.startswith(("user", "example")))
        assert (user.a, user.held) == (newer, [newer])
        (low if first else high).revert()
        assert (user.a, user.held) == ((newer, [newer]) if first else (new, [new]))
        (high if first else low).revert()
        assert (user.a, user.held, example.function) == (function, [function], function)


def test_handles_are_listed_until_reverted_though_nobody_has_them(module, example):
    function = example.function
    user = module("user", "held = [function]", function=function)
    wraptrs.rebind(function, new, owner="me")
    gc.collect()
    (handle,) = wraptrs.patches("me")
    assert handle.name == "example:function"
    assert handle.location.startswith(__file__)
    assert wraptrs.revert_all("me") == 1
    assert user.held == [function]


def test_a_member_of_a_set_of_patches(module, example):
    user = module("user", "held = [function]", function=example.function)
    patches = wraptrs.PatchSet()
    patches.add(wraptrs.references.Rebinding(example.function, new))
    patches.replace("example:nothing_there", new)
    with pytest.raises(wraptrs.PatchSetError):
        patches.apply()
    assert user.held == [example.function]


def test_a_rebinding_keeps_no_instance_alive(module, example):
    class Holder:
        pass

    holder = Holder()
    holder.held = example.function
    handle = wraptrs.rebind(example.function, new)
    assert holder.held is new
    watch = weakref.ref(holder)
    del holder
    gc.collect()
    assert watch() is None
    handle.revert()


def test_rounds_leave_nothing_behind(module, example):
    function = example.function
    module("user", "held = [function, {function}]\ndef f(a=function): pass", function=function)
    wraptrs.rebind(function, new).revert()
    gc.collect()
    before = sys.getrefcount(function), sys.getrefcount(new)
    for _ in range(20):
        wraptrs.rebind(function, new).revert()
    gc.collect()
    assert (sys.getrefcount(function), sys.getrefcount(new)) == before


def test_an_audit_hook_that_refuses_leaves_nothing_changed(tmp_path):
    script = """
import sys, wraptrs
def function(): pass
def new(): pass
held = [function]
def f(a=function): pass
def refuse(event, args):
    if event == "object.__setattr__" and args[1] == "__defaults__":
        raise PermissionError(event)
sys.addaudithook(refuse)
try:
    wraptrs.rebind(function, new)
except PermissionError:
    print(held[0].__name__, f.__defaults__[0].__name__, wraptrs.patches())
"""
    import subprocess

    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "function function ()"


def test_methods_bound_before_are_reported(module, example):
    method = types.MethodType(example.function, 1)
    part = functools.partial(example.function)
    with wraptrs.rebind(example.function, new) as handle:
        kinds = {r.kind for r in handle.references if not r.rebindable}
    assert {"bound method", "partial"} <= kinds
    assert method.__func__ is part.func
