"""Which way a callable is called, plainly or with ``await``: saying so, and changing it.

``inspect`` reads this from four flags of the code object, so the markers show a code object with
other flags; the function and its calls stay as they are.
"""

from ._native import BoundFunctionWrapper, CallableObjectProxy, FunctionWrapper
from .doc import call_through


def _sync_flags(flags, generator):
    import inspect

    is_async_generator = flags & inspect.CO_ASYNC_GENERATOR
    flags &= ~(inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR | inspect.CO_ITERABLE_COROUTINE)
    if generator is None:
        return flags | inspect.CO_GENERATOR if is_async_generator else flags
    return flags | inspect.CO_GENERATOR if generator else flags & ~inspect.CO_GENERATOR


def _async_flags(flags, generator):
    import inspect

    generators = inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR
    if generator is None:
        generator = flags & generators
    flags &= ~(generators | inspect.CO_COROUTINE | inspect.CO_ITERABLE_COROUTINE)
    return flags | (inspect.CO_ASYNC_GENERATOR if generator else inspect.CO_COROUTINE)


class _MarkedCode(CallableObjectProxy):
    def __init__(self, wrapped, mark):
        super().__init__(wrapped)
        self._self_mark = mark

    @property
    def co_flags(self):
        flags, generator = self._self_mark
        return flags(self.__wrapped__.co_flags, generator)


class _MarkedFunction(CallableObjectProxy):
    """The ``__func__`` of a bound wrapper, where ``inspect`` looks for a method's code object."""

    def __init__(self, wrapped, mark):
        super().__init__(wrapped)
        self._self_mark = mark

    @property
    def __code__(self):
        return _MarkedCode(self.__wrapped__.__code__, self._self_mark)


class _BoundMarkedWrapper(BoundFunctionWrapper):
    @property
    def __func__(self):
        return _MarkedFunction(self.__wrapped__.__func__, self._self_parent._self_mark)


class _MarkedWrapper(FunctionWrapper):
    __bound_function_wrapper__ = _BoundMarkedWrapper

    def __init__(self, wrapped, wrapper, mark):
        super().__init__(wrapped, wrapper)
        self._self_mark = mark

    @property
    def __code__(self):
        return _MarkedCode(self.__wrapped__.__code__, self._self_mark)


class _AsyncWrapper(_MarkedWrapper):
    # Said by this layer, so that an inner one marked as synchronous is not asked.
    _self_is_not_coroutine = False


class _NotCoroutine:
    """For every face of a synchronous wrapper: ends the search of `synchronized` for a coroutine
    function, and hides what `inspect.markcoroutinefunction` and asyncio leave on a function."""

    _self_is_not_coroutine = True
    _is_coroutine = _is_coroutine_marker = None


class _SyncFunction(_NotCoroutine, _MarkedFunction):
    pass


class _BoundSyncWrapper(_NotCoroutine, BoundFunctionWrapper):
    @property
    def __func__(self):
        return _SyncFunction(self.__wrapped__.__func__, self._self_parent._self_mark)


class _SyncWrapper(_NotCoroutine, _MarkedWrapper):
    __bound_function_wrapper__ = _BoundSyncWrapper


def mark_as_sync(wrapped=None, /, *, generator=None):
    """Make a callable pass for a plain one, whatever it returns.

    For a function that turned from ``async def`` into a plain one by a decorator that
    introspection sees through. ``generator`` is True or False to pass for a generator function
    or not; None leaves that as it is, an async generator function passing for a plain one.

    Returns a wrapper that calls ``wrapped`` unchanged; without ``wrapped``, a decorator.

    Behaviour: wrapt's decorator of that name; it hides the marks of ``inspect`` as well.
    """

    def mark(wrapped):
        return _SyncWrapper(wrapped, call_through, (_sync_flags, generator))

    return mark if wrapped is None else mark(wrapped)


def mark_as_async(wrapped=None, /, *, generator=None):
    """Make a callable pass for a coroutine function.

    For a plain function that returns a coroutine. ``generator`` is True or False to pass for an
    async generator function or a coroutine function; None decides by whether ``wrapped`` is a
    generator function of either kind.

    Returns a wrapper that calls ``wrapped`` unchanged; without ``wrapped``, a decorator.

    Behaviour: wrapt's decorator of that name.
    """

    def mark(wrapped):
        return _AsyncWrapper(wrapped, call_through, (_async_flags, generator))

    return mark if wrapped is None else mark(wrapped)


def _run_until_done(wrapped, instance, args, kwargs):
    import asyncio

    # Before the coroutine exists: one that nobody awaits would warn of that, beside the error.
    if asyncio._get_running_loop() is not None:
        raise RuntimeError(
            f"{getattr(wrapped, '__qualname__', wrapped)!s}() was made synchronous by "
            f"async_to_sync() and cannot be called while an event loop runs in this thread; "
            f"await the original coroutine function, or call this one in another thread"
        )
    return asyncio.run(wrapped(*args, **kwargs))


async def _run_in_thread(wrapped, instance, args, kwargs):
    import asyncio
    import contextvars
    import functools

    call = functools.partial(contextvars.copy_context().run, wrapped, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(None, call)


def async_to_sync(wrapped):
    """Call a coroutine function as a plain one: each call runs in an event loop of its own.

    ``wrapped`` is the coroutine function. One that does not look like it gets a UserWarning;
    `mark_as_async` tells that it is one.

    Returns a wrapper, which raises RuntimeError when called where an event loop is running.
    Raises TypeError for a generator function of either kind.

    Behaviour: wrapt's function of that name, except that inside a running loop the coroutine is
    not even made.
    """
    import inspect

    if inspect.isasyncgenfunction(wrapped) or inspect.isgeneratorfunction(wrapped):
        raise TypeError(
            f"async_to_sync() cannot wrap {wrapped!r}: a generator has no result to wait for; "
            f"if it does return a coroutine, apply mark_as_async() first"
        )
    if not inspect.iscoroutinefunction(wrapped):
        import warnings

        warnings.warn(
            f"async_to_sync() got {wrapped!r}, which does not look like a coroutine function; "
            f"if it returns a coroutine, apply mark_as_async() first",
            UserWarning,
            stacklevel=2,
        )
    return _SyncWrapper(wrapped, _run_until_done, (_sync_flags, False))


def sync_to_async(wrapped):
    """Call a plain function with ``await``: each call runs in the event loop's default executor.

    ``wrapped`` is the function; it sees the context variables of the awaiting task.

    Returns a wrapper. Raises TypeError for a coroutine or generator function; one that only looks
    like it needs `mark_as_sync` first.

    Behaviour: wrapt's function of that name, and the context of ``asyncio.to_thread``.
    """
    import inspect

    if inspect.iscoroutinefunction(wrapped) or inspect.isasyncgenfunction(wrapped):
        raise TypeError(
            f"sync_to_async() cannot wrap {wrapped!r}, which is asynchronous already; "
            f"if it only looks like it, apply mark_as_sync() first"
        )
    if inspect.isgeneratorfunction(wrapped):
        raise TypeError(
            f"sync_to_async() cannot wrap {wrapped!r}: calling a generator function does no "
            f"work, and iterating the generator would still block the event loop"
        )
    return _AsyncWrapper(wrapped, _run_in_thread, (_async_flags, False))
