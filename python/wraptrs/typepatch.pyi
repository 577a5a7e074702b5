"""Types of patches on built-in types."""

from typing import Any, Literal

from ._patch import Patch

__all__ = ("TypePatch", "patch_type")

_Mode = Literal["auto", "methoddef", "dict"]

class TypePatch(Patch):
    attribute: str
    mode: Literal["methoddef", "dict"] | None
    replaces: bool
    def __init__(
        self,
        cls: type[Any],
        name: str,
        value: object,
        owner: str | None = None,
        mode: _Mode = "auto",
    ) -> None: ...
    def over(self, below: object) -> object: ...

def patch_type(
    cls: type[Any], name: str, value: object, *, mode: _Mode = "auto", owner: str | None = None
) -> TypePatch: ...
