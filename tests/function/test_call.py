"""Calling an unbound function wrapper: what the wrapper is given, and what it may do meanwhile."""

from __future__ import annotations

import asyncio
import gc
import inspect

import pytest

from support.lib import FunctionWrapper, ObjectProxy, passthrough
from support.outcome import outcome


def record(*args, **kwargs):
    return args, kwargs


def witness(wrapped, instance, args, kwargs):
    """A wrapper that reports what it was given."""
    return wrapped, instance, args, kwargs


CALLS = [
    ((), {}),
    ((1,), {}),
    ((1, 2), {}),
    ((None,), {"k": None}),
    (tuple(range(50)), {}),
    ((), {"a": 1, "b": 2}),
    ((1,), {"self": 1, "wrapped": 2, "instance": 3, "args": 4, "kwargs": 5, "wrapper": 6}),
    (((),), {"kwargs": {}}),
    ((), {f"key{i}": i for i in range(40)}),
    ((1, 2, 3), {"not an identifier": 1, "": 2}),
]


@pytest.mark.parametrize("args, kwargs", CALLS)
def test_wrapper_receives_a_tuple_and_a_dict(args, kwargs):
    wrapped, instance, got_args, got_kwargs = FunctionWrapper(record, witness)(*args, **kwargs)
    assert wrapped is record and instance is None
    assert type(got_args) is tuple and got_args == args
    assert type(got_kwargs) is dict and got_kwargs == kwargs
    assert list(got_kwargs) == list(kwargs)  # in the order given


@pytest.mark.parametrize("args, kwargs", CALLS)
def test_passthrough(args, kwargs):
    expected = record(*args, **kwargs)
    wrapper = FunctionWrapper(record, passthrough)
    assert wrapper(*args, **kwargs) == expected
    assert FunctionWrapper.__call__(wrapper, *args, **kwargs) == expected
    assert FunctionWrapper(wrapper, passthrough)(*args, **kwargs) == expected


def test_each_call_has_a_dict_of_its_own():
    seen = []

    def keep(wrapped, instance, args, kwargs):
        kwargs["added"] = 1
        seen.append(kwargs)

    wrapper = FunctionWrapper(record, keep)
    given = {"a": 1}
    wrapper(**given), wrapper(), wrapper()
    assert given == {"a": 1}
    assert seen == [{"a": 1, "added": 1}, {"added": 1}, {"added": 1}]
    assert len({id(kwargs) for kwargs in seen}) == 3


def test_a_changed_dict_does_not_come_back():
    sizes = []

    def change(wrapped, instance, args, kwargs):
        sizes.append(len(kwargs))
        kwargs["left"] = "behind"
        if len(sizes) < 4:
            wrapper(*args)  # again, while this call's dict is in use
        sizes.append(len(kwargs))

    wrapper = FunctionWrapper(record, change)
    wrapper(1)
    wrapper()
    assert sizes == [0, 0, 0, 0, 1, 1, 1, 1, 0, 1]


class Bound:
    def method(self, *args):
        return self, args

    @classmethod
    def of_class(cls, *args):
        return cls, args

    @staticmethod
    def static(*args):
        return args

    def __call__(self, *args):
        return "called", args


BOUND = Bound()


@pytest.mark.parametrize(
    "target, instance",
    [
        (record, None),
        (BOUND.method, BOUND),
        (Bound.of_class, Bound),
        (Bound.static, None),
        (BOUND, None),
        (len, None),
        ([3].index, None),  # a builtin's own object is not offered
        (Bound, None),
        ("abc".__add__, "abc"),
        (staticmethod(record), None),
    ],
    ids=lambda value: type(value).__name__,  # without an address: the same in each process
)
def test_instance_of_an_unbound_call(target, instance):
    assert FunctionWrapper(target, witness)(1)[1] == instance


def test_self_of_a_callable_object_is_its_instance():
    BOUND.__self__ = "claimed"
    try:
        assert FunctionWrapper(BOUND, witness)()[1] == "claimed"
    finally:
        del BOUND.__self__


def test_the_result_is_passed_on_untouched():
    for result in (None, NotImplemented, object(), ObjectProxy(3)):
        assert FunctionWrapper(record, lambda *a, result=result: result)() is result


@pytest.mark.parametrize(
    "error",
    [ValueError, KeyboardInterrupt, StopIteration, AttributeError, SystemExit, GeneratorExit],
)
@pytest.mark.parametrize("where", ["wrapper", "wrapped"])
def test_exceptions_travel_unchanged(error, where):
    raised = error("mine")

    def fail(*args):
        raise raised

    wrapper = (
        FunctionWrapper(fail, passthrough) if where == "wrapped" else FunctionWrapper(record, fail)
    )
    with pytest.raises(error) as caught:
        wrapper()
    assert caught.value is raised
    assert caught.value.__context__ is None


@pytest.mark.parametrize("wrapper", [lambda: 1, lambda wrapped: 1, lambda a, b, c, d, e: 1])
def test_wrapper_of_another_arity(wrapper):
    with pytest.raises(TypeError, match="argument"):
        FunctionWrapper(record, wrapper)(1)


@pytest.mark.parametrize("target", [None, 3, "text"])
def test_target_that_cannot_be_called(target):
    wrapper = FunctionWrapper(target, passthrough)
    with pytest.raises(TypeError, match="not callable"):
        wrapper()
    assert FunctionWrapper(target, lambda *a: "wrapper only")() == "wrapper only"


@pytest.mark.parametrize(
    "kind",
    [
        "builtin type",
        "partial",
        "bound method",
        "callable object",
        "another function wrapper",
    ],
)
def test_wrappers_of_every_kind(kind):
    import functools

    class Caller:
        def method(self, wrapped, instance, args, kwargs):
            return wrapped(*args, **kwargs)

        __call__ = method

    wrapper = {
        "builtin type": lambda: lambda *args: tuple(args)[2],
        "partial": lambda: functools.partial(passthrough),
        "bound method": lambda: Caller().method,
        "callable object": Caller,
        "another function wrapper": lambda: FunctionWrapper(passthrough, passthrough),
    }[kind]()
    assert FunctionWrapper(lambda *args: args, wrapper)(1, 2) == (1, 2)


def test_recursion():
    def fact(n):
        return 1 if n == 0 else n * wrapper(n - 1)

    wrapper = FunctionWrapper(fact, passthrough)
    assert wrapper(30) == 265252859812191058636308480000000


def test_endless_recursion_ends_in_recursion_error():
    wrapper = FunctionWrapper(lambda: wrapper(), passthrough)
    with pytest.raises(RecursionError):
        wrapper()
    assert FunctionWrapper(lambda: 1, passthrough)() == 1


def test_a_wrapper_that_calls_itself_is_entered_again():
    depth = []

    def wrap(wrapped, instance, args, kwargs):
        depth.append(len(depth))
        if len(depth) < 5:
            return wrapper(*args)
        return wrapped(*args)

    wrapper = FunctionWrapper(lambda x: x, wrap)
    assert wrapper(3) == 3 and depth == [0, 1, 2, 3, 4]


def test_a_wrapper_that_deletes_the_function_meanwhile():
    def make():
        def target(*args):
            return "still alive", args

        return FunctionWrapper(target, wrap)

    def wrap(wrapped, instance, args, kwargs):
        holder.clear()
        gc.collect()
        return wrapped(*args, **kwargs)

    holder = [make()]
    assert holder[0](1) == ("still alive", (1,))


@pytest.mark.parametrize(
    "change",
    [
        lambda wrapper: wrapper.__init__(record, witness),
        lambda wrapper: setattr(wrapper, "__wrapped__", len),
    ],
)
def test_a_wrapper_that_is_changed_meanwhile(change):
    def wrap(wrapped, instance, args, kwargs):
        change(wrapper)
        gc.collect()
        return wrapped(*args, **kwargs)

    wrapper = FunctionWrapper(lambda *args: ("old target", args), wrap)
    assert wrapper(1) == ("old target", (1,))


def test_generator_functions():
    def numbers(n):
        received = yield from range(n)
        return received

    wrapper = FunctionWrapper(numbers, passthrough)
    assert list(wrapper(3)) == [0, 1, 2]
    assert inspect.isgeneratorfunction(wrapper.__wrapped__)


def test_coroutines_and_async_generators():
    async def double(x):
        await asyncio.sleep(0)
        return x * 2

    async def count(n):
        for i in range(n):
            yield i

    async def wrap(wrapped, instance, args, kwargs):
        return await wrapped(*args, **kwargs) + 1

    async def main():
        plain = await FunctionWrapper(double, passthrough)(4)
        wrapped = await FunctionWrapper(double, wrap)(4)
        items = [i async for i in FunctionWrapper(count, passthrough)(3)]
        return plain, wrapped, items

    assert asyncio.run(main()) == (8, 9, [0, 1, 2])


def test_many_layers():
    wrapper = record
    for _ in range(50):
        wrapper = FunctionWrapper(wrapper, passthrough)
    assert wrapper(1, a=2) == ((1,), {"a": 2})


def test_missing_arguments_are_reported_by_the_target():
    def needs(a, b):
        return a, b

    for args in [(), (1,), (1, 2, 3)]:
        assert outcome(FunctionWrapper(needs, passthrough), *args) == outcome(needs, *args)
