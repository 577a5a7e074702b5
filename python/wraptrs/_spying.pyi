"""Types of what the fixtures of the pytest plugin give."""

from typing import Literal

from ._sets import PatchSet
from .spies import Spy

class SpyingSet(PatchSet):
    def __init__(self, owner: str | None = None) -> None: ...
    def spy(
        self,
        target: object,
        name: str | None = None,
        *,
        references: Literal["report", "rebind", "in-place"] | None = None,
    ) -> Spy: ...
    def finish(self) -> None: ...
