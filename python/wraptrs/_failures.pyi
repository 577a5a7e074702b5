"""Types of several errors raised as one."""

import sys
from collections.abc import Iterable, Sequence

from ._patch import Patch

if sys.version_info >= (3, 11):
    class RevertError(ExceptionGroup[Exception]):  # noqa: F821 - a builtin since Python 3.11
        def derive(self, excs: Sequence[Exception]) -> RevertError: ...  # type: ignore[override]  # narrower than the base

else:
    class RevertError(Exception):
        message: str
        exceptions: tuple[Exception, ...]
        def __init__(self, message: str, exceptions: Sequence[Exception]) -> None: ...

class UnfitReplacementError(TypeError): ...

def add_note(error: BaseException, note: str) -> None: ...
def revert_each(
    patches: Iterable[Patch], force: bool, leave: bool, everywhere: bool = False
) -> None: ...
