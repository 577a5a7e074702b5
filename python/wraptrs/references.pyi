"""Types of the search for those who hold an object."""

from collections.abc import Callable
from typing import Any, Literal

from ._patch import Patch

__all__ = ("Rebinding", "Reference", "find_references", "rebind")

_Kind = Literal[
    "annotation",
    "attribute",
    "base class",
    "bound method",
    "class attribute",
    "class method",
    "closure",
    "default",
    "deque",
    "dict",
    "frozenset",
    "global",
    "key",
    "keyword default",
    "list",
    "local variable",
    "object",
    "partial",
    "partial argument",
    "partial keyword",
    "property",
    "set",
    "static method",
    "tuple",
]

class Reference:
    kind: _Kind
    path: str
    reason: str | None
    def __init__(
        self, kind: _Kind, holder: object, path: str, place: object, reason: str | None = None
    ) -> None: ...
    @property
    def holder(self) -> Any: ...
    @property
    def rebindable(self) -> bool: ...

class Rebinding(Patch):
    references: list[Reference]
    def __init__(
        self,
        old: object,
        new: object,
        where: Callable[[Reference], object] | None = None,
        owner: str | None = None,
    ) -> None: ...
    @property
    def rebound(self) -> list[Reference]: ...

def find_references(obj: object) -> list[Reference]: ...
def rebind(
    old: object,
    new: object,
    *,
    where: Callable[[Reference], object] | None = None,
    owner: str | None = None,
) -> Rebinding: ...
