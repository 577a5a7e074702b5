"""``decorator``: a wrapper function made into a decorator that fits functions, methods, classes.

What it builds is one native function wrapper that calls the user's wrapper directly; all Python
code here runs when something is decorated, none when the decorated thing is called.
"""

from ._native import BaseObjectProxy, FunctionWrapper
from ._wrapper import Decorating, name_of

__all__ = ("AdapterFactory", "adapter_factory", "bind_state_to_wrapper", "decorator")

_ADAPTER_CLASSES = (
    "_AdapterFunctionCode",
    "_AdapterFunctionSurrogate",
    "_AdapterFunctionWrapper",
    "_BoundAdapterFunctionWrapper",
)


def __getattr__(name):
    """The adapter classes, which are reached under this module's name too, load on first use."""
    if name not in _ADAPTER_CLASSES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import _adapter

    return getattr(_adapter, name)


class AdapterFactory:
    """Base of what makes an adapter for each decorated function: override ``__call__``.

    Behaviour: wrapt's class of that name.
    """

    def __call__(self, wrapped):
        """Return the prototype for ``wrapped``: what `decorator` takes as ``adapter``, or None."""
        raise NotImplementedError(
            f"{type(self).__name__} must define __call__(wrapped) and return a prototype"
        )


class _DelegatedAdapterFactory(AdapterFactory):
    """An adapter factory from a plain function of the decorated function."""

    def __init__(self, factory):
        super().__init__()
        if not callable(factory):
            raise TypeError(f"adapter_factory() takes a callable, got {type(factory).__name__!r}")
        self.factory = factory

    def __call__(self, wrapped):
        return self.factory(wrapped)


adapter_factory = _DelegatedAdapterFactory


def decorator(wrapper=None, /, *, enabled=None, adapter=None, proxy=FunctionWrapper):
    """Make a decorator of a wrapper: a function, a method, a class method, or a class.

    ``wrapper`` is called as ``wrapper(wrapped, instance, args, kwargs)``. Of a class, one
    instance per decorated function is made, from the keyword arguments the decorator is given,
    and called so. ``enabled`` switches: False leaves functions undecorated, a callable is asked
    at each call. ``adapter`` changes the signature that decorated functions show: a prototype
    function, a full argument specification, the text of a signature, or an AdapterFactory.
    ``proxy`` is the class of the function wrapper to build, called with the keywords ``wrapped``,
    ``wrapper`` and ``enabled``; an adapter takes its place.

    Without ``wrapper``, returns a function that takes it. Raises TypeError when the wrapper is
    neither callable nor a descriptor, or the proxy is not callable.

    Behaviour: wrapt's function of that name; mistakes are found when it is applied.
    """
    if wrapper is None:
        from functools import partial

        return partial(decorator, enabled=enabled, adapter=adapter, proxy=proxy)
    if not callable(wrapper) and not hasattr(type(wrapper), "__get__"):
        raise TypeError(
            f"decorator() takes a wrapper function, a method or a class, got "
            f"{type(wrapper).__name__!r}"
        )
    proxy = FunctionWrapper if proxy is None else proxy
    if not callable(proxy):
        raise TypeError(f"proxy must be a wrapper class, got {type(proxy).__name__!r}")
    from ._adapter import _AdapterFunctionWrapper

    return _AdapterFunctionWrapper(
        wrapped=wrapper,
        wrapper=_Decorating(enabled, adapter, proxy),
        adapter=_class_decorator if isinstance(wrapper, type) else _function_decorator,
    )


def _function_decorator(wrapped, /):
    """The signature of a decorator made of a function."""


def _class_decorator(wrapped=None, /, **kwargs):
    """The signature of a decorator made of a class."""


class _Decorating(Decorating):
    """The options of one `decorator`, and their use whenever it decorates."""

    __slots__ = ("adapter", "enabled", "proxy")

    def __init__(self, enabled, adapter, proxy):
        self.enabled = None if enabled is True else enabled
        self.adapter = adapter
        self.proxy = proxy

    def __call__(self, wrapped, instance, args, kwargs):
        if instance is None and isinstance(wrapped, type):
            return self._decorate_by_instance(wrapped, args, kwargs)
        if len(args) != 1 or kwargs:
            # Either an error, or the decorator was handed on as a wrapper.
            return super().__call__(wrapped, instance, args, kwargs)
        if self.enabled is False:
            return args[0]
        return self._layer(args[0], wrapped)

    def wrapper_of(self, decorating):
        wrapper = decorating.__wrapped__
        return _instance_of(wrapper, {}) if isinstance(wrapper, type) else wrapper

    def _decorate_by_instance(self, cls, args, kwargs):
        def decorate(wrapped):
            if self.enabled is False:
                return wrapped
            return self._layer(wrapped, _instance_of(cls, kwargs))

        if not args:
            return decorate
        if len(args) != 1:
            raise TypeError(
                f"{name_of(cls)} decorates one function at a time, and takes keyword arguments only"
            )
        return decorate(args[0])

    def _layer(self, wrapped, wrapper):
        if self.adapter is not None:
            from ._adapter import _AdapterFunctionWrapper, prototype_of

            prototype = prototype_of(self.adapter, wrapped)
            if prototype is not None:
                return _AdapterFunctionWrapper(
                    wrapped=wrapped, wrapper=wrapper, enabled=self.enabled, adapter=prototype
                )
        return self.proxy(wrapped=wrapped, wrapper=wrapper, enabled=self.enabled)


def _instance_of(cls, kwargs):
    """The wrapper that a decorator made of a class calls."""
    wrapper = cls(**kwargs)
    if not callable(wrapper):
        raise TypeError(
            f"instances of {name_of(cls)} cannot be wrappers: the class must define "
            f"__call__(self, wrapped, instance, args, kwargs)"
        )
    return wrapper


class _StateBindingWrapper(BaseObjectProxy):
    """Give each function that a wrapper method decorates a way back to the method's instance.

    Stands above `decorator` or `function_wrapper` on a method of a class that keeps state. Where
    an instance of the class decorates, the decorated function gets an attribute ``name``, which
    is that instance. Through the class, the proxied decorator itself is seen.

    Behaviour: wrapt's ``bind_state_to_wrapper``.
    """

    def __init__(self, *, name="state"):
        super().__init__(None)
        self._self_name = name

    def __call__(self, decorating):
        self.__wrapped__ = decorating
        return self

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        decorate = self.__wrapped__.__get__(instance, owner)
        name = self._self_name

        def decorate_with_state(function):
            wrapper = decorate(function)
            # A decorator that is switched off gives the function back, which is nobody's to mark.
            if wrapper is not function:
                wrapper.__self_setattr__(name, instance)
            return wrapper

        return decorate_with_state


bind_state_to_wrapper = _StateBindingWrapper
