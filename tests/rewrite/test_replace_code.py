"""The code of one function with all else of another, and free variables as a mapping."""

from __future__ import annotations

import functools

import pytest

from support.functions import same, state
from support.lib import package as wraptrs

replace_code, closure_of = wraptrs.replace_code, wraptrs.closure_of

HERE = "this module"


def make(count, step=1):
    def increase(by=step, *, note="own"):
        """Documented."""
        nonlocal count
        count += by
        return count, note

    return increase


def other(by=50, *, note="theirs", extra=None):
    return HERE, by, note, extra


def test_identity_defaults_and_closure_stay():
    target = make(0, step=7)
    before = state(target)
    target.mark = 1

    def times(by, *, note):
        nonlocal count
        count *= by
        return count, note

    count = 5
    with replace_code(target, times) as handle:
        wraptrs.closure_of(target)["count"] = 3
        assert target() == (21, "own") and count == 5
        assert (target.__name__, target.__doc__, target.mark) == ("increase", "Documented.", 1)
        assert target.__defaults__ is before[3] and handle.kind == "replace_code"
        assert target.__code__.co_name == "increase" and target.__code__.co_filename == __file__
    assert target() == (28, "own")
    del target.mark
    assert same(before, state(target))


def test_defaults_go_by_name():
    target = make(0)
    with replace_code(target, lambda first, by, *, note, more=0: (first, by, note)):
        with pytest.raises(TypeError, match="first"):
            target()
        with pytest.raises(TypeError, match="more"):
            target(9)
        assert target(9, more=1) == (9, 1, "own")
    with pytest.raises(TypeError, match="'last' without a default"):
        replace_code(target, lambda by, last: 1)
    assert target() == (1, "own")


def test_globals_are_those_that_the_code_was_written_for():
    space = {"__name__": "elsewhere", "HERE": "elsewhere"}
    exec("def target(by=1, *, note='x'): return HERE", space)
    with replace_code(space["target"], other):
        with pytest.raises(TypeError, match="extra"):
            space["target"]()
        assert space["target"](extra=1) == ("this module", 1, "x", 1)
    with replace_code(space["target"], other.__code__):
        assert space["target"](extra=1) == ("elsewhere", 1, "x", 1)
    assert space["target"]() == "elsewhere"


def test_extra_free_variables_are_refused_or_supplied():
    target, before, seen = make(0), None, []

    def uses_more(by, *, note):
        seen.append(by)
        return count, len(seen)

    count = 0
    before = state(target)
    with pytest.raises(TypeError, match="uses seen of the scope around"):
        replace_code(target, uses_more)
    assert same(before, state(target))
    with replace_code(target, uses_more, closure={"seen": [1, 2]}):
        assert target() == (0, 3) and not seen
    with replace_code(target, uses_more, closure=closure_of(uses_more)):
        assert target() == (0, 1) and seen == [1] and count == 0


class Base:
    def method(self):
        return "base"


class Child(Base):
    def method(self):
        return "child", super().method()


class Third(Base):
    def method(self):
        return "third"


def test_super_means_the_class_it_is_put_in():
    with replace_code(Third.method, Child.method):
        assert Third().method() == ("child", "base")
    assert Third().method() == "third"
    with pytest.raises(TypeError, match="not written in a class"):
        replace_code(Third.method, bare_super)


def bare_super(self):
    return super().method()


def test_a_new_function_and_stacks():
    target = make(0)
    made = replace_code(target, lambda by, *, note: (count, by), in_place=False, closure={"x": 1})
    assert made() == (0, 1) and target() == (1, "own") and made() == (0, 1)
    assert made.__name__ == "increase" and made is not target
    wrap = wraptrs.hotwrap(target, lambda wrapped, instance, args, kwargs: ["w", wrapped(*args)])
    first = replace_code(target, lambda by, *, note: "first")
    second = replace_code(target, lambda by, *, note: "second")
    assert target() == "second"
    first.revert()
    assert target() == "second"
    second.revert()
    assert target() == ["w", (2, "own")]
    wrap.revert()


count = 0


@pytest.mark.parametrize(
    "given, error, message",
    [
        (len, TypeError, "function or a code object"),
        (functools.partial(other), TypeError, "hotpatch"),
        ((lambda by: (yield)), TypeError, "would become a generator"),
    ],
)
def test_bad_implementations(given, error, message):
    with pytest.raises(error, match=message):
        replace_code(make(0), given)
    with pytest.raises(ValueError, match="by itself"):
        replace_code(other, other)
    with pytest.raises(wraptrs.UnpatchableError):
        replace_code(len, other)


def test_closures_are_mappings():
    def around(unset):
        def function():
            return value, late

        value = 1
        if unset:
            return function
        late = 2
        return function

    function = around(False)
    view = closure_of(function)
    assert dict(view) == {"value": 1, "late": 2} and len(view) == 2 and "value" in view
    view["value"] = 10
    assert function() == (10, 2) and view.cells["value"].cell_contents == 10
    view.update(late=20)
    assert function() == (10, 20)
    del view["late"]
    assert list(view) == ["value"] and "late" not in view
    with pytest.raises(NameError):
        function()
    view["late"] = 3
    assert function() == (10, 3)
    with pytest.raises(KeyError, match=r"'other' is no free variable of .*function: it has"):
        view["other"] = 1
    with pytest.raises(KeyError):
        view["other"]
    with pytest.raises(KeyError):
        del view["other"]
    assert repr(closure_of(around(True))).endswith("{'value': 1}>")
    with pytest.raises(KeyError, match="it has none"):
        closure_of(other)["by"] = 1


def test_closures_of_methods_and_decorated_functions():
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args):
            return function(*args)

        return wrapper

    class Local(Base):
        @decorate
        def decorated(self):
            return "decorated"

        def method(self):
            return super().method()

    assert closure_of(Local().method)["__class__"] is Local
    view = closure_of(Local.decorated)
    view["function"] = lambda self: "exchanged"
    assert Local().decorated() == "exchanged"
    with pytest.raises(wraptrs.UnpatchableError):
        closure_of(len)


def test_the_view_shows_what_is_there_now():
    target = make(0)
    view = closure_of(target)
    with wraptrs.hotpatch(make(5), target):
        assert view["count"] == 5
    assert view["count"] == 0
