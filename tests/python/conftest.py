"""The fixture `site`: a directory of modules to import."""

from __future__ import annotations

from support.site import site  # noqa: F401 - pytest finds fixtures by their names in here
