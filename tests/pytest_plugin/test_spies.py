"""Spies: every call goes through as it was, and all of it is remembered."""

from __future__ import annotations

import asyncio
import gc
import inspect
import types
import weakref

import pytest

from support.lib import package as wraptrs


class Failure(Exception):
    pass


def function(a, b=2, *, fail=False):
    if fail:
        raise Failure(a)
    return a, b


class C:
    def method(self, x):
        return self, x

    @classmethod
    def of_class(cls, x):
        return cls, x

    @staticmethod
    def static(x):
        return x

    @property
    def prop(self):
        return "value"


async def coroutine(x, fail=False):
    await asyncio.sleep(0)
    if fail:
        raise Failure(x)
    return x


def generator(n):
    got = []
    try:
        for i in range(n):
            try:
                got.append((yield i))
            except Failure as error:
                got.append(error)
    finally:
        got.append("end")
    return got


async def async_generator(n):
    try:
        for i in range(n):
            try:
                sent = yield i
                while sent is not None:
                    sent = yield sent
            except Failure:
                yield "thrown"
    finally:
        await asyncio.sleep(0)


@types.coroutine
def awaitable():
    got = yield "hello"
    return got


def spied(called):
    spy = wraptrs.Spy()
    return wraptrs.FunctionWrapper(called, spy), spy


def test_calls_results_and_errors():
    called, spy = spied(function)
    assert called(1) == (1, 2)
    assert called(3, b=4) == (3, 4)
    with pytest.raises(Failure) as caught:
        called(5, fail=True)
    first, second, third = spy.calls
    assert (first.args, first.kwargs, first.result, first.error) == ((1,), {}, (1, 2), None)
    assert (second.args, second.kwargs, second.result) == ((3,), {"b": 4}, (3, 4))
    assert (third.result, third.error) == (wraptrs.MISSING, caught.value)
    assert all(call.done and call.instance is None for call in spy.calls)
    assert (spy.call_count, spy.called, spy.last) == (3, True, third)
    assert (spy.results, spy.errors) == ([(1, 2), (3, 4)], [caught.value])
    with pytest.raises(TypeError, match="missing 1 required"):
        called()
    assert isinstance(spy.last.error, TypeError)
    spy.reset()
    assert (spy.calls, spy.called) == ([], False)


def test_instances():
    spies = {}
    with wraptrs.PatchSet() as patches:
        for name in ("method", "of_class", "static", "prop"):
            spies[name] = wraptrs.Spy()
            patches.wrap(C, name, spies[name])
        c = C()
        assert c.method(1) == (c, 1)
        assert C.method(c, 2) == (c, 2)
        assert C.of_class(3) == (C, 3)
        assert C.static(4) == c.static(4) == 4
        assert c.prop == "value"
    assert [call.instance for call in spies["method"].calls] == [c, c]
    assert [call.args for call in spies["method"].calls] == [(1,), (2,)]
    assert spies["of_class"].last.instance is C
    assert [call.instance for call in spies["static"].calls] == [None, None]
    assert (spies["prop"].last.instance, spies["prop"].last.result) == (c, "value")


def test_a_coroutine_is_known_when_it_was_awaited():
    called, spy = spied(coroutine)
    assert inspect.iscoroutinefunction(called)

    async def run():
        started = called(1)
        assert inspect.iscoroutine(started)
        assert started.__qualname__ == "coroutine"
        assert not spy.last.done
        assert await started == 1
        with pytest.raises(Failure):
            await called(2, fail=True)
        task = asyncio.ensure_future(called(3))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    first, second, third = spy.calls
    assert (first.result, first.error) == (1, None)
    assert isinstance(second.error, Failure)
    assert isinstance(third.error, asyncio.CancelledError)


def test_a_generator_is_resumed_thrown_into_and_ended_as_it_was():
    called, spy = spied(generator)
    assert inspect.isgeneratorfunction(called)
    running, error = called(4), Failure("in")
    assert inspect.isgenerator(running)
    assert (next(running), running.send("sent"), running.throw(error)) == (0, 1, 2)
    assert spy.last.yielded == [0, 1, 2]
    assert not spy.last.done
    assert list(running) == [3]
    assert spy.last.result == ["sent", error, None, None, "end"]
    closed = called(2)
    next(closed)
    closed.close()
    assert (spy.last.yielded, spy.last.error, spy.last.done) == ([0], None, True)
    with pytest.raises(LookupError):
        called(1).throw(LookupError)
    failing = called(1)
    next(failing)
    with pytest.raises(KeyError):
        failing.throw(KeyError("x"))
    assert isinstance(spy.last.error, KeyError)


def test_an_async_generator_too():
    called, spy = spied(async_generator)
    assert inspect.isasyncgenfunction(called)

    async def run():
        running = called(3)
        assert await running.__anext__() == 0
        assert await running.asend("sent") == "sent"
        assert await running.athrow(Failure("x")) == "thrown"
        assert [item async for item in running] == [1, 2]
        closed = called(2)
        await closed.__anext__()
        await closed.aclose()

    asyncio.run(run())
    first, second = spy.calls
    assert (first.yielded, first.result) == ([0, "sent", "thrown", 1, 2], None)
    assert (second.yielded, second.error, second.done) == ([0], None, True)


def test_a_generator_that_can_be_awaited_still_can():
    called, spy = spied(awaitable)

    async def run():
        return await called()

    running = run()
    assert running.send(None) == "hello"
    with pytest.raises(StopIteration) as stop:
        running.send("answer")
    assert stop.value.value == "answer"
    assert (spy.last.result, spy.last.yielded) == ("answer", ["hello"])


def test_assertions_say_what_was_called():
    called, spy = spied(function)
    spy.assert_not_called()
    with pytest.raises(AssertionError, match="was not called; its calls: none"):
        spy.assert_called()
    with pytest.raises(AssertionError, match="was not called"):
        spy.last
    called(1, b=3)
    spy.assert_called()
    spy.assert_called_once()
    spy.assert_called_once_with(1, b=3)
    with pytest.raises(AssertionError, match=r"was called; its calls:\n  <call\(1, b=3\) returned"):
        spy.assert_not_called()
    with pytest.raises(AssertionError, match=r"was not called last with \(2\)"):
        spy.assert_called_with(2)
    called(2)
    spy.assert_called_with(2)
    spy.assert_any_call(1, b=3)
    with pytest.raises(AssertionError, match=r"never called with \(1, 3\)"):
        spy.assert_any_call(1, 3)
    with pytest.raises(AssertionError, match="called 2 times, not once"):
        spy.assert_called_once_with(2)


def test_a_spy_keeps_calls_until_reset_and_not_longer():
    class Argument:
        pass

    called, spy = spied(function)
    argument = Argument()
    watch = weakref.ref(argument)
    called(argument)
    del argument
    assert watch() is spy.last.args[0]
    spy.reset()
    gc.collect()
    assert watch() is None


def test_by_the_fixtures(run):
    run(
        """
        import json, wraptrs
        from json import dumps

        def test_spy(patchset):
            spy = patchset.spy("json", "JSONEncoder.encode")
            assert json.dumps([1]) == "[1]"
            spy.assert_called_once_with([1])
            assert spy.last.result == "[1]"
            assert isinstance(spy.last.instance, json.JSONEncoder)
            assert spy.patch in wraptrs.patches()

        def test_one_string(wraptrs_spy):
            spy = wraptrs_spy("json:loads")
            assert json.loads("1") == 1
            spy.assert_called_once_with("1")
            assert repr(spy) == "<spy on json:loads, 1 calls>"

        def test_those_who_imported_it(wraptrs_spy):
            spy = wraptrs_spy(json, "dumps", references="in-place")
            assert dumps(1) == "1"
            spy.assert_called_once_with(1)

        def test_says_what_was_missing(wraptrs_spy):
            wraptrs_spy("json:loads").assert_called()

        def test_gone():
            assert wraptrs.patches() == ()
            assert not hasattr(json.loads, "_self_wrapper")
        """,
        passed=4,
        failed=1,
    ).stdout.fnmatch_lines(["*AssertionError: json:loads was not called; its calls: none"])
