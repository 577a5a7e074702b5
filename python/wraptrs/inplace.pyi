"""Types of patches in place: the handle, and the functions that give one."""

from collections.abc import Callable
from types import FrameType, FunctionType
from typing import Any, Literal

from ._patch import Patch, PatchConflictError

__all__ = ("InPlacePatch", "Patch", "PatchConflictError", "UnpatchableError", "hotpatch", "hotwrap")

_Wrapper = Callable[[Callable[..., Any], Any, tuple[Any, ...], dict[str, Any]], Any]

class UnpatchableError(TypeError): ...

class InPlacePatch(Patch):
    replaces: bool
    rewrites: bool
    function: FunctionType | None
    mode: Literal["transplant", "trampoline"] | None
    def running(self) -> list[FrameType]: ...

# The target is whatever holds a Python function; which holders there are, types cannot tell.
def hotpatch(
    replacement: Callable[..., Any],
    target: object,
    *,
    mode: Literal["auto", "transplant", "trampoline"] = "auto",
    kind: Literal["target", "replacement"] | None = None,
    unwrap: bool = True,
    clear_caches: bool = False,
    owner: str | None = None,
) -> InPlacePatch: ...
def hotwrap(
    target: object,
    wrapper: _Wrapper,
    *,
    enabled: Callable[[], object] | bool | None = None,
    unwrap: bool = True,
    clear_caches: bool = False,
    owner: str | None = None,
) -> InPlacePatch: ...
