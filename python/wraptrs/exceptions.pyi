"""The errors under the module name wrapt keeps them in."""

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
