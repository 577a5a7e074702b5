"""``python -m wraptrs doctor``: what works here, and what is set up."""

from __future__ import annotations

import json
import os
import sys

import pytest

PATCH = """
    import wraptrs

    def start():
        wraptrs.wrap("json:loads", lambda wrapped, instance, args, kwargs: None)
"""


def doctor(project, *before, check=True, **variables):
    project.variables.update(variables)
    result = project.wraptrs(*before, "doctor", "--json", check=check)
    return json.loads(result.stdout)


def test_what_works_is_what_the_library_goes_by(project):
    from wraptrs import _definitions, _layers, _vectorcall

    found = doctor(project)
    works = {
        "transplant": _layers.WORKS,
        "trampoline": _layers.WORKS,
        "vectorcall": _vectorcall.works(),
        "methoddef": _definitions.works(),
        "code": True,
    }
    assert {mode: state == "works" for mode, state in found["modes"].items()} == works
    assert found["problems"] == []
    assert found["executable"] == sys.executable
    assert found["native"].endswith((".so", ".pyd")) and os.path.exists(found["native"])
    assert found["gil"] == ("on" if getattr(sys, "_is_gil_enabled", lambda: True)() else
                            "off (free-threaded build)")  # fmt: skip
    assert (found["attach"] == "needs CPython 3.14") == (sys.version_info < (3, 14))
    assert found["patches"] == found["hooks"] == []


def test_modes_that_are_switched_off(project):
    found = doctor(project, WRAPTRS_OFFICIAL_SETTERS="1")
    assert found["modes"]["transplant"] == "WRAPTRS_OFFICIAL_SETTERS switches it off"
    assert found["modes"]["code"] == "works" and found["problems"] == []
    assert found["environment"] == {"WRAPTRS_OFFICIAL_SETTERS": "1"}


def test_a_mode_that_fails_is_a_problem(monkeypatch, capsys):
    from wraptrs import _definitions
    from wraptrs.__main__ import main

    monkeypatch.setattr(_definitions, "works", lambda: False)
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "  methoddef      failed\n" in out
    assert "problem: the in-place mode 'methoddef' failed its self-check\n" in out


def test_a_layout_that_fails_is_a_problem_of_all_modes_that_this_version_has(monkeypatch):
    from wraptrs import _layers
    from wraptrs._commands.doctor import collect

    monkeypatch.setattr(_layers, "WORKS", False)
    monkeypatch.setattr(_layers, "OFFICIAL", False)
    modes = collect()["modes"]
    assert modes["transplant"] == modes["trampoline"] == "failed"
    expected = "not on CPython 3.11" if sys.version_info[:2] == (3, 11) else "failed"
    assert modes["vectorcall"].startswith(expected)


def test_an_interpreter_that_may_not_attach(monkeypatch):
    from wraptrs._commands.doctor import collect

    monkeypatch.delenv("PYTHON_DISABLE_REMOTE_DEBUG", raising=False)
    monkeypatch.setattr(sys, "remote_exec", None, raising=False)
    monkeypatch.setattr(sys, "is_remote_debug_enabled", lambda: False, raising=False)
    assert "without remote debugging" in collect()["attach"]


def test_hooks_and_patches_that_are_armed_for_a_program(project):
    project.write(mine=PATCH)
    armed = ["run", "--patch", "mine:start", "--patch", "csv=mine:start", "-m", "wraptrs"]
    found = doctor(project, *armed)
    assert [patch["name"] for patch in found["patches"]] == ["json:loads"]
    assert [hook["module"] for hook in found["hooks"]] == ["csv"]
    assert found["environment"]["WRAPTRS_PATCH"] == "mine:start,csv=mine:start"


@pytest.mark.parametrize("alias", [True, False])
def test_wrapt(project, alias):
    before = ["run", "--as-wrapt", "-m", "wraptrs"] if alias else []
    found = doctor(project, *before)["wrapt"]
    if alias:
        assert found == "import wrapt means wraptrs here"
    else:
        assert found == "not installed" or found.startswith("wrapt 2.")


def test_for_people(project):
    lines = project.wraptrs("doctor").stdout.splitlines()
    assert lines[0].startswith("wraptrs ")
    assert "changing functions in place:" in lines and "  code           works" in lines
    assert "environment: none of WRAPTRS_*" in lines
    assert lines[-1] == "import hooks: none"
    modes = lines[lines.index("changing functions in place:") : -1]
    assert max(map(len, modes)) <= 80
