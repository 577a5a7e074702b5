"""The benchmark table by the wall clock: `python benches/bench.py`.

For each case: the hand-written yardstick, wrapt and wraptrs in nanoseconds, both ratios, and the
goals. Needs wrapt and a release build of wraptrs in the interpreter that runs it. Several worker
processes measure everything anew, each with its own hash seed and memory layout; the best counts.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys

import bench_import
import bench_instruments
import bench_memory
import cases
import clock
import report
from model import COLUMNS, Row


def main(arguments: list[str] | None = None) -> int:
    """Measure and print what the options ask for; the exit status is that of the command."""
    options = parse(arguments)
    timed = cases.names(options.case)
    if options.worker:
        json.dump(work(timed, options.rounds), sys.stdout)
        return 0
    memory = [name for name in bench_memory.names() if cases.matches(name, options.case)]
    imports = [name for name in bench_import.names() if cases.matches(name, options.case)]
    if not timed + memory + imports:
        sys.exit(report.nothing(options.case, cases.names()))
    suite = cases.Suite(timed)
    facts = report.context(suite.libraries)
    rows = time_rows(suite, options)
    if memory:
        rows += bench_memory.measure(memory, suite.libraries)
    if imports:
        rows += bench_import.measure(imports, 3 if options.quick else 15)
    status = report.finish(rows, "ns", facts, suite.failures, options)
    if any("instruments" in case.needs for case in suite.cases.values()):
        print("\nbeside wrapture, by name:")
        bench_instruments.main(options.rounds)
    return status


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    report.add_options(parser)
    parser.add_argument("--quick", action="store_true", help="one worker and few rounds")
    parser.add_argument("--workers", type=int, metavar="N", help="processes (4; quick: 1)")
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds in each (40; quick: 15)")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    options.workers = options.workers or (1 if options.quick else 4)
    options.rounds = options.rounds or (15 if options.quick else 40)
    return options


def time_rows(suite: cases.Suite, options: argparse.Namespace) -> list[Row]:
    """The fastest result of all workers, and the suite's words where nothing can be timed."""
    rows = [
        Row(case.name, case.goal, dict(suite.words[case.name])) for case in suite.cases.values()
    ]
    if not rows:
        return rows
    command = [sys.executable, __file__, "--worker"]
    command += ["--case", options.case, "--rounds", str(options.rounds)]
    for _ in range(options.workers):
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        found = json.loads(done.stdout)
        for row in rows:
            for column, value in found[row.name].items():
                row.values[column] = min(value, row.values.get(column, value))
    return rows


def work(timed: list[str], rounds: int) -> dict[str, dict[str, float]]:
    """What one worker measures: nanoseconds by case and column."""
    suite = cases.Suite(timed, COLUMNS)
    empty = clock.turn_cost()
    return {
        name: clock.compete(case, suite.spaces[name], rounds, empty)
        for name, case in suite.cases.items()
    }


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ImportError, cases.WrongBuild) as error:
        sys.exit(f"cannot measure: {error}")
