"""Prints rows as a table, tells which goals are met, and saves them: the same for both commands."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from model import BARE, COLUMNS, NEW, OLD, Row


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options that both commands share."""
    parser.add_argument("--case", default="", metavar="PATTERN", help="only the cases that match")
    parser.add_argument("--markdown", action="store_true", help="print a table for a README")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also save everything here")
    parser.add_argument("--gate", action="store_true", help="fail when a goal is missed")


def nothing(pattern: str, names: list[str]) -> str:
    """What to say when no case matches."""
    return "\n  ".join([f"no case matches {pattern!r}; there are:", *names])


def context(libraries: dict[str, Any]) -> dict[str, str]:
    """What a reader must know to compare two tables."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    version = getattr(libraries[NEW], "__version__", "without a version")
    return {
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "load": f"{load:.1f}",
        "wrapt": libraries[OLD].__version__ + " (C extension)",
        "wraptrs": f"{version} (release build)",
    }


def amount(value: float | str | None, unit: str) -> str:
    """A cell with a number in it, or the word that stands for it."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    digits = 1 if value < 100 and value != int(value) else 0
    return f"{value:,.{digits}f}{' ' + unit if unit else ''}"


def factor(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}" if value < 0.1 else f"{value:.2f}"


def verdict(row: Row) -> str:
    """Whether the goals are met; a missed one is named by what it is a ratio to."""
    verdicts = row.verdicts()
    missed = [
        f"vs {name}" if name in COLUMNS else name for name, met in verdicts.items() if not met
    ]
    for column, part in row.out_of_reach().items():
        missed.append(f"{part} itself is {factor(row.ratio(column, of=part))} of {column}")
    return f"no ({', '.join(missed)})" if missed else "yes" if verdicts else ""


def cells(row: Row) -> list[str]:
    """The row as text, in the order of the headings."""
    limit = f"at most {row.goal.at_most:g}" if row.goal.at_most is not None else ""
    wanted = [factor(goal) if goal else "" for goal in (row.goal.to_wrapt, row.goal.to_bare)]
    return [
        row.name,
        *(amount(row.values.get(column), row.unit) for column in COLUMNS),
        *(factor(row.ratio(OLD)), wanted[0] or limit),
        *(factor(row.ratio(BARE)), wanted[1]),
        *(factor(row.added()), factor(row.goal.added) if row.goal.added else ""),
        verdict(row),
    ]


def headings(unit: str) -> list[str]:
    counted = [f"{column} {unit}" for column in COLUMNS]
    ratios = [f"{NEW}/{OLD}", "goal", f"{NEW}/{BARE}", "goal", "added/added", "goal"]
    return ["case", *counted, *ratios, "met?"]


def table(rows: list[Row], unit: str, markdown: bool) -> str:
    """The rows under headings that name `unit`; a row of another unit carries it in its cells.

    A column without anything in it is left out.
    """
    grid = [headings(unit), *(cells(row) for row in rows)]
    filled = [
        any(line[index] not in ("", "-") for line in grid[1:]) for index in range(len(grid[0]))
    ]
    grid = [[cell for cell, shown in zip(line, filled) if shown] for line in grid]
    widths = [max(len(line[index]) for line in grid) for index in range(len(grid[0]))]
    lines = []
    for line in grid:
        padded = [line[0].ljust(widths[0])]
        padded += [cell.rjust(width) for cell, width in zip(line[1:], widths[1:])]
        lines.append("| " + " | ".join(padded) + " |" if markdown else "  ".join(padded).rstrip())
    if markdown:
        rules = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
        lines.insert(1, "| " + " | ".join(rules) + " |")
    return "\n".join(lines)


def finish(
    rows: list[Row],
    unit: str,
    facts: dict[str, str],
    failures: list[str],
    options: argparse.Namespace,
) -> int:
    """Print and save everything; gives the exit status (1 for a wrong answer or a missed gate)."""
    verdicts = [met for row in rows for met in row.verdicts().values()]
    print(", ".join(f"{name} {fact}" for name, fact in facts.items()) + "\n")
    print(table(rows, unit, options.markdown))
    print(f"\ngoals met: {sum(verdicts)} of {len(verdicts)} measured and within reach")
    for failure in failures:
        print(f"wrong: {failure}", file=sys.stderr)
    if options.json:
        saved = {"context": facts, "unit": unit, "failures": failures}
        saved["rows"] = [{**asdict(row), "met": row.verdicts()} for row in rows]
        options.json.write_text(json.dumps(saved, indent=2) + "\n", encoding="utf-8")
    return 1 if failures or (options.gate and not all(verdicts)) else 0
