"""Types of ``formatargspec``."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

def formatargspec(
    args: Iterable[str],
    varargs: str | None = None,
    varkw: str | None = None,
    defaults: Sequence[Any] | None = None,
    kwonlyargs: Iterable[str] | None = None,
    kwonlydefaults: Mapping[str, Any] | None = None,
    annotations: Mapping[str, Any] = ...,
    formatarg: Callable[[str], str] = ...,
    formatvarargs: Callable[[str], str] = ...,
    formatvarkw: Callable[[str], str] = ...,
    formatvalue: Callable[[Any], str] = ...,
    formatreturns: Callable[[str], str] = ...,
    formatannotation: Callable[[Any], str] | None = None,
) -> str: ...
