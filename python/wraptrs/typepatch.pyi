"""Types of patches on built-in types."""

from typing import Any

from ._patch import Patch

__all__ = ("TypePatch", "patch_type")

class TypePatch(Patch):
    attribute: str
    def __init__(
        self, cls: type[Any], name: str, value: object, owner: str | None = None
    ) -> None: ...

def patch_type(
    cls: type[Any], name: str, value: object, *, owner: str | None = None
) -> TypePatch: ...
