"""Types of instruments: counting, timing and tracing the calls of functions."""

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Literal, TextIO, overload

from typing_extensions import Self

from ._patch import Patch

__all__ = (
    "SECRETS",
    "Instrument",
    "InstrumentSet",
    "JsonLines",
    "Stats",
    "TraceEvent",
    "TraceRing",
    "TraceTree",
    "count",
    "instrument",
    "render_table",
    "time",
    "trace",
)

SECRETS: Final[tuple[str, ...]]

_Kind = Literal["count", "time", "trace"]
_Sort = Literal[
    "name", "calls", "errors", "in_flight", "total", "active", "own", "least", "most", "mean",
    "p50", "p90", "p99",
]  # fmt: skip

class Stats:
    __slots__ = (
        "_timed", "active", "calls", "errors", "in_flight", "least", "most", "name", "own", "p50",
        "p90", "p99", "total",
    )  # fmt: skip
    name: str
    calls: int
    errors: int
    in_flight: int
    total: int | None
    active: int | None
    own: int | None
    least: int | None
    most: int | None
    p50: int | None
    p90: int | None
    p99: int | None
    def __init__(self, name: str, values: Iterable[int | None]) -> None: ...
    @property
    def mean(self) -> int | None: ...
    def as_dict(self) -> dict[str, Any]: ...
    def __eq__(self, other: object) -> bool: ...
    __hash__: None  # type: ignore[assignment]  # compared by value, and changed by nobody

class TraceEvent:
    __slots__ = (
        "_text", "active_ns", "args", "depth", "event", "id", "name", "parent", "self_ns",
        "thread", "time_ns", "total_ns",
    )  # fmt: skip
    event: Literal["call", "return", "raise"]
    id: int
    parent: int | None
    depth: int
    thread: int
    time_ns: int
    name: str
    args: tuple[tuple[str, str], ...] | None
    total_ns: int | None
    active_ns: int | None
    self_ns: int | None
    def __init__(self, fields: Sequence[Any]) -> None: ...
    @property
    def value(self) -> str | None: ...
    @property
    def error(self) -> str | None: ...
    def describe(self) -> str: ...

class TraceRing:
    capacity: int
    def __init__(self, capacity: int = 10_000) -> None: ...
    def take(self) -> list[TraceEvent]: ...
    @property
    def dropped(self) -> int: ...

class JsonLines:
    path: str
    def __init__(self, path: str | os.PathLike[str]) -> None: ...
    def close(self) -> None: ...
    @property
    def dropped(self) -> int: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *exception: object) -> None: ...

class TraceTree:
    def __init__(self, stream: TextIO | None = None, *, width: int | None = None) -> None: ...
    def __call__(self, fields: Sequence[Any]) -> None: ...
    def share(self) -> None: ...
    def label(self, text: str) -> None: ...
    def finish(self) -> None: ...
    def close(self) -> None: ...

_Sink = TraceRing | JsonLines | TraceTree | str | os.PathLike[str] | Callable[[TraceEvent], object]

class Instrument(Patch):
    def __init__(
        self, target: object, kind: _Kind, trace: Any = None, owner: str | None = None
    ) -> None: ...
    @property
    def calls(self) -> int: ...
    @property
    def errors(self) -> int: ...
    @property
    def in_flight(self) -> int: ...
    @property
    def sink(self) -> Any: ...
    def stats(self) -> Stats: ...
    @overload
    def quantile(self, rank: float, /) -> int | None: ...
    @overload
    def quantile(self, *ranks: float) -> int | tuple[int | None, ...] | None: ...
    def histogram(self) -> list[tuple[int, int, int]]: ...
    def reset(self) -> Self: ...

class InstrumentSet(Patch):
    sink: Any
    def __init__(
        self,
        targets: tuple[object, ...],
        kind: _Kind,
        make: Callable[..., Instrument],
        sink: Any = None,
        owner: str | None = None,
    ) -> None: ...
    @property
    def instruments(self) -> tuple[Instrument, ...]: ...
    def stats(self) -> list[Stats]: ...
    def table(self, *, width: int = 80, sort: _Sort = "total") -> str: ...
    def reset(self) -> Self: ...
    def __getitem__(self, name: str) -> Instrument: ...

def count(
    target: object, name: str | None = None, *, in_place: bool = False, owner: str | None = None
) -> Instrument: ...
def time(
    target: object, name: str | None = None, *, in_place: bool = False, owner: str | None = None
) -> Instrument: ...
def trace(
    target: object,
    sink: _Sink | None = None,
    *,
    name: str | None = None,
    in_place: bool = False,
    owner: str | None = None,
    length: int = 80,
    secrets: Iterable[str] = ...,
    results: bool = True,
) -> Instrument: ...
def instrument(
    *targets: object,
    kind: _Kind = "time",
    in_place: bool = False,
    owner: str | None = None,
    sink: _Sink | None = None,
    length: int = 80,
    secrets: Iterable[str] = ...,
    results: bool = True,
) -> InstrumentSet: ...
def render_table(stats: Iterable[Stats], *, width: int = 80, sort: _Sort = "total") -> str: ...
