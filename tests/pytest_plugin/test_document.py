"""The example of docs/pytest.md passes under the plugin."""

from __future__ import annotations

import re
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "pytest.md"


def test_the_example_passes(run):
    (source,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    run(source, "--wraptrs-leaks=error", passed=source.count("def test_"))
