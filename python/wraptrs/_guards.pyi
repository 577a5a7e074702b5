"""Types of the conditions that patches are applied under."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ._patch import Patch

class GuardError(RuntimeError): ...

class Guard:
    def __init__(
        self,
        version: Any,
        fingerprint: tuple[str, ...] | None,
        predicate: Callable[[], object] | None,
    ) -> None: ...
    def refusal(self, find: Callable[[], object]) -> str | None: ...

def only_if(
    *,
    version: str | None = None,
    fingerprint: str | Iterable[str] | None = None,
    predicate: Callable[[], object] | None = None,
) -> Guard: ...
def fingerprint(function: object) -> str: ...
def switched_off(owner: str | None, environ: Mapping[str, str] = ...) -> bool: ...
def refusal(patch: Patch, find: Callable[[], object]) -> GuardError | None: ...
