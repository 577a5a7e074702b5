"""Types of the small forms of patching."""

from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeVar

from ._patch import Patch

_F = TypeVar("_F", bound=Callable[..., Any])

class RuntimePatch(Patch):
    def __call__(self, function: _F) -> _F: ...

def runtime_patch(
    module_name: str | ModuleType,
    attr_name: str,
    new_value: object,
    *,
    create: bool = False,
    check: bool = True,
    owner: str | None = None,
) -> RuntimePatch: ...

# The function is given the attributes original and patch, which its type cannot tell.
def patch_method(
    cls: type,
    method_name: str | None = None,
    *,
    check: bool = True,
    owner: str | None = None,
) -> Callable[[_F], _F]: ...
