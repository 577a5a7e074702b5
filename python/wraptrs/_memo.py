"""Caches for what ``functools.lru_cache`` has no answer to: entries that expire, keys made by the
user, and coroutine functions, of which one call per key is under way at a time."""

from functools import _CacheInfo, _make_key, partial
from time import monotonic

from . import _forks
from .caching import Same

_NOTHING = object()


class KeyedCache:
    """The results of a function by key, the latest used last, for a while or for good."""

    def __init__(self, function, maxsize, typed, ttl, key):
        self.__wrapped__ = function
        self._maxsize = None if maxsize is None else max(maxsize, 0)
        self._typed, self._ttl, self._key = typed, ttl, key
        self._entries = {}
        self._hits = self._misses = 0
        # Hashing and comparing keys runs the user's code, which may come back here.
        self._lock = _forks.lock()

    def __call__(self, /, *args, **kwargs):
        key = self._key_of(args, kwargs)
        value = self._found(key)
        if value is _NOTHING:
            entries = self._entries
            value = self.__wrapped__(*args, **kwargs)
            self._keep(key, value, entries)
        return value

    def cache_info(self):
        """Hits, misses, and sizes, as ``functools.lru_cache`` gives them."""
        with self._lock:
            return _CacheInfo(self._hits, self._misses, self._maxsize, len(self._entries))

    def cache_parameters(self):
        """What the cache was made with."""
        return {"maxsize": self._maxsize, "typed": self._typed, "ttl": self._ttl}

    def cache_clear(self):
        """Forget all results and the statistics; calls under way do not keep theirs."""
        with self._lock:
            entries, self._entries = self._entries, {}
            self._hits = self._misses = 0
        entries.clear()  # what dies here may call anything

    def _key_of(self, args, kwargs):
        if self._key is None:
            return _make_key(args, kwargs, self._typed)
        if args and type(args[0]) is Same:  # instances that have a cache in common
            return args[0], self._key(*args[1:], **kwargs)
        return self._key(*args, **kwargs)

    def _found(self, key):
        """The value kept for a key, counted as a hit or a miss."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None and (entry[1] is None or monotonic() < entry[1]):
                self._hits += 1
                if self._maxsize is not None and self._entries.pop(key, None) is not None:
                    self._entries[key] = entry
                return entry[0]
            self._misses += 1
            return _NOTHING

    def _keep(self, key, value, entries):
        """Keep the result of a call that began when there were these entries."""
        if self._maxsize == 0:
            return
        now = expires = None
        if self._ttl is not None:
            now = monotonic()
            expires = now + self._ttl
        with self._lock:
            if entries is not self._entries:  # cleared meanwhile, so it may be out of date
                return
            gone = [entries.pop(key, None)]
            entries[key] = value, expires
            while self._has_too_much(now):
                gone.append(self._entries.pop(next(iter(self._entries))))
        del gone  # without the lock: what dies here may call anything

    def _has_too_much(self, now):
        """Whether the entry that was not used the longest has to go: for others, or by its age."""
        if self._maxsize is not None and len(self._entries) > self._maxsize:
            return True
        first = next(iter(self._entries.values()), None)
        return now is not None and first is not None and first[1] <= now


class AsyncCache(KeyedCache):
    """The same for a coroutine function: whoever comes while a call is under way waits for it.

    A call that fails fails for all who wait, and is not kept. If who runs it is cancelled, somebody
    who waits runs it instead. Event loops wait for calls of their own only.
    """

    def __init__(self, function, maxsize, typed, ttl, key):
        super().__init__(function, maxsize, typed, ttl, key)
        # By loop, and by key: the future of the call, and the task that runs it.
        self._flights = {}

    def __call__(self, /, *args, **kwargs):
        # The instance lives as long as the coroutine, which may begin when nobody else holds it.
        held = getattr(self.__wrapped__, "held", None)
        return self._answer(self.__wrapped__ if held is None else held(), args, kwargs)

    def cache_clear(self):
        """As for all; who comes later does not wait for calls that are under way already."""
        super().cache_clear()
        with self._lock:
            flights, self._flights = self._flights, {}
        del flights

    async def _answer(self, function, args, kwargs):
        key, entries = self._key_of(args, kwargs), self._entries
        value = self._found(key)
        if value is not _NOTHING:
            return value
        loop, task = _running()
        if loop is None:  # another framework's: no waiting for each other
            value = await function(*args, **kwargs)
            self._keep(key, value, entries)
            return value
        return await self._joined(loop, key, task, partial(function, *args, **kwargs))

    async def _joined(self, loop, key, task, call):
        """The result of the call that is under way, or else of a call made here."""
        from asyncio import wait

        while True:
            flight, begins, entries = self._flight(loop, key, task)
            if begins:
                return await self._flown(loop, key, flight, call, entries)
            await wait([flight[0]])  # which leaves it alone where this is cancelled
            outcome = flight[0].result()
            if outcome is not None:
                return outcome[0]
            with self._lock:
                self._misses += 1
                self._hits -= entries is self._entries

    def _flight(self, loop, key, task):
        """The call under way, or that begins here; whether it does; and the entries at the time."""
        with self._lock:
            former = self._flights  # dies after this, since what dies with it may call anything
            flights = former.get(loop)
            if flights is None:  # calls in loops that were closed will never end
                self._flights = {it: held for it, held in former.items() if not it.is_closed()}
                flights = self._flights[loop] = {}
            flight = flights.get(key)
            if flight is None or flight[1] is task:  # it calls itself with the same arguments
                flight = flights[key] = loop.create_future(), task
                return flight, True, self._entries
            self._misses -= 1  # a miss is a call
            self._hits += 1
            return flight, False, self._entries

    async def _flown(self, loop, key, flight, call, entries):
        outcome = failure = None
        try:
            value = await call()
            self._keep(key, value, entries)
            outcome = (value,)
            return value
        except Exception as error:
            failure = error
            raise
        finally:
            self._forget(loop, key, flight)
            _land(flight[0], outcome, failure)

    def _forget(self, loop, key, flight):
        with self._lock:
            flights = self._flights.get(loop, {})
            if flights.get(key) is flight:
                del flights[key]
                if not flights:
                    del self._flights[loop]


def _running():
    """The running event loop and task of asyncio; None where there is no such loop."""
    from asyncio import current_task, get_running_loop

    try:
        return get_running_loop(), current_task()
    except RuntimeError:
        return None, None


def _land(future, outcome, failure):
    """Tell those who wait for a call; None that it was given up."""
    if future.done() or future.get_loop().is_closed():
        return
    if failure is None:
        future.set_result(outcome)
    else:
        future.set_exception(failure)
        future.exception()  # seen: it was raised to whoever made the call
