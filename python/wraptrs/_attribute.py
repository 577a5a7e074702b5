"""Wrapping the value of an instance attribute, through a descriptor put on the class."""

from ._missing import MISSING
from ._native import BaseObjectProxy, _note_slot, _registry_note, resolve_path
from ._turns import turn_at
from ._wrapper import describe


class AttributeWrapper(BaseObjectProxy):
    """The descriptor that `wrap_object_attribute` puts on a class; a proxy of what stood there.

    ``wrapped`` is the prior class attribute (a descriptor, a default, another AttributeWrapper) or
    MISSING; ``attribute`` its name. Each read gives ``factory(value, *args, **kwargs)``, where the
    value is found as Python would find it without this descriptor. Writing and deleting reach the
    prior descriptor, or the instance ``__dict__``. Reading through the class gives the descriptor.

    Behaviour: wrapt's class of that name.
    """

    def __init__(self, wrapped, attribute, factory, args=(), kwargs=None):
        super(AttributeWrapper, self).__init__(wrapped)  # noqa: UP008 - __class__ is delegated
        self._self_attribute = attribute
        self._self_factory = factory
        self._self_args = args
        self._self_kwargs = {} if kwargs is None else kwargs

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        value = self._self_value(instance, owner)
        return self._self_factory(value, *self._self_args, **self._self_kwargs)

    def __set__(self, instance, value):
        prior = self.__wrapped__
        if hasattr(type(prior), "__set__"):
            prior.__set__(instance, value)
        else:
            self._self_storage(instance)[self._self_attribute] = value

    def __delete__(self, instance):
        prior = self.__wrapped__
        if hasattr(type(prior), "__delete__"):
            prior.__delete__(instance)
        elif self._self_storage(instance).pop(self._self_attribute, MISSING) is MISSING:
            raise self._self_absent(instance)

    def _self_value(self, instance, owner):
        """The value in Python's order: data descriptor, instance, other descriptor, default."""
        prior = self.__wrapped__
        kind = type(prior)
        reads = hasattr(kind, "__get__")
        if reads and (hasattr(kind, "__set__") or hasattr(kind, "__delete__")):
            return prior.__get__(instance, owner)
        stored = getattr(instance, "__dict__", {}).get(self._self_attribute, MISSING)
        if stored is not MISSING:
            return stored
        if prior is MISSING:
            raise self._self_absent(instance)
        return prior.__get__(instance, owner) if reads else prior

    def _self_storage(self, instance):
        try:
            return instance.__dict__
        except AttributeError:
            raise self._self_absent(instance) from None

    def _self_absent(self, instance):
        return AttributeError(
            f"{type(instance).__name__!r} object has no attribute {self._self_attribute!r}"
        )


def wrap_object_attribute(module, name, factory, args=(), kwargs=None):
    """Pass every value read from an instance attribute through ``factory``.

    ``module`` is a module, its name, or a class, as for `resolve_path`; with a ``?`` at the end of
    the name, the attribute is wrapped when, and only if, that module is imported. ``name`` leads
    to a class and ends in the attribute, as ``"Class.attribute"``. ``args`` and ``kwargs`` are
    handed to the factory behind the value. Returns the AttributeWrapper, the handle for
    `unwrap_object`, or None if the module is not imported yet; repeated calls stack.

    Raises ValueError for a name without a dot, TypeError if the path leads to something other
    than a class or the factory is not callable, and what `resolve_path` raises.

    Behaviour: wrapt's function of that name; what a base class defines is found too.
    """
    path, dot, attribute = name.rpartition(".")
    if not (path and dot and attribute):
        raise ValueError(
            f"wrap_object_attribute() was given the name {name!r}, which names no class; it must "
            f"lead to a class and end in its attribute, such as 'Class.attribute'"
        )
    if not callable(factory):
        raise TypeError(
            f"cannot wrap {describe(module, name)}: the factory must be callable with the "
            f"attribute's value, got {type(factory).__name__!r}"
        )
    if isinstance(module, str) and module.endswith("?"):
        from ._deferred import defer

        wrap = wrap_object_attribute
        return defer(lambda found: wrap(found, name, factory, args, kwargs), module, name)
    owner = resolve_path(module, path)[2]
    if not isinstance(owner, type):
        raise TypeError(
            f"cannot wrap {describe(module, name)}: {path!r} is of type {type(owner).__name__!r}, "
            f"and only a class can hold the descriptor that intercepts reads"
        )
    with turn_at(owner):
        prior, created = _prior(owner, attribute)
        wrapper = AttributeWrapper(prior, attribute, factory, args, kwargs)
        _note_slot(wrapper, created)
        setattr(owner, attribute, wrapper)
        _registry_note(wrapper, "wrap_object_attribute", owner, attribute)
    return wrapper


def _prior(owner, attribute):
    """What the class or a base of it defines, raw, or MISSING; and whether the slot is new."""
    for cls in owner.__mro__:
        if attribute in vars(cls):
            return vars(cls)[attribute], cls is not owner
    return MISSING, True
