"""A program on Deprecated, a well-known user of wrapt, behaves the same after the switch.

Run in child processes: by itself, so with the real wrapt, and by ``python -m wraptrs --as-wrapt``.
The suites of more consumers are run by ``./dev consumers``.
"""

from __future__ import annotations

import importlib.util
import json
import textwrap

import pytest

from support.child import run_child
from support.lib import IS_WRAPT

MISSING = [name for name in ("deprecated", "wrapt") if importlib.util.find_spec(name) is None]

pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=f"not installed from PyPI here: {MISSING}"),
    pytest.mark.skipif(IS_WRAPT, reason="wrapt has no switch that makes it stand for wrapt"),
]

PROGRAM = """\
import copy, functools, inspect, json, sys, warnings

from deprecated import deprecated
from deprecated.sphinx import deprecated as documented

@deprecated(version="1.2", reason="use new")
def function(a, b=2, *, c: int = 3) -> str:
    "Adds."
    return a + b + c

@documented(version="2.0", reason="use new")
def described():
    "Describes."

class Base:
    @deprecated("of the instance")
    def method(self, value):
        return type(self).__name__, value

    @classmethod
    @deprecated("of the class")
    def inner(cls):
        return cls.__name__

    @staticmethod
    @deprecated("of nobody")
    def static(value):
        return value

@deprecated("the whole class")
class Old(Base):
    def __init__(self, value):
        self.value = value

class Derived(Base):
    def method(self, value):
        return super().method(value)

@deprecated("plainly", action="error")
def refused():
    return "never"

results = {}
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    results["function"] = function(1, c=4)
    results["described"] = described()
    results["through the instance"] = Base().method(5)
    results["through the class"] = Base.method(Base(), 6)
    results["through super"] = Derived().method(7)
    results["classmethods"] = Base.inner(), Derived.inner(), Derived().inner()
    results["staticmethod"] = Base.static(8), Base().static(9)
    results["class"] = type(Old(10)).__name__, Old(11).value, Old(12).method(13)
    results["partial"] = functools.partial(function, 1)(b=1)
    results["mapped"] = list(map(function, [1, 2]))
    try:
        refused()
    except DeprecationWarning as error:
        results["refused"] = str(error)
results["warnings"] = [
    [type(item.message).__name__, item.category.__name__, str(item.message), item.lineno]
    for item in caught
]
results["files"] = sorted({item.filename == __file__ for item in caught})
results["signature"] = str(inspect.signature(function))
results["names"] = function.__name__, function.__qualname__, function.__doc__, function.__module__
results["docs"] = described.__doc__
results["kinds"] = [
    inspect.isfunction(function), inspect.isclass(Old), inspect.ismethod(Base().method),
    callable(function), isinstance(Old(14), Base), issubclass(Old, Base), isinstance(Old, type),
]
results["source"] = inspect.getsource(function).splitlines()[1]
results["module"] = sys.modules["wrapt"].__name__
print(json.dumps(results))
"""


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM, encoding="utf-8")
    return path


def results_of(*arguments, cwd):
    return json.loads(run_child("-W", "ignore", *arguments, cwd=cwd).stdout)


@pytest.mark.parametrize("how", ["script", "module"])
def test_same_results_and_warnings(program, how):
    folder = program.parent
    start = ["-m", program.stem] if how == "module" else [program.name]
    before = results_of(*start, cwd=folder)
    after = results_of("-m", "wraptrs", "--as-wrapt", *start, cwd=folder)
    assert (before.pop("module"), after.pop("module")) == ("wrapt", "wraptrs")
    assert after == before
    # Not merely equal: the program did what it is for.
    assert before["function"] == 7
    assert before["through super"] == ["Derived", 7]
    assert before["classmethods"] == ["Base", "Derived", "Derived"]
    assert "plainly" in before["refused"]
    lines = PROGRAM.splitlines()
    callers = [(text, lines[number - 1]) for _, _, text, number in before["warnings"]]
    assert any("use new" in text and "function(1, c=4)" in line for text, line in callers)
    assert any("of the instance" in text and "Base().method(5)" in line for text, line in callers)
    assert before["files"] == [True]
    assert before["signature"] == "(a, b=2, *, c: int = 3) -> str"


def test_error_points_into_the_program(program):
    program.write_text(
        textwrap.dedent(
            """
            from deprecated import deprecated

            @deprecated("broken")
            def function():
                raise ValueError("of the program")

            function()
            """
        )
    )
    before, after = (
        run_child("-W", "ignore", *start, program.name, cwd=program.parent, check=False)
        for start in ([], ["-m", "wraptrs", "--as-wrapt"])
    )
    assert before.returncode == after.returncode == 1
    assert after.stderr.splitlines()[-1] == "ValueError: of the program"

    def own_frames(text):
        """The frames from the program on; before them runpy stands where the switch started it."""
        lines = [line for line in text.splitlines() if line.lstrip().startswith("File ")]
        first = next(n for n, line in enumerate(lines) if program.name in line)
        return [line.rpartition(", ")[2] for line in lines[first:]]

    assert own_frames(after.stderr) == own_frames(before.stderr) != []
