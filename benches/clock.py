"""Times cases by the wall clock on a machine that is busy with other things.

pyperf is not used: it runs one benchmark in many processes, and only then the next, so on a shared
machine two columns of one row are measured minutes apart. Here the columns take turns in short
rounds (A B C, B C A, ...), and the fastest round of each counts: what other programs add to a
round is never negative. Collections of garbage happen between rounds, outside the clock.
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import time
from typing import Callable

from model import Case

ROUND_SECONDS = 0.001
SECONDS_TO_NANO = 1e9
# What one turn of a loop costs by itself: to be taken off every result.
EMPTY = Case("empty loop", "pass", None, dict, repeats=1)


def compile_loop(case: Case, space: dict) -> Callable[[int], float]:
    """A function of a count: runs the statement `repeats` times that often, and gives the seconds.

    The namespace becomes local variables, and each call of this makes a code object of its own, so
    that no two columns share an inline cache.
    """
    values = {name: value for name, value in space.items() if name != "around"}
    body = "\n".join(f"        {case.stmt}" for _ in range(case.repeats))
    source = (
        f"def loop({', '.join(['_turns', '_clock', *values])}):\n"
        f"    _start = _clock()\n"
        f"    for _ in _turns:\n{body}\n"
        f"    return _clock() - _start\n"
    )
    made: dict = {}
    exec(compile(source, f"<{case.name}>", "exec"), made)
    loop, around = made["loop"], space.get("around", contextlib.nullcontext)

    def run(count: int) -> float:
        with around():
            return loop(itertools.repeat(None, count), time.perf_counter, **values)

    return run


def calibrate(run: Callable[[int], float]) -> int:
    """The count at which a round takes about ROUND_SECONDS; warms the inline caches on the way."""
    count = 1
    while True:
        taken = min(run(count) for _ in range(3))
        if taken >= ROUND_SECONDS / 2:
            return max(1, round(count * ROUND_SECONDS / taken))
        count *= 2


def turn_cost() -> float:
    """Seconds that one turn of EMPTY takes."""
    run = compile_loop(EMPTY, {})
    count = calibrate(run)
    return min(run(count) for _ in range(50)) / count


def compete(case: Case, spaces: dict[str, dict], rounds: int, empty: float) -> dict[str, float]:
    """Nanoseconds for one run of the statement, for each column in `spaces`."""
    runs = {column: compile_loop(case, space) for column, space in spaces.items()}
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        counts = {column: calibrate(run) for column, run in runs.items()}
        best = dict.fromkeys(runs, float("inf"))
        order = list(runs)
        for _ in range(rounds):
            for column in order:
                gc.collect()
                best[column] = min(best[column], runs[column](counts[column]) / counts[column])
            order.append(order.pop(0))
    finally:
        gc.enable()
        gc.unfreeze()
    return {
        column: max(0.0, seconds - empty) / case.repeats * SECONDS_TO_NANO
        for column, seconds in best.items()
    }
