"""Commands that the documents name exist, and CI runs what people run."""

from __future__ import annotations

import ast
import re

import pytest

from rules.sources import ROOT, text, tracked

SESSIONS = {
    node.name
    for node in ast.parse(text("noxfile.py")).body
    if isinstance(node, ast.FunctionDef) and node.decorator_list
}
DOCUMENTS = tracked(".md")


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_named_sessions_exist(path):
    named = set(re.findall(r"\./dev ([a-z_]+)", text(path)))
    assert named <= SESSIONS, f"{path} names {named - SESSIONS}, which noxfile.py does not have"


def test_readme_names_the_two_commands():
    assert {"demo", "test"} <= set(re.findall(r"^\./dev (\w+)", text("README.md"), re.MULTILINE))


def test_ci_runs_the_test_command_and_nothing_else():
    commands = [line for line in text(".ci/run").splitlines() if line and line[0] != "#"]
    assert commands == ['exec "$(dirname "$0")/../dev" test']


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_links_into_the_project_lead_somewhere(path):
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text(path))
    missing = [link for link in links if not (ROOT / path).parent.joinpath(link).exists()]
    assert not missing, f"{path} links to {missing}"
