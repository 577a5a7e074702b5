"""wrapt's own type tests, run against our stubs: the same lines are refused, for the same reason.

wrapt keeps programs beside the output of ``mypy --strict`` for them. Messages spell out types, so
what is compared is each refused line and the kind of the refusal. Where ours is meant to differ,
``wrapt_pairs.txt`` says why; an entry that no longer holds fails.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy", reason="mypy is not installed; the session `types` has it")

HERE = Path(__file__).parent
STUBS = HERE.parents[1] / "python"
PAIRS = Path(os.environ.get("WRAPT_TESTS", "nowhere"), "mypy")
PROGRAMS = sorted(PAIRS.glob("mypy_*.py"))
NEEDED = sys.version_info >= (3, 10)  # the programs import what `typing` has from there on

REPORT = re.compile(r"^(?:.*/)?(\w+)\.py:(\d+): error: (.*)\[([\w-]+)\]$", re.MULTILINE)
DIFFERENCE = re.compile(r"^(\w+)\.py:(\d+) ([-+])(\w[\w-]*)  # (.+)$")

# A wrong call is reported by another code as soon as the function has overloads.
KINDS = dict.fromkeys(("arg-type", "call-arg", "call-overload", "type-var"), "call")
# What mypy adds on the line of another refusal, when no type is left to go on with.
FOLLOW_UPS = {"untyped-decorator", "var-annotated"}


def kind(message, code):
    """What sort of mistake was found: the code, where that does not hang on details."""
    # Up to mypy 1 this had no code of its own.
    return "call" if message.startswith("Too many positional") else KINDS.get(code, code)


def refusals(output):
    """What a run of mypy refused: a set of (program, line, kind)."""
    found = {(name, int(line), kind(*rest)) for name, line, *rest in REPORT.findall(output)}
    lines = {(name, line) for name, line, kind in found if kind not in FOLLOW_UPS}
    return {one for one in found if one[2] not in FOLLOW_UPS or one[:2] not in lines}


def listed():
    """The differences that are meant: those of wrapt's that are gone, and those that are new."""
    gone, new = set(), set()
    for line in (HERE / "wrapt_pairs.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, number, sign, kind, _ = DIFFERENCE.match(line).groups()
            (gone if sign == "-" else new).add((name, int(number), kind))
    return gone, new


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """Everything that mypy refuses in the programs when ``wrapt`` is wraptrs."""
    path = tmp_path_factory.mktemp("alias")
    (path / "wrapt").mkdir()
    (path / "wrapt" / "__init__.pyi").write_text("from wraptrs import *\n", encoding="utf-8")
    options = ["--strict", "--config-file=", "--no-error-summary", f"--cache-dir={path / 'cache'}"]
    result = subprocess.run(
        [sys.executable, "-m", "mypy", *options, *map(str, PROGRAMS)],
        env={**os.environ, "MYPYPATH": os.pathsep.join((str(path), str(STUBS)))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode in (0, 1) and not result.stderr, result.stderr
    return refusals(result.stdout)


@pytest.mark.skipif(not NEEDED, reason="wrapt's programs need Python 3.10")
@pytest.mark.skipif(not PROGRAMS, reason="WRAPT_TESTS does not name the tests folder of wrapt")
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_the_same_lines_are_refused(program, ours):
    theirs = refusals(program.with_suffix(".out").read_text(encoding="utf-8"))
    gone, new = ({one for one in half if one[0] == program.stem} for half in listed())
    mine = {one for one in ours if one[0] == program.stem}
    assert gone <= theirs and not new & theirs, "the list tells of what wrapt does not do"
    assert mine == theirs - gone | new
