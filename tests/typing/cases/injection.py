"""Modules executed again: a module comes back, and a function keeps its type."""

from __future__ import annotations

import types
from types import ModuleType
from typing import Any, Optional

from typing_extensions import assert_type

import wraptrs

fake = types.ModuleType("socket")
names: dict[str, Any] = {}

assert_type(wraptrs.inject("ftplib", names, ("socket", fake)), ModuleType)
assert_type(wraptrs.inject("ftplib", None, verify=True, isolate=True, owner="me"), ModuleType)
assert_type(wraptrs.import_patched("ftplib", ("socket", fake), time=fake), ModuleType)
assert_type(wraptrs.original("threading"), ModuleType)
assert_type(wraptrs.patch_of(fake), Optional[wraptrs.Patch])
wraptrs.inject("ftplib", names, "socket")  # type: ignore[arg-type]  # a pair is wanted
wraptrs.inject("ftplib")  # type: ignore[call-arg]  # the new globals, or None


def fetch(url: str) -> bytes:
    return url.encode()


assert_type(wraptrs.patch_function(fetch, ("socket", fake))("url"), bytes)


@wraptrs.register_green_modules
def provide() -> list[tuple[str, ModuleType]]:
    return [("socket", fake)]


wraptrs.unregister_green_modules(provide)

with wraptrs.Injection("ftplib", names, ("socket", fake)) as handle:
    assert_type(handle.module, Optional[ModuleType])
    assert_type(handle.report, Optional[wraptrs.InjectionReport])
