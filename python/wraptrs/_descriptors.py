"""Layers over descriptors that are read, not called: a read runs the wrapper, all else stays.

A FunctionWrapper in the place of a property hands out a callable where a value is expected, and
loses setter and deleter. So a property and a cached property are rebuilt around a wrapped getter,
and a slot gets a proxy that is a data descriptor too. The wrapper is then called once a read, as
``wrapper(getter, instance, (), {})``. Partial methods, single-dispatch methods and all that
binds to something callable need none of this.
"""

import sys
from types import FunctionType, GetSetDescriptorType, MemberDescriptorType

from ._native import BaseObjectProxy, FunctionWrapper, _FunctionWrapperBase

_CALLED = (FunctionType, classmethod, staticmethod, FunctionWrapper)


def layer_for(original, wrapper, enabled, owner, name):
    """Build the layer that stands in for ``original`` as attribute ``name`` of ``owner``."""
    kind = type(original)
    if kind in _CALLED or not isinstance(owner, type):
        return FunctionWrapper(original, wrapper, enabled)
    if issubclass(kind, property):
        return PropertyLayer._over(original, wrapper, enabled, owner, name)
    if issubclass(kind, _cached_property()):
        return CachedPropertyLayer._over(original, wrapper, enabled, owner, name)
    if issubclass(kind, (MemberDescriptorType, GetSetDescriptorType, SlotLayer, _tuple_field())):
        return SlotLayer(original, wrapper, enabled, name)
    if hasattr(kind, "__set__") or hasattr(kind, "__delete__"):
        return DataDescriptorLayer(original, wrapper, enabled)
    return FunctionWrapper(original, wrapper, enabled)


def _cached_property():
    """functools.cached_property; while functools is not loaded, nothing can be one."""
    return getattr(sys.modules.get("functools"), "cached_property", ())


def _tuple_field():
    """The type of a named tuple's fields, descriptors of C as slots are."""
    return getattr(sys.modules.get("_collections"), "_tuplegetter", ())


def _getter_function(called):
    """A getter as a function, or a wrapper of one, which a wrapper binds as it binds methods."""
    if type(called) is FunctionType or issubclass(type(called), _FunctionWrapperBase):
        return called

    def getter(instance):
        return called(instance)

    getter.__name__ = getattr(called, "__name__", getter.__name__)
    getter.__doc__ = getattr(called, "__doc__", None)
    return getter


class RebuiltDescriptor:
    """Mixin of a descriptor rebuilt around a wrapped getter, as a link of a wrapper chain.

    ``__wrapped__`` is the descriptor it replaced; assigning another one rebuilds, which is how
    a layer below is taken out.
    """

    @classmethod
    def _over(cls, original, wrapper, enabled, owner, name):
        kind = type(original)
        if not issubclass(kind, cls):
            # A subclass of the original's own class, so that its kind and its overrides stay.
            names = {"__module__": kind.__module__, "__qualname__": kind.__qualname__}
            kind = type(kind.__name__, (cls, kind), names)
        layer = kind.__new__(kind)
        layer.__dict__.update(getattr(original, "__dict__", {}))
        layer._self_wrapper = wrapper
        layer._self_enabled = enabled
        layer._self_owner = owner
        layer._self_name = name
        layer.__wrapped__ = original
        return layer

    @property
    def __wrapped__(self):
        return self._self_wrapped

    @__wrapped__.setter
    def __wrapped__(self, original):
        self._self_wrapped = original
        self._self_rebuild(original)

    def _self_wrap(self, getter):
        """A callable of one argument, the instance, that calls the wrapper as a method's would."""
        made = FunctionWrapper(_getter_function(getter), self._self_wrapper, self._self_enabled)
        # Bound to the class only: the native code takes the instance from the first argument.
        return made.__get__(None, self._self_owner)

    def _self_wrap_anew(self, layer, getter):
        """Bring what `_self_wrap` made up to date; make it new where the getter binds otherwise."""
        getter = _getter_function(getter)
        if getattr(getter, "_self_binding", "function") != layer._self_binding:
            return self._self_wrap(getter)
        layer._self_parent.__wrapped__ = layer.__wrapped__ = getter
        layer._self_parent._self_enabled = layer._self_enabled = self._self_enabled
        return layer


class PropertyLayer(RebuiltDescriptor):
    """Mixin that makes a property of a property: setter, deleter and doc are the original's."""

    def _self_rebuild(self, original):
        if original.fget is None:
            raise TypeError(
                f"cannot wrap the property {self._self_name!r} of {self._self_owner.__qualname__}: "
                f"it has no getter, and the wrapper is called for reads"
            )
        # Another thread may be about to call what the property holds, which holds no reference for
        # that: what is called stays the same object, and what it replaces is kept.
        getter, self._self_former = self.fget, (self.fset, self.fdel)
        if getter is None:
            getter = self._self_wrap(original.fget)
        else:
            getter = self._self_wrap_anew(getter, original.fget)
        property.__init__(self, getter, original.fset, original.fdel, original.__doc__)
        self.__doc__ = original.__doc__  # a subclass reads its class's, unless it has its own
        if hasattr(property, "__set_name__"):  # since Python 3.10; used in its error messages
            property.__set_name__(self, self._self_owner, self._self_name)


class CachedPropertyLayer(RebuiltDescriptor):
    """Mixin that makes a cached property of one: the wrapper's result is what gets cached."""

    def _self_rebuild(self, original):
        self.func = self._self_wrap(original.func)


class SlotLayer(BaseObjectProxy):
    """The proxy of a slot's descriptor, which nothing but the interpreter can build."""

    def __init__(self, wrapped, wrapper, enabled, name):
        super(SlotLayer, self).__init__(wrapped)  # noqa: UP008 - __class__ is delegated

        def getter(instance):
            return self.__wrapped__.__get__(instance, type(instance))

        getter.__name__ = name
        self._self_wrapper = wrapper
        self._self_getter = FunctionWrapper(getter, wrapper, enabled)

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        return self._self_getter.__get__(instance, type(instance))()

    def __set__(self, instance, value):
        self.__wrapped__.__set__(instance, value)

    def __delete__(self, instance):
        self.__wrapped__.__delete__(instance)


class DataDescriptorLayer(FunctionWrapper):
    """A function wrapper that leaves writing and deleting to the descriptor it wraps."""

    def __set__(self, instance, value):
        self.__wrapped__.__set__(instance, value)

    def __delete__(self, instance):
        self.__wrapped__.__delete__(instance)
