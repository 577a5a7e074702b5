"""The `_self_binding` a function wrapper decides for each kind of target, at construction."""

from __future__ import annotations

import functools
import operator

import pytest

from support.lib import (
    BaseObjectProxy,
    CallableObjectProxy,
    FunctionWrapper,
    ObjectProxy,
    PartialCallableObjectProxy,
    passthrough,
)


def function(*args, **kwargs):
    return args, kwargs


async def coroutine():
    """A coroutine function is a function."""


def generator():
    yield


class Plain:
    def method(self):
        return self

    @classmethod
    def of_class(cls):
        return cls

    @staticmethod
    def static():
        return None

    @property
    def prop(self):
        return self

    def __call__(self):
        return self

    def __len__(self):
        return 3


class WithSelf:
    def __init__(self, value):
        self.__self__ = value

    def __call__(self):
        """Callable, as a bound method is."""


class Slotted:
    __slots__ = ("field",)


class Meta(type):
    """A class whose instances are classes."""


CASES = {
    "function": (function, "function"),
    "lambda": (lambda: 1, "function"),
    "coroutine function": (coroutine, "function"),
    "generator function": (generator, "function"),
    "unbound method": (Plain.method, "function"),
    "raw static": (Plain.static, "function"),
    "builtin": (len, "builtin"),
    "builtin method": ([].append, "builtin"),
    "builtin classmethod": (dict.fromkeys, "builtin"),
    "builtin static": (str.maketrans, "builtin"),
    "class": (Plain, "class"),
    "builtin class": (int, "class"),
    "metaclass": (Meta, "class"),
    "class of metaclass": (Meta("Made", (), {}), "class"),
    "exception class": (KeyError, "class"),
    "classmethod": (Plain.__dict__["of_class"], "classmethod"),
    "staticmethod": (Plain.__dict__["static"], "staticmethod"),
    "bound method": (Plain().method, "instancemethod"),
    "bound classmethod": (Plain.of_class, "classmethod"),
    "callable object": (Plain(), "callable"),
    "property": (Plain.__dict__["prop"], "callable"),
    "slot wrapper": (int.__add__, "callable"),
    "method wrapper": ((1).__add__, "callable"),
    "method descriptor": (str.upper, "callable"),
    "member descriptor": (Slotted.__dict__["field"], "callable"),
    "getset descriptor": (type.__dict__["__mro__"], "callable"),
    "classmethod descriptor": (dict.__dict__["fromkeys"], "callable"),
    "partial": (functools.partial(function), "callable"),
    "partialmethod": (functools.partialmethod(function), "callable"),
    "lru_cache": (functools.lru_cache(function), "callable"),
    "itemgetter": (operator.itemgetter(1), "callable"),
    "self is a class": (WithSelf(int), "classmethod"),
    "self is an object": (WithSelf(3), "callable"),
    "self is None": (WithSelf(None), "callable"),
    "None": (None, "callable"),
    "not callable": (3, "callable"),
    "proxied function": (ObjectProxy(function), "function"),
    "proxied class": (BaseObjectProxy(int), "class"),
    "proxied method": (CallableObjectProxy(Plain().method), "instancemethod"),
    "proxied classmethod": (ObjectProxy(classmethod(function)), "classmethod"),
    "proxied partial": (PartialCallableObjectProxy(function, 1), "function"),
}


@pytest.mark.parametrize("case", CASES)
def test_binding(case):
    target, expected = CASES[case]
    wrapper = FunctionWrapper(target, passthrough)
    assert wrapper._self_binding == expected
    assert type(wrapper._self_binding) is str
    assert wrapper.__wrapped__ is target
    assert wrapper._self_instance is wrapper._self_parent is wrapper._self_owner is None


@pytest.mark.parametrize("case", CASES)
def test_a_wrapper_of_a_wrapper_inherits(case):
    target, expected = CASES[case]
    inner = FunctionWrapper(target, passthrough)
    assert FunctionWrapper(inner, passthrough)._self_binding == expected


def test_a_wrapper_of_a_bound_wrapper_inherits():
    class Holder:
        method = FunctionWrapper(function, passthrough)
        of_class = FunctionWrapper(classmethod(function), passthrough)

    assert FunctionWrapper(Holder().method, passthrough)._self_binding == "function"
    assert FunctionWrapper(Holder.of_class, passthrough)._self_binding == "classmethod"


def test_a_half_made_wrapper_as_target_is_judged_by_what_it_wraps():
    inner = FunctionWrapper.__new__(FunctionWrapper)
    inner.__wrapped__ = len
    assert FunctionWrapper(inner, passthrough)._self_binding in ("builtin", "callable")
    inner.__wrapped__ = Plain
    assert FunctionWrapper(inner, passthrough)._self_binding == "class"


def test_swapping_the_target_keeps_the_decision():
    wrapper = FunctionWrapper(function, passthrough)
    wrapper.__wrapped__ = len
    assert wrapper._self_binding == "function"
    assert wrapper([1]) == 1


def test_init_again_decides_again():
    wrapper = FunctionWrapper(function, passthrough)
    wrapper.__init__(len, passthrough)
    assert wrapper._self_binding == "builtin"


def test_error_of_self_lookup_travels():
    class Failing:
        @property
        def __self__(self):
            raise KeyError("self")

    with pytest.raises(KeyError, match="self"):
        FunctionWrapper(Failing(), passthrough)


def test_attribute_error_of_self_lookup_means_there_is_none():
    class Failing:
        @property
        def __self__(self):
            raise AttributeError("self")

    assert FunctionWrapper(Failing(), passthrough)._self_binding == "callable"
