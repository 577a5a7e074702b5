"""Instruments in the function itself: seen by everybody who holds it, with its own parameters."""

from __future__ import annotations

import asyncio
import inspect
import math

import pytest

import wraptrs
from support.functions import same, state
from wraptrs.instruments import count, instrument, time, trace


def test_every_holder_is_counted(place):
    held, method = place.add, place.Thing(1).add
    handles = [count(place.add, in_place=True), count(place.Thing.add, in_place=True)]
    assert (held(1), place.add(1, 2, c=3)) == (2, 6)
    assert (method(1), place.Thing(2).add(1, 2, 3, c=4, d=5)) == (3, 17)
    assert [handle.calls for handle in handles] == [2, 2]
    assert held is place.add
    for handle in handles:
        handle.revert()
    assert held(1) == 2
    assert [handle.calls for handle in handles] == [2, 2]


def test_the_function_keeps_its_face_and_gets_back_its_state(place):
    function = place.Thing.add
    before, signature = state(function), inspect.signature(function)
    handle = time(function, in_place=True)
    assert inspect.signature(function) == signature
    assert (function.__name__, function.__doc__) == ("add", "Add.")
    assert function.__defaults__ == (1,)
    assert handle.name == "place:Thing.add"
    handle.revert()
    assert same(state(function), before)


def test_defaults_are_those_of_the_moment(place):
    with count(place.add, in_place=True):
        assert place.add(1) == 2
    place.add.__defaults__ = (10,)
    with count(place.add, in_place=True):
        assert place.add(1) == 11


def test_errors_are_counted_and_name_the_function(place):
    handle = count(place.add, in_place=True)
    with pytest.raises(TypeError, match=r"add\(\) missing 1 required"):
        place.add()
    with count(place.fails, in_place=True) as failing, pytest.raises(ValueError, match="no"):
        place.fails()
    assert (failing.calls, failing.errors, failing.in_flight) == (1, 1, 0)
    assert handle.errors == 0, "what does not fit the parameters is no call"


def test_coroutines_and_generators(place):
    async def answer(value):
        await asyncio.sleep(0)
        return value

    def items(number):
        return (yield from range(number))

    async def stream(number):
        for item in range(number):
            yield item

    async def main():
        return await answer(1), [item async for item in stream(3)]

    with instrument(answer, items, stream, in_place=True) as handles:
        assert asyncio.run(main()) == (1, [0, 1, 2])
        assert list(items(2)) == [0, 1]
        assert [stats.calls for stats in handles.stats()] == [1, 1, 1]
        assert [stats.in_flight for stats in handles.stats()] == [0, 0, 0]
        assert inspect.iscoroutinefunction(answer)
        assert inspect.isgeneratorfunction(items)
        assert inspect.isasyncgenfunction(stream)


def test_layers_in_place_lie_on_each_other(place):
    def doubled(wrapped, instance, args, kwargs):
        return 2 * wrapped(*args, **kwargs)

    first = count(place.add, in_place=True)
    wrap = wraptrs.hotwrap(place.add, doubled)
    second = count(place.add, in_place=True)
    assert place.add(1) == 4
    first.revert()
    assert place.add(1) == 4
    wrap.revert()
    assert place.add(1) == 2
    assert (first.calls, second.calls) == (1, 3)
    second.disable()
    assert place.add(1) == 2
    assert second.calls == 3
    second.revert()


def test_super_and_closures_inside_work(place):
    class Child(place.Thing):
        def add(self, a):
            return super().add(a) + self.start

    with count(Child.add, in_place=True) as handle:
        assert Child(1).add(1) == 4
        assert handle.calls == 1


def test_class_and_static_methods_by_name_of_what_holds_them(place):
    thing = place.Thing
    with count(thing, "made", in_place=True) as made, count(thing, "free", in_place=True) as free:
        assert thing.made(2).start == 2
        assert thing.free(2, b=4) == 8
        assert (made.calls, free.calls) == (1, 1)


def test_a_trace_shows_the_receiver_and_the_names(place):
    with trace(place.Thing.add, in_place=True) as handle:
        place.Thing(1).add(2, c=3)
        call, end = handle.sink.take()
    assert call.args == (("self", "<Thing object>"), ("a", "2"), ("b", "1"), ("c", "3"))
    assert end.value == "7"


def test_what_holds_no_python_function_is_refused():
    before = wraptrs.patches()
    with pytest.raises(wraptrs.UnpatchableError, match="slot of a C type"):
        count(int.__add__, in_place=True)
    assert wraptrs.patches() == before


def test_c_functions_and_methods_are_measured():
    square, shout = math.sqrt, "x".upper
    with count(math.sqrt, in_place=True) as roots, count(str.upper, in_place=True) as uppers:
        assert (square(4.0), shout(), "y".upper()) == (2.0, "X", "Y")
        assert (roots.name, uppers.name) == ("math:sqrt", "builtins:str.upper")
        assert roots.mode == uppers.mode == "methoddef"
        assert (roots.stats().calls, uppers.stats().calls) == (1, 2)
    assert square(4.0) == 2.0 and shout() == "X"
