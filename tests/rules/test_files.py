"""What holds for every file: it says why it exists, stays short, and names no machine."""

from __future__ import annotations

import ast
import re

import pytest

from rules.sources import text, tracked

LIMIT = 350  # "about 300"

# Longer on purpose; an entry that is no longer needed fails.
LONG = {}

CODE = tracked(".py", ".pyi", ".rs")
PYTHON = tracked(".py", ".pyi")  # Rust's exceptions are read in test_unsafe.py
PROSE = [path for path in tracked() if path.name != "Cargo.lock"]  # cargo writes the registry there

EXCEPTION = re.compile(
    r"#\s*(?:noqa(?::\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)?|(?:type|pyright):\s*ignore(?:\[[^]]*\])?)"
    r"(?P<rest>.*)"
)
# Character classes keep this file from matching itself.
MACHINE = re.compile(
    r"/roo[t]/|/hom[e]/|/wor[k]/|/tm[p]/|\bfarm[-](?:bench|studio)|[.]librar[y]/"
    r"|pypi[.]org|crates[.]i[o]\b|pythonhosted[.]|npmjs[.]"
)


@pytest.mark.parametrize("path", CODE, ids=str)
def test_stays_short(path):
    lines = len(text(path).splitlines())
    if path.as_posix() in LONG:
        assert lines > LIMIT, f"{path} is short now; take it off the list"
    else:
        assert lines <= LIMIT, f"{path} has {lines} lines; split it by subject"


@pytest.mark.parametrize("path", CODE, ids=str)
def test_says_why_it_exists(path):
    source = text(path)
    if not source.strip():
        assert path.name == "__init__.py", f"{path} is empty"
    elif path.suffix == ".rs":
        assert source.startswith("//!"), f"{path} has no //! essay at its top"
    else:
        assert ast.get_docstring(ast.parse(source)), f"{path} has no docstring"


@pytest.mark.parametrize("path", PYTHON, ids=str)
def test_every_exception_to_a_check_gives_its_reason(path):
    for number, line in enumerate(text(path).splitlines(), 1):
        match = EXCEPTION.search(line)
        assert not match or re.search(r"\w", match["rest"]), f"{path}:{number}: say why: {line}"


@pytest.mark.parametrize("path", PROSE, ids=str)
def test_names_no_machine(path):
    found = MACHINE.search(text(path))
    assert not found, f"{path} names {found.group()!r}, which other machines do not have"


def test_versions_agree():
    version = re.search(r'^version = "([^"]+)"', text("Cargo.toml"), re.MULTILINE).group(1)
    project = text("pyproject.toml").partition("[project]")[2].partition("\n[")[0]
    stated = re.search(r'^version = "([^"]+)"', project, re.MULTILINE)
    if stated:
        assert stated.group(1) == version
    else:
        assert re.search(r'^dynamic = \[.*"version"', project, re.MULTILINE), "no version at all"
    module = re.search(r"__version_info__ = \((.*)\)", text("python/wraptrs/__init__.py")).group(1)
    assert ".".join(re.findall(r"\w+", module)) == version, "python/wraptrs/__init__.py differs"
    locked = re.search(r'name = "wraptrs"\nversion = "([^"]+)"', text("Cargo.lock")).group(1)
    assert locked == version, "run cargo once, it rewrites Cargo.lock"
