"""Which implementation a consumer of wrapt got: always the native one."""

# Stubs share names that no user is to import.
# pyright: reportPrivateUsage=false

from typing import Final

from ._native import (
    BaseObjectProxy,
    BoundFunctionWrapper,
    CallableObjectProxy,
    FunctionWrapper,
    PartialCallableObjectProxy,
    _FunctionWrapperBase,
)
from ._native import PartialCallableObjectProxy as partial

__all__ = (
    "BaseObjectProxy",
    "BoundFunctionWrapper",
    "CallableObjectProxy",
    "FunctionWrapper",
    "PartialCallableObjectProxy",
    "_FunctionWrapperBase",
    "_use_extensions",
    "_using_c_extension",
    "partial",
)

_use_extensions: Final = True
_using_c_extension: Final = True
