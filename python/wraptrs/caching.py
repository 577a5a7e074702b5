"""``functools.lru_cache`` that knows methods: a cache for each instance, and for each class.

The caches do not live on the instances but in a table of the decorated function, by identity and
weakly. So instances need no hash and no dict, are not kept alive, and copy and pickle as if the
method were not cached.
"""

from ._identity import IdentityMap
from ._native import BoundFunctionWrapper, FunctionWrapper
from .doc import call_through

__all__ = ("lru_cache",)


class _Same:
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
        self.key = _Same(obj)

    def __call__(self, /, *args, **kwargs):
        return self.cache(self.key, *args, **kwargs)


class _BoundCache(BoundFunctionWrapper):
    """Bound static methods, and all else whose calls belong to no instance and no class."""

    def __call__(self, /, *args, **kwargs):
        return self._self_parent._self_own_cache(self.__wrapped__)(*args, **kwargs)

    def _self_subject(self):
        return None

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


class _BoundCacheOfClass(_BoundCache):
    def __call__(self, /, *args, **kwargs):
        parent, subject = self._self_parent, self.__wrapped__.__self__
        entry = parent._self_entries.get(id(subject))
        if entry is not None and entry() is subject:
            return entry.value(*args, **kwargs)
        return parent._self_cache_for(subject)(*args, **kwargs)

    def _self_subject(self):
        return self.__wrapped__.__self__


class _BoundCacheOfInstance(_BoundCache):
    def __call__(self, /, *args, **kwargs):
        parent, subject = self._self_parent, self._self_instance
        if subject is None:
            return self._self_call_by_class(args, kwargs)
        entry = parent._self_entries.get(id(subject))
        if entry is not None and entry() is subject:
            return entry.value(*args, **kwargs)
        return parent._self_cache_for(subject)(*args, **kwargs)

    def _self_call_by_class(self, args, kwargs):
        owner = self._self_owner
        if args and owner is not None and isinstance(args[0], owner):
            return self._self_parent._self_cache_for(args[0])(*args[1:], **kwargs)
        return super().__call__(*args, **kwargs)

    def _self_subject(self):
        return self._self_instance


class _NotCalled:
    def cache_info(self):
        return None

    cache_parameters = cache_clear = cache_info


_not_called = _NotCalled()


class _CachedFunction(FunctionWrapper):
    __bound_function_wrapper__ = _BoundCache

    # The cache of calls that belong to no instance or class, and the cache of those objects that
    # cannot have one each; made on first use.
    _self_cache = None
    _self_shared = None

    def __init__(self, wrapped, new_cache):
        super().__init__(wrapped, call_through)
        named = wrapped if hasattr(wrapped, "__name__") else getattr(wrapped, "__func__", wrapped)
        name = getattr(named, "__name__", "call")
        self._self_new_cache = new_cache
        self._self_caches = IdentityMap(f"_lru_cache_{name}_{id(self)}")
        self._self_entries = self._self_caches.entries

    def __call__(self, /, *args, **kwargs):
        cache = self._self_cache
        if cache is None:
            cache = self._self_own_cache(self.__wrapped__)
        return cache(*args, **kwargs)

    def _self_own_cache(self, function):
        if self._self_cache is not None:
            return self._self_cache
        # Of several threads that come first, one wins here.
        return self.__self_dict__.setdefault("_self_cache", self._self_new_cache(function))

    def _self_bind(self, instance):
        """The bound method of an instance."""
        return self.__wrapped__.__get__(instance, type(instance))

    def _self_cache_for(self, subject):
        caches = self._self_caches
        if not caches.accepts(subject):
            return _OneFor(self._self_shared_cache(), subject)

        def make(reference):
            return self._self_new_cache(
                lambda *args, **kwargs: self._self_bind(reference())(*args, **kwargs)
            )

        return caches.get(subject) or caches.setdefault(subject, make)

    def _self_shared_cache(self):
        if self._self_shared is not None:
            return self._self_shared
        shared = self._self_new_cache(
            lambda key, *args, **kwargs: self._self_bind(key.obj)(*args, **kwargs)
        )
        return self.__self_dict__.setdefault("_self_shared", shared)

    def _self_known_cache(self, subject):
        if self._self_caches.accepts(subject):
            return self._self_caches.get(subject)
        return self._self_shared

    def cache_info(self):
        """Statistics of the calls that belong to no instance or class; None before the first."""
        return None if self._self_cache is None else self._self_cache.cache_info()

    def cache_parameters(self):
        """The parameters of the cache of these calls; None before the first."""
        return None if self._self_cache is None else self._self_cache.cache_parameters()

    def cache_clear(self):
        """Empty the cache of these calls and those of all instances and classes."""
        own = [cache for cache in (self._self_cache, self._self_shared) if cache is not None]
        for cache in own + self._self_caches.values():
            cache.cache_clear()


class _CacheByInstance(_CachedFunction):
    __bound_function_wrapper__ = _BoundCacheOfInstance


class _CacheByClass(_CachedFunction):
    __bound_function_wrapper__ = _BoundCacheOfClass

    def _self_bind(self, cls):
        return self.__wrapped__.__get__(None, cls)


_KINDS = {
    "function": _CacheByInstance,
    "callable": _CacheByInstance,  # covers compiled functions, which bind as Python's do
    "classmethod": _CacheByClass,
}


def _cached(func, new_cache):
    if not callable(func) and not hasattr(type(func), "__get__"):
        raise TypeError(f"lru_cache() can wrap a callable or a method, not {func!r}")
    kind = FunctionWrapper(func, call_through)._self_binding
    return _KINDS.get(kind, _CachedFunction)(func, new_cache)


def lru_cache(func=None, /, **parameters):
    """Cache results as ``functools.lru_cache`` does, with a cache for each instance or class.

    ``func`` is a function, a class method, a static method, or a method inside a class body; a
    number is taken as ``maxsize``. ``parameters`` are those of ``functools.lru_cache``;
    ``maxsize`` counts for each cache alone.

    Returns a function wrapper with ``cache_info``, ``cache_clear`` and ``cache_parameters``,
    which on a bound method concern the cache of its instance or class; the first and the last
    give None as long as nothing was cached. Without ``func``, returns a decorator. Raises
    TypeError if ``func`` is not callable, and where ``functools.lru_cache`` does.

    Instances with ``__slots__`` but no ``__weakref__`` and no dict share one cache, which keeps
    them alive until their entries are dropped.

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
