"""The asyncio locks behind ``synchronized``, in a module of their own since they import asyncio.

A plain ``asyncio.Lock`` belongs to the event loop that first had to wait for it, but an object
and its lock may outlive a loop, or be used from loops in several threads. The lock here works
with all of them: it hands itself over to the next waiter, in whatever loop that waits.
"""

import asyncio
from collections import deque

from ._locks import _enter_use, _leave_use, _used_lock, attach, guard

_running_loop = asyncio._get_running_loop


def _wake(future):
    if not future.done():
        future.set_result(True)


class ContextLock(asyncio.Lock):
    """An ``asyncio.Lock`` for any number of event loops, that copies and pickles as a new one."""

    def __init__(self):
        # Not the base class's, which on 3.9 wants an event loop right now. Its own methods that
        # are still of use read these two names.
        self._locked = False
        self._waiters = deque()
        self._holder = None

    def __reduce__(self):
        return ContextLock, ()

    def __copy__(self):
        return ContextLock()

    def __deepcopy__(self, memo):
        return ContextLock()

    def _take(self, holder):
        """Take the lock if it is free, or was left behind by a loop that is closed."""
        if self._locked and not self._holder[0].is_closed():
            return False
        self._locked, self._holder = True, holder
        return True

    async def acquire(self):
        """Take the lock, waiting for it in the running event loop."""
        loop = asyncio.get_running_loop()
        with guard:
            if self._take((loop, None)):
                return True
        waiter = loop, loop.create_future()
        with guard:
            self._waiters.append(waiter)
            # Once more, now that a release cannot miss the waiter.
            if self._take(waiter):
                self._waiters.remove(waiter)
                return True
        try:
            await waiter[1]
        except BaseException:
            self._give_up(waiter)
            raise
        return True

    def _give_up(self, waiter):
        with guard:
            if waiter in self._waiters:
                self._waiters.remove(waiter)
            elif self._holder is waiter:
                # Handed over, but no longer wanted. Otherwise its loop was closed, and the lock
                # went to somebody else.
                self.release()

    def release(self):
        """Hand the lock to whoever waits longest, or set it free.

        Raises RuntimeError if it is not held.
        """
        with guard:
            if not self._locked:
                raise RuntimeError("cannot release a lock of synchronized() that is not held")
            while self._waiters:
                waiter = loop, future = self._waiters.popleft()
                call = loop.call_soon if loop is _running_loop() else loop.call_soon_threadsafe
                try:
                    call(_wake, future)
                except RuntimeError:
                    continue  # its loop is closed
                self._holder = waiter
                return
            self._locked, self._holder = False, None


class PassingLock:
    """The asyncio lock of an object that nothing can be attached to; see ``PassingRLock``."""

    __slots__ = ("_context", "_key")

    def __init__(self, context):
        self._context = context
        self._key = ("task", id(context))

    async def acquire(self):
        lock = _enter_use(self._key, ContextLock)
        try:
            return await lock.acquire()
        except BaseException:
            _leave_use(self._key)
            raise

    def release(self):
        _used_lock(self._key).release()
        _leave_use(self._key)

    async def __aenter__(self):
        await self.acquire()

    async def __aexit__(self, *exc_info):
        self.release()


def async_lock_of(context):
    """The lock that serialises the tasks using `context`."""
    try:
        return context.__dict__["_synchronized_async_lock"]
    except (AttributeError, KeyError):
        return attach(context, "_synchronized_async_lock", ContextLock) or PassingLock(context)
