"""Types of ``synchronized``, and of what turns plain calls into awaited ones and back."""

# Stubs share names that no user is to import.
# pyright: reportPrivateUsage=false

from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Protocol, overload

from typing_extensions import ParamSpec, TypeVar

from ._native import BaseObjectProxy, FunctionWrapper
from .decorators import _Decorates, _MethodLayer

__all__ = ("async_to_sync", "mark_as_async", "mark_as_sync", "sync_to_async", "synchronized")

_T_co = TypeVar("_T_co", covariant=True)
_P = ParamSpec("_P")
_R = TypeVar("_R")
_R_co = TypeVar("_R_co", covariant=True)
_L_co = TypeVar("_L_co", covariant=True)

class _ThreadLock(Protocol):
    def acquire(self) -> Any: ...
    def release(self) -> Any: ...

class _TaskLock(Protocol):
    def acquire(self) -> Coroutine[Any, Any, Any]: ...
    def release(self) -> Any: ...

# Each gives the lock it took.
class _LocksThreads(Protocol[_L_co]):
    def __enter__(self) -> _L_co: ...
    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None: ...

class _LocksTasks(Protocol[_L_co]):
    async def __aenter__(self) -> _L_co: ...
    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None: ...

class _ThreadLockUser(_LocksThreads[_L_co], _Decorates): ...
class _TaskLockUser(_LocksTasks[_L_co], _Decorates): ...
class _SynchronizedFunctionWrapper(
    FunctionWrapper[_P, _R_co], _LocksThreads[Any], _LocksTasks[Any]
): ...
class _SynchronizedObject(BaseObjectProxy[_T_co], _LocksThreads[Any], _LocksTasks[Any]): ...

# Where one argument fits several of these, the first is what happens. A class can be decorated
# and can guard a block, which no type tells apart: it is taken like any callable.
@overload
def synchronized(  # type: ignore[overload-overlap]  # the first that fits
    wrapped: _TaskLock,
) -> _TaskLockUser[Any]: ...
@overload
def synchronized(  # type: ignore[overload-overlap]  # the first that fits
    wrapped: _ThreadLock,
) -> _ThreadLockUser[Any]: ...
@overload
def synchronized(  # type: ignore[overload-overlap]  # the first that fits
    wrapped: classmethod[Any, _P, _R],
) -> _MethodLayer[_P, _R]: ...
@overload
def synchronized(  # type: ignore[overload-overlap]  # the first that fits
    wrapped: staticmethod[_P, _R],
) -> _MethodLayer[_P, _R]: ...
@overload
def synchronized(  # type: ignore[overload-overlap]  # the first that fits
    wrapped: Callable[_P, _R],
) -> _SynchronizedFunctionWrapper[_P, _R]: ...
@overload
def synchronized(wrapped: _R) -> _SynchronizedObject[_R]: ...
@overload
def mark_as_sync(
    wrapped: Callable[_P, _R], /, *, generator: bool | None = None
) -> FunctionWrapper[_P, _R]: ...
@overload
def mark_as_sync(wrapped: None = None, /, *, generator: bool | None = None) -> _Decorates: ...
@overload
def mark_as_async(
    wrapped: Callable[_P, _R], /, *, generator: bool | None = None
) -> FunctionWrapper[_P, _R]: ...
@overload
def mark_as_async(wrapped: None = None, /, *, generator: bool | None = None) -> _Decorates: ...
def async_to_sync(wrapped: Callable[_P, Coroutine[Any, Any, _R]]) -> FunctionWrapper[_P, _R]: ...
def sync_to_async(
    wrapped: Callable[_P, _R],
) -> FunctionWrapper[_P, Coroutine[Any, Any, _R]]: ...
