"""Types of modules executed again while others stand in the places of their dependencies."""

from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from typing_extensions import TypeVar

from ._patch import Patch

__all__ = (
    "Injection",
    "InjectionReport",
    "InjectionWarning",
    "Original",
    "PatchedFunction",
    "import_patched",
    "inject",
    "original",
    "patch_function",
    "patch_of",
    "register_green_modules",
    "unregister_green_modules",
)

# What stands in the place of a module need not be one.
_Pair = tuple[str, Any]
_F = TypeVar("_F", bound=Callable[..., Any])
_P = TypeVar("_P", bound=Callable[[], Iterable[tuple[str, Any]]])

class InjectionWarning(UserWarning): ...

class InjectionReport:
    target: str
    picked_up: dict[str, tuple[str, ...]]
    never_imported: tuple[str, ...]
    bypassed: dict[str, tuple[str, ...]]
    def __init__(
        self,
        target: str,
        picked_up: dict[str, tuple[str, ...]],
        never_imported: tuple[str, ...],
        bypassed: dict[str, tuple[str, ...]],
    ) -> None: ...

class Injection(Patch):
    additional_modules: tuple[_Pair, ...]
    new_globals: dict[str, Any] | None
    module: ModuleType | None
    report: InjectionReport | None
    def __init__(
        self,
        module_name: str,
        new_globals: dict[str, Any] | None = None,
        *additional_modules: _Pair,
        isolate: bool = False,
        owner: str | None = None,
    ) -> None: ...

class Original(Patch):
    module: ModuleType | None
    def __init__(self, module_name: str, owner: str | None = None) -> None: ...
    @classmethod
    def of(cls, module: object) -> Original | None: ...

class PatchedFunction(Patch):
    additional_modules: tuple[_Pair, ...]
    wrapper_type: type[Any]
    def __init__(
        self, func: object, additional_modules: tuple[_Pair, ...], owner: str | None = None
    ) -> None: ...

def inject(
    module_name: str,
    new_globals: dict[str, Any] | None,
    *additional_modules: _Pair,
    verify: bool = False,
    isolate: bool = False,
    owner: str | None = None,
) -> ModuleType: ...
def import_patched(
    module_name: str, *additional_modules: _Pair, **kw_additional_modules: Any
) -> ModuleType: ...

# A wrapper of the same kind and signature, which types call the same.
def patch_function(func: _F, *additional_modules: _Pair) -> _F: ...
def original(module_name: str) -> ModuleType: ...
def patch_of(thing: object) -> Patch | None: ...
def register_green_modules(provider: _P) -> _P: ...
def unregister_green_modules(provider: Callable[[], Iterable[tuple[str, Any]]]) -> None: ...
