"""Every Python example in README.md and docs/ runs, with warnings as errors, in its own process."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
# The examples stand for a program's module: `__main__`, with a source that linecache knows.
RUN = """
import linecache, sys
name, text = sys.argv[1], sys.stdin.read()
linecache.cache[name] = len(text), None, text.splitlines(True), name
exec(compile(text, name, "exec"), vars(sys.modules["__main__"]))
"""


def examples(document):
    """The document with all but its Python blank, so that errors show the document's own lines."""
    kept, inside = [], False
    for line in document.read_text(encoding="utf-8").splitlines():
        if re.match(r"\s*```", line):
            inside = line.strip() == "```python"
            line = ""
        kept.append(line if inside else "")
    return "\n".join(kept)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_examples_run(document):
    source = examples(document)
    if not source.strip():
        pytest.skip(f"{document.name} has no Python example")
    command = [sys.executable, "-W", "error", "-c", RUN, str(document)]
    ran = subprocess.run(command, input=source, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr


def test_readme_has_an_example():
    assert "import wraptrs" in examples(ROOT / "README.md")
