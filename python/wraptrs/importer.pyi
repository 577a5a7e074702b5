"""Types of the hooks that run when a module has been imported."""

from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Protocol

from typing_extensions import TypeVar

__all__ = (
    "ImportHookFinder",
    "discover_post_import_hooks",
    "notify_module_loaded",
    "register_post_import_hook",
    "when_imported",
)

_H = TypeVar("_H", bound=Callable[[ModuleType], object])

class _GivesBack(Protocol):
    def __call__(self, hook: _H, /) -> _H: ...

class ImportHookFinder:
    in_progress: dict[tuple[str, int], bool]
    def __init__(self) -> None: ...
    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None: ...
    def find_module(self, fullname: str, path: Sequence[str] | None = None) -> Any: ...

# A string names the hook, as "module:function", and is imported when it is needed.
def register_post_import_hook(hook: Callable[[ModuleType], object] | str, name: str) -> None: ...
def when_imported(name: str) -> _GivesBack: ...
def discover_post_import_hooks(group: str) -> None: ...
def notify_module_loaded(module: ModuleType) -> None: ...
