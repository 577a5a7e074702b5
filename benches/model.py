"""What a benchmark case is: a statement, what it must answer, and the goals it is held to.

The case files, the clock, the instruction counter and the report meet only in these two classes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable

PLAIN, BARE, OLD, NEW = "plain", "bare", "wrapt", "wraptrs"
COLUMNS = (PLAIN, BARE, OLD, NEW)


@dataclass(frozen=True)
class Goal:
    """Upper limits for wraptrs: as a ratio to wrapt, as a ratio to bare, or as a plain number.

    `added` is a ratio to bare too, of what each of them adds to the plain call. `floor` says that
    wraptrs has to do itself what bare does, and so can never be faster than bare.
    """

    to_wrapt: float | None = None
    to_bare: float | None = None
    added: float | None = None
    at_most: float | None = None
    floor: bool = False


@dataclass(frozen=True)
class Case:
    """One row: `stmt` is timed in the namespace that `setup(library)` returns.

    `setup` gets the library's module, or None for the hand-written yardstick. `plain` gives the
    namespace for the call that is part of both, where there is one: nothing is around it. `check`
    (`stmt` when empty) is an expression that must equal `expect` for every column before anything
    is timed. `needs` are the names a library must offer; `repeats` is how often `stmt` stands in
    the loop body. A namespace may hold `around`, a context manager factory that is entered for each
    round.
    """

    name: str
    stmt: str
    expect: Any
    setup: Callable[[Any], dict]
    needs: tuple[str, ...] = ()
    goal: Goal = Goal()
    plain: Callable[[], dict] | None = None
    check: str = ""
    bare: bool = True
    repeats: int = 20


@dataclass
class Row:
    """What was measured for one case: a number for each column, or the words why there is none."""

    name: str
    goal: Goal
    values: dict[str, float | str] = field(default_factory=dict)
    unit: str = ""

    def ratio(self, column: str, of: str = NEW) -> float | None:
        """The number of `of` divided by that of `column`; None when either has none."""
        mine, other = self.values.get(of), self.values.get(column)
        if isinstance(mine, str) or isinstance(other, str) or mine is None or not other:
            return None
        return mine / other

    def added(self) -> float | None:
        """What wraptrs adds to the plain call, divided by what bare adds to it."""
        plain, bare, mine = (self.values.get(column) for column in (PLAIN, BARE, NEW))
        if not all(isinstance(value, (int, float)) for value in (plain, bare, mine)):
            return None
        return (mine - plain) / (bare - plain) if bare > plain else None

    def out_of_reach(self) -> dict[str, str]:
        """The goals that cannot be met, since a part of the work is itself over them: the column
        that each is set to, and that part."""
        parts = {OLD: (BARE, self.goal.to_wrapt if self.goal.floor else None)}
        parts[BARE] = PLAIN, self.goal.to_bare
        found = {}
        for column, (part, limit) in parts.items():
            ratio = self.ratio(column, of=part)
            if limit is not None and ratio is not None and ratio > limit:
                found[column] = part
        return found

    def verdicts(self) -> dict[str, bool]:
        """For each goal within reach that was measured: what it looks at, and whether it is met."""
        found = {}
        unreachable = self.out_of_reach()
        for column, limit in ((OLD, self.goal.to_wrapt), (BARE, self.goal.to_bare)):
            ratio = self.ratio(column)
            if limit is not None and ratio is not None and column not in unreachable:
                found[column] = ratio <= limit
        added = self.added()
        if self.goal.added is not None and added is not None:
            found["added"] = added <= self.goal.added
        mine = self.values.get(NEW)
        if self.goal.at_most is not None and isinstance(mine, (int, float)):
            found["limit"] = mine <= self.goal.at_most
        return found
