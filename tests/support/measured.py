"""What instruments tell, in short."""

from __future__ import annotations


def seen(handle):
    """Calls, errors, and calls in flight."""
    return handle.calls, handle.errors, handle.in_flight
