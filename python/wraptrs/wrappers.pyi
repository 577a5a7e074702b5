"""The wrapper classes under the module name from which consumers of wrapt import them."""

# Stubs share names that no user is to import.
# pyright: reportPrivateUsage=false

from ._native import BaseObjectProxy as ObjectProxy
from ._native import (
    BoundFunctionWrapper,
    CallableObjectProxy,
    FunctionWrapper,
    PartialCallableObjectProxy,
    _FunctionWrapperBase,
)

__all__ = (
    "BoundFunctionWrapper",
    "CallableObjectProxy",
    "FunctionWrapper",
    "ObjectProxy",
    "PartialCallableObjectProxy",
    "_FunctionWrapperBase",
)
