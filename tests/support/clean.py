"""A start without patches: what other tests of the process left behind is theirs to answer for."""

from __future__ import annotations

import gc


def no_patches():
    """Collect, and take back, what is still listed."""
    import wraptrs

    if wraptrs.patches():
        gc.collect()
        wraptrs.revert_all(leave=True)
