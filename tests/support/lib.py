"""The library under test: wraptrs, or wrapt itself when WRAPTRS_TEST_LIBRARY=wrapt.

Running the same files over wrapt proves that a test states shared behaviour and not a wish; a test
of something that is deliberately better than wrapt carries the mark `better` and must fail there.
"""

from __future__ import annotations

import importlib
import os

import pytest

NAME = os.environ.get("WRAPTRS_TEST_LIBRARY", "wraptrs")
IS_WRAPT = NAME == "wrapt"

package = importlib.import_module(NAME)
native = importlib.import_module("wrapt.__wrapt__" if IS_WRAPT else "wraptrs._native")

BaseObjectProxy = package.BaseObjectProxy
ObjectProxy = package.ObjectProxy
CallableObjectProxy = package.CallableObjectProxy
PartialCallableObjectProxy = package.PartialCallableObjectProxy
FunctionWrapper = package.FunctionWrapper
BoundFunctionWrapper = package.BoundFunctionWrapper
FunctionWrapperBase = native._FunctionWrapperBase
WrapperNotInitializedError = package.WrapperNotInitializedError

PROXIES = [BaseObjectProxy, ObjectProxy, CallableObjectProxy]
TYPES = [
    *PROXIES,
    PartialCallableObjectProxy,
    FunctionWrapperBase,
    FunctionWrapper,
    BoundFunctionWrapper,
]


def passthrough(wrapped, instance, args, kwargs):
    """The wrapper that changes nothing."""
    return wrapped(*args, **kwargs)


class Holder:
    """What a wrapper built by hand is bound to."""


HOLDER = Holder()


def init_arguments(cls, target):
    """The positional arguments with which cls, one of TYPES or a subclass, wraps target."""
    if issubclass(cls, FunctionWrapper):
        return target, passthrough
    if issubclass(cls, FunctionWrapperBase):
        return target, HOLDER, passthrough
    return (target,)


def build(cls, target):
    """An instance of any of TYPES, or of a subclass of one, around target."""
    return cls(*init_arguments(cls, target))


def better(reason):
    """Mark what wraptrs does and wrapt does not: over wrapt the test has to fail."""
    return pytest.mark.xfail(IS_WRAPT, reason="wrapt: " + reason, strict=True)
