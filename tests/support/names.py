"""Names of test cases on which all processes agree that share the tests between them."""

from __future__ import annotations

import re


def shown(value):
    """A representation without addresses."""
    return re.sub(r" at 0x\w+", "", repr(value))
