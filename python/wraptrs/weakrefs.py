"""A weak reference to a function or method that can be called.

A bound method is made anew at each access and dies at once, so a weak reference to one is of no
use. The proxy here refers weakly to what the method is made of (its function, its instance, and
for wrapped functions the class it was reached through) and binds again for each call.
"""

import sys
from _weakref import proxy as weak_proxy
from _weakref import ref as weak_reference

from ._native import BaseObjectProxy, _FunctionWrapperBase

__all__ = ("WeakFunctionProxy",)

_Module = type(sys)
_BuiltinMethods = (type(len), type("".__str__))


def _expiry(proxy, callback):
    """What the weak references of `proxy` call: whichever dies first runs `callback`, once."""

    def expired(reference):
        if not proxy._self_expired:
            proxy._self_expired = True
            callback(proxy)

    return expired


def _parts(wrapped, name):
    """The function and the instance of a method; of anything else, itself and None."""
    if isinstance(wrapped, _BuiltinMethods) and not isinstance(wrapped.__self__, _Module):
        raise TypeError(
            f"{name}() cannot refer to {wrapped!r}: a method of a built-in type is made anew at "
            f"each access, so the reference would be dead at once; wrap a Python function "
            f"that calls it"
        )
    try:
        return wrapped.__func__, wrapped.__self__
    except AttributeError:
        return wrapped, None


class WeakFunctionProxy(BaseObjectProxy):
    """A callable proxy that keeps neither the function nor its instance alive.

    ``wrapped`` is a function, a bound method, or a wrapped one of them. ``callback`` is called as
    ``callback(proxy)`` once, when the function, the instance or the class it was reached through
    is gone.

    Raises TypeError if ``wrapped`` is a bound method of a built-in type, or cannot be referred to
    weakly. Calling the proxy raises ReferenceError once any of the three is gone.

    Behaviour: wrapt's class of that name, except that it refuses what would be dead at once.
    """

    def __init__(self, wrapped, callback=None):
        expired = None if callback is None else _expiry(self, callback)
        self._self_expired = False
        self._self_instance = self._self_owner = None

        if isinstance(wrapped, _FunctionWrapperBase):
            instance, owner = wrapped._self_instance, wrapped._self_owner
            if owner is not None:
                self._self_owner = weak_reference(owner, expired)
            function = wrapped if wrapped._self_parent is None else wrapped._self_parent
        else:
            function, instance = _parts(wrapped, type(self).__name__)

        if instance is not None:
            self._self_instance = weak_reference(instance, expired)
        super().__init__(weak_proxy(function, expired))

    def __call__(self, /, *args, **kwargs):
        instance, owner = self._self_instance, self._self_owner
        if instance is None and owner is None:
            return self.__wrapped__(*args, **kwargs)
        instance, owner = _alive(instance), _alive(owner)
        bound = self.__wrapped__.__get__(instance, type(instance) if owner is None else owner)
        return bound(*args, **kwargs)


def _alive(reference):
    """The referent, or None if there never was one."""
    if reference is None:
        return None
    found = reference()
    if found is None:
        raise ReferenceError("weakly-referenced object no longer exists")
    return found
