"""Measuring, tracing and taking off again leaves memory and reference counts flat."""

from __future__ import annotations

import contextlib
import gc
import itertools
import os
import sys
import tempfile
import tracemalloc
import types

from _tools import FREE_THREADED, check_flat, check_references

from wraptrs.instruments import JsonLines, TraceRing, count, instrument, time, trace

place = types.ModuleType("place")
sys.modules["place"] = place


def add(a, b=1, *rest, **more):
    return a


def fails():
    raise LookupError


def items(number):
    received = yield number
    yield received
    return [number]


async def answer(value):
    await pause()
    return value


async def stream(value):
    await pause()
    yield value


@types.coroutine
def pause():
    yield


class Thing:
    def method(self, a):
        return self, a

    @classmethod
    def made(cls, a):
        return cls, a

    @staticmethod
    def free(a):
        return a


class Bad:
    def __repr__(self):
        raise LookupError


for thing in (add, fails, items, answer, stream):
    thing.__module__ = "place"
    setattr(place, thing.__name__, thing)
Thing.__module__ = "place"
place.Thing = Thing
originals = dict(vars(Thing))
RING = TraceRing(8)
FOLDER = tempfile.TemporaryDirectory()
LINES = JsonLines(os.path.join(FOLDER.name, "calls.jsonl"))


def finish(coroutine):
    with contextlib.suppress(StopIteration):
        while True:
            coroutine.send(None)


async def read(stream):
    async for _ in stream:
        pass


def use():
    """Every way to call and to end."""
    place.add(1)
    place.add(1, 2, 3, key=Bad())
    place.add(a=[1, {"password": 2}])
    with contextlib.suppress(LookupError):
        place.fails()
    list(place.items(1))
    generator = place.items(1)
    next(generator)
    generator.send([1])
    generator.close()
    next(place.items(2))
    with contextlib.suppress(LookupError):
        place.items(3).throw(LookupError)
    finish(place.answer([1]))
    finish(read(place.stream(1)))
    place.stream(1)
    coroutine = place.answer(1)
    coroutine.send(None)
    coroutine.close()


def methods():
    thing = Thing()
    thing.method(1)
    Thing.method(thing, 1)
    Thing.made(1)
    thing.made(1)
    Thing.free(1)
    thing.free(1)


NAMES = ("add", "fails", "items", "answer", "stream")


def attached(measure, in_place):
    def operation():
        if in_place:
            handles = [measure(getattr(place, name), in_place=True) for name in NAMES]
        else:
            handles = [measure(f"place:{name}") for name in NAMES]
        use()
        for handle in handles:
            handle.stats()
            handle.quantile(0.1, 0.9)
            handle.histogram()
            handle.reset().disable()
        use()
        for handle in handles:
            handle.enable().revert()

    return operation


def of_methods():
    with count(Thing, "method"), time(Thing, "made"), trace(Thing, RING, name="free"):
        methods()
    assert vars(Thing)["made"] is originals["made"]


def patterns():
    with instrument("place:*", "place:Thing.*", "pla*:*", "absent_module?:*", kind="count") as all_:
        use()
        methods()
        all_.table()


def abandoned():
    """Measured functions whose handles and modules are dropped."""
    module = types.ModuleType("gone")
    module.function = lambda: module
    time(module, "function")
    module.function()
    trace(module, RING, name="function", in_place=True)
    module.function()

    def looping(box):
        yield box

    module.looping = looping
    count(module, "looping")
    box = [None]
    box[0] = module.looping(box)
    next(box[0])


def traced(*sink):
    return attached(lambda target, **options: trace(target, *sink, **options), False)


OPERATIONS = {
    "count": attached(count, False),
    "time": attached(time, False),
    "count in place": attached(count, True),
    "time in place": attached(time, True),
    "trace": traced(),
    "trace into a ring": traced(RING),
    "trace into lines": traced(LINES),
    "trace into a function": traced(lambda event: event.args),
    "methods": of_methods,
    "patterns": patterns,
    "abandoned": abandoned,
}
OBJECTS = [place, add, items, answer, stream, Thing, Bad, RING, globals()]


def collecting(operation):
    """Handles and layers refer to each other, so they wait for the collector."""
    numbers = itertools.count(1)

    def both():
        operation()
        if next(numbers) % 50 == 0:
            for _ in range(6 if FREE_THREADED else 1):
                gc.collect()

    return both


def main():
    for name, operation in OPERATIONS.items():
        check_references(name, collecting(operation), OBJECTS, rounds=100)
    tracemalloc.start()
    for name, operation in OPERATIONS.items():
        # The list of what is in force forgets dropped handles by the dozen.
        rounds = 1500 if name == "abandoned" else 200
        check_flat(name, collecting(operation), rounds)


main()
LINES.close()
FOLDER.cleanup()
