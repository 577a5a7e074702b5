"""The list of differences from wrapt is whole, and tests stand behind it."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import pytest

from rules.sources import ROOT, text, tracked

HEADINGS = re.findall(r"^## (.*)$", text("docs/differences.md"), re.MULTILINE)


def named(heading):
    """The test files of a heading; those without a folder lie beside the first."""
    files = [PurePosixPath(name) for name in re.findall(r"`([\w/]+\.py)`", heading)]
    return [name if name.parent.name else files[0].with_name(name.name) for name in files]


@pytest.mark.parametrize("heading", HEADINGS, ids=lambda heading: heading.partition(" (")[0])
def test_every_heading_names_its_tests(heading):
    assert named(heading), f"no test file beside the heading {heading}"
    missing = [str(name) for name in named(heading) if not (ROOT / name).is_file()]
    assert not missing, f"docs/differences.md names {missing}"


def test_no_difference_is_left_out():
    """A file of tests that are marked as better than wrapt stands in the list."""
    listed = {name.as_posix() for heading in HEADINGS for name in named(heading)}
    marked = {
        path.as_posix()
        for path in tracked(".py")
        if path.name.startswith("test_") and re.search(r"^ *@better\(", text(path), re.MULTILINE)
    }
    assert marked <= listed, f"docs/differences.md says nothing of {sorted(marked - listed)}"
