"""What a consumer of wrapt asks in order to learn which implementation it got: the native one.

``WRAPT_DISABLE_EXTENSIONS`` has no effect: there is no second, slower set of classes to choose.
"""

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

_use_extensions = True
_using_c_extension = True
