"""Where vectorcall mode is taken, and where it is refused with a reason."""

from __future__ import annotations

import functools
import sys

import pytest

from support.inplace import OFFICIAL, honoured, marking, passing
from support.lib import native
from support.lib import package as wraptrs

hotpatch, hotwrap = wraptrs.hotpatch, wraptrs.hotwrap
UnpatchableError = wraptrs.UnpatchableError
pytestmark = pytest.mark.skipif(OFFICIAL, reason="by setters alone the pointer is not ours")
inlines = pytest.mark.skipif(sys.version_info < (3, 12), reason="each call takes C stack anyway")
skips_init = pytest.mark.skipif(sys.version_info < (3, 13), reason="earlier ones look there too")


def simple(a, b=2):
    return a, b


def wrap(target, wrapper=marking, **options):
    return hotwrap(target, wrapper, mode="vectorcall", **options)


@honoured
def test_auto_takes_it_and_the_handle_says_so():
    with hotwrap(simple, passing) as patch:
        assert patch.mode == "vectorcall" and "simple, vectorcall, active" in repr(patch)
        assert native._callee(simple) == "ours"
    assert native._callee(simple) == "usual"


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="3.11 alone does not look")
def test_where_calls_do_not_look_the_mode_is_refused():
    with hotwrap(simple, passing) as patch:
        assert patch.mode in ("trampoline", "code")
    with pytest.raises(UnpatchableError, match=r"cannot wrap .*simple.*CPython 3\.11 calls"):
        wrap(simple)
    with pytest.raises(UnpatchableError, match=r"cannot patch .*simple.*CPython 3\.11 calls"):
        hotpatch(passing, simple, mode="vectorcall")
    assert simple(1) == (1, 2) and simple.__kwdefaults__ is None


@honoured
def test_where_the_trial_failed_the_mode_is_refused(monkeypatch):
    from wraptrs import _vectorcall

    assert _vectorcall.works() is True
    monkeypatch.setattr(_vectorcall, "_works", False)
    with hotwrap(simple, marking) as patch:
        assert patch.mode == "trampoline" and simple(1) == ("wrapped", (1, 2))
    with pytest.raises(UnpatchableError, match="was tried"):
        wrap(simple)


@honoured
def test_the_trial_sees_a_site_that_does_not_look(monkeypatch):
    """As on an interpreter that calls functions without looking: nothing ever arrives."""
    from wraptrs import _vectorcall

    monkeypatch.setattr(_vectorcall, "_transplant", lambda *args: True)
    assert _vectorcall._tried() is False


def recursive(n):
    return n and recursive(n - 1)


class Recursive:
    def deep(self, n):
        return n and self.deep(n - 1)

    def generator(self, n):
        yield from self.generator(n - 1) if n else ()

    def not_itself(self, n):
        return n and self.deep(n)


@inlines
def test_auto_leaves_functions_that_call_themselves_to_the_interpreters_stack():
    def closure(n):
        return n and (lambda: closure(n - 1))()

    for target in (recursive, Recursive.deep, closure):
        with hotwrap(target, passing) as patch:
            assert patch.mode == "trampoline"
        with wrap(target, passing) as patch:
            assert patch.mode == "vectorcall"
    for target in (Recursive.generator, Recursive.not_itself):
        with hotwrap(target, passing) as patch:
            assert patch.mode == "vectorcall"


@honoured
@pytest.mark.parametrize("wrapper", [passing, functools.partial(passing)], ids=["python", "c"])
def test_recursion_without_end_is_an_error(wrapper):
    def forever(n):
        return forever(n + 1)

    limit = sys.getrecursionlimit()
    with wrap(forever, wrapper), wrap(recursive, wrapper):
        with pytest.raises(RecursionError):
            forever(0)
        assert recursive(100) == 0
        sys.setrecursionlimit(100_000)
        try:
            assert recursive(300) == 0
        finally:
            sys.setrecursionlimit(limit)


@skips_init
def test_an_init_that_is_called_without_looking_is_refused():
    class Made:
        def __init__(self, a):
            self.a = a

    def elsewhere(self, a):
        self.a = a

    class Other:
        reset = elsewhere
        __init__ = elsewhere

    Other.reset.__qualname__ = Other.__qualname__ + ".reset"
    for cls in (Made, Other):
        for _ in range(100):
            cls(1)
        with hotwrap(cls.__init__, marking) as patch:
            assert patch.mode == "trampoline"
            with pytest.raises(TypeError, match="should return None"):
                cls(1)
        with pytest.raises(UnpatchableError, match="classes are called without looking"):
            wrap(cls.__init__)
        with pytest.raises(UnpatchableError, match="classes are called without looking"):
            hotpatch(lambda self, a: None, cls.__init__, mode="vectorcall")
        assert cls(3).a == 3


class Owner:
    def __init__(self, a):
        self.a = a

    @property
    def prop(self):
        return self.a

    other = property(lambda self: self.a)


def test_a_getter_is_never_passed_by():
    """CPython 3.14 alone calls getters without looking, so the mode is refused for them there."""
    owner = Owner(1)

    def sites():
        return {(owner.prop, owner.other) for _ in range(100)}

    for _ in range(2):
        assert sites() == {(1, 1)}
        with hotwrap(Owner.prop, marking), hotwrap(Owner.other, marking) as patch:
            assert sites() == {(("wrapped", 1), ("wrapped", 1))}
            assert patch.mode == "trampoline" or sys.version_info[:2] != (3, 14)
    if sys.version_info[:2] == (3, 14):
        for getter in (Owner.prop, Owner.other.fget):
            with pytest.raises(UnpatchableError, match="getters of properties without looking"):
                wrap(getter)
        assert sites() == {(1, 1)}


@skips_init
def test_auto_leaves_what_may_be_an_init_under_another_name():
    def helper(self):
        self.made = "plain"

    class Made:
        __init__ = helper

    for _ in range(100):
        assert Made().made == "plain"

    def wrapper(wrapped, instance, args, kwargs):
        args[0].made = "wrapped"

    with hotwrap(helper, wrapper) as patch:
        assert patch.mode == "trampoline" and Made().made == "wrapped"
