"""``synchronized``: one thread or task at a time in a function, a method or a block."""

from . import _locks
from ._locks import lock_of
from ._markers import async_to_sync, mark_as_async, mark_as_sync, sync_to_async
from ._native import FunctionWrapper, _called_directly, _LockedFunctionWrapper

__all__ = ("async_to_sync", "mark_as_async", "mark_as_sync", "sync_to_async", "synchronized")


def _async_lock_of(context):
    from ._asynclocks import async_lock_of

    return async_lock_of(context)


def _call_locked(wrapped, instance, args, kwargs):
    with lock_of(wrapped if instance is None else instance):
        return wrapped(*args, **kwargs)


async def _await_locked(wrapped, instance, args, kwargs):
    async with _async_lock_of(wrapped if instance is None else instance):
        return await wrapped(*args, **kwargs)


class _Block:
    """As a context manager: locks a block by the lock of the wrapped object."""

    __slots__ = ()

    def __enter__(self):
        lock = lock_of(self.__wrapped__)
        lock.acquire()
        return lock

    def __exit__(self, *exc_info):
        lock_of(self.__wrapped__).release()

    async def __aenter__(self):
        lock = _async_lock_of(self.__wrapped__)
        await lock.acquire()
        return lock

    async def __aexit__(self, *exc_info):
        _async_lock_of(self.__wrapped__).release()


class _LockedFunction(_Block, _LockedFunctionWrapper):
    """Locks calls. Those that find their lock are native, others go through `_call_locked`."""


class _LockedMethod(_LockedFunction):
    """What a function in a class body becomes: calls come with the instance in front."""


_LockedFunction._self_method_kind = _LockedMethod
_called_directly(_LockedFunction, False)
_called_directly(_LockedMethod, True)


class _AwaitedFunction(_Block, FunctionWrapper):
    """Locks the tasks that await its calls."""


class _LockUser:
    """A given lock as a decorator; also what its two kinds have in common."""

    __slots__ = ("_lock",)

    def __init__(self, lock):
        self._lock = lock

    def __call__(self, wrapped):
        return FunctionWrapper(wrapped, self._wrapper())


class _ThreadLockUser(_LockUser):
    """Also a context manager."""

    __slots__ = ()

    def _wrapper(self):
        lock = self._lock

        def call_locked(wrapped, instance, args, kwargs):
            with lock:
                return wrapped(*args, **kwargs)

        return call_locked

    def __enter__(self):
        self._lock.acquire()
        return self._lock

    def __exit__(self, *exc_info):
        self._lock.release()


class _TaskLockUser(_LockUser):
    """Also an asynchronous context manager."""

    __slots__ = ()

    def _wrapper(self):
        lock = self._lock

        async def await_locked(wrapped, instance, args, kwargs):
            async with lock:
                return await wrapped(*args, **kwargs)

        return await_locked

    async def __aenter__(self):
        await self._lock.acquire()
        return self._lock

    async def __aexit__(self, *exc_info):
        self._lock.release()


def _inner(layer):
    """The next layer inside `layer`, or None."""
    inner = getattr(layer, "__wrapped__", None)
    if inner is None and isinstance(layer, (classmethod, staticmethod)):
        inner = layer.__func__
    return None if inner is layer else inner


def _synchronized_is_async_callable(obj):
    """Whether calling `obj` gives a coroutine, as far as its layers of wrappers tell.

    Raises ValueError if the layers form a cycle, or are more than the recursion limit.
    """
    import inspect
    import sys

    seen = {}
    layer = obj
    while layer is not None:
        if id(layer) in seen or len(seen) >= sys.getrecursionlimit():
            raise ValueError(f"the wrappers of {obj!r} have no end: each leads to another one")
        seen[id(layer)] = layer
        if not isinstance(layer, (classmethod, staticmethod)):
            # A layer that says it turns coroutines into results ends the search.
            if getattr(layer, "_self_is_not_coroutine", False):
                return False
            if inspect.iscoroutinefunction(layer):
                return True
        layer = _inner(layer)
    return False


def _is_async_lock(lock):
    acquire = lock.acquire
    if type(acquire) is type(len):
        return False  # spares the locks of `threading` the search of `inspect`
    import inspect

    return inspect.iscoroutinefunction(acquire)


def _can_be_called(obj):
    """Whether a wrapper of `obj` can ever be called; a plain object is given to lock a block."""
    return callable(obj) or hasattr(type(obj), "__get__")


def synchronized(wrapped):
    """Let only one thread, or only one task, at a time into a function, a method or a block.

    ``wrapped`` is one of three: a function, method or class to decorate, where a coroutine
    function gets a lock for tasks; any object, for ``with synchronized(obj):`` or ``async with
    synchronized(obj):``; a lock, that is an object with ``acquire`` and ``release`` (coroutine
    functions or not), which is then used instead of one of our own.

    Returns a wrapper of it, or for a lock a decorator; both are context managers too. Raises
    ValueError for a cycle of wrappers.

    The lock belongs to the instance a method is called on, to the class for a class method, and
    to the function otherwise; it stands there as ``_synchronized_lock`` (reentrant) or
    ``_synchronized_async_lock``, made on first use, and is left out of copies and pickles.
    Objects without a place for it are locked by their identity. Asyncio locks work with each
    event loop the object meets.

    Behaviour: wrapt's function of that name, except for copies, slots and event loops.
    """
    if hasattr(wrapped, "acquire") and hasattr(wrapped, "release"):
        return (_TaskLockUser if _is_async_lock(wrapped) else _ThreadLockUser)(wrapped)
    if _can_be_called(wrapped) and _synchronized_is_async_callable(wrapped):
        return _AwaitedFunction(wrapped, _await_locked)
    return _LockedFunction(wrapped, _call_locked)


synchronized._synchronized_meta_lock = _locks.guard
