"""What fits the place of what: kinds are kept, unfit values are refused unless insisted on."""

from __future__ import annotations

import functools
import sys
import types
from unittest import mock

import pytest

import wraptrs
from wraptrs import UnfitReplacementError, replace


class Target:
    def method(self, a, b=2):
        return a, b

    @staticmethod
    def static(a):
        return a

    @classmethod
    def build(cls, a):
        return cls, a

    @property
    def prop(self):
        return "got"

    @prop.setter
    def prop(self, value):
        self.stored = value

    @functools.cached_property
    def cached(self):
        return "cached"

    async def coroutine(self):
        return "coroutine"

    async def agen(self):
        yield 1

    limit = 10

    class Inner:
        pass


def test_a_function_for_a_static_or_class_method_keeps_the_kind():
    with (
        replace(Target, "static", lambda a: ("new", a)),
        replace(Target, "build", lambda cls, a: ("new", cls, a)),
    ):
        assert type(vars(Target)["static"]) is staticmethod
        assert type(vars(Target)["build"]) is classmethod
        assert Target.static(1) == Target().static(1) == ("new", 1)
        assert Target.build(1) == Target().build(1) == ("new", Target, 1)
    assert Target.static(1) == 1 and Target.build(1) == (Target, 1)


def test_a_function_for_a_property_replaces_its_getter_alone():
    with replace(Target, "prop", lambda self: "new"):
        thing = Target()
        thing.prop = 5
        assert thing.prop == "new" and thing.stored == 5
    assert Target().prop == "got"


def test_a_function_for_a_cached_property():
    with replace(Target, "cached", lambda self: "new"):
        thing = Target()
        assert thing.cached == "new" and vars(thing) == {"cached": "new"}
    assert Target().cached == "cached"


def test_a_property_for_a_property():
    with replace(Target, "prop", property(lambda self: "whole")):
        assert Target().prop == "whole"
        with pytest.raises(AttributeError):
            Target().prop = 1


def plain(*args, **kwargs):
    return "plain"


async def awaited(*args, **kwargs):
    return "awaited"


# Partials of a class bind since 3.14 only.
METHOD_PARTIAL, ODD_PARTIAL = (lambda fixed, a, b=2: 1, 1), (lambda fixed, self, a, b=2: 1, 1)
if sys.version_info >= (3, 14):
    METHOD_PARTIAL, ODD_PARTIAL = ODD_PARTIAL, METHOD_PARTIAL


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("method", 5, "callable cannot be replaced by 5"),
        ("static", None, "staticmethod cannot be replaced by None"),
        ("build", "text", "classmethod cannot be replaced by 'text'"),
        ("prop", 5, "property cannot be replaced by 5"),
        ("prop", lambda: 1, "takes the instance alone"),
        ("prop", lambda self, other: 1, "takes the instance alone"),
        ("cached", lambda: 1, "takes the instance alone"),
        ("cached", 1, "cached property cannot be replaced by 1"),
        ("coroutine", plain, "coroutine function cannot be replaced by a plain function"),
        ("agen", plain, "async generator function cannot be replaced by a plain function"),
        ("agen", awaited, "cannot be replaced by a coroutine function"),
        ("method", awaited, "plain function cannot be replaced by a coroutine function"),
        ("method", lambda self, a: 1, r"\(self, a\) does not take all calls"),
        ("method", lambda self, a, c=2: 1, "b=b"),
        ("method", lambda self, a, b, c: 1, "does not take all calls"),
        ("method", functools.partial(*ODD_PARTIAL), "does not take all calls"),
        ("static", lambda: 1, "does not take all calls"),
        ("build", lambda cls: 1, "does not take all calls"),
        ("static", classmethod(lambda cls, a: 1), "staticmethod cannot become a classmethod"),
        ("method", staticmethod(lambda self, a, b=2: 1), "cannot become a staticmethod"),
        ("Inner", 5, "class cannot be replaced by 5"),
    ],
)
def test_what_does_not_fit_is_refused(name, value, reason):
    before = dict(vars(Target))
    with pytest.raises(UnfitReplacementError, match=reason) as caught:
        replace(Target, name, value)
    assert f"test_checks:Target.{name}: " in str(caught.value) and "check=False" in str(
        caught.value
    )
    assert dict(vars(Target)) == before
    with replace(Target, name, value, check=False):
        assert vars(Target)[name] is value
    assert dict(vars(Target)) == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("method", plain),
        ("method", lambda self, a, b=3: 1),
        ("method", lambda self, a, b=3, *, c=4: 1),
        ("method", lambda self, *args, **kwargs: 1),
        ("method", mock.Mock()),
        ("method", functools.partial(plain, 1)),
        ("method", functools.partial(*METHOD_PARTIAL)),
        ("coroutine", awaited),
        ("coroutine", mock.AsyncMock()),
        ("limit", "text"),
        ("limit", plain),
        ("Inner", plain),
        ("Inner", mock.Mock()),
    ],
)
def test_what_fits(name, value):
    with replace(Target, name, value):
        assert vars(Target)[name] is value


@pytest.mark.parametrize(
    ("before", "after", "fits"),
    [
        ("a", "a", True),
        ("a", "b", False),
        ("a, /", "b, /", True),
        ("a, /", "b", True),
        ("a", "a, /", False),
        ("a", "a, b=1", True),
        ("a, b=1", "a", False),
        ("a, b=1", "a, b", False),
        ("a, b=1", "a, *, b=1", False),
        ("a, b=1", "*args, **kwargs", True),
        ("*args", "a", False),
        ("*args", "*others", True),
        ("**kwargs", "**others", True),
        ("**kwargs", "a=1", False),
        ("*, key", "key", True),
        ("*, key", "*, key=1", True),
        ("*, key=1", "*, key", False),
        ("*, key", "*, other", False),
        ("a, *args, key=1, **kw", "a, *args, key=1, **kw", True),
        ("a=1, b=2", "b=2, a=1", True),
        ("", "a=1", True),
        ("", "a", False),
    ],
)
def test_signatures(before, after, fits):
    module = types.ModuleType("signatures")
    exec(f"def old({before}): pass\ndef new({after}): pass", module.__dict__)
    if fits:
        replace(module, "old", module.new).revert()
    else:
        with pytest.raises(UnfitReplacementError, match="does not take all calls"):
            replace(module, "old", module.new)


def test_functions_of_c_without_a_signature_are_not_judged():
    with replace("time", "time", lambda: 0.0):
        import time

        assert time.time() == 0.0
    assert time.time() > 0


def test_a_set_checks_too():
    patches = wraptrs.PatchSet()
    patches.replace(Target, "limit", 11)
    patches.replace(Target, "method", 5)
    with pytest.raises(wraptrs.PatchSetError, match="cannot be called"):
        patches.apply()
    assert Target.limit == 10
    assert "UnfitReplacementError" in str(patches.error)
