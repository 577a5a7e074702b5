"""All closures of one code object: those that exist, those made later, and the way back (40)."""

from __future__ import annotations

import asyncio
import gc
import inspect
import weakref

import pytest

from support.functions import same, state
from support.lib import package as wraptrs

hotpatch, hotwrap = wraptrs.hotpatch, wraptrs.hotwrap


def make_factory():
    def factory(x, y=0):
        def inner(a, b=5, *rest, k=6, **more):
            """Inner."""
            return "old", a, b, rest, k, more, x, y

        return inner

    return factory


def around(name):
    def wrapper(wrapped, instance, args, kwargs):
        return (name, wrapped(*args, **kwargs))

    return wrapper


def new(a, b=7, *, k=8):
    return "new", a, b, k


def test_existing_and_future_closures_are_replaced():
    factory = make_factory()
    first, second = factory(1), factory(2)
    before = [state(function) for function in (factory, first, second)]
    patch = hotpatch(new, first, closures="all")
    third = factory(3)
    assert [f(0) for f in (first, second, third, factory(4))] == [("new", 0, 7, 8)] * 4
    assert third(0, k=1, b=2) == ("new", 0, 2, 1)
    with pytest.raises(TypeError, match=r"\(\) missing 1 required positional argument: 'a'"):
        third()
    patch.revert()
    assert third(0) == factory(3)(0) == ("old", 0, 5, (), 6, {}, 3, 0)
    functions = factory, first, second
    assert all(same(b, state(f)) for b, f in zip(before, functions))
    assert third.__code__ is first.__code__ is factory(5).__code__
    patch.apply()
    assert third(0) == factory(3)(0) == second(0) == ("new", 0, 7, 8)
    patch.revert()
    assert all(same(b, state(f)) for b, f in zip(before, functions))
    assert third(0) == ("old", 0, 5, (), 6, {}, 3, 0)


def test_existing_and_future_closures_are_wrapped():
    factory, calls = make_factory(), []

    def wrapper(wrapped, instance, args, kwargs):
        calls.append((wrapped.__name__, instance, args, kwargs))
        return wrapped(*args, **kwargs)

    first = factory(1)
    with hotwrap(first, wrapper, closures="all"):
        second = factory(2, 3)
        assert first(0, k=1) == ("old", 0, 5, (), 1, {}, 1, 0)
        assert second(0, k=1) == ("old", 0, 5, (), 1, {}, 2, 3)
        assert second(0, 1, 2, z=3) == ("old", 0, 1, (2,), 6, {"z": 3}, 2, 3)
        assert (second.__name__, second.__doc__) == ("inner", "Inner.")
        assert second.__qualname__ == first.__qualname__ and "Inner." not in factory(1).__dict__
        assert str(inspect.signature(first)) == "(a, b=5, *rest, k=6, **more)"
        assert str(inspect.signature(second)) == "(a, b=5, *rest, k=6, **more)"
    assert calls == [
        ("inner", None, (0,), {"k": 1}),
        ("inner", None, (0, 5), {"k": 1}),  # as bound to the parameters
        ("inner", None, (0, 1, 2), {"k": 6, "z": 3}),
    ]
    assert second(0) == ("old", 0, 5, (), 6, {}, 2, 3) and len(calls) == 3


def test_defaults_of_closures_without_cells_are_their_own():
    def factory():
        return [lambda x, i=i: x * i for i in range(3)]

    first = factory()
    with hotwrap(first[0], around("w"), closures="all"):
        second = factory()
        assert [f(10) for f in first + second] == [("w", 0), ("w", 10), ("w", 20)] * 2
    assert [f(10) for f in first + second] == [0, 10, 20] * 2


def test_layers_over_all_closures_come_off_in_any_order():
    factory = make_factory()
    first = factory(1)
    before = state(factory), state(first)
    old = first(0)
    for order in ((0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0)):
        patches = [
            hotwrap(first, around("a"), closures="all"),
            hotpatch(new, factory(1), closures="all"),
            hotwrap(factory(1), around("b"), closures="all"),
        ]
        born, on = factory(1), {0, 1, 2}
        for index in (*order, None):
            expected = ("new", 0, 7, 8) if 1 in on else ("a", old) if 0 in on else old
            expected = ("b", expected) if 2 in on else expected
            assert first(0) == born(0) == factory(1)(0) == expected, (order, on)
            if index is not None:
                patches[index].revert()
                on.remove(index)
        assert same(before[0], state(factory)) and same(before[1], state(first))
        assert born.__code__ is first.__code__


def test_switching():
    factory = make_factory()
    first = factory(1)
    old, code = first(0), factory.__code__
    with hotwrap(first, around("w"), closures="all") as patch:
        born = factory(1)
        patch.disable()
        late = factory(1)
        assert first(0) == born(0) == late(0) == old and factory.__code__ is code
        patch.enable()
        assert first(0) == born(0) == late(0) == factory(1)(0) == ("w", old)
        assert patch.original(0) == old
    assert first(0) == born(0) == late(0) == factory(1)(0) == old


def test_nested_factories_and_classes_in_functions():
    def outer(x):
        def middle(y):
            class Thing:
                def method(self, z):
                    return self, x, y, z, __class__

            return Thing

        return middle

    middle = outer(1)
    cls = middle(2)
    codes = outer.__code__, middle.__code__, cls.method.__code__
    calls = []

    def wrapper(wrapped, instance, args, kwargs):
        calls.append((instance, args, wrapped.__self__ is instance))
        return wrapped(*args, **kwargs)

    with hotwrap(cls.method, wrapper, closures="all"), hotwrap(middle, around("m"), closures="all"):
        made = cls, middle(3)[1], outer(4)(5)[1]
        things = [made_class() for made_class in made]
        results = [thing.method(6) for thing in things]
        assert [r[1:4] for r in results] == [(1, 2, 6), (1, 3, 6), (4, 5, 6)]
        assert [r[4] for r in results] == list(made) and [r[0] for r in results] == things
        assert calls == [(thing, (6,), True) for thing in things]
    assert codes == (outer.__code__, middle.__code__, cls.method.__code__)
    assert outer.__code__ is codes[0] and middle.__code__ is codes[1]
    assert all(thing.method(7)[3] == 7 for thing in things) and len(calls) == 3
    assert made[1].method.__code__ is made[2].method.__code__ is codes[2]


def test_kinds_of_closures():
    def factory(x):
        def generator(n):
            got = yield x, n
            return got

        async def coroutine(n):
            return x, n

        async def async_generator(n):
            got = yield x, n
            yield got

        return generator, coroutine, async_generator

    def passing(wrapped, instance, args, kwargs):
        calls.append(wrapped.__name__)
        return wrapped(*args, **kwargs)

    async def use(function):
        running = function(2)
        return await running.__anext__(), await running.asend(3)

    async def new_coroutine(n):
        return "new", n

    calls, older = [], factory(1)
    patches = [hotwrap(function, passing, closures="all") for function in older]
    for functions in (older, factory(1)):
        running = functions[0](2)
        assert inspect.isgeneratorfunction(functions[0]) and next(running) == (1, 2)
        with pytest.raises(StopIteration) as stop:
            running.send(3)
        assert stop.value.value == 3
        assert inspect.iscoroutinefunction(functions[1]) and asyncio.run(functions[1](2)) == (1, 2)
        assert inspect.isasyncgenfunction(functions[2])
        assert asyncio.run(use(functions[2])) == ((1, 2), 3)
    assert calls == ["generator", "coroutine", "async_generator"] * 2
    patches.append(hotpatch(new_coroutine, older[1], closures="all"))
    assert asyncio.run(factory(3)[1](4)) == ("new", 4)
    for patch in patches:
        patch.revert()
    assert asyncio.run(factory(3)[1](4)) == (3, 4)


def test_one_closure_may_be_patched_beside():
    factory = make_factory()
    first = factory(1)
    patch = hotwrap(first, around("all"), closures="all")
    born = factory(1)
    own = hotwrap(born, around("own"))
    old = ("old", 0, 5, (), 6, {}, 1, 0)
    assert born(0) == ("own", ("all", old)) and first(0) == factory(1)(0) == ("all", old)
    patch.revert()
    assert born(0) == ("own", old) and first(0) == old
    own.revert()
    assert born(0) == old and born.__code__ is first.__code__
    with hotwrap(factory, around("factory")):
        with hotwrap(first, around("all"), closures="all"):
            assert factory(1)[1](0) == ("all", old)
        assert factory(1)[1](0) == old
    assert factory(1)(0) == old


def test_somebody_elses_change_of_one_closure_stops_all():
    factory = make_factory()
    first, second = factory(1), factory(2)
    codes = factory.__code__, first.__code__
    patch = hotpatch(new, first, closures="all")
    second.__defaults__ = ("theirs",)
    with pytest.raises(wraptrs.PatchConflictError):
        patch.revert()
    assert patch.state == "active" and first(0)[0] == factory(3)(0)[0] == "new"
    with pytest.raises(wraptrs.PatchConflictError):
        patch.disable()
    assert patch.enabled and first(0)[0] == factory(3)(0)[0] == "new"
    patch.revert(force=True)
    assert first(0)[0] == second(0)[0] == factory(3)(0)[0] == "old"
    assert (factory.__code__, first.__code__) == codes and second.__code__ is codes[1]


def test_only_this_closure_is_the_default():
    factory = make_factory()
    first, second = factory(1), factory(2)
    with hotpatch(new, first):
        assert first(0)[0] == "new" and second(0)[0] == factory(3)(0)[0] == "old"
    with pytest.raises(ValueError, match="closures must be 'this' or 'all': got 'some'"):
        hotpatch(new, first, closures="some")
    with pytest.raises(ValueError, match="closures must be"):
        hotwrap(first, around("w"), closures=True)

    class Elsewhere:
        def method(self):
            return __class__

    with pytest.raises(TypeError, match="means its own class"):
        hotpatch(Elsewhere.method, first, closures="all")
    assert factory(1)(0)[0] == "old"


def test_reverted_patches_of_all_closures_leave_nothing():
    factory = make_factory()

    def wrapper(wrapped, instance, args, kwargs):
        return wrapped(*args, **kwargs)

    watch = weakref.ref(wrapper)
    patch = hotwrap(factory(1), wrapper, closures="all")
    born = factory(2)
    born(0)
    patch.revert()
    del patch, wrapper
    for _ in range(3):
        gc.collect()
    assert watch() is None and born(0)[0] == "old"
