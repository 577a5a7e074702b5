"""Types of the hooks that run when a module has been imported."""

from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Literal, Protocol

from typing_extensions import TypeVar, disjoint_base

__all__ = (
    "ImportHookFinder",
    "PostImportHook",
    "discover_post_import_hooks",
    "notify_module_loaded",
    "post_import_hooks",
    "register_post_import_hook",
    "when_imported",
)

_Hook = Callable[[ModuleType], object]
_OnError = Literal["raise", "warn"] | Callable[[PostImportHook, Exception], object]
_H = TypeVar("_H", bound=_Hook)

class _GivesBack(Protocol):
    def __call__(self, hook: _H, /) -> _H: ...

class PostImportHook:
    def __init__(
        self,
        hook: _Hook,
        module: str,
        priority: int = 0,
        on_error: _OnError = "raise",
        repeat: bool = False,
        source: str | Callable[[], str] | None = None,
    ) -> None: ...
    @property
    def module(self) -> str: ...
    @property
    def priority(self) -> int: ...
    @property
    def repeat(self) -> bool: ...
    @property
    def state(self) -> Literal["pending", "fired", "failed", "cancelled"]: ...
    @property
    def hook(self) -> _Hook | None: ...
    @property
    def name(self) -> str: ...
    @property
    def source(self) -> str | None: ...
    @property
    def error(self) -> BaseException | None: ...
    def cancel(self) -> bool: ...

@disjoint_base
class ImportHookFinder:
    in_progress: dict[tuple[str, int], bool]
    def __init__(self) -> None: ...
    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None: ...
    def find_module(self, fullname: str, path: Sequence[str] | None = None) -> Any: ...

# A string names the hook, as "module:function", and is imported when it is needed.
def register_post_import_hook(
    hook: _Hook | str,
    name: str,
    *,
    priority: int = 0,
    on_error: _OnError = "raise",
    repeat: bool = False,
) -> PostImportHook: ...
def when_imported(
    name: str, *, priority: int = 0, on_error: _OnError = "raise", repeat: bool = False
) -> _GivesBack: ...
def post_import_hooks(
    name: str | None = None, *, hook: _Hook | None = None
) -> tuple[PostImportHook, ...]: ...
def discover_post_import_hooks(
    group: str,
    *,
    lazy: bool = False,
    priority: int = 0,
    on_error: _OnError = "raise",
    repeat: bool = False,
) -> tuple[PostImportHook, ...]: ...
def notify_module_loaded(module: ModuleType) -> None: ...
