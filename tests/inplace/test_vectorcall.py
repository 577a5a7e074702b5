"""Vectorcall mode: nothing of the function changes, no frame is added, every call is wrapped."""

from __future__ import annotations

import functools
import gc
import inspect
import sys
import types
import weakref

import pytest

from support.functions import same, state
from support.inplace import honoured, marking, passing
from support.lib import package as wraptrs

hotpatch, hotwrap = wraptrs.hotpatch, wraptrs.hotwrap
UnpatchableError, PatchConflictError = wraptrs.UnpatchableError, wraptrs.PatchConflictError


def simple(a, b=2):
    return a, b


def wrap(target, wrapper=marking, **options):
    return hotwrap(target, wrapper, mode="vectorcall", **options)


@honoured
def test_nothing_of_the_function_changes():
    def function(a: int, b: str = "x", *, key: float = 1.0) -> bool:
        """Documented."""
        return a, b, key, enclosed

    enclosed = 3
    function.mark = []
    attributes, keywords = vars(function), function.__kwdefaults__
    before = state(function), inspect.signature(function), inspect.getsource(function)
    with wrap(function):
        now = [a for a in zip(before[0], state(function)) if a[0] is not keywords]
        assert all(a is b or a == b == () for a, b in now)
        assert function.__kwdefaults__ == keywords and vars(function) is attributes
        assert attributes == {"mark": function.mark}
        assert (inspect.signature(function), inspect.getsource(function)) == before[1:]
        assert inspect.getclosurevars(function).nonlocals == {"enclosed": 3}
        assert function(1) == ("wrapped", (1, "x", 1.0, 3))
        copied = functools.wraps(function)(lambda: "copy")
        assert copied() == "copy" and copied.__wrapped__ is function
    assert same(before[0], state(function))


@honoured
def test_no_frame_is_added():
    seen = []

    def wrapper(wrapped, instance, args, kwargs):
        seen.append(sys._getframe(1).f_code.co_name)
        return wrapped()

    def function():
        seen.append(sys._getframe(1).f_code.co_name)
        raise ValueError

    with wrap(function, wrapper), pytest.raises(ValueError) as caught:
        function()
    assert seen == ["test_no_frame_is_added", "wrapper"]
    names = [entry.name for entry in caught.traceback]
    assert names == ["test_no_frame_is_added", "wrapper", "function"]


@honoured
def test_arguments_are_the_wrappers_own():
    given = []

    def wrapper(wrapped, instance, args, kwargs):
        given.append((args, kwargs))
        kwargs["b"] = len(given)
        return wrapped(*args, **kwargs)

    with wrap(simple, wrapper):
        assert simple(0) == (0, 1) and simple(0) == (0, 2) and simple(0, b=9) == (0, 3)
        extra = {"b": 7}
        assert simple(0, **extra) == (0, 4) and extra == {"b": 7}
        assert simple(a=5) == (5, 5)
    assert [kwargs["b"] for _, kwargs in given] == [1, 2, 3, 4, 5]
    assert len({id(kwargs) for _, kwargs in given}) == 5


@honoured
def test_many_arguments_go_through():
    def function(*args, **kwargs):
        return args, kwargs

    values, named = tuple(range(300)), {f"n{i}": i for i in range(300)}
    with wrap(function, passing):
        assert function(*values, **named) == (values, named)
        assert function(*values) == (values, {}) and function(**named) == ((), named)


class Wrappers:
    """All sorts of callables that may be wrappers."""

    def method(self, wrapped, instance, args, kwargs):
        return marking(wrapped, instance, args, kwargs)

    __call__ = method

    @classmethod
    def cm(cls, wrapped, instance, args, kwargs):
        return marking(wrapped, instance, args, kwargs)

    @staticmethod
    def sm(wrapped, instance, args, kwargs):
        return marking(wrapped, instance, args, kwargs)


WRAPPERS = {
    "function": marking,
    "bound method": Wrappers().method,
    "class method": Wrappers.cm,
    "static method": Wrappers.sm,
    "instance": Wrappers(),
    "partial": functools.partial(marking),
    "function wrapper": wraptrs.FunctionWrapper(marking, passing),
    "class": type("Class", (), {"__new__": lambda cls, *given: marking(*given)}),
}


@pytest.mark.parametrize("wrapper", WRAPPERS.values(), ids=WRAPPERS)
def test_any_callable_may_wrap(wrapper, wrap_mode):
    class Holder:
        def method(self, a):
            return self, a

    holder = Holder()
    with hotwrap(simple, wrapper), hotwrap(Holder.method, wrapper):
        for _ in range(3):
            assert simple(1) == ("wrapped", (1, 2))
            assert holder.method(1) == ("wrapped", (holder, 1))


@honoured
def test_a_wrapper_in_c_gets_the_four_arguments():
    with wrap(simple, "{1} {2} {3} {0.__name__}".format):
        assert simple(1, b=2) == "None (1,) {'b': 2} simple"
    with wrap(simple, types.SimpleNamespace), pytest.raises(TypeError):
        simple()


def test_what_the_wrapper_raises_and_enabled_raises_arrives(wrap_mode):
    def wrapper(wrapped, instance, args, kwargs):
        raise KeyError("wrapper")

    def enabled():
        raise KeyError("enabled")

    class Truth:
        def __bool__(self):
            raise KeyError("truth")

    for options in ({}, {"enabled": enabled}, {"enabled": lambda: Truth()}):
        with hotwrap(simple, wrapper, **options), pytest.raises(KeyError):
            simple(1)
    assert simple(1) == (1, 2)


def test_a_wrapper_may_revert_switch_and_wrap_again_while_it_runs(wrap_mode):
    def function(a):
        return a

    def reverting(wrapped, instance, args, kwargs):
        patch.revert()
        gc.collect()
        assert function(5) == 5
        return wrapped(*args, **kwargs) + 1

    def wrapping(wrapped, instance, args, kwargs):
        with hotwrap(function, lambda wrapped, instance, args, kwargs: "inner"):
            assert function(5) == "inner"
        return wrapped(*args, **kwargs) + 2

    patch = hotwrap(function, reverting)
    assert function(1) == 2 and function(1) == 1 and patch.state == "reverted"
    with hotwrap(function, wrapping):
        assert function(1) == 3


@honoured
def test_the_function_may_die_during_its_call():
    def make():
        def function(a):
            return a, died

        return function

    def wrapper(wrapped, instance, args, kwargs):
        while holder:
            holder.pop()
        gc.collect()
        died.append(alive() is None)
        return wrapped(*args, **kwargs)

    died = []
    holder = [make()]
    alive = weakref.ref(holder[0])
    wrap(holder[0], wrapper)
    assert next(map(holder[0], [7]))[0] == 7
    gc.collect()
    assert alive() is None


# ---- replacing ----


@honoured
def test_a_replacement_gets_the_arguments_as_they_came():
    class Made:
        def __init__(self, *args, **kwargs):
            self.given = args, kwargs

    def function(a: int):
        """Doc."""

    code = function.__code__
    with hotpatch(Made, function, mode="vectorcall") as patch:
        assert patch.mode == "vectorcall" and function.__code__ is code
        made = function(1, 2, b=3)
        assert type(made) is Made and made.given == ((1, 2), {"b": 3})
    with hotpatch(len, function, mode="vectorcall"):
        assert function([1, 2]) == 2
        with pytest.raises(TypeError):
            function()
    assert function(1) is None and function.__dict__ == {}


@honoured
def test_the_signature_shown_is_that_of_the_replacement():
    def function(a: int):
        return "plain"

    def other(b: str, *, c: float = 1.0) -> bool:
        return b, c

    with hotpatch(other, function, mode="vectorcall"):
        assert inspect.signature(function) == inspect.signature(other)
        assert function.__annotations__ == other.__annotations__
        assert function("x") == ("x", 1.0)
    assert str(inspect.signature(function)) in ("(a: int)", "(a: 'int')")


@honoured
def test_a_replacement_of_another_kind_is_refused():
    def function():
        return "plain"

    async def coroutine():
        return "new"

    with pytest.raises(TypeError, match="cannot replace plain function"):
        hotpatch(coroutine, function, mode="vectorcall")
    with pytest.raises(TypeError, match="of another kind"):
        hotpatch(coroutine, function, mode="vectorcall", kind="replacement")
    with pytest.raises(TypeError, match="of another kind"):
        hotpatch(function, coroutine, mode="vectorcall", kind="target")
    assert function() == "plain"
    with pytest.raises(ValueError, match="mode must be one of auto, trampoline, vectorcall"):
        hotwrap(function, marking, mode="transplant")
