"""Running code in an interpreter of its own, with the package under test and little else loaded."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

from support.lib import package


def run_child(*arguments, code=None, cwd=None, check=True, path=(), env=None):
    """Start this interpreter with arguments, or with `-c` and the code; text comes back. `path` and
    `env` are further places to import from, and further variables."""
    if code is not None:
        arguments = (*arguments, "-c", textwrap.dedent(code))
    # Without site (-S) a path is the only way to find the package, wherever it is installed.
    path = [*path, str(Path(package.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    result = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path)), **(env or {})},
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=120,
        check=False,
    )
    if check and result.returncode:
        raise AssertionError(f"exit status {result.returncode}: {result.stderr}")
    return result


def modules_loaded_by(code):
    """The modules that running code adds to those of a bare interpreter."""
    probe = "import sys\nbefore = set(sys.modules)\n{}\nprint(*set(sys.modules) - before)"
    return set(run_child("-S", code=probe.format(textwrap.dedent(code))).stdout.split())
