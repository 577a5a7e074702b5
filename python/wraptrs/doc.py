"""A docstring of its own for a wrapped callable, without touching the callable.

A proxy's ``__doc__`` is its object's, so assigning to it would change the wrapped function. The
two properties here keep an override on the wrapper instead; ``signature`` uses them as well.
They must stand in the body of each wrapper class that wants them: ``pydoc`` reads ``__doc__``
from there, past inheritance.
"""

from ._native import BoundFunctionWrapper, FunctionWrapper

__all__ = ("with_doc",)


class _Unset:
    """Says that a wrapper has no docstring of its own; None is a docstring one may want."""


def _read(self):
    doc = self._self_doc
    return self.__wrapped__.__doc__ if doc is _Unset else doc


def _assign(self, value):
    if self._self_doc is _Unset:
        self.__wrapped__.__doc__ = value
    else:
        self._self_doc = value


def _delete(self):
    if self._self_doc is _Unset:
        del self.__wrapped__.__doc__
    else:
        self._self_doc = _Unset


def _read_bound(self):
    doc = self._self_parent._self_doc
    return self.__wrapped__.__doc__ if doc is _Unset else doc


doc_property = property(_read, _assign, _delete)
# Without a setter, as the docstring of a bound method has none.
bound_doc_property = property(_read_bound)


def call_through(wrapped, instance, args, kwargs):
    """The wrapper function of wrappers that change what is seen, not what is done."""
    return wrapped(*args, **kwargs)


class _BoundDocWrapper(BoundFunctionWrapper):
    __doc__ = bound_doc_property


class _DocWrapper(FunctionWrapper):
    __doc__ = doc_property

    __bound_function_wrapper__ = _BoundDocWrapper

    def __init__(self, wrapped, doc):
        super().__init__(wrapped, call_through)
        self._self_doc = doc


def with_doc(wrapped=None, /, *, doc=None, factory=None):
    """Give a callable another docstring, as seen by ``help``, ``pydoc`` and ``inspect``.

    ``doc`` is the docstring. ``factory`` is called as ``factory(wrapped)`` when decorating, and
    returns it.

    Returns a wrapper that calls ``wrapped`` unchanged; without ``wrapped``, a decorator. Assigning
    to the wrapper's ``__doc__`` replaces the override; deleting it uncovers the docstring of
    ``wrapped``. Raises TypeError unless exactly one of ``doc`` and ``factory`` is given.

    Behaviour: wrapt's decorator of that name.
    """
    if (doc is None) == (factory is None):
        raise TypeError("with_doc() takes exactly one of doc= and factory=")

    def decorate(wrapped):
        return _DocWrapper(wrapped, doc if factory is None else factory(wrapped))

    return decorate if wrapped is None else decorate(wrapped)
