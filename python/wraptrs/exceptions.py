"""The errors of wraptrs under the module name wrapt keeps them in; the classes are native."""

from ._native import (
    PathResolutionError,
    TargetModuleNotFoundError,
    WrapperChainTooDeepError,
    WrapperNotFoundError,
    WrapperNotInitializedError,
    WrapperNotOutermostError,
)

__all__ = (
    "PathResolutionError",
    "TargetModuleNotFoundError",
    "WrapperChainTooDeepError",
    "WrapperNotFoundError",
    "WrapperNotInitializedError",
    "WrapperNotOutermostError",
)
