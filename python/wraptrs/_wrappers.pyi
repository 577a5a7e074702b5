"""The wrapper classes under the name of the native module of wrapt."""

# Stubs share names that no user is to import.
# pyright: reportPrivateUsage=false

from .wrappers import (
    BoundFunctionWrapper,
    CallableObjectProxy,
    FunctionWrapper,
    ObjectProxy,
    PartialCallableObjectProxy,
    _FunctionWrapperBase,
)

BaseObjectProxy = ObjectProxy

__all__ = (
    "BaseObjectProxy",
    "BoundFunctionWrapper",
    "CallableObjectProxy",
    "FunctionWrapper",
    "ObjectProxy",
    "PartialCallableObjectProxy",
    "_FunctionWrapperBase",
)
