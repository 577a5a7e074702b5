"""The markers of calling conventions, and the bridges between them."""

import asyncio
import contextvars
import gc
import inspect

import pytest

from support.lib import better
from support.lib import package as wraptrs

variable = contextvars.ContextVar("variable", default="default")


@better("the thread has a context of its own")
def test_sync_to_async_sees_the_context():
    async def main():
        variable.set("task")
        return await wraptrs.sync_to_async(variable.get)()

    assert asyncio.run(main()) == "task"


def test_sync_to_async_passes_any_keyword():
    async def main():
        return await wraptrs.sync_to_async(lambda **kwargs: kwargs)(self=1, func=2)

    assert asyncio.run(main()) == {"self": 1, "func": 2}


@better("asyncio finds out when it has the coroutine")
def test_async_to_sync_in_a_running_loop_fails_before_the_coroutine_exists():
    called = []

    def make():
        called.append(1)

        async def run():
            return 1

        return run()

    function = wraptrs.async_to_sync(wraptrs.mark_as_async(make))

    async def main():
        function()

    with pytest.raises(RuntimeError, match="while an event loop runs"):
        asyncio.run(main())
    assert not called


@better("the coroutine is never awaited")
def test_async_to_sync_in_a_running_loop_warns_of_nothing(recwarn):
    @wraptrs.async_to_sync
    async def function():
        return 1

    async def main():
        function()

    with pytest.raises(RuntimeError):
        asyncio.run(main())
    gc.collect()
    assert not recwarn.list


@better("the inner marker hides the outer one")
def test_the_outermost_marker_decides():
    class Owner:
        busy = most = 0

        @wraptrs.synchronized
        @wraptrs.sync_to_async
        @wraptrs.async_to_sync
        async def turn(self):
            self.busy += 1
            self.most = max(self.most, self.busy)
            await asyncio.sleep(0.005)
            self.busy -= 1

    one = Owner()

    async def main():
        await asyncio.gather(*(one.turn() for _ in range(5)))

    asyncio.run(main())
    assert one.most == 1
    assert "_synchronized_async_lock" in vars(one)


@better("the mark is seen through the wrapper")
@pytest.mark.skipif(
    not hasattr(inspect, "markcoroutinefunction"), reason="functions cannot be marked before 3.12"
)
def test_mark_as_sync_hides_the_mark_of_inspect():
    class Owner:
        @wraptrs.mark_as_sync
        @inspect.markcoroutinefunction
        def method(self):
            return 1

    assert not inspect.iscoroutinefunction(Owner.__dict__["method"])
    assert not inspect.iscoroutinefunction(Owner().method)


def plain():
    return 1


def generator():
    yield 1


async def coroutine():
    return 1


async def async_generator():
    yield 1


KINDS = {
    "generator": inspect.isgeneratorfunction,
    "coroutine": inspect.iscoroutinefunction,
    "async_generator": inspect.isasyncgenfunction,
}


def kind(function):
    return next((name for name, is_kind in KINDS.items() if is_kind(function)), "plain")


SHOWN = {
    ("sync", None): ("plain", "generator", "plain", "generator"),
    ("sync", True): ("generator",) * 4,
    ("sync", False): ("plain",) * 4,
    ("async", None): ("coroutine", "async_generator", "coroutine", "async_generator"),
    ("async", True): ("async_generator",) * 4,
    ("async", False): ("coroutine",) * 4,
}


@pytest.mark.parametrize(("marker", "chosen"), SHOWN, ids=str)
def test_what_a_marked_function_passes_for(marker, chosen):
    mark = getattr(wraptrs, f"mark_as_{marker}")(generator=chosen)
    functions = plain, generator, coroutine, async_generator
    assert tuple(kind(mark(function)) for function in functions) == SHOWN[marker, chosen]
    assert tuple(kind(function) for function in functions) == ("plain", *KINDS)

    for function, shown in zip(functions, SHOWN[marker, chosen]):
        owner = type("Owner", (), {"method": mark(function)})
        assert kind(owner().method) == kind(owner.method) == shown


@pytest.mark.parametrize("function", [generator, async_generator])
@pytest.mark.parametrize("bridge", [wraptrs.async_to_sync, wraptrs.sync_to_async])
def test_generators_have_no_bridge(bridge, function):
    with pytest.raises(TypeError, match="sync"):
        bridge(function)


def test_a_coroutine_function_needs_no_bridge():
    with pytest.raises(TypeError, match="mark_as_sync"):
        wraptrs.sync_to_async(coroutine)


def test_a_plain_function_is_suspicious_but_tried():
    def make():
        return coroutine()

    with pytest.warns(UserWarning, match="mark_as_async"):
        function = wraptrs.async_to_sync(make)
    assert function() == 1
