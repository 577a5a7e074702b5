"""The fixture `site`, and what wrapt has nothing of: handles, priorities, lazy entry points."""

from __future__ import annotations

from support.lib import IS_WRAPT
from support.site import site  # noqa: F401 - pytest finds fixtures by their names in here

# Over wrapt there is nothing in these that could be compared.
collect_ignore = (
    [
        "test_handles.py",
        "test_errors.py",
        "test_pending.py",
        "test_entry_points.py",
        "test_deferred.py",
    ]
    if IS_WRAPT
    else []
)
