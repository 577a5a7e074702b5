"""What instruments and what they tell have as types."""

from __future__ import annotations

import json
from pathlib import Path

from typing_extensions import assert_type

from wraptrs import Patch
from wraptrs.instruments import (
    Instrument,
    InstrumentSet,
    Stats,
    TraceEvent,
    TraceRing,
    count,
    instrument,
    render_table,
    time,
    trace,
)

handle = count("json:dumps")
assert_type(handle, Instrument)
assert_type(handle.calls, int)
assert_type(handle.stats(), Stats)
assert_type(handle.stats().p99, "int | None")
assert_type(handle.quantile(0.5), "int | None")
assert_type(handle.reset().revert(), Instrument)
with time(json, "dumps", owner="me") as timed:
    assert_type(timed, Instrument)
patch: Patch = trace(json.dumps, Path("calls.jsonl"), length=10, secrets=["key"], in_place=True)


def sink(event: TraceEvent) -> None:
    assert_type(event.args, "tuple[tuple[str, str], ...] | None")


trace("json:dumps", sink)
assert_type(instrument("json:*", json.loads, kind="trace", sink=TraceRing(5)), InstrumentSet)
assert_type(render_table(instrument("json:*").stats(), sort="own"), str)
instrument("json:*", kind="sum")  # type: ignore[arg-type]  # no such kind
trace("json:dumps", 5)  # type: ignore[arg-type]  # no sink
