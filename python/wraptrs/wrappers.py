"""The wrapper classes under the module name from which consumers of wrapt import them.

wrapt keeps a second, pure Python, set of classes here, to which its native objects do not belong.
wraptrs has one set: an ``isinstance`` check against these names recognises every wrapper.
"""

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
