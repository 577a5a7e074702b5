"""Types of MISSING, the mark of what is not there."""

from typing import Final, final

@final
class _MissingType: ...

MISSING: Final[_MissingType]
