"""Runs each script of tests/isolated and tests/stress in a process of its own.

What these check would be blurred by other tests in the process, or would take the process down.
"""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).parent
SCRIPTS = sorted(
    path
    for folder in ("isolated", "stress")
    for path in (HERE / folder).glob("*.py")
    if not path.name.startswith("_")
)
SKIPPED = 77
LIMIT = 300


def test_there_are_scripts():
    assert {path.parent.name for path in SCRIPTS} == {"isolated", "stress"}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_script(script):
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join(
        [str(HERE / "isolated"), *filter(None, [environment.get("PYTHONPATH")])]
    )
    result = subprocess.run(
        [sys.executable, "-X", "faulthandler", str(script)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=LIMIT,
        check=False,
    )
    if result.returncode == SKIPPED:
        pytest.skip(result.stdout.strip() or "no reason given")
    shown = f"exit code {result.returncode}\n{result.stdout}\n{result.stderr}"
    assert result.returncode == 0, shown
