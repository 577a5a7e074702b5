"""Types of patches in place: the handle, and the functions that give one."""

from collections.abc import Callable
from types import FrameType, FunctionType, TracebackType
from typing import Any, Literal

from typing_extensions import Self

__all__ = ("Patch", "PatchConflictError", "UnpatchableError", "hotpatch", "hotwrap")

_Wrapper = Callable[[Callable[..., Any], Any, tuple[Any, ...], dict[str, Any]], Any]

class UnpatchableError(TypeError): ...
class PatchConflictError(RuntimeError): ...

class Patch:
    replaces: bool
    function: FunctionType | None
    target: Any
    enabled: bool
    mode: Literal["transplant", "trampoline"] | None
    def __init__(self, target: object, function: FunctionType | None) -> None: ...
    @property
    def name(self) -> str: ...
    @property
    def state(self) -> Literal["pending", "active", "reverted"]: ...
    @property
    def original(self) -> Callable[..., Any] | None: ...
    def apply(self) -> Self: ...
    def revert(self, force: bool = False) -> Self: ...
    def enable(self) -> Self: ...
    def disable(self) -> Self: ...
    def running(self) -> list[FrameType]: ...
    def find(self, **place: object) -> None: ...
    def put(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        *exception: type[BaseException] | BaseException | TracebackType | None,
    ) -> None: ...

# The target is whatever holds a Python function; which holders there are, types cannot tell.
def hotpatch(
    replacement: Callable[..., Any],
    target: object,
    *,
    mode: Literal["auto", "transplant", "trampoline"] = "auto",
    kind: Literal["target", "replacement"] | None = None,
    unwrap: bool = True,
    clear_caches: bool = False,
) -> Patch: ...
def hotwrap(
    target: object,
    wrapper: _Wrapper,
    *,
    enabled: Callable[[], object] | bool | None = None,
    unwrap: bool = True,
    clear_caches: bool = False,
) -> Patch: ...
