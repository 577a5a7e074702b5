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
