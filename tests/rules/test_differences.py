"""The list of differences from wrapt is true: each entry names marked tests that exist."""

from __future__ import annotations

import ast
import re

import pytest

from rules.sources import ROOT, text

LISTED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text("docs/differences.md"))
ENTRIES = re.split(r"^- ", text("docs/differences.md"), flags=re.MULTILINE)[1:]


def better_tests(path):
    """The names of the tests that are marked as better than wrapt, whose strict mark proves it."""
    return {
        node.name
        for node in ast.walk(ast.parse(text(path)))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        and any("better(" in ast.unparse(mark) for mark in node.decorator_list)
    }


@pytest.mark.parametrize(("path", "test"), LISTED, ids=lambda value: value.rpartition("/")[2])
def test_listed_test_exists_and_fails_on_wrapt(path, test):
    assert (ROOT / path).is_file(), f"docs/differences.md names {path}, which does not exist"
    assert test in better_tests(path), f"{path} has no test {test} marked with better(...)"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.splitlines()[0][:40])
def test_every_entry_names_a_test(entry):
    assert "::test_" in entry, f"no test stands behind: {entry}"
