"""The module whose import tells a consumer of wrapt that the wrappers are native: here they are.

wrapt's C extension has this name and calls its base proxy ``ObjectProxy``, as ``wrappers`` does;
its own stress scripts ask for ``BaseObjectProxy``.
"""

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
