"""What the import statement costs in a fresh interpreter: milliseconds, and modules brought along.

The interpreter's own start is not counted: the clock runs around the import statement only.
Interpreters with one library and the other take turns, and the fastest of each counts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

from model import BARE, NEW, OLD, Goal, Row

PROBE = """
import sys, time
before = set(sys.modules)
start = time.perf_counter_ns()
import {library}
taken = time.perf_counter_ns() - start
print([taken / 1e6, len(set(sys.modules) - before)])
"""

TIME = "import in a fresh interpreter"
MODULES = "import: new modules"
GOALS = {TIME: Goal(to_wrapt=0.05), MODULES: Goal(at_most=12)}
UNITS = {TIME: "ms", MODULES: ""}


def names() -> list[str]:
    return list(GOALS)


def probe(library: str) -> tuple[float, int]:
    """Milliseconds and number of new modules of one import in one new interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(library=library)],
        check=True,
        stdout=subprocess.PIPE,
        cwd=os.path.abspath(os.sep),
    )
    taken, modules = json.loads(done.stdout)
    return taken, modules


def measure(chosen: list[str], rounds: int) -> list[Row]:
    """One row for each chosen name, from `rounds` interpreters for each library."""
    seen = {library: [probe(library)] for library in (OLD, NEW)}
    for _ in range(rounds):
        for library in seen:
            seen[library].append(probe(library))
    rows = []
    for index, name in enumerate(GOALS):
        if name in chosen:
            best = {library: min(pair[index] for pair in pairs) for library, pairs in seen.items()}
            rows.append(Row(name, GOALS[name], {BARE: "-", **best}, UNITS[name]))
    return rows
