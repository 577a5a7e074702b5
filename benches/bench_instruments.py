"""Instruments beside wrapture's recording and closures: `python benches/bench_instruments.py`.

bench.py prints this table too, after its own, where it measures instruments. Needs a release build
of wraptrs and, for its column, wrapture (Python 3.12 and newer) in the interpreter that runs it.
Each of wraptrs' instruments stands beside the cheapest sink of wrapture that keeps as much: its
counter, its table of statistics, its tape of events.
"""

from __future__ import annotations

import importlib.util
import sys

import cases
import cases_instrument
import clock
from model import BARE, NEW

OTHER = "wrapture"
PAIRS = (("count", "Counter"), ("time", "Aggregate"), ("trace", "Tape"))
ROUNDS = 30


def recorded(sink_name):
    """The function with wrapture's recording into one of its sinks, and what keeps it going."""
    import wrapture

    module = cases_instrument.place()
    sink = getattr(wrapture, sink_name)()
    wrapture.add_sink(sink)
    binding = wrapture.binding(module, "add").apply()
    return {"f": module.add, "keep": (module, sink, binding)}, lambda: wrapture.remove_sink(sink)


def main(rounds: int = ROUNDS) -> int:
    """Measure each pair and print nanoseconds and ratios."""
    library = cases.load(NEW)
    empty = clock.turn_cost()
    print(f"{'f(3, 4)':8}{'closure':>10}{OTHER:>10}{NEW:>10}{'to closure':>12}{'to ' + OTHER:>12}")
    for kind, sink_name in PAIRS:
        case = next(c for c in cases_instrument.CASES if c.name == f"{kind}, function")
        spaces = {BARE: case.setup(None), NEW: case.setup(library)}
        finish = None
        if importlib.util.find_spec(OTHER):
            spaces[OTHER], finish = recorded(sink_name)
        for column, space in spaces.items():
            if space["f"](3, 4) != case.expect:
                raise AssertionError(f"{column} answers wrongly")
        found = clock.compete(case, spaces, rounds, empty)
        if finish is not None:
            finish()
        other = found.get(OTHER)
        cells = [found[BARE], other, found[NEW]]
        line = "".join(f"{'-' if cell is None else format(cell, '.1f'):>10}" for cell in cells)
        ratio = "-" if other is None else format(found[NEW] / other, ".3f")
        print(f"{kind:8}{line}{found[NEW] / found[BARE]:>12.2f}{ratio:>12}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ImportError, cases.WrongBuild) as error:
        sys.exit(f"cannot measure: {error}")
