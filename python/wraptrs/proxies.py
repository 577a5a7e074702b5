"""Proxies that offer what their object offers, and proxies that build their object late.

A class must define ``__iter__``, ``__call__`` and their like for its instances to have them, so a
proxy that offers exactly what its object offers needs a class of its own kind. These classes
("variants") are built once per (proxy class, set of protocols) and kept on the proxy class, so
that making one more proxy costs no class; a proxy whose object is replaced moves to another one.
"""

from . import _forks
from ._native import BaseObjectProxy, ObjectProxy, _init_lazy

__all__ = ("AutoObjectProxy", "BaseObjectProxy", "LazyObjectProxy", "ObjectProxy", "lazy_import")


def __wrapper_call__(self, /, *args, **kwargs):
    return self.__wrapped__(*args, **kwargs)


def __wrapper_iter__(self):
    return iter(self.__wrapped__)


def __wrapper_next__(self):
    return self.__wrapped__.__next__()


def __wrapper_aiter__(self):
    return self.__wrapped__.__aiter__()


def __wrapper_anext__(self):
    return self.__wrapped__.__anext__()


def __wrapper_length_hint__(self):
    return self.__wrapped__.__length_hint__()


def __wrapper_fspath__(self):
    return self.__wrapped__.__fspath__()


def __wrapper_await__(self):
    return self.__wrapped__.__await__()


def __wrapper_get__(self, instance, owner=None):
    return self.__wrapped__.__get__(instance, owner)


def __wrapper_set__(self, instance, value):
    self.__wrapped__.__set__(instance, value)


def __wrapper_delete__(self, instance):
    self.__wrapped__.__delete__(instance)


def __wrapper_set_name__(self, owner, name):
    self.__wrapped__.__set_name__(owner, name)


# One bit a protocol: a set of them is an int, which makes the cheapest key for the variants.
_FORWARDERS = {
    "__call__": __wrapper_call__,
    "__iter__": __wrapper_iter__,
    "__next__": __wrapper_next__,
    "__aiter__": __wrapper_aiter__,
    "__anext__": __wrapper_anext__,
    "__length_hint__": __wrapper_length_hint__,
    "__fspath__": __wrapper_fspath__,
    "__await__": __wrapper_await__,
    "__get__": __wrapper_get__,
    "__set__": __wrapper_set__,
    "__delete__": __wrapper_delete__,
    "__set_name__": __wrapper_set_name__,
}
_BITS = tuple((name, 1 << index) for index, name in enumerate(_FORWARDERS))

_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: without it nobody can add a method to the type later.

_static_types = {}


def _protocols_in(cls):
    """The bits defined by the body of `cls`, and those it switches off by assigning None."""
    offered = refused = 0
    namespace = cls.__dict__
    for name, bit in _BITS:
        if name in namespace:
            if namespace[name] is None:
                refused |= bit
            else:
                offered |= bit
    return offered, refused


def _protocols_of(cls):
    """The bits that instances of `cls` have; as in the interpreter, metaclasses do not count."""
    static = not cls.__flags__ & _HEAP_TYPE
    if static and cls in _static_types:
        return _static_types[cls]
    offered = refused = 0
    for base in cls.__mro__:
        here, not_here = _protocols_in(base) if base is not object else (0, 0)
        offered |= here & ~refused
        refused |= not_here & ~offered
    if static:
        _static_types[cls] = offered
    return offered


def _protocols_named_by(interface):
    """The bits of a declared interface: a class, a generic alias of one, or anything with a dir."""
    if isinstance(interface, type):
        return _protocols_of(interface)
    origin = getattr(interface, "__origin__", None)
    if isinstance(origin, type):
        return _protocols_of(origin)
    names = frozenset(dir(interface))
    return sum(bit for name, bit in _BITS if name in names)


_variants_guard = _forks.lock()  # reentrant: a collection inside it may run foreign code
_OWNER = None  # the key under which variants say whose they are: a derived class inherits the name


def _variants_of(base):
    """The variants of `base` by their protocols, itself under `_OWNER`."""
    variants = base._self_variants
    if variants.get(_OWNER) is not base:
        with _variants_guard:
            variants = base.__dict__.get("_self_variants")
            if not variants:
                variants = base._self_variants = {_OWNER: base}
    return variants


def _variant(base, protocols):
    """The subclass of `base` that offers `protocols` beside those `base` defines by itself."""
    variants = base._self_variants
    if variants.get(_OWNER) is base and protocols in variants:
        return variants[protocols]
    missing = protocols & ~_protocols_of(base)
    namespace = {name: _FORWARDERS[name] for name, bit in _BITS if missing & bit}
    # The first proxy class keeps the plain name that its instances always had in `repr`.
    name = BaseObjectProxy.__name__ if base is AutoObjectProxy else base.__name__
    namespace.update(__module__=base.__module__, __qualname__=name, _self_variant_of=base)
    return _variants_of(base).setdefault(protocols, type(base)(name, (base,), namespace))


# A proxy answers `__class__` with its object's class, so its real one is set behind its back.
_set_type = object.__dict__["__class__"].__set__

_new = BaseObjectProxy.__new__


class AutoObjectProxy(BaseObjectProxy):
    """A proxy that is callable, iterable, awaitable, path-like or a descriptor if its object is.

    ``wrapped`` is the object; further arguments are left to the ``__init__`` of a subclass. Only
    what the *type* of the object defines counts, as for the interpreter itself. Assigning another
    object to ``__wrapped__`` adds and removes protocols of this proxy alone.

    Behaviour: wrapt's class of that name, without its class per instance.
    """

    _self_variants = {}  # noqa: RUF012 - each class has its own, see _variants_of

    def __new__(cls, wrapped, *args, **kwargs):
        return _new(_variant(cls, _protocols_of(type(wrapped))))

    def __wrapped_setattr_fixups__(self):
        current = type(self)
        base = current.__dict__.get("_self_variant_of", current)
        wanted = _variant(base, _protocols_of(type(self.__wrapped__)))
        if wanted is not current:
            _set_type(self, wanted)


class LazyObjectProxy(AutoObjectProxy):
    """A proxy whose object is built by a callback on first use.

    ``callback`` is called once, without arguments; its result becomes the wrapped object. An
    exception it raises reaches the user of the proxy, and the next use calls it again.
    ``interface`` is a type; the proxy offers its protocols until the object exists, and those of
    the object afterwards.

    Threads that arrive while the object is being built wait for it. The lock belongs to this
    proxy, so building one proxy may use another one from any thread.

    Behaviour: wrapt's class of that name, without its class per instance.
    """

    __wrapped_get_called__ = False

    def __new__(cls, callback=None, *args, interface=..., **kwargs):
        if interface is not ...:
            return _new(_variant(cls, _protocols_named_by(interface)))
        variants = cls._self_variants
        if variants.get(_OWNER) is cls and 0 in variants:
            return _new(variants[0])  # what _variant would find, a call cheaper
        return _new(_variant(cls, 0))

    def __init__(self, callback=None, *, interface=...):
        _init_lazy(self, callback)

    def __wrapped_factory__(self):
        return None

    def __wrapped_get__(self):
        with self.__self_dict__.setdefault("_self_build_lock", _forks.lock()):
            if not self.__wrapped_get_called__:
                wrapped = self.__wrapped_factory__()
                # A factory may use its own proxy, as two modules importing each other do; what
                # the inner use has handed out must then stay the object.
                if not self.__wrapped_get_called__:
                    self.__wrapped__ = wrapped
                    self.__wrapped_get_called__ = True
            self.__self_dict__.pop("_self_build_lock", None)
            return self.__wrapped__


class _Unlocked:
    """Stands for the build lock of lazy imports: the import system has its own, which notice
    when two threads import each other's modules. A second lock around them would not."""

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        return None


_unlocked = _Unlocked()


def lazy_import(name, attribute=None, *, interface=...):
    """A proxy of a module, or of one of its attributes, that imports it on first use.

    ``name`` is the full name of the module; of a dotted name the last module is meant.
    ``attribute`` is the name of an attribute of it. ``interface`` is the type whose protocols are
    offered before the import; a callable is assumed for an attribute, a module otherwise.

    Returns a `LazyObjectProxy`. Import errors reach whoever uses it, each time.

    Behaviour: wrapt's function of that name.
    """
    if interface is ...:
        interface = type(_forks) if attribute is None else type(len)

    def load():
        # As the statement does it, unlike importlib's function: where two threads import each
        # other's modules, one of them gets on with a module that is half imported. Asking for
        # an attribute makes it give the last module of a dotted name.
        module = __import__(name, fromlist=("__name__",))
        return module if attribute is None else getattr(module, attribute)

    proxy = LazyObjectProxy(load, interface=interface)
    proxy.__self_setattr__("_self_build_lock", _unlocked)
    return proxy
