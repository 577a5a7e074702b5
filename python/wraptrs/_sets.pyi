"""Types of patches that are applied together."""

from collections.abc import Callable, Mapping, MutableMapping, MutableSequence
from typing import Any, Literal, TypeVar, overload

from typing_extensions import TypeAlias

from ._guards import Guard
from ._patch import Patch
from .injection import Injection

_P = TypeVar("_P", bound=Patch)
_F = TypeVar("_F", bound=Callable[..., Any])
_Wrapper: TypeAlias = Callable[[Callable[..., Any], Any, tuple[Any, ...], dict[str, Any]], Any]
_Switch: TypeAlias = Callable[[], object] | bool | None

class PatchSetError(RuntimeError):
    patch: Patch | None

class PatchSet(Patch):
    def __init__(
        self,
        owner: str | None = None,
        *,
        guard: Guard | None = None,
        scope: Literal["context"] | None = None,
    ) -> None: ...
    @property
    def patches(self) -> tuple[Patch, ...]: ...
    def add(self, patch: _P) -> _P: ...
    @overload
    def replace(
        self, target: object, name: str, value: object, *, create: bool = False, check: bool = True
    ) -> Patch: ...
    @overload
    def replace(
        self, target: str, name: object, *, create: bool = False, check: bool = True
    ) -> Patch: ...
    @overload
    def wrap(
        self,
        target: object,
        name: str,
        wrapper: _Wrapper,
        *,
        enabled: _Switch = None,
        references: Literal["report", "rebind", "in-place"] | None = None,
    ) -> Patch: ...
    @overload
    def wrap(
        self,
        target: str,
        name: _Wrapper,
        *,
        enabled: _Switch = None,
        references: Literal["report", "rebind", "in-place"] | None = None,
    ) -> Patch: ...
    def wrap_object(
        self,
        target: object,
        name: str,
        factory: Callable[..., object],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Patch: ...
    def delete(self, target: object, name: str | None = None) -> Patch: ...
    def hotpatch(
        self,
        replacement: Callable[..., Any],
        target: object,
        *,
        mode: str = "auto",
        kind: Literal["target", "replacement"] | None = None,
        clear_caches: bool = False,
        closures: Literal["this", "all"] = "this",
    ) -> Patch: ...
    def hotwrap(
        self,
        target: object,
        wrapper: _Wrapper,
        *,
        enabled: _Switch = None,
        mode: str = "auto",
        clear_caches: bool = False,
        closures: Literal["this", "all"] = "this",
    ) -> Patch: ...
    def inject(
        self,
        module_name: str,
        new_globals: dict[str, Any] | None = None,
        *additional_modules: tuple[str, Any],
        isolate: bool = False,
    ) -> Injection: ...
    @overload
    def item(self, mapping: MutableMapping[Any, Any], key: object, value: object) -> Patch: ...
    @overload
    def item(self, mapping: MutableSequence[Any], key: int, value: object) -> Patch: ...
    def env(self, name: str, value: object) -> Patch: ...
    def __call__(self, function: _F) -> _F: ...
