"""Special methods that have no slot: they are forwarded by name to the target."""

from __future__ import annotations

import asyncio
import copy
import decimal
import math
import pickle
import types

import pytest

from support.lib import PROXIES, TYPES, BaseObjectProxy, ObjectProxy, build
from support.outcome import outcome


class Manager:
    def __init__(self, swallow=False):
        self.log = []
        self.swallow = swallow

    def __enter__(self):
        self.log.append("enter")
        return "resource"

    def __exit__(self, *error):
        self.log.append(error[0])
        return self.swallow

    async def __aenter__(self):
        self.log.append("aenter")
        return "async resource"

    async def __aexit__(self, *error):
        self.log.append(error[0])
        return self.swallow


@pytest.mark.parametrize("cls", PROXIES)
@pytest.mark.parametrize("swallow", [False, True])
class TestManagers:
    def test_with(self, cls, swallow):
        manager = Manager(swallow)
        with cls(manager) as resource:
            assert resource == "resource"
        assert manager.log == ["enter", None]

    def test_with_error(self, cls, swallow):
        manager = Manager(swallow)

        def run():
            with cls(manager):
                raise KeyError("inside")

        assert outcome(run).type is (type(None) if swallow else KeyError)
        assert manager.log == ["enter", KeyError]

    def test_async_with(self, cls, swallow):
        manager = Manager(swallow)

        async def run():
            async with cls(manager) as resource:
                assert resource == "async resource"
                raise KeyError("inside")

        assert outcome(asyncio.run, run()).type is (type(None) if swallow else KeyError)
        assert manager.log == ["aenter", KeyError]


@pytest.mark.parametrize(
    "method, arguments",
    [
        ("__enter__", ()),
        ("__exit__", (None, None, None)),
        ("__aenter__", ()),
        ("__aexit__", (None, None, None)),
    ],
)
@pytest.mark.parametrize("cls", PROXIES)
def test_manager_methods_missing_on_the_target(cls, method, arguments):
    with pytest.raises(AttributeError, match=f"'int' object has no attribute '{method}'"):
        getattr(cls(3), method)(*arguments)


@pytest.mark.parametrize("cls", TYPES)
class TestCopying:
    """The base has to refuse: only a subclass knows whether to copy the target too."""

    def test_copy(self, cls):
        with pytest.raises(NotImplementedError, match="__copy__"):
            BaseObjectProxy.__copy__(build(cls, lambda: 1))

    def test_deepcopy(self, cls):
        with pytest.raises(NotImplementedError, match="__deepcopy__"):
            BaseObjectProxy.__deepcopy__(build(cls, lambda: 1), {})

    def test_reduce(self, cls):
        with pytest.raises(NotImplementedError, match="__reduce__"):
            BaseObjectProxy.__reduce__(build(cls, lambda: 1))


@pytest.mark.parametrize("cls", PROXIES)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_is_refused_unless_defined(cls, protocol):
    with pytest.raises(NotImplementedError, match="__reduce__"):
        pickle.dumps(cls([1]), protocol)
    with pytest.raises(NotImplementedError):
        copy.copy(cls([1]))
    with pytest.raises(NotImplementedError):
        copy.deepcopy(cls([1]))


class Copying(ObjectProxy):
    def __copy__(self):
        return Copying(copy.copy(self.__wrapped__))

    def __deepcopy__(self, memo):
        return Copying(copy.deepcopy(self.__wrapped__, memo))

    def __reduce__(self):
        return Copying, (self.__wrapped__,)

    def __reduce_ex__(self, protocol):
        return self.__reduce__()


def test_subclass_that_defines_copying():
    original = Copying([[1]])
    shallow, deep = copy.copy(original), copy.deepcopy(original)
    assert type(shallow) is type(deep) is Copying
    assert shallow.__wrapped__ is not original.__wrapped__ and shallow[0] is original[0]
    assert deep == [[1]] and deep[0] is not original[0]
    restored = pickle.loads(pickle.dumps(original))
    assert type(restored) is Copying and restored == [[1]]


NUMBERS = {
    "int": 7,
    "float": 2.5,
    "negative": -2.5,
    "bool": True,
    "inf": float("inf"),
    "nan": math.nan,
    "decimal": decimal.Decimal("2.675"),
    "str": "12",
    "none": None,
    "list": [1],
    "complex": 1 + 2j,
}
CONVERSIONS = {
    "round": round,
    "round 1": lambda x: round(x, 1),
    "round None": lambda x: round(x, None),
    "round bad": lambda x: round(x, "x"),
    "trunc": math.trunc,
    "floor": math.floor,
    "ceil": math.ceil,
    "complex": complex,
    "bytes": bytes,
    "format": format,
    "format spec": lambda x: format(x, ">8"),
    "format bad": lambda x: format(x, "%%%"),
    "f-string": lambda x: f"{x!s:>6}",
    "reversed": lambda x: list(reversed(x)),
    "int": int,
}


@pytest.mark.parametrize("conversion", CONVERSIONS)
@pytest.mark.parametrize("value", NUMBERS)
@pytest.mark.parametrize("cls", PROXIES)
def test_conversions(cls, value, conversion):
    expected = outcome(CONVERSIONS[conversion], NUMBERS[value], messages=False)
    result = outcome(CONVERSIONS[conversion], cls(NUMBERS[value]), messages=False)
    if conversion == "complex" and value == "str":
        return  # complex() parses only a real str; a proxy is asked for __complex__, which parses
    if conversion == "bytes" and expected.kind == "error" and result.kind == "error":
        return  # which of several reasons bytes() gives depends on what it tries first
    assert result == expected


def test_complex_of_a_proxied_string_parses():
    assert complex(ObjectProxy("1+2j")) == 1 + 2j


@pytest.mark.parametrize("value", [b"abc", bytearray(b"abc"), [97, 98], (1, 2), 3])
@pytest.mark.parametrize("cls", PROXIES)
def test_bytes(cls, value):
    assert bytes(cls(value)) == bytes(value)


@pytest.mark.parametrize(
    "call",
    [
        lambda p: p.__round__(1, 2),
        lambda p: p.__round__(digits=1),
        lambda p: p.__format__(),
        lambda p: p.__format__("", ""),
        lambda p: p.__trunc__(1),
        lambda p: p.__bytes__(1),
        lambda p: p.__dir__(1),
        lambda p: p.__reversed__(1),
        lambda p: p.__instancecheck__(),
        lambda p: p.__subclasscheck__(),
        lambda p: p.__subclasscheck__(int, int),
    ],
)
def test_wrong_arguments_to_forwarded_methods(call):
    with pytest.raises(TypeError):
        call(ObjectProxy(2.5))


def test_round_takes_its_keyword():
    assert ObjectProxy(2.567).__round__(ndigits=1) == 2.6


@pytest.mark.parametrize("cls", PROXIES)
class TestClassTargets:
    def test_right_side_of_isinstance_and_issubclass(self, cls):
        proxy = cls(int)
        assert isinstance(3, proxy) and isinstance(True, proxy) and not isinstance("", proxy)
        assert issubclass(bool, proxy) and not issubclass(str, proxy)
        assert isinstance(3, (str, proxy))
        assert isinstance(cls(3), proxy)
        assert issubclass(cls(bool), proxy)

    def test_targets_that_are_no_class(self, cls):
        with pytest.raises(TypeError):
            isinstance(3, cls(3))
        with pytest.raises(TypeError):
            issubclass(int, cls(3))

    def test_error_of_the_check_travels(self, cls):
        class Meta(type):
            def __instancecheck__(self, instance):
                raise KeyError("check")

            def __subclasscheck__(self, subclass):
                raise KeyError("check")

        class Checked(metaclass=Meta):
            pass

        with pytest.raises(KeyError):
            isinstance(3, cls(Checked))
        with pytest.raises(KeyError):
            issubclass(int, cls(Checked))

    def test_as_a_base_class(self, cls):
        class Base:
            pass

        class Derived(cls(Base)):
            pass

        assert Derived.__mro__ == (Derived, Base, object)
        assert isinstance(Derived.__orig_bases__[0], cls)

    def test_mro_entries_of_the_target_are_asked(self, cls):
        class Alias:
            def __mro_entries__(self, bases):
                return (dict, Mixin)

        class Mixin:
            pass

        Derived = types.new_class("Derived", (cls(Alias()),))
        assert Derived.__mro__[1:3] == (dict, Mixin)

    def test_error_of_mro_entries_travels(self, cls):
        class Alias:
            @property
            def __mro_entries__(self):  # noqa: PLE0302  a property, its call never comes
                raise KeyError("entries")

        with pytest.raises(KeyError, match="entries"):
            types.new_class("Derived", (cls(Alias()),))

    def test_mro_entries_of_a_plain_object(self, cls):
        assert cls(3).__mro_entries__(()) == (3,)


@pytest.mark.parametrize("cls", TYPES)
def test_subscription(cls):
    alias = cls[int, str]
    assert alias.__origin__ is cls and alias.__args__ == (int, str)
    assert cls[int].__args__ == (int,)


@pytest.mark.parametrize("cls", PROXIES)
def test_subscription_of_a_proxied_class(cls):
    class Meta(type):
        def __getitem__(cls, key):
            return ("meta", key)

    class Sub(metaclass=Meta):
        pass

    assert cls(Sub)[3] == ("meta", 3)


def test_iteration_belongs_to_object_proxy():
    assert list(ObjectProxy([1, 2])) == [1, 2]
    assert sorted(ObjectProxy({2, 1})) == [1, 2]
    with pytest.raises(TypeError, match="'int' object is not iterable"):
        iter(ObjectProxy(3))
    with pytest.raises(TypeError, match="not iterable"):
        iter(BaseObjectProxy([1]))
    assert 1 in BaseObjectProxy([1])
