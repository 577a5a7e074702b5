"""The handles of caches put around functions: in the function itself, or on the name it has."""

from functools import _CacheInfo, lru_cache

from . import _definitions, _layers
from ._inplace import InPlacePatch
from ._named import Value
from ._native import resolve_path
from ._targets import UnpatchableError, replacement_kind
from ._templates import COROUTINE, ITERABLE_COROUTINE, KIND_NAMES, KINDS, dressed, kind_of, passing
from .caching import _CachedFunction


class Plan:
    """What a cache shall be like, and how one is made for a function."""

    def __init__(self, maxsize, typed, ttl, key):
        if maxsize is not None and not isinstance(maxsize, int):
            raise TypeError(f"maxsize must be an integer or None: got {maxsize!r}")
        if ttl is not None and not (isinstance(ttl, (int, float)) and ttl > 0):
            raise ValueError(f"ttl must be a number of seconds above 0, or None: got {ttl!r}")
        if key is not None and not callable(key):
            raise TypeError(f"key must be called with the arguments: got {key!r}")
        self._parameters = maxsize, typed, ttl, key

    def maker(self, kind, what):
        """What makes a cache for a function of a kind.

        Raises TypeError for generators, which give each value to one caller only.
        """
        if kind not in (0, None, COROUTINE):
            raise TypeError(
                f"{what} is a {KIND_NAMES[kind]}: what it returns can be used up once, so it "
                "cannot be cached; cache a function that returns a list"
            )
        maxsize, typed, ttl, key = self._parameters
        if kind != COROUTINE and ttl is None and key is None:
            return lru_cache(maxsize, typed)
        from ._memo import AsyncCache, KeyedCache

        cache = AsyncCache if kind == COROUTINE else KeyedCache
        return lambda function: cache(function, *self._parameters)

    @property
    def maxsize(self):
        """As ``cache_info`` tells it."""
        return self._parameters[0]


class _Caching:
    """What both handles tell of their caches."""

    _cached = None  # what has the caches
    _past = 0, 0  # hits and misses of those that ended with the patch
    _beneath = None  # in place: the record, and the patches beneath, that the caches are around

    def cache_info(self, instance=None):
        """Statistics of all caches together, or of that of an instance or class alone.

        ``maxsize`` counts for each cache alone. Nothing is kept once the patch is reverted.
        """
        wrapper, caches = self._cached, []
        hits, misses = self._past if instance is None else (0, 0)
        size = 0
        if wrapper is not None and instance is not None:
            caches = [wrapper._self_known_cache(instance)]
        elif wrapper is not None:
            caches = wrapper._self_made()
        for cache in filter(None, caches):
            info = cache.cache_info()
            hits, misses, size = hits + info.hits, misses + info.misses, size + info.currsize
        return _CacheInfo(hits, misses, self._plan.maxsize, size)

    def cache_clear(self, instance=None):
        """Empty all caches, or that of an instance or class alone."""
        if self._cached is None:
            return
        if instance is None:
            self._past = 0, 0
            self._cached.cache_clear()
            return
        cache = self._cached._self_known_cache(instance)
        if cache is not None:
            cache.cache_clear()

    def _take_or_leave(self, force, leave):
        super()._take_or_leave(force, leave)
        if self._cached is not None:
            self._beneath = None  # a new one if this is applied again
            hits, misses = self._cached._self_end()
            self._past = self._past[0] + hits, self._past[1] + misses


class CachedInPlace(_Caching, InPlacePatch):
    """A function whose calls go to a cache around what it did."""

    kind = "cached"

    def __init__(self, target, plan, unwrap, owner=None):
        super().__init__(target, owner)
        self._plan, self._unwrap, self._clears = plan, unwrap, False

    def _check(self, found):
        if _definitions.is_native(type(found.function)):
            self.mode = "methoddef"
            return
        found.settle()
        self._plan.maker(kind_of(found.function.__code__), repr(found.function))
        self.mode = "trampoline" if _layers.WORKS else "code"

    def over(self, below):
        """What calls of a C function go to."""
        record = _definitions.record_of(self._found.function)
        self._fill(below, None, record, [it for it in record.layers if it.enabled])
        return self.replacement

    def compose(self, record, below):
        """The state that calls the cache, and the `__wrapped__` that it is around."""
        base, code = record.base, below.__code__
        self._fill(below, kind_of(code), record, record.active(self))
        kind = code.co_flags & (KINDS | ITERABLE_COROUTINE)
        # The function's own parameters: faster than any, and defaults left out are no other call.
        template = passing(self.replacement, kind, code)
        state = _layers.state_of(below)
        taken = template.__code__.co_argcount or template.__code__.co_kwonlyargcount
        defaults = state[3:5] if taken else (None, None)
        shape = (dressed(template.__code__, base[_layers.CODE], kind), *base[1:3], *defaults)
        return (*shape, template.__closure__, *state[6 : _layers.HOOK], None), below

    def _fill(self, below, kind, record, layers):
        """Have a cache around a callable, an empty one where other patches are beneath than before.

        The callable is another each time that somebody asks what lies beneath a patch above.
        """
        beneath, last = [record], self._beneath
        for layer in layers:
            if layer is self:
                break
            beneath.append(layer)
        same = last is not None and [*map(id, beneath)] == [*map(id, last)]
        if not same:
            if self._cached is not None:
                self._cached._self_end()
            new_cache = self._plan.maker(kind, repr(self._found.function))
            self._cached, self._past = _CachedFunction(below, new_cache), (0, 0)
            self._beneath, self.replacement = beneath, self._called()

    def _called(self):
        """What calls go to, which for methods come with the instance or class in front."""
        cached, owner = self._cached, self._found.owner
        if not self._found.binding:
            return cached
        if owner is not None and not self._is_classmethod(owner):
            cached.__set_name__(owner, self._found.function.__name__)  # as in a class body
            return cached
        known, made = cached._self_known_cache, cached._self_cache_for

        def call(subject, /, *args, **kwargs):
            return (known(subject) or made(subject))(*args, **kwargs)

        return call

    def _is_classmethod(self, owner):
        for entry in vars(owner).values():
            if isinstance(entry, classmethod) and entry.__func__ is self._found.function:
                return True
        return False


class CachedByName(_Caching, Value):
    """A cache on the name of a function: those who look it up there get it."""

    kind = "cached"

    def __init__(self, target, path, plan, owner=None):
        super().__init__(target, path, None, check=False, owner=owner)
        self._plan = plan

    def _describe(self):
        super()._describe()
        value = self.replacement
        self._cached = value.fget if isinstance(value, property) else value
        self._plan = self._cached._self_plan

    def _put_on(self, start):
        parent, attribute, _ = resolve_path(start, self.path)

        def make(found):
            getter = found.fget if isinstance(found, property) else None
            self._past = 0, 0
            self._cached = made = self._around(found if getter is None else getter)
            if isinstance(parent, type):
                made.__set_name__(parent, attribute)  # as in a class body
            return made if getter is None else found.getter(made)

        self._make = make
        super()._put_on(start)

    def _around(self, found):
        kind = type(found)
        reads = hasattr(kind, "__set__") or kind.__name__ == "cached_property"
        if reads or not (callable(found) or hasattr(kind, "__get__")):
            raise UnpatchableError(
                f"cannot put a cache around {self.name}: a '{kind.__name__}' is not called"
            )
        function = getattr(found, "__func__", found)
        made = _CachedFunction(found, self._plan.maker(_kind(function), repr(found)))
        made._self_plan = self._plan  # for a handle made anew
        return made


def _kind(function):
    """Which kind of function something callable is, as far as that shows; None if it does not."""
    kind = replacement_kind(function)
    if kind is None:
        code = getattr(function, "__code__", None)  # wrappers show that of their function
        kind = None if code is None else kind_of(code)
    return kind
