"""Types of patches in place: the handle, and the functions that give one."""

from collections.abc import Callable
from types import FrameType
from typing import Any, Literal

from ._patch import Patch, PatchBusyError, PatchConflictError

__all__ = (
    "InPlacePatch",
    "Patch",
    "PatchBusyError",
    "PatchConflictError",
    "UnpatchableError",
    "hotpatch",
    "hotwrap",
)

_Wrapper = Callable[[Callable[..., Any], Any, tuple[Any, ...], dict[str, Any]], Any]

class UnpatchableError(TypeError): ...

class InPlacePatch(Patch):
    replaces: bool
    rewrites: bool
    over: Any
    function: Callable[..., Any] | None
    mode: Literal["transplant", "trampoline", "vectorcall", "methoddef", "code"] | None
    def running(self) -> list[FrameType]: ...

# The target is whatever holds a function; which holders there are, types cannot tell.
def hotpatch(
    replacement: Callable[..., Any],
    target: object,
    *,
    mode: Literal["auto", "transplant", "trampoline", "vectorcall", "methoddef"] = "auto",
    kind: Literal["target", "replacement"] | None = None,
    unwrap: bool = True,
    clear_caches: bool = False,
    closures: Literal["this", "all"] = "this",
    owner: str | None = None,
) -> InPlacePatch: ...
def hotwrap(
    target: object,
    wrapper: _Wrapper,
    *,
    enabled: Callable[[], object] | bool | None = None,
    mode: Literal["auto", "trampoline", "vectorcall", "methoddef"] = "auto",
    unwrap: bool = True,
    clear_caches: bool = False,
    closures: Literal["this", "all"] = "this",
    owner: str | None = None,
) -> InPlacePatch: ...
