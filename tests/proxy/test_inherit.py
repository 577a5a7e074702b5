"""Python subclasses: slots, generics, metaclasses, and several of our types below one class."""

from __future__ import annotations

import abc
import collections.abc
import inspect
import types
import typing

import pytest

from support.lib import (
    PROXIES,
    TYPES,
    BaseObjectProxy,
    BoundFunctionWrapper,
    CallableObjectProxy,
    FunctionWrapper,
    FunctionWrapperBase,
    ObjectProxy,
    build,
    init_arguments,
    passthrough,
)


def target(*args, **kwargs):
    """A target every type accepts."""
    return args, kwargs


class TracingProxy(BaseObjectProxy):
    def describe(self):
        return "describing " + self.__wrapped__.__name__


class TracingObjectProxy(ObjectProxy):
    def describe(self):
        return "describing " + self.__wrapped__.__name__


class TracingCallable(CallableObjectProxy):
    def describe(self):
        return "describing " + self.__wrapped__.__name__


MIXINS = [TracingProxy, TracingObjectProxy, TracingCallable]
WRAPPERS = [FunctionWrapper, BoundFunctionWrapper, FunctionWrapperBase]


@pytest.mark.parametrize("wrapper_first", [False, True])
@pytest.mark.parametrize("wrapper_type", WRAPPERS)
@pytest.mark.parametrize("mixin", [*MIXINS, *PROXIES])
def test_diamonds_have_one_layout(mixin, wrapper_type, wrapper_first):
    if mixin in PROXIES and mixin in wrapper_type.__mro__ and not wrapper_first:
        pytest.skip("a base before its own subclass has no MRO in any Python class")
    bases = (wrapper_type, mixin) if wrapper_first else (mixin, wrapper_type)
    Both = type("Both", bases, {})
    both = Both.__new__(Both)
    wrapper_type.__init__(both, *init_arguments(wrapper_type, target))
    assert both._self_wrapper is passthrough
    assert isinstance(both, mixin) and isinstance(both, wrapper_type)
    assert both(1, k=2) == ((1,), {"k": 2})  # whichever of the two __call__ comes first
    if mixin in MIXINS:
        assert both.describe() == "describing target"


def test_wrapper_and_bound_wrapper_both_extended():
    """The shape tracing libraries use: own methods on what is bound, too."""

    class Bound(TracingProxy, BoundFunctionWrapper):
        def __call__(self, *args, **kwargs):
            return "bound", BoundFunctionWrapper.__call__(self, *args, **kwargs)

    class Wrapper(TracingProxy, FunctionWrapper):
        __bound_function_wrapper__ = Bound

    class Service:
        def run(self, n):
            return n * 2

    Service.run = Wrapper(Service.run, passthrough)
    assert type(Service().run) is Bound
    assert Service().run(4) == ("bound", 8)
    assert Service().run.describe() == "describing run"


@pytest.mark.parametrize("cls", TYPES)
def test_slots_named_for_the_proxy(cls):
    class Slotted(cls):
        __slots__ = ("_self_x",)

    proxy = build(Slotted, target)
    with pytest.raises(AttributeError):
        proxy._self_x
    proxy._self_x = 3
    assert proxy._self_x == 3
    assert "_self_x" not in proxy.__self_dict__
    assert not hasattr(target, "_self_x")
    del proxy._self_x
    assert not hasattr(proxy, "_self_x")


def test_slotted_class_beside_a_proxy():
    class Extra:
        __slots__ = ()

        def twice(self):
            return self * 2

    class Slotted(Extra, ObjectProxy):
        __slots__ = ("_self_a", "_self_b")

    proxy = Slotted(4)
    proxy._self_b = "b"
    assert (proxy.twice(), proxy._self_b) == (8, "b")


@pytest.mark.parametrize("cls", TYPES)
@pytest.mark.parametrize("generic_first", [False, True])
def test_generic_beside_a_proxy(cls, generic_first):
    T = typing.TypeVar("T")
    bases = (typing.Generic[T], cls) if generic_first else (cls, typing.Generic[T])
    Typed = types.new_class("Typed", bases)
    assert build(Typed, target).__wrapped__ is target
    assert typing.get_args(Typed[int]) == (int,)
    assert isinstance(build(Typed, target), Typed)


@pytest.mark.parametrize("cls", PROXIES)
def test_abc_metaclass(cls):
    class Closeable(cls, metaclass=abc.ABCMeta):
        @abc.abstractmethod
        def close(self):
            """Given by the subclass."""

    class File(Closeable):
        def close(self):
            return self.__wrapped__

    assert File(3).close() == 3
    assert type(File) is abc.ABCMeta and type(File(3)).__mro__[1] is Closeable
    assert File.__abstractmethods__ == frozenset()
    assert Closeable.__abstractmethods__ == {"close"}


def test_abc_mixin_methods_work():
    class Numbers(ObjectProxy, collections.abc.Sequence):
        def __getitem__(self, index):
            return self.__wrapped__[index] + 1

    numbers = Numbers([1, 2, 3])
    assert numbers[0] == 2
    assert numbers.index(2) == 0  # the mixin over __getitem__; list.index would say 1
    assert len(numbers) == 3


@pytest.mark.parametrize("cls", TYPES)
def test_metaclass_and_class_keywords(cls):
    seen = []

    class Meta(type(cls)):
        def __new__(mcs, name, bases, namespace, **kwargs):
            return super().__new__(mcs, name, bases, namespace)

        def __init__(cls, name, bases, namespace, **kwargs):
            seen.append((name, kwargs))
            super().__init__(name, bases, namespace)

    class Sub(cls, metaclass=Meta, flavour=1):
        pass

    assert seen == [("Sub", {"flavour": 1})]
    assert build(Sub, target).__wrapped__ is target


@pytest.mark.parametrize("cls", TYPES)
def test_init_subclass_is_called(cls):
    seen = []

    class Base(cls):
        def __init_subclass__(cls, **kwargs):
            seen.append((cls.__name__, kwargs))

    class Derived(Base, key=1):
        pass

    assert seen == [("Derived", {"key": 1})]
    assert issubclass(Derived, cls)


@pytest.mark.parametrize("cls", TYPES)
def test_base_init_called_by_hand(cls):
    class ByHand(cls):
        def __init__(self, obj):
            self._self_before = True
            cls.__init__(self, *init_arguments(cls, obj))
            self._self_after = True

    proxy = ByHand(target)
    assert (proxy._self_before, proxy._self_after, proxy.__wrapped__) == (True, True, target)


@pytest.mark.parametrize(
    "name",
    [
        "__len__",
        "__add__",
        "__getitem__",
        "__eq__",
        "__repr__",
        "__bool__",
        "__contains__",
        "__hash__",
        "__iadd__",
        "__str__",
    ],
)
def test_dunder_override_calls_super(name):
    arguments = {
        "__add__": ([9],),
        "__getitem__": (0,),
        "__eq__": ((1, 2),),
        "__contains__": (2,),
        "__iadd__": ((9,),),
    }.get(name, ())
    if name == "__add__":
        arguments = ((9,),)
    calls = []

    def override(self, *args):
        calls.append(args)
        return getattr(super(Sub, self), name)(*args)

    Sub = type("Sub", (ObjectProxy,), {name: override})
    use = {
        "__len__": len,
        "__add__": lambda p: p + arguments[0],
        "__getitem__": lambda p: p[0],
        "__eq__": lambda p: p == (1, 2),
        "__repr__": repr,
        "__bool__": bool,
        "__hash__": hash,
        "__contains__": lambda p: 2 in p,
        "__iadd__": lambda p: p.__iadd__((9,)),
        "__str__": str,
    }[name]
    plain = use(ObjectProxy((1, 2)))
    result = use(Sub((1, 2)))
    assert calls == [arguments]
    if name == "__repr__":
        assert "Sub" in result
    else:
        assert result == plain


def test_type_level_facts():
    for cls in TYPES:
        assert isinstance(cls.__doc__, (str, type(None)))
        assert isinstance(cls.__module__, str)
        assert inspect.isclass(cls)
        assert issubclass(cls, BaseObjectProxy)
    assert issubclass(FunctionWrapper, FunctionWrapperBase)
    assert issubclass(BoundFunctionWrapper, FunctionWrapperBase)
    assert not issubclass(BoundFunctionWrapper, FunctionWrapper)


ABSENT = [
    "__iter__",
    "__next__",
    "__aiter__",
    "__anext__",
    "__await__",
    "__length_hint__",
    "__fspath__",
    "__get__",
    "__set__",
    "__delete__",
    "__set_name__",
    "__call__",
]


@pytest.mark.parametrize("name", ABSENT)
def test_protocols_the_base_does_not_claim(name):
    assert not any(name in vars(cls) for cls in BaseObjectProxy.__mro__)
    assert ("__call__" in vars(CallableObjectProxy)) is True
    assert ("__iter__" in vars(ObjectProxy)) is True
