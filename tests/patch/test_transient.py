"""transient_function_wrapper: in force while the body of the decorated function runs."""

from __future__ import annotations

import asyncio
import functools
import inspect
import types
import warnings

import pytest

from support.lib import better
from support.lib import package as wraptrs


@pytest.fixture
def module():
    module = types.ModuleType("transient_target")
    module.function = lambda: "original"
    return module


@pytest.fixture
def patched(module):
    """A decorator under which module.function() gives "patched"."""
    return wraptrs.transient_function_wrapper(module, "function")(
        lambda wrapped, instance, args, kwargs: "patched"
    )


class Failure(Exception):
    pass


class TestCoroutine:
    @better("the patch is gone before the body runs")
    def test_in_force_across_suspensions(self, module, patched):
        @patched
        async def body(argument):
            first = module.function()
            await asyncio.sleep(0)
            return argument, first, module.function()

        coroutine = body(1)
        assert module.function() == "original"
        assert asyncio.run(coroutine) == (1, "patched", "patched")
        assert module.function() == "original"

    @better("the patch is gone before the body runs")
    def test_removed_when_the_body_raises_or_is_cancelled(self, module, patched):
        seen = []

        @patched
        async def body(wait):
            seen.append(module.function())
            if wait:
                await asyncio.sleep(60)
            raise Failure

        async def cancel():
            task = asyncio.ensure_future(body(True))
            await asyncio.sleep(0)
            seen.append(module.function())
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        with pytest.raises(Failure):
            asyncio.run(body(False))
        assert module.function() == "original"
        asyncio.run(cancel())
        assert seen == ["patched"] * 3
        assert module.function() == "original"

    def test_stays_a_coroutine_function(self, module, patched):
        @patched
        async def body():
            """The doc."""

        assert inspect.iscoroutinefunction(body)
        coroutine = body()
        assert inspect.iscoroutine(coroutine)
        assert coroutine.__name__ == "body"
        asyncio.run(coroutine)

    def test_wrong_arguments_are_reported_by_the_call(self, patched):
        @patched
        async def body(argument):
            return argument

        with pytest.raises(TypeError, match="argument"):
            body()

    @better("the patch is gone before the body runs")
    def test_a_coroutine_nobody_awaits_patches_nothing(self, module, patched):
        @patched
        async def body():
            return module.function()

        assert asyncio.run(body()) == "patched"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            body().close()
        assert module.function() == "original"

    @better("the patch is gone before the body runs")
    def test_overlapping_tasks_leave_nothing_behind(self, module, patched):
        original = module.function

        @patched
        async def body(steps):
            for _ in range(steps):
                await asyncio.sleep(0)
                assert module.function() == "patched"

        async def main():
            await asyncio.gather(*(body(steps) for steps in (3, 1, 5, 2)))

        asyncio.run(main())
        assert module.function is original

    @better("the patch is gone before the body runs")
    @pytest.mark.parametrize("kind", ["method", "classmethod", "staticmethod", "partial", "call"])
    def test_every_way_to_hold_a_coroutine_function(self, module, patched, kind):
        async def plain(*args):
            return module.function()

        class Holder:
            method = patched(plain)
            classmethod = patched(classmethod(plain))
            staticmethod = patched(staticmethod(plain))

            async def __call__(self):
                return module.function()

        unbound = {"partial": functools.partial(plain, 1), "call": Holder()}
        function = patched(unbound[kind]) if kind in unbound else getattr(Holder(), kind)
        assert asyncio.run(function()) == "patched"
        assert module.function() == "original"

    @better("the patch is gone before the body runs")
    def test_coroutine_made_of_a_generator(self, module, patched):
        @patched
        @types.coroutine
        def body():
            yield
            return module.function()

        async def main():
            return await body()

        assert asyncio.run(main()) == "patched"
        assert module.function() == "original"


class TestGenerator:
    @better("the patch is gone before the body runs")
    def test_from_the_first_step_to_the_end(self, module, patched):
        @patched
        def body():
            received = yield module.function()
            yield received, module.function()
            return "returned"

        generator = body()
        assert module.function() == "original"
        assert next(generator) == "patched"
        assert module.function() == "patched"
        assert generator.send("sent") == ("sent", "patched")
        with pytest.raises(StopIteration) as stop:
            next(generator)
        assert stop.value.value == "returned"
        assert module.function() == "original"

    @better("the patch is gone before the body runs")
    def test_thrown_errors_reach_the_body(self, module, patched):
        @patched
        def body():
            try:
                yield module.function()
            except Failure:
                yield "caught", module.function()

        generator = body()
        assert next(generator) == "patched"
        assert generator.throw(Failure()) == ("caught", "patched")
        generator.close()
        assert module.function() == "original"

    def test_kind_and_name_stay(self, patched):
        @patched
        def body():
            yield

        assert inspect.isgeneratorfunction(body)
        assert inspect.isgenerator(body())
        assert body().__qualname__.endswith("body")

    def test_returning_a_generator_is_not_being_one(self, module, patched):
        def numbers():
            yield module.function()

        @patched
        def function():
            return made

        made = numbers()
        assert function() is made
        assert list(made) == ["original"]


class TestAsyncGenerator:
    @better("the patch is gone before the body runs")
    def test_from_the_first_step_to_the_end(self, module, patched):
        seen = []

        @patched
        async def body():
            seen.append((yield module.function()))
            await asyncio.sleep(0)
            try:
                yield module.function()
            except Failure:
                yield "caught"

        async def main():
            generator = body()
            assert inspect.isasyncgen(generator)
            assert module.function() == "original"
            assert await generator.__anext__() == "patched"
            assert await generator.asend("sent") == "patched"
            assert module.function() == "patched"
            assert await generator.athrow(Failure()) == "caught"
            with pytest.raises(StopAsyncIteration):
                await generator.__anext__()
            assert module.function() == "original"
            return [value async for value in body()]

        assert asyncio.run(main()) == ["patched", "patched"]
        assert seen == ["sent", None]
        assert module.function() == "original"

    @better("the patch is gone before the body runs")
    def test_closing_closes_the_body(self, module, patched):
        closed = []

        @patched
        async def body():
            try:
                yield module.function()
            finally:
                closed.append(module.function())

        async def main():
            generator = body()
            assert await generator.__anext__() == "patched"
            await generator.aclose()

        asyncio.run(main())
        assert closed == ["patched"]
        assert module.function() == "original"


class TestUnfit:
    @better("it is noticed when the decorated function is called")
    def test_wrapper_that_is_not_callable(self, module):
        with pytest.raises(TypeError, match="cannot wrap transient_target:function"):
            wraptrs.transient_function_wrapper(module, "function")(5)

    @better("the name with the question mark is imported")
    def test_deferred_target(self):
        with pytest.raises(ValueError, match="question mark"):
            wraptrs.transient_function_wrapper("transient_target?", "function")

    @better("what else is given is ignored")
    def test_decorating_takes_one_function(self, patched):
        with pytest.raises(TypeError, match="one function at a time"):
            patched(len, abs)

    def test_class_method_as_wrapper(self, module):
        class Holder:
            @wraptrs.transient_function_wrapper(module, "function")
            @classmethod
            def patched(cls, wrapped, instance, args, kwargs):
                return cls, wrapped(*args, **kwargs)

        @Holder.patched
        def body():
            return module.function()

        assert body() == (Holder, "original")

    def test_recursion(self, module, patched):
        @patched
        def body(depth):
            return [module.function()] + (body(depth - 1) if depth else [])

        assert body(2) == ["patched"] * 3
        assert module.function() == "original"
