"""``functools.lru_cache`` that knows methods: a cache for each instance, and for each class.

The cache of an instance stands in its own dict, so that the collector frees both even where cached
results refer to the instance. Those of classes, and of instances without a dict, stand in a table
of the decorated function, by identity and weakly. So instances need no hash, take no part in how
the cache is stored, and copy and pickle without it.
"""

from _weakref import ref

from ._holders import drop, held, hold, name_for
from ._identity import IdentityMap
from ._native import _BoundCachedFunctionWrapper, _CachedFunctionWrapper, _called_directly

__all__ = ("lru_cache",)


class Same:
    """Stands in a cache key for an object, equal only to itself."""

    __slots__ = ("obj",)

    def __init__(self, obj):
        self.obj = obj

    def __hash__(self):
        return id(self.obj)

    def __eq__(self, other):
        return self.obj is other.obj


class _OneFor:
    """One object's share of a cache that several objects have in common.

    For objects that nothing can be attached to (``__slots__`` without ``__weakref__``). As with
    ``functools.lru_cache`` on a method, the cache keeps them alive until it drops their entries.
    """

    __slots__ = ("cache", "key")

    def __init__(self, cache, obj):
        self.cache = cache
        self.key = Same(obj)

    def __call__(self, /, *args, **kwargs):
        return self.cache(self.key, *args, **kwargs)


class _Weakly:
    """A method bound to an object that it does not keep alive."""

    __slots__ = ("bind", "reference")

    def __init__(self, bind, reference):
        self.bind, self.reference = bind, reference

    def __call__(self, /, *args, **kwargs):
        return self.bind(self.reference())(*args, **kwargs)

    def held(self):
        """The same, bound for good: for a call that begins later."""
        return self.bind(self.reference())


class _BoundCache(_BoundCachedFunctionWrapper):
    """What binding gives. Calls are native."""

    def _self_subject(self):
        """The instance or class that the cache belongs to, or None."""
        if self._self_binding == "classmethod":
            return getattr(self.__wrapped__, "__self__", None)
        return self._self_instance if self._self_binding in _OF_INSTANCES else None

    def _self_caching(self):
        """Who answers for the cache: the function, a cache, or a stand-in while there is none."""
        subject = self._self_subject()
        if subject is None:
            return self._self_parent
        return self._self_parent._self_known_cache(subject) or _not_called

    def cache_info(self):
        """Statistics of the cache of this instance or class; None before the first call."""
        return self._self_caching().cache_info()

    def cache_parameters(self):
        """The parameters of the cache of this instance or class; None before the first call."""
        return self._self_caching().cache_parameters()

    def cache_clear(self):
        """Empty the cache of this instance or class, or all of them if reached by the class."""
        self._self_caching().cache_clear()


class _NotCalled:
    def cache_info(self):
        return None

    cache_parameters = cache_clear = cache_info


_not_called = _NotCalled()


class _Places(tuple):
    """Where native code finds caches: the name that instances hold theirs under, and the entries of
    all others. It can stand where a wrapper belongs."""

    __slots__ = ()

    def __call__(self, wrapped, instance, args, kwargs):
        return wrapped(*args, **kwargs)


class _CachedFunction(_CachedFunctionWrapper):
    """What decorating gives. Calls are native: they look at `_self_cache` and at the places in
    `_self_wrapper`, and ask `_self_own_cache` and `_self_cache_for` for what is not there yet."""

    __bound_function_wrapper__ = _BoundCache

    # The cache of calls that belong to no instance or class, and the cache of those objects that
    # cannot have one each; made on first use.
    _self_cache = None
    _self_shared = None
    _self_ended = False

    def __init__(self, wrapped, new_cache):
        named = wrapped if hasattr(wrapped, "__name__") else getattr(wrapped, "__func__", wrapped)
        name = name_for(self, "_lru_cache_", getattr(named, "__name__", "call"))
        caches = IdentityMap()
        super().__init__(wrapped, _Places((name, caches.entries)))
        self._self_name = name  # of the holders in instances
        self._self_caches = caches
        # Weak references to the caches that instances hold.
        self._self_held = set()
        self._self_new_cache = new_cache

    def _self_own_cache(self, function):
        if self._self_cache is not None:
            return self._self_cache
        # Of several threads that come first, one wins here.
        return self.__self_dict__.setdefault("_self_cache", self._self_new_cache(function))

    def _self_bind(self, subject):
        """The bound method of an instance or a class."""
        if self._self_binding == "classmethod":
            return self.__wrapped__.__get__(None, subject)
        return self.__wrapped__.__get__(subject, type(subject))

    def _self_cache_for(self, subject):
        def make(reference):
            return self._self_new_cache(_Weakly(self._self_bind, reference))

        cache = hold(subject, self._self_name, make)
        if cache is not None:
            self._self_held.add(ref(cache, self._self_held.discard))
            if self._self_ended:  # maybe since this call began
                drop(subject, self._self_name)
            return cache
        caches = self._self_caches
        if not caches.accepts(subject):
            return _OneFor(self._self_shared_cache(), subject)
        return caches.get(subject) or caches.setdefault(subject, make)

    def _self_shared_cache(self):
        if self._self_shared is not None:
            return self._self_shared
        shared = self._self_new_cache(
            lambda key, *args, **kwargs: self._self_bind(key.obj)(*args, **kwargs)
        )
        return self.__self_dict__.setdefault("_self_shared", shared)

    def _self_known_cache(self, subject):
        caches = self._self_caches
        cache = held(subject, self._self_name) or caches.get(subject)
        if cache or caches.accepts(subject) or type(subject).__dictoffset__:
            return cache
        return self._self_shared

    def cache_info(self):
        """Statistics of the calls that belong to no instance or class; None before the first."""
        return None if self._self_cache is None else self._self_cache.cache_info()

    def cache_parameters(self):
        """The parameters of the cache of these calls; None before the first."""
        return None if self._self_cache is None else self._self_cache.cache_parameters()

    def cache_clear(self):
        """Empty the cache of these calls and those of all instances and classes."""
        for cache in self._self_made():
            cache.cache_clear()

    def _self_end(self):
        """Empty all caches and take them off the objects that hold them, which get no new ones.

        Returns how many hits and misses they had.
        """
        self._self_ended = True
        hits = misses = 0
        for cache in self._self_made():
            info = cache.cache_info()
            hits, misses = hits + info.hits, misses + info.misses
            cache.cache_clear()
            function = cache.__wrapped__
            if type(function) is _Weakly:
                drop(function.reference(), self._self_name)
        self._self_caches.entries.clear()
        return hits, misses

    def _self_made(self):
        """All caches that there are."""
        caches = [self._self_cache, self._self_shared]
        caches += [cache for _, cache in list(self._self_caches.entries.values())]
        caches += [reference() for reference in list(self._self_held)]
        return [cache for cache in caches if cache is not None]


class _CachedMethod(_CachedFunction):
    """What a function in a class body becomes: calls come with the instance in front."""


_CachedFunction._self_method_kind = _CachedMethod
_called_directly(_BoundCache, False)
_called_directly(_CachedFunction, False)
_called_directly(_CachedMethod, True)

# Compiled functions among others are "callable".
_OF_INSTANCES = ("function", "callable")


def _cached(func, new_cache):
    if not callable(func) and not hasattr(type(func), "__get__"):
        raise TypeError(f"lru_cache() can wrap a callable or a method, not {func!r}")
    return _CachedFunction(func, new_cache)


def lru_cache(func=None, /, **parameters):
    """Cache results as ``functools.lru_cache`` does, with a cache for each instance or class.

    ``func`` is a function, a class method, a static method, or a method inside a class body; a
    number is taken as ``maxsize``. ``parameters`` are those of ``functools.lru_cache``;
    ``maxsize`` counts for each cache alone.

    Returns a function wrapper with ``cache_info``, ``cache_clear`` and ``cache_parameters``,
    which on a bound method concern the cache of its instance or class; the first and the last
    give None as long as nothing was cached. Without ``func``, returns a decorator. Raises
    TypeError if ``func`` is not callable, and where ``functools.lru_cache`` does.

    The cache of an instance stands in its ``__dict__``, under a name that starts with
    ``_lru_cache_``, and is collected with it; copies and pickles of the instance start without.
    Of instances with ``__slots__`` and no dict, those whose cached results refer to them are kept
    alive until the results are evicted or cleared; without ``__weakref__`` they share one cache,
    which keeps all of them alive until their entries are dropped.

    Behaviour: wrapt's decorator of that name, except for copies, subclasses, slots, pickles and
    calls through the class.
    """
    import functools

    if isinstance(func, int):
        parameters.setdefault("maxsize", func)
        func = None
    new_cache = functools.lru_cache(**parameters)
    if func is None:
        return lambda func: _cached(func, new_cache)
    return _cached(func, new_cache)
