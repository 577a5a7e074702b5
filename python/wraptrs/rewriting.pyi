"""Types of what changes the source or the code of functions."""

import ast
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from types import CellType, CodeType, FunctionType
from typing import Any, Literal, overload

from .inplace import InPlacePatch

__all__ = ("closure_of", "drop_calls", "replace_code", "rewrite")

class _RewritePatch(InPlacePatch):
    @property
    def source(self) -> str | None: ...
    def diff(self) -> str: ...

class _DropCalls:
    names: tuple[str, ...]
    def __init__(self, names: tuple[str, ...], replacement: str | None) -> None: ...
    def for_function(self, function: FunctionType) -> ast.NodeTransformer: ...
    def __call__(self, tree: ast.AST) -> Any: ...

class _Closure(MutableMapping[str, Any]):
    function: FunctionType
    @property
    def cells(self) -> dict[str, CellType]: ...
    def __getitem__(self, name: str) -> Any: ...
    def __setitem__(self, name: str, value: object) -> None: ...
    def __delitem__(self, name: str) -> None: ...
    def __iter__(self) -> Iterator[str]: ...
    def __len__(self) -> int: ...

_Transformer = ast.NodeVisitor | type[ast.NodeVisitor] | Callable[[Any], Any]

# The target is whatever holds a Python function; which holders there are, types cannot tell.
@overload
def rewrite(
    func: object,
    transformer: _Transformer,
    *,
    in_place: Literal[True] = True,
    closure: Mapping[str, Any] | None = None,
    unwrap: bool = True,
    clear_caches: bool = False,
    owner: str | None = None,
) -> _RewritePatch: ...
@overload
def rewrite(
    func: object,
    transformer: _Transformer,
    *,
    in_place: Literal[False],
    closure: Mapping[str, Any] | None = None,
    unwrap: bool = True,
    clear_caches: bool = False,
    owner: str | None = None,
) -> FunctionType: ...
def drop_calls(*names: str, replacement: str | None = None) -> _DropCalls: ...
@overload
def replace_code(
    func: object,
    new_impl: Callable[..., Any] | CodeType,
    *,
    in_place: Literal[True] = True,
    closure: Mapping[str, Any] | None = None,
    unwrap: bool = True,
    clear_caches: bool = False,
    owner: str | None = None,
) -> InPlacePatch: ...
@overload
def replace_code(
    func: object,
    new_impl: Callable[..., Any] | CodeType,
    *,
    in_place: Literal[False],
    closure: Mapping[str, Any] | None = None,
    unwrap: bool = True,
    clear_caches: bool = False,
    owner: str | None = None,
) -> FunctionType: ...
def closure_of(func: object) -> _Closure: ...
