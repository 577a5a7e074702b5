"""Types of the verbs that put one thing on an attribute by name."""

from collections.abc import Callable
from typing import Any, Literal, overload

from typing_extensions import TypeAlias

from ._guards import Guard
from ._patch import Patch

_Wrapper: TypeAlias = Callable[[Callable[..., Any], Any, tuple[Any, ...], dict[str, Any]], Any]
_Switch: TypeAlias = Callable[[], object] | bool | None
_Scope: TypeAlias = Literal["context"] | None
_References: TypeAlias = Literal["report", "rebind", "in-place"] | None

@overload
def replace(
    target: object,
    name: str,
    value: object,
    *,
    create: bool = False,
    check: bool = True,
    scope: _Scope = None,
    guard: Guard | None = None,
    owner: str | None = None,
) -> Patch: ...
@overload
def replace(
    target: str,
    name: object,
    *,
    create: bool = False,
    check: bool = True,
    scope: _Scope = None,
    guard: Guard | None = None,
    owner: str | None = None,
) -> Patch: ...
@overload
def wrap(
    target: object,
    name: str,
    wrapper: _Wrapper,
    *,
    enabled: _Switch = None,
    scope: _Scope = None,
    guard: Guard | None = None,
    references: _References = None,
    owner: str | None = None,
) -> Patch: ...
@overload
def wrap(
    target: str,
    name: _Wrapper,
    *,
    enabled: _Switch = None,
    scope: _Scope = None,
    guard: Guard | None = None,
    references: _References = None,
    owner: str | None = None,
) -> Patch: ...
def check_scope(scope: object) -> None: ...
def replacing(
    target: object,
    name: object,
    value: object,
    create: bool,
    check: bool,
    scope: _Scope,
    guard: Guard | None,
    owner: str | None,
) -> Patch: ...
def wrapping(
    target: object,
    name: object,
    wrapper: object,
    enabled: _Switch,
    scope: _Scope,
    guard: Guard | None,
    references: _References,
    owner: str | None,
) -> Patch: ...
