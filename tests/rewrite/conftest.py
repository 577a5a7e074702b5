"""wrapt rewrites no functions: over wrapt there is nothing here that could be compared."""

from __future__ import annotations

from support.lib import IS_WRAPT

collect_ignore_glob = ["test_*.py"] if IS_WRAPT else []
