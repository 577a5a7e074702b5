"""Types of references, spies and the small forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from typing_extensions import assert_type

import wraptrs
from wraptrs._spying import SpyingSet
from wraptrs.references import Rebinding
from wraptrs.spies import Call


def function(x: int) -> str:
    return str(x)


references = wraptrs.find_references(function)
assert_type(references, list[wraptrs.Reference])
assert_type(references[0].path, str)
assert_type(references[0].rebindable, bool)
assert_type(references[0].reason, "str | None")
handle = wraptrs.rebind(function, print, where=lambda reference: reference.kind == "list")
assert_type(handle, Rebinding)
assert_type(handle.revert(), Rebinding)
assert_type(handle.rebound, list[wraptrs.Reference])
wraptrs.rebind(function, print, where=5)  # type: ignore[arg-type]  # not callable

spy = wraptrs.Spy()
assert_type(spy.last, Call)
assert_type(spy.errors, list[BaseException])
wraptrs.wrap("json", "dumps", spy)
wraptrs.wrap("json", "dumps", spy, references="rebind")


def test(patchset: SpyingSet, wraptrs_spy: Callable[..., wraptrs.Spy]) -> None:
    assert_type(patchset.spy("json:dumps"), wraptrs.Spy)
    assert_type(wraptrs_spy("json:dumps"), wraptrs.Spy)


with wraptrs.runtime_patch("json", "dumps", function) as patch:
    assert_type(patch.state in ("active",), bool)


@wraptrs.runtime_patch("json", "dumps", function)
def decorated(x: int) -> str:
    return function(x)


assert_type(decorated(1), str)


class C:
    def method(self, x: int) -> str:
        return str(x)


@wraptrs.patch_method(C, "method")
def method(self: C, x: int) -> str:
    original: Callable[..., Any] = vars(method)["original"]
    return str(original(self, x))


assert_type(method(C(), 1), str)
wraptrs.patch_method("C", "method")  # type: ignore[arg-type]  # no class
