"""Cached and synchronized functions and methods, as operations for the leak scripts to repeat."""

from __future__ import annotations

import gc

from wraptrs import lru_cache, synchronized


class Instance:
    @lru_cache(maxsize=None)
    def cached(self, *args, **kwargs):
        return args, kwargs

    @lru_cache
    @classmethod
    def of_class(cls, *args):
        return args

    @synchronized
    def locked(self, *args, **kwargs):
        return args, kwargs

    @synchronized
    def failing(self, error):
        raise error


class Slotted:
    __slots__ = ()
    cached, locked = lru_cache(maxsize=2)(lambda self, x: x), synchronized(lambda self: 1)


@lru_cache(maxsize=2)
def cached(*args, **kwargs):
    return args, kwargs


@synchronized
def locked(*args, **kwargs):
    return args, kwargs


INSTANCE = Instance()


def cached_calls():
    for function in (cached, INSTANCE.cached, Instance.of_class, INSTANCE.of_class):
        function(), function(1, 2), function(1, 2)
    INSTANCE.cached(), INSTANCE.cached(1, key=2), Instance.cached(INSTANCE, 1)
    for raised in ([], {}):
        try:
            INSTANCE.cached(raised)
        except TypeError:
            continue
        raise AssertionError("unhashable arguments were taken")
    INSTANCE.cached.cache_info(), INSTANCE.cached.cache_parameters(), cached.cache_info()
    Instance.cached.cache_clear()


def caches_of_the_dying():
    for each in [Instance() for _ in range(3)]:
        each.cached(object()), each.cached(1), each.locked()
    Slotted().cached(1)
    gc.collect()


def locked_calls():
    for function in (locked, INSTANCE.locked):
        function(), function(1, 2), function(1, key=object()), function(*range(20))
    INSTANCE.locked(), INSTANCE.locked(1, key=object()), Instance.locked(INSTANCE, 1)
    Slotted().locked()
    for _ in range(2):
        fresh = Instance()
        fresh.locked(), fresh.locked()


def locked_failures():
    for error in (LookupError("inside"), KeyboardInterrupt("inside")):
        try:
            INSTANCE.failing(error)
        except (LookupError, KeyboardInterrupt):
            continue
        raise AssertionError("the error is lost")


def released_inside():
    class Place:
        @synchronized
        def release(self, fail):
            self._synchronized_lock.release()
            return 1 // fail

    one = Place()
    for fail in (0, 1, 0):
        try:
            one.release(fail)
        except RuntimeError:
            continue
        raise AssertionError("the missing lock is not noticed")
    gc.collect()


def made_methods():
    @synchronized
    def function(self):
        return 1

    class Place:
        cached = lru_cache(lambda self, x: x)
        locked = other = function

    class Other:
        locked = function

    for each in (Place(), Other()):
        assert each.locked() == each.locked() == 1
    Place().cached(1), Place().other(), function(3)
    gc.collect()


OPERATIONS = {
    operation.__name__: operation
    for operation in (
        cached_calls,
        caches_of_the_dying,
        locked_calls,
        locked_failures,
        released_inside,
        made_methods,
    )
}
WRAPPERS = [vars(Instance)[name] for name in ("cached", "of_class", "locked", "failing")]
WITNESSES = [Instance, Slotted, INSTANCE, cached, locked, *WRAPPERS]
MAKES_TYPES = {"released_inside", "made_methods"}
