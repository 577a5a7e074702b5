"""The help of the command line: all of it within 80 columns, under the name that was called."""

from __future__ import annotations

import sys

import pytest

from wraptrs import __main__, _commands

COMMANDS = [(), *((name,) for name in _commands.NAMES)]


@pytest.fixture
def narrow(project):
    project.variables.update(COLUMNS="80", PYTHON_COLORS="0")
    return project


@pytest.mark.parametrize("command", COMMANDS)
def test_it_fits_into_80_columns(narrow, command):
    text = narrow.wraptrs(*command, "--help").stdout
    assert text.startswith(f"usage: {' '.join(('python -m wraptrs', *command))} ")
    assert max(map(len, text.splitlines())) <= 80
    assert not command or len(text.splitlines()) > 10


@pytest.mark.parametrize("command", ["run", "list", "stat", "trace"])
def test_examples_stay_as_they_are_written(narrow, command):
    lines = narrow.wraptrs(command, "--help").stdout.splitlines()
    assert "(script | -m module | -c code) ..." in lines[0]
    at = lines.index("examples:")
    assert [line[:21] for line in lines[at + 1 : at + 4]] == [
        "  python -m wraptrs " + command[:1]
    ] * 3
    status = " ".join(lines[at + 4 :])
    assert "The exit status is the program's; 2 where this command line cannot be" in status


@pytest.mark.parametrize("name", ["wraptrs", "wraptrs.exe"])
def test_the_script_goes_by_its_own_name(monkeypatch, capsys, name):
    monkeypatch.setattr(sys, "argv", [f"bin/{name}", "--help"])
    with pytest.raises(SystemExit) as ended:
        __main__.main()
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("usage: wraptrs ")


def test_nothing_to_do_shows_it(narrow):
    result = narrow.wraptrs(check=False)
    assert result.returncode == 2
    assert all(f"    {name} " in result.stdout for name in _commands.NAMES)
