"""Cached and synchronized functions as methods: called with the instance in front."""

from __future__ import annotations

import abc
import functools
import gc
import inspect
import weakref

import pytest

from support.lib import FunctionWrapper, better, passthrough
from support.lib import package as wraptrs

DECORATORS = [wraptrs.lru_cache, wraptrs.synchronized]
both = pytest.mark.parametrize("decorate", DECORATORS, ids=lambda each: each.__name__)


def better_cache(reason):
    """For both, where only the cache is better than wrapt's."""
    cases = [pytest.param(DECORATORS[0], marks=better(reason)), DECORATORS[1]]
    return pytest.mark.parametrize("decorate", cases, ids=lambda each: each.__name__)


def place(decorate):
    """A class with such a method, which tells its arguments."""

    class Place:
        @decorate
        def method(self, *args, **kwargs):
            return self, args, tuple(kwargs.items())

    return Place


@better_cache("the cache is looked for on None")
def test_every_way_to_a_method_is_the_same_call(decorate):
    Place = place(decorate)
    one = Place()
    plain = one, (1, 2), (("key", 3),)
    bound, raw = one.method, Place.__dict__["method"]
    for _ in range(3):  # missed, found, found again
        assert one.method(1, 2, key=3) == plain
        assert bound(1, 2, key=3) == plain
        assert raw(one, 1, 2, key=3) == plain
        assert Place.method(one, 1, 2, key=3) == plain
        assert raw.__get__(one, Place)(1, 2, key=3) == plain
        assert raw.__get__(None, Place)(one, 1, 2, key=3) == plain
        assert functools.partial(one.method, 1)(2, key=3) == plain
        assert one.method(*(1, 2), **dict(plain[2])) == plain
        assert one.method() == (one, (), ())


@both
def test_calls_in_a_loop_stay_right_as_the_interpreter_learns_them(decorate):
    Place = place(decorate)

    class Sub(Place):
        def method(self, *args):
            return super().method(*args)[1]

    for number in range(200):
        each = Place() if number % 3 else Sub()
        expected = (number,) if type(each) is Sub else (each, (number,), ())
        assert each.method(number) == expected
        if number == 150:
            Sub.method = lambda self, *args: args
        if number == 100:
            Sub.method = decorate(lambda self, *args: args)


@both
@better("it is bound to None there")
def test_a_class_gives_the_wrapper_itself(decorate):
    Place = place(decorate)

    def read():
        return Place.method

    assert all(read() is Place.__dict__["method"] for _ in range(100))


@both
def test_what_it_looks_like(decorate):
    Place = place(decorate)
    assert isinstance(Place.__dict__["method"], FunctionWrapper)
    for function in (Place.method, Place.__dict__["method"]):
        assert inspect.isfunction(function)
        assert function.__wrapped__.__name__ == function.__name__ == "method"
        assert list(inspect.signature(function).parameters) == ["self", "args", "kwargs"]
    bound = Place().method
    assert isinstance(bound, wraptrs.BoundFunctionWrapper)
    assert inspect.ismethod(bound)
    assert list(inspect.signature(bound).parameters) == ["args", "kwargs"]


@better_cache("the cache is looked for on None")
def test_a_function_of_a_class_called_with_something_else(decorate):
    class Tools:
        @decorate
        def double(x):
            return 2 * x

    for _ in range(3):
        assert Tools.double(4) == 8
        assert Tools.double("a") == "aa"
    with pytest.raises(TypeError, match="double"):
        Tools.double()


@both
def test_one_function_under_several_names_and_in_several_classes(decorate):
    @decorate
    def both_names(self, x):
        return self, x

    class One:
        first = both_names
        second = both_names

    class Two:
        third = both_names

    class Late:
        __hash__ = None  # a cache of all instances would need it

    Late.fourth = both_names
    one, two, late = One(), Two(), Late()
    for _ in range(3):
        assert one.first(1) == one.second(1) == (one, 1)
        assert two.third(1) == (two, 1)
        assert late.fourth(1) == (late, 1)


@both
def test_a_method_given_to_a_class_later(decorate):
    class Place:
        __hash__ = None

    Place.method = decorate(lambda self, x: (self, x))
    one = Place()
    for _ in range(3):
        assert one.method(1) == (one, 1)


@both
def test_abstract_base_classes(decorate):
    class Base(abc.ABC):
        @decorate
        @abc.abstractmethod
        def method(self):
            return type(self)

    class Full(Base):
        @decorate
        def method(self):
            return super().method()

    with pytest.raises(TypeError, match="abstract"):
        Base()
    assert Full().method() is Full().method() is Full


@both
def test_under_another_wrapper(decorate):
    class Place:
        outer = FunctionWrapper(decorate(lambda self, x: (self, x)), passthrough)
        inner = decorate(FunctionWrapper(lambda self, x: (self, x), passthrough))
        partial = functools.partialmethod(decorate(lambda self, x: (self, x)), 1)

    one = Place()
    for _ in range(3):
        assert one.outer(1) == one.inner(1) == one.partial() == (one, 1)


@better_cache("the subclass is given its base's results")
def test_methods_of_a_metaclass(decorate):
    class Meta(type):
        @decorate
        def method(cls, x):
            return cls, x

    class Made(metaclass=Meta):
        pass

    class Child(Made):
        pass

    for _ in range(3):
        assert Made.method(1) == (Made, 1)
        assert Child.method(1) == (Child, 1)


@both
def test_errors_reach_the_caller_as_they_are(decorate):
    error = KeyboardInterrupt("inside")

    class Place:
        @decorate
        def method(self, x):
            raise error

    one = Place()
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt) as caught:
            one.method(1)
        assert caught.value is error
        with pytest.raises(TypeError, match="method"):
            one.method()


@both
def test_deep_calls_end_in_recursion_error(decorate):
    class Place:
        @decorate
        def down(self, depth):
            return self.down(depth + 1)

    with pytest.raises(RecursionError):
        Place().down(0)


@both
def test_nothing_is_kept_alive(decorate):
    Place = place(decorate)
    one = Place()
    one.method(), one.method()
    references = [weakref.ref(one), weakref.ref(Place), weakref.ref(Place.__dict__["method"])]
    del one, Place
    gc.collect()
    assert [reference() for reference in references] == [None] * 3


@both
def test_another_wrapped_function_is_called_at_once(decorate):
    Place = place(decorate)
    raw, one = Place.__dict__["method"], Place()
    raw.__wrapped__ = lambda self, x: (x, self)
    assert one.method(1) == (1, one)
    two = Place()
    raw.__wrapped__ = functools.partialmethod(lambda self, a, b: (a, b), "first")
    assert two.method("second") == ("first", "second")


@pytest.mark.skipif(wraptrs.__name__ != "wraptrs", reason="a function of wraptrs' own core")
def test_only_classes_of_function_wrappers_can_be_called_directly():
    from wraptrs._native import _called_directly

    for wrong in (int, 3, wraptrs.CallableObjectProxy):
        with pytest.raises(TypeError, match="class of function wrappers"):
            _called_directly(wrong, True)
    with pytest.raises(TypeError, match="missing"):
        _called_directly()
