"""Targets made on first use, and what follows an assignment to `__wrapped__`."""

from __future__ import annotations

import operator

import pytest

from support.lib import PROXIES, BaseObjectProxy, WrapperNotInitializedError, better


class Trouble(Exception):
    """Raised by the hooks under test."""


def lazy(cls, make):
    """A subclass of cls whose target make() builds on first use; calls are counted."""

    class Lazy(cls):
        built = 0

        def __init__(self):
            super().__init__(None)

        def __wrapped_factory__(self):
            raise AssertionError("only its presence is looked at")

        def __wrapped_get__(self):
            type(self).built += 1
            return make()

    return Lazy


USES = {
    "attribute": (lambda p: p.append(3), None),
    "len": (len, 2),
    "repr": (lambda p: "for list at" in repr(p), True),
    "str": (str, "[1, 2]"),
    "add": (lambda p: operator.add(p, [3]), [1, 2, 3]),
    "radd": (lambda p: operator.add([0], p), [0, 1, 2]),
    "eq": (lambda p: p == [1, 2], True),
    "lt": (lambda p: operator.lt([0], p), True),
    "bool": (bool, True),
    "contains": (lambda p: 2 in p, True),
    "getitem": (lambda p: p[1], 2),
    "setitem": (lambda p: p.__setitem__(0, 9), None),
    "isinstance": (lambda p: isinstance(p, list), True),
    "class": (lambda p: p.__class__, list),
    "doc": (lambda p: p.__doc__, list.__doc__),
    "dir": (dir, dir([])),
    "wrapped": (lambda p: p.__wrapped__, [1, 2]),
    "reversed": (lambda p: list(reversed(p)), [2, 1]),
    "format": (format, "[1, 2]"),
    "other operand": (lambda p: BaseObjectProxy([0]) + p, [0, 1, 2]),
    "inplace": (lambda p: p.__iadd__([3]) is p, True),
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("cls", PROXIES)
def test_first_use_builds_the_target_once(cls, use):
    Lazy = lazy(cls, lambda: [1, 2])
    proxy = Lazy()
    assert Lazy.built == 0
    operation, expected = USES[use]
    assert operation(proxy) == expected
    assert Lazy.built == 1
    assert proxy.__wrapped__ is proxy.__wrapped__
    assert Lazy.built == 1


@pytest.mark.parametrize("cls", PROXIES)
def test_what_does_not_need_the_target_does_not_build_it(cls):
    Lazy = lazy(cls, list)
    proxy = Lazy()
    proxy._self_x = 1
    assert proxy._self_x == 1
    assert "_self_x" in proxy.__self_dict__
    assert type(proxy) is Lazy
    proxy.__wrapped__ = "given"
    assert proxy == "given"
    assert Lazy.built == 0


@pytest.mark.parametrize("cls", PROXIES)
@pytest.mark.parametrize("target", [0, "", [], False])
def test_only_none_defers(cls, target):
    class Sub(cls):
        def __wrapped_factory__(self):
            """Present, so None would defer."""

    assert Sub(target).__wrapped__ is target


@pytest.mark.parametrize("cls", PROXIES)
@pytest.mark.parametrize("has_factory", [True, False])
def test_none_without_a_factory_is_a_target(cls, has_factory):
    class Sub(cls):
        if has_factory:
            __wrapped_factory__ = None

    proxy = Sub(None)
    assert proxy.__wrapped__ is None
    assert proxy == None  # noqa: E711  the proxy's own comparison is meant
    assert not proxy


@pytest.mark.parametrize("cls", PROXIES)
@pytest.mark.parametrize("error", [Trouble, AttributeError, KeyboardInterrupt])
def test_error_of_the_build_travels_and_the_next_use_tries_again(cls, error):
    results = [error("first"), [7]]

    def make():
        result = results.pop(0)
        if isinstance(result, BaseException):
            raise result
        return result

    proxy = lazy(cls, make)()
    with pytest.raises(error, match="first"):
        len(proxy)
    assert proxy == [7]
    assert results == []


@pytest.mark.parametrize("cls", PROXIES)
def test_error_of_a_factory_property_travels(cls):
    class Sub(cls):
        @property
        def __wrapped_factory__(self):
            raise Trouble("factory")

    with pytest.raises(Trouble, match="factory"):
        Sub(None)
    with pytest.raises(Trouble, match="factory"):
        len(Sub.__new__(Sub))
    assert Sub(3) == 3  # a target that is given asks no factory


@pytest.mark.parametrize("cls", PROXIES)
def test_initialised_but_targetless(cls):
    """The state a removed factory leaves behind has its own exception, a ValueError."""
    Lazy = lazy(cls, list)
    proxy = Lazy()
    del Lazy.__wrapped_factory__
    with pytest.raises(WrapperNotInitializedError, match="__wrapped__"):
        len(proxy)
    assert issubclass(WrapperNotInitializedError, ValueError)
    assert not issubclass(WrapperNotInitializedError, AttributeError)
    proxy.__wrapped__ = [1]
    assert len(proxy) == 1


@pytest.mark.parametrize("cls", PROXIES)
def test_factory_without_get(cls):
    class Sub(cls):
        def __wrapped_factory__(self):
            """There is no __wrapped_get__ to go with it."""

    with pytest.raises(AttributeError):
        len(Sub(None))


@pytest.mark.parametrize("cls", PROXIES)
def test_fixups_follow_each_assignment(cls):
    seen = []

    class Sub(cls):
        def __wrapped_setattr_fixups__(self):
            seen.append(self.__wrapped__)

    proxy = Sub("first")
    proxy.__wrapped__ = "second"
    proxy.__wrapped__ = "third"
    assert seen == ["second", "third"]


@pytest.mark.parametrize("cls", PROXIES)
def test_fixups_follow_the_lazy_build(cls):
    seen = []
    Lazy = lazy(cls, lambda: "built")
    Lazy.__wrapped_setattr_fixups__ = lambda self: seen.append(self.__wrapped__)
    assert len(Lazy()) == 5
    assert seen == ["built"]


@pytest.mark.parametrize("cls", PROXIES)
@pytest.mark.parametrize("error", [Trouble, KeyboardInterrupt])
def test_error_of_the_fixups_travels(cls, error):
    raised = error("fixups")

    class Sub(cls):
        def __wrapped_setattr_fixups__(self):
            raise raised

    proxy = Sub("first")
    with pytest.raises(error) as caught:
        proxy.__wrapped__ = "second"
    assert caught.value is raised
    assert proxy.__wrapped__ == "second"


@pytest.mark.parametrize("cls", PROXIES)
@better("it runs the hook of a target that is itself a proxy with fixups")
def test_fixups_of_the_target_are_its_own_affair(cls):
    class Target:
        calls = 0

        def __wrapped_setattr_fixups__(self):
            Target.calls += 1

    cls(Target()).__wrapped__ = Target()
    assert Target.calls == 0


@pytest.mark.parametrize("cls", PROXIES)
def test_build_that_assigns_the_target_itself(cls):
    class Sub(cls):
        def __init__(self):
            super().__init__(None)

        __wrapped_factory__ = True

        def __wrapped_get__(self):
            self.__wrapped__ = "interim"
            return "final"

    proxy = Sub()
    assert str(proxy) == "final"


@pytest.mark.parametrize("cls", PROXIES)
def test_swap_of_the_target_during_use(cls):
    class Swapping:
        def __len__(self):
            proxy.__wrapped__ = "longer than one"
            return 1

    proxy = cls(Swapping())
    assert len(proxy) == 1
    assert len(proxy) == len("longer than one")
