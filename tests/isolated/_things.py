"""What the operations of the leak scripts are done to: targets, holders, proxies that stay."""

from __future__ import annotations

from wraptrs import (
    BaseObjectProxy,
    CallableObjectProxy,
    FunctionWrapper,
    ObjectProxy,
    PartialCallableObjectProxy,
)

PROXIES = [BaseObjectProxy, ObjectProxy, CallableObjectProxy]


class Thing:
    """A target with a bit of everything."""

    def __init__(self):
        self.value = [1]

    def method(self, *args, **kwargs):
        return args, kwargs

    @property
    def failing(self):
        raise KeyError("failing")

    def __call__(self, *args, **kwargs):
        return args, kwargs

    def __add__(self, other):
        return [self, other]

    def __iadd__(self, other):
        return [self, other]

    def __sub__(self, other):
        raise KeyError("sub")


THING = Thing()


def function(*args, **kwargs):
    return args, kwargs


def passthrough(wrapped, instance, args, kwargs):
    return wrapped(*args, **kwargs)


def fails(*args, **kwargs):
    raise LookupError("wrapper")


def expect(error, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except error:
        return
    raise AssertionError(f"{error.__name__} expected")


class Holder:
    """Wrapped entries of each kind, and one that fails."""

    method = FunctionWrapper(function, passthrough)
    of_class = FunctionWrapper(classmethod(function), passthrough)
    static = FunctionWrapper(staticmethod(function), passthrough)
    disabled = FunctionWrapper(function, passthrough, False)
    dynamic = FunctionWrapper(function, passthrough, lambda: False)
    failing = FunctionWrapper(function, fails)
    layered = FunctionWrapper(FunctionWrapper(function, passthrough), passthrough)


HOLDER = Holder()
SHARED = {cls: cls(THING) for cls in PROXIES}
WRAPPER = FunctionWrapper(function, passthrough)
PARTIAL = PartialCallableObjectProxy(function, 1, 2, a=3)
CHANGING = [
    ObjectProxy(THING),
    FunctionWrapper(function, passthrough),
    PartialCallableObjectProxy(function, 1),
]


class Lazy(ObjectProxy):
    """Built on first use."""

    def __wrapped_factory__(self):
        """Only its presence counts."""

    def __wrapped_get__(self):
        return [1, 2]


class BadHook(ObjectProxy):
    @property
    def __object_proxy__(self):
        raise KeyError("hook")
