"""patch_function(): the modules stand there while the body runs, and at no other time."""

from __future__ import annotations

import asyncio
import colorsys
import inspect
import sys
import threading
import types

import pytest

import wraptrs
from support.modules import Snapshot

PAIR = ("colorsys", "other")


def current():
    import colorsys as found

    return found


@pytest.fixture(autouse=True)
def nothing_changes():
    before = Snapshot()
    yield
    assert before.difference() == []


class TestFunction:
    def test_while_it_runs(self):
        patched = wraptrs.patch_function(current, PAIR)
        assert patched() == "other"
        assert current() is colorsys

    def test_arguments_result_and_looks(self):
        def function(a, /, b, *args, c=1, **kw):
            """Its docstring."""
            return a, b, args, c, kw, current()

        patched = wraptrs.patch_function(function, PAIR)
        assert patched(1, 2, 3, c=4, d=5) == (1, 2, (3,), 4, {"d": 5}, "other")
        assert inspect.signature(patched) == inspect.signature(function)
        assert (patched.__name__, patched.__doc__) == ("function", "Its docstring.")
        assert patched.__wrapped__ is function

    def test_an_error_in_the_body(self):
        def function():
            assert current() == "other"
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            wraptrs.patch_function(function, PAIR)()
        assert current() is colorsys

    def test_recursion_and_nesting(self):
        @lambda function: wraptrs.patch_function(function, ("colorsys", "inner"))
        def inner(depth):
            return [current(), *(inner(depth - 1) if depth else outer(0))]

        @lambda function: wraptrs.patch_function(function, ("colorsys", "outer"))
        def outer(depth):
            return [current(), *(inner(1) if depth else ()), current()]

        assert outer(1) == ["outer", "inner", "inner", "outer", "outer", "outer"]

    def test_what_the_body_changes_is_put_back(self):
        def function():
            sys.modules["colorsys"] = "changed"
            sys.modules.pop("nowhere")

        wraptrs.patch_function(function, PAIR, ("nowhere", 1))()

    def test_methods(self):
        class Thing:
            @lambda function: wraptrs.patch_function(function, PAIR)
            def plain(self):
                return self, current()

            @lambda function: wraptrs.patch_function(function, PAIR)
            @classmethod
            def of_class(cls):
                return cls, current()

            @lambda function: wraptrs.patch_function(function, PAIR)
            @staticmethod
            def static(*args):
                return args, current()

        thing = Thing()
        assert thing.plain() == Thing.plain(thing) == (thing, "other")
        assert thing.of_class() == Thing.of_class() == (Thing, "other")
        assert thing.static(1) == Thing.static(1) == ((1,), "other")

    def test_other_threads_find_the_usual_ones(self):
        seen = []

        def function():
            thread = threading.Thread(target=lambda: seen.append(current()))
            thread.start()
            thread.join(60)
            return current()

        assert wraptrs.patch_function(function, PAIR)() == "other"
        assert seen == [colorsys]

    def test_two_threads_that_end_in_the_order_of_beginning(self):
        steps = [threading.Event() for _ in range(3)]
        seen = {}

        def function(name, begun, wait):
            steps[begun].set()
            assert steps[wait].wait(60)
            seen[name] = current()

        def start(name, *args):
            patched = wraptrs.patch_function(function, ("colorsys", name))
            thread = threading.Thread(target=patched, args=(name, *args))
            thread.start()
            return thread

        first = start("first", 0, 1)
        assert steps[0].wait(60)
        second = start("second", 1, 2)
        first.join(60)
        assert sys.modules["colorsys"] == "second"
        assert current() is colorsys
        steps[2].set()
        second.join(60)
        assert seen == {"first": "first", "second": "second"}


class TestSteps:
    def test_generator(self):
        def function(value):
            """A generator."""
            received = []
            try:
                while True:
                    try:
                        received.append((yield value, current()))
                    except KeyError as error:
                        received.append((repr(error), current()))
                        if len(received) > 2:
                            return received
            finally:
                received.append(current())

        patched = wraptrs.patch_function(function, PAIR)
        assert inspect.isgeneratorfunction(patched)
        made = patched(1)
        assert inspect.isgenerator(made)
        assert made.__name__ == "function"
        assert next(made) == (1, "other")
        assert current() is colorsys
        assert made.send("a") == (1, "other")
        assert made.throw(KeyError("b")) == (1, "other")
        with pytest.raises(StopIteration) as stop:
            made.throw(KeyError("c"))
        expected = ["a", ("KeyError('b')", "other"), ("KeyError('c')", "other"), "other"]
        assert stop.value.value == expected

    def test_generator_closed(self):
        seen = []

        def function():
            try:
                yield
            finally:
                seen.append(current())

        made = wraptrs.patch_function(function, PAIR)()
        next(made)
        made.close()
        assert seen == ["other"]

    def test_generator_that_ignores_the_end(self):
        def function():
            try:
                yield
            except GeneratorExit:
                yield current()

        made = wraptrs.patch_function(function, PAIR)()
        next(made)
        with pytest.raises(RuntimeError, match="ignored GeneratorExit"):
            made.close()

    def test_coroutine(self):
        def plain():
            seen.append(current())

        seen = []

        async def function(value):
            found = [current()]
            asyncio.get_running_loop().call_soon(plain)
            await asyncio.sleep(0)
            found.append(current())
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(asyncio.sleep(10), 0.001)
            return value, found, current()

        patched = wraptrs.patch_function(function, PAIR)
        assert inspect.iscoroutinefunction(patched)

        async def main():
            made = patched(1)
            assert asyncio.iscoroutine(made)
            assert made.__qualname__ == function.__qualname__
            return await asyncio.gather(made, asyncio.create_task(patched(2)))

        first, second = asyncio.run(main())
        assert first == (1, ["other", "other"], "other")
        assert second == (2, ["other", "other"], "other")
        assert seen == [colorsys, colorsys]

    def test_coroutine_cancelled(self):
        seen = []

        async def function():
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                seen.append(current())
                raise

        async def main():
            task = asyncio.ensure_future(wraptrs.patch_function(function, PAIR)())
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        asyncio.run(main())
        assert seen == ["other"]

    def test_wrong_arguments_are_told_at_the_call(self):
        async def function():
            pass

        with pytest.raises(TypeError, match="positional argument"):
            wraptrs.patch_function(function, PAIR)(1)

    def test_generator_that_can_be_awaited(self):
        @types.coroutine
        def function():
            yield from asyncio.sleep(0).__await__()
            return current()

        async def main():
            return await wraptrs.patch_function(function, PAIR)()

        assert asyncio.run(main()) == "other"

    def test_asynchronous_generator(self):
        async def function(count):
            found = []
            try:
                for number in range(count):
                    await asyncio.sleep(0)
                    try:
                        found.append((yield number, current()))
                    except KeyError:
                        found.append(current())
            finally:
                ends.append((found, current()))

        patched = wraptrs.patch_function(function, PAIR)
        assert inspect.isasyncgenfunction(patched)
        ends = []

        async def main():
            assert [item async for item in patched(2)] == [(0, "other"), (1, "other")]
            made = patched(3)
            assert await made.__anext__() == (0, "other")
            assert current() is colorsys
            assert await made.asend("sent") == (1, "other")
            assert await made.athrow(KeyError()) == (2, "other")
            await made.aclose()

        asyncio.run(main())
        assert ends == [([None, None], "other"), (["sent", "other"], "other")]


class TestHandle:
    def test_undone_it_runs_as_it_is(self):
        patched = wraptrs.patch_function(current, PAIR)
        handle = wraptrs.patch_of(patched)
        assert (handle.kind, handle.name, handle.state) == ("patch_function", "current", "active")
        assert handle.original is current
        handle.revert()
        assert patched() is colorsys
        handle.apply()
        assert patched() == "other"
        handle.disable()
        assert patched() is colorsys
        assert handle.enable() is handle
        assert patched() == "other"

    def test_switched_in_the_middle_of_a_generator(self):
        """A body that has begun goes on as it began."""

        def function():
            while True:
                yield current()

        patched = wraptrs.patch_function(function, PAIR)
        made = patched()
        assert next(made) == "other"
        wraptrs.patch_of(patched).revert()
        assert next(made) == "other"
        assert next(patched()) is colorsys

    @pytest.mark.parametrize("pairs", [["colorsys"], [("colorsys",)], [(None, 1)]])
    def test_bad_pairs(self, pairs):
        with pytest.raises(TypeError, match="pairs"):
            wraptrs.patch_function(current, *pairs)

    def test_no_function(self):
        with pytest.raises(TypeError, match="takes a function"):
            wraptrs.patch_function(1, PAIR)
