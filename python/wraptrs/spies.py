"""Spies: wrappers that let every call through and remember it, for tests.

A `Spy` is a wrapper function like any other, so `wrap`, `hotwrap` and sets of patches take it. The
fixtures of the pytest plugin put it on and take it off.
"""

from types import AsyncGeneratorType, CoroutineType, GeneratorType, coroutine

from ._missing import MISSING

__all__ = ("Call", "Spy")

_ITERABLE_COROUTINE = 0x100  # types.coroutine: a generator that can be awaited


class Call:
    """One call that a spy has seen.

    ``args`` and ``kwargs`` are the arguments, without the ``instance``, which is the object or the
    class of a method and None for a function. ``result`` is what was returned, at last, by a
    coroutine or generator too; MISSING until then. ``error`` is the exception that ended the call,
    or None. ``yielded`` are the items that a generator or async generator has given so far.
    """

    __slots__ = ("args", "error", "instance", "kwargs", "result", "yielded")

    def __init__(self, instance, args, kwargs):
        self.instance = instance
        self.args = args
        self.kwargs = kwargs
        self.result = MISSING
        self.error = None
        self.yielded = []

    @property
    def done(self):
        """Whether the call has come to its end; a coroutine or generator may not have begun."""
        return self.result is not MISSING or self.error is not None

    def had(self, args, kwargs):
        """Whether the call was made with these arguments."""
        return self.args == args and self.kwargs == kwargs

    def __repr__(self):
        return f"<call{_shown(self.args, self.kwargs)} {self._end()}>"

    def _end(self):
        if self.error is not None:
            return f"raised {self.error!r}"
        return f"returned {self.result!r}" if self.done else "has not ended"


class Spy:
    """A wrapper that passes calls on and keeps them in ``calls``, in the order in which they began.

    ``patch`` is the handle of the patch that put it on, where the fixtures did.
    """

    def __init__(self):
        self.calls = []
        self.patch = None

    def __call__(self, wrapped, instance, args, kwargs):
        call = Call(instance, args, kwargs)
        self.calls.append(call)
        try:
            result = wrapped(*args, **kwargs)
        except BaseException as error:
            call.error = error
            raise
        follow = _follower_of(result)
        if follow is None:
            call.result = result
            return result
        followed = follow(call, result)
        followed.__name__, followed.__qualname__ = result.__name__, result.__qualname__
        return followed

    def __repr__(self):
        name = "" if self.patch is None else f" on {self.patch.name}"
        return f"<spy{name}, {len(self.calls)} calls>"

    @property
    def call_count(self):
        """How many calls have begun."""
        return len(self.calls)

    @property
    def called(self):
        """Whether there was a call."""
        return bool(self.calls)

    @property
    def last(self):
        """The last call; AssertionError where there was none."""
        self.assert_called()
        return self.calls[-1]

    @property
    def results(self):
        """What the calls that ended without an error have returned."""
        return [call.result for call in self.calls if call.result is not MISSING]

    @property
    def errors(self):
        """The exceptions that ended calls."""
        return [call.error for call in self.calls if call.error is not None]

    def reset(self):
        """Forget all calls."""
        self.calls.clear()

    def assert_called(self):
        """Raise AssertionError unless there was a call."""
        __tracebackhide__ = True
        self._check(self.calls, "was not called")

    def assert_not_called(self):
        """Raise AssertionError if there was a call."""
        __tracebackhide__ = True
        self._check(not self.calls, "was called")

    def assert_called_once(self):
        """Raise AssertionError unless there was exactly one call."""
        __tracebackhide__ = True
        self._check(len(self.calls) == 1, f"was called {len(self.calls)} times, not once")

    def assert_called_with(self, *args, **kwargs):
        """Raise AssertionError unless the last call had these arguments."""
        __tracebackhide__ = True
        fits = self.calls and self.calls[-1].had(args, kwargs)
        self._check(fits, f"was not called last with {_shown(args, kwargs)}")

    def assert_called_once_with(self, *args, **kwargs):
        """Raise AssertionError unless there was exactly one call, with these arguments."""
        __tracebackhide__ = True
        self.assert_called_once()
        self.assert_called_with(*args, **kwargs)

    def assert_any_call(self, *args, **kwargs):
        """Raise AssertionError unless some call had these arguments."""
        __tracebackhide__ = True
        fits = any(call.had(args, kwargs) for call in self.calls)
        self._check(fits, f"was never called with {_shown(args, kwargs)}")

    def _check(self, fine, problem):
        __tracebackhide__ = True
        if not fine:
            name = "the spied function" if self.patch is None else self.patch.name
            seen = "".join(f"\n  {call!r}" for call in self.calls)
            raise AssertionError(f"{name} {problem}; its calls:{seen or ' none'}")


def _shown(args, kwargs):
    arguments = [*map(repr, args), *(f"{key}={value!r}" for key, value in kwargs.items())]
    return f"({', '.join(arguments)})"


async def _coroutine(call, inner):
    try:
        call.result = await inner
    except BaseException as error:
        call.error = error
        raise
    return call.result


def _generator(call, inner):
    """The same generator to look at: it is resumed, thrown into and closed as the caller does."""
    step, given = inner.send, None
    while True:
        try:
            item = step(given)
        except StopIteration as stop:
            call.result = stop.value
            return stop.value
        except BaseException as error:
            call.error = error
            raise
        call.yielded.append(item)
        try:
            step, given = inner.send, (yield item)
        except GeneratorExit:
            call.result = None
            inner.close()
            raise
        except BaseException as error:
            step, given = inner.throw, error


@coroutine
def _iterable_coroutine(call, inner):
    return (yield from _generator(call, inner))


async def _async_generator(call, inner):
    step, given = inner.asend, None
    while True:
        try:
            item = await step(given)
        except StopAsyncIteration:
            call.result = None
            return
        except BaseException as error:
            call.error = error
            raise
        call.yielded.append(item)
        try:
            step, given = inner.asend, (yield item)
        except GeneratorExit:
            call.result = None
            await inner.aclose()
            raise
        except BaseException as error:
            step, given = inner.athrow, error


def _follower_of(result):
    """What stands in for a result that goes on after the call; None for any other."""
    kind = type(result)
    if kind is GeneratorType:
        awaitable = result.gi_code.co_flags & _ITERABLE_COROUTINE
        return _iterable_coroutine if awaitable else _generator
    if kind is CoroutineType:
        return _coroutine
    return _async_generator if kind is AsyncGeneratorType else None
