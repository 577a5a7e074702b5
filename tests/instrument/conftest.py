"""wrapt measures nothing: over wrapt there is nothing here that could be compared."""

from __future__ import annotations

import asyncio
import types

import pytest

from support.lib import IS_WRAPT

collect_ignore_glob = ["test_*.py"] if IS_WRAPT else []


@pytest.fixture
def measured():
    """Counts a function in place, unless told otherwise, and checks that it measures itself."""
    import wraptrs

    def attach(function, measure=None):
        handle = (measure or wraptrs.instruments.count)(function, in_place=True)
        assert handle.mode == "selfmeasured"
        return handle

    yield attach
    wraptrs.revert_all()


def thing():
    """A class with a method of each kind, which says that it is `place.Thing`."""

    class Thing:
        def __init__(self, start=0):
            self.start = start

        def add(self, a, b=1, *rest, c=0, **more):
            """Add."""
            return self.start + a + b + sum(rest) + c + sum(more.values())

        @classmethod
        def made(cls, start):
            return cls(start)

        @staticmethod
        def free(a, b=2):
            return a * b

        @property
        def double(self):
            return 2 * self.start

        def fails(self, error=ValueError):
            raise error("no")

    Thing.__module__, Thing.__qualname__ = "place", "Thing"
    for name, value in vars(Thing).items():
        function = getattr(value, "__func__", value)
        if isinstance(function, types.FunctionType):
            function.__module__, function.__qualname__ = "place", f"Thing.{name}"
    return Thing


@pytest.fixture
def place():
    """A module of its own with functions and a class, for each test to measure."""
    module = types.ModuleType("place")

    def add(a, b=1, *, c=0):
        return a + b + c

    def fails(error=ValueError):
        raise error("no")

    module.add, module.fails, module.size = add, fails, len
    module.Thing = thing()
    for function in (add, fails):
        function.__module__, function.__qualname__ = "place", function.__name__
    return module


@pytest.fixture
def steps(place):
    """Functions of each kind in `place`."""

    async def answer(value, wait=0.0):
        await asyncio.sleep(wait)
        if isinstance(value, Exception):
            raise value
        return value

    def items(number, error=None):
        received = []
        try:
            for item in range(number):
                received.append((yield item))
        except LookupError as caught:
            yield f"caught {caught}"
        if error is not None:
            raise error
        return received

    async def stream(number, error=None):
        for item in range(number):
            await asyncio.sleep(0)
            got = yield item
            if got is not None:
                yield got
        if error is not None:
            raise error

    @types.coroutine
    def old():
        got = yield "asked"
        return got

    for function in (answer, items, stream, old):
        setattr(place, function.__name__, function)
    return place
