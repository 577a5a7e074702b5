"""The stubs: strict under mypy and pyright, true to the built module, and as good as they promise.

The files in ``cases`` say what has a type by ``assert_type``, and what is refused by an ignored
error: both checkers report an ignore comment that nothing needs.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy", reason="mypy is not installed; the session `types` has it")

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SOURCES = ROOT / "python"
STUBS = sorted((SOURCES / "wraptrs").glob("*.pyi"))
CASES = sorted((HERE / "cases").glob("*.py"))

needs_pyright = pytest.mark.skipif(
    not importlib.util.find_spec("pyright"),
    reason="pyright is not installed; the session `types` has it",
)


def run(module, *arguments):
    """Run a checker; what it says if it is not content, else None."""
    result = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "MYPYPATH": str(SOURCES)},
        capture_output=True,
        text=True,
        check=False,
    )
    return result.stdout + result.stderr if result.returncode else None


@pytest.fixture
def mypy(tmp_path_factory):
    cache = tmp_path_factory.getbasetemp() / "mypy"
    return lambda *files: run("mypy", "--strict", "--config-file=", f"--cache-dir={cache}", *files)


def test_stubs_are_strict_under_mypy(mypy):
    assert STUBS
    assert mypy(*STUBS) is None


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_case_holds_under_mypy(case, mypy):
    assert mypy(case) is None


@needs_pyright
def test_stubs_are_strict_under_pyright():
    assert run("pyright", *STUBS) is None


@needs_pyright
def test_cases_hold_under_pyright():
    assert CASES
    assert run("pyright", "--project", HERE / "pyrightconfig.json") is None


@pytest.mark.skipif(
    sys.version_info < (3, 10),
    reason="on Python 3.9 no native __get__ shows that its argument owner is optional",
)
def test_stubs_are_true_to_the_built_module():
    lists = ["--allowlist", HERE / "stubtest_allowlist.txt"]
    options = ["--mypy-config-file", HERE / "stubtest.ini"]
    assert run("mypy.stubtest", "wraptrs", *lists, *options) is None


def test_every_public_module_has_its_stub():
    modules = {path.stem for path in (SOURCES / "wraptrs").glob("*.py")}
    public = {name for name in modules if not name.startswith("_") or name.endswith("__")}
    assert public - {"__main__"} <= {path.stem for path in STUBS}


def test_a_mistake_is_noticed(mypy, tmp_path):
    """The checks above can fail: a wrong claim and an ignore too many are both reported."""
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "import wraptrs\n"
        "from typing_extensions import assert_type\n"
        "assert_type(wraptrs.is_wrapped_by(1, 2), str)\n"
        "wraptrs.unwrapped(1)  # type: ignore[call-arg]\n",
        encoding="utf-8",
    )
    said = mypy(wrong)
    assert "wrong.py:3: error:" in said
    assert "wrong.py:4: error: Unused" in said
