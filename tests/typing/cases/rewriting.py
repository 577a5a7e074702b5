"""Rewriting functions, caches around them, and patches of built-in types."""

from __future__ import annotations

import ast
from collections.abc import MutableMapping
from types import FunctionType
from typing import Any, Literal, Union

from typing_extensions import assert_type

import wraptrs


def target(a: int) -> int:
    return a


def unchanged(tree: ast.FunctionDef) -> ast.FunctionDef:
    return tree


handle = wraptrs.rewrite(target, wraptrs.drop_calls("time.sleep"))
assert_type(handle.diff(), str)
assert_type(handle.source, "str | None")
wraptrs.rewrite("module?:Class.method", ast.NodeTransformer).revert()
wraptrs.rewrite(target, unchanged, closure={"a": 1}).disable().enable()
assert_type(wraptrs.rewrite(target, unchanged, in_place=False), FunctionType)
wraptrs.rewrite(target, 5)  # type: ignore[call-overload]  # no transformer

assert_type(wraptrs.replace_code(target, target.__code__, in_place=False), FunctionType)
patch: wraptrs.Patch = wraptrs.replace_code(target, unchanged)
variables: MutableMapping[str, Any] = wraptrs.closure_of(target)
wraptrs.replace_code(target, unchanged, closure=wraptrs.closure_of(unchanged))

with wraptrs.cached(target, maxsize=None, ttl=1.5, key=str) as cache:
    assert_type(cache.cache_info().hits, int)
    cache.cache_clear(target)
wraptrs.cached(target, ttl="1")  # type: ignore[arg-type]  # no number

patch = wraptrs.patch_type(str, "shout", str.upper, owner="me")
wraptrs.patch_type(str, "upper", wraptrs.MISSING)
assert_type(patch.mode, Union[Literal["methoddef", "dict"], None])
wraptrs.patch_type(str, "upper", 1, mode="dict")
wraptrs.patch_type(str, "upper", 1, mode="slot")  # type: ignore[arg-type]  # no such mode
wraptrs.patch_type("str", "upper", 1)  # type: ignore[arg-type]  # no class
