"""Counts what every session tested, and closes a run with the table and the plain sum."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree


@dataclasses.dataclass
class Row:
    """What one session counted."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0

    def add_junit(self, path: Path) -> None:
        """Add pytest's report; a test with subtests is one test, as good as its worst part."""
        worst: dict[tuple[object, ...], int] = {}
        for case in ElementTree.parse(path).iter("testcase"):
            key = (case.get("classname"), case.get("name"))
            tags = {child.tag for child in case}
            outcome = 2 if tags & {"failure", "error"} else 1 if "skipped" in tags else 0
            worst[key] = max(outcome, worst.get(key, 0))
        outcomes = list(worst.values())
        self.passed += outcomes.count(0)
        self.skipped += outcomes.count(1)
        self.failed += outcomes.count(2)

    def add_cargo(self, output: str) -> None:
        """Add what ``cargo test`` printed; without its closing line nothing was tested."""
        print(output)
        found = re.findall(r"^test result: .*?(\d+) passed; (\d+) failed; (\d+) ig", output, re.M)
        for passed, failed, ignored in found:
            self.passed += int(passed)
            self.failed += int(failed)
            self.skipped += int(ignored)
        self.failed += not found


class Table:
    """The rows of one run, by session name."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.planned: list[str] = []

    @contextlib.contextmanager
    def row(self, name: str) -> Iterator[Row]:
        """A row for a session; one that dies without a count has failed once."""
        row = self.rows[name] = Row()
        start = time.monotonic()
        try:
            yield row
        except BaseException:
            row.failed = row.failed or 1
            raise
        finally:
            row.seconds = time.monotonic() - start

    def close(self, missing: Iterable[str]) -> None:
        """Print everything; a planned session that could not even start has failed once."""
        for name in self.planned:
            self.rows.setdefault(name, Row(failed=1))
        if not self.rows:
            return
        width = max(map(len, self.rows))
        print(f"\n{'session':{width}}  passed  failed  skipped  seconds")
        total = Row()
        for name, row in self.rows.items():
            counts = f"{row.passed:6}  {row.failed:6}  {row.skipped:7}  {row.seconds:7.1f}"
            print(f"{name:{width}}  {counts}")
            total.passed += row.passed
            total.failed += row.failed
            total.skipped += row.skipped
        if missing:
            print(f"\nNOT TESTED, no interpreter found for: {', '.join(missing)}")
            print("(WRAPTRS_PYTHONS may name further executables, separated as PATH is)")
        print(
            f"\n{total.passed} passed, {total.failed} failed, {total.skipped} skipped", flush=True
        )
