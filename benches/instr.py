"""The benchmark table in instructions: `python benches/instr.py`, the repeatable gate.

Each column runs in one process under `valgrind --tool=callgrind`. A case runs for N turns and for
2N turns between calls of a C function that nothing else calls; callgrind writes its counters away
at each of these calls. The difference of the two counts, divided by the number of statements in N
turns, is the cost of one statement: start-up, warm-up and the loop's frame cancel out, and the
turns of an empty loop are counted and taken off.
"""

from __future__ import annotations

import argparse
import gc
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import bench_import
import cases
import clock
import report
from model import BARE, COLUMNS, NEW, OLD, Case, Row

# os.getloadavg calls the C library's function of this name: one dump of the counters for each call.
MARK = "getloadavg"
TURNS = 40
# More than CPython needs before the code of a loop and of the functions it calls has settled.
WARM_UP_TURNS = 100
IMPORT = "import in a fresh interpreter"


def main(arguments: list[str] | None = None) -> int:
    """Count and print what the options ask for; the exit status is that of the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    report.add_options(parser)
    parser.add_argument("--worker", choices=COLUMNS, help=argparse.SUPPRESS)
    parser.add_argument("names", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.worker:
        work(options.worker, options.names)
        return 0
    if not shutil.which("valgrind"):
        sys.exit("cannot measure: valgrind is not installed")
    suite = cases.Suite(cases.names(options.case))
    rows = [
        Row(case.name, case.goal, dict(suite.words[case.name])) for case in suite.cases.values()
    ]
    for column in COLUMNS:
        ready = [name for name in suite.cases if column in suite.spaces[name]]
        counted = count(column, [suite.cases[name] for name in ready]) if ready else {}
        for row in rows:
            if row.name in counted:
                row.values[column] = counted[row.name]
    if cases.matches(IMPORT, options.case):
        rows.append(import_row())
    if not rows:
        sys.exit(report.nothing(options.case, cases.names()))
    facts = {**report.context(suite.libraries), "counted by": "callgrind"}
    return report.finish(rows, "instr", facts, suite.failures, options)


def work(column: str, names: list[str]) -> None:
    """Run EMPTY, then each named case, between marks: mark, N, mark, mark, 2N, mark."""
    suite = cases.Suite(names, (column,))
    runs = [clock.compile_loop(clock.EMPTY, {})]
    runs += [clock.compile_loop(suite.cases[name], suite.spaces[name][column]) for name in names]
    for run in runs:
        for _ in range(WARM_UP_TURNS):
            run(1)
    gc.collect()
    gc.freeze()
    gc.disable()
    for run in runs:
        for turns in (TURNS, 2 * TURNS):
            gc.collect()
            os.getloadavg()
            run(turns)
            os.getloadavg()


def count(column: str, chosen: list[Case]) -> dict[str, float]:
    """Instructions for one statement of each case."""
    command = [__file__, "--worker", column, *(case.name for case in chosen)]
    parts = callgrind(command)
    runs = len(chosen) + 1
    if len(parts) != 4 * runs + 1:
        raise RuntimeError(f"{len(parts)} counts for {runs} loops; is {MARK} a symbol here?")
    # Part 0 ends at the first mark, so a run's count is the part that its second mark ends.
    turns = [(parts[4 * run + 3] - parts[4 * run + 1]) / TURNS for run in range(runs)]
    empty, *costs = turns
    return {case.name: (cost - empty) / case.repeats for case, cost in zip(chosen, costs)}


def import_row() -> Row:
    """Instructions of a fresh interpreter that imports a library, less those of one that does not.

    It runs twice, since the first may compile the library's files.
    """
    libraries = {OLD: "import wrapt", NEW: "import wraptrs"}
    empty = sum(callgrind(["-c", "pass"]))
    row = Row(IMPORT, bench_import.GOALS[bench_import.TIME], {BARE: "-"})
    for column, statement in libraries.items():
        subprocess.run([sys.executable, "-c", statement], check=True)
        row.values[column] = sum(callgrind(["-c", statement])) - empty
    return row


def callgrind(arguments: list[str]) -> list[int]:
    """Run this interpreter under callgrind; the instruction counts of all parts, in order."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["valgrind", "--tool=callgrind", f"--dump-before={MARK}", "--log-file=log"]
        command += ["--callgrind-out-file=counts", sys.executable, *arguments]
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        env = {**kept, "PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"}
        done = subprocess.run(command, cwd=folder, env=env)
        if done.returncode:
            raise RuntimeError(f"valgrind failed: {Path(folder, 'log').read_text()[-2000:]}")
        counts = {}
        for path in Path(folder).glob("counts*"):
            text = path.read_text()
            part = re.search(r"^part: (\d+)$", text, re.MULTILINE)
            total = re.search(r"^totals: (\d+)$", text, re.MULTILINE)
            counts[int(part[1]) if part else 1] = int(total[1])
        return [counts[part] for part in sorted(counts)]


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ImportError, cases.WrongBuild) as error:
        sys.exit(f"cannot measure: {error}")
