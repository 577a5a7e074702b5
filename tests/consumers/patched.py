"""Opt-in: the suites of packages pass while every function of the package is patched in place.

`./dev consumers` names this file to pytest; it needs PyPI. pluggy and packaging are used by pytest
itself, so that their functions are patched, and taken back, in the middle of running.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from pathlib import Path

import pytest

from consumers import sides
from consumers.catalog import Consumer

PATCHER = Path(__file__).with_name("patcher.py")

PACKAGES = (
    Consumer(
        "packaging",
        "25.0",
        "d443872c98d677bf60f6a1f2f8c1cb748e8fe762d2bf9d3148b5599295b0fc4f",
        needs=("pretend",),
    ),
    Consumer(
        "pluggy",
        "1.6.0",
        "7dcc130b76258d33b90f61b658791dede3486c3e6bfb003ee5c9bfb396dd22f3",
        tests="testing",
        # It counts the frames between a warning and its caller; a wrapper adds its own.
        options=("--deselect", "testing/test_warnings.py::test_teardown_raised_warning"),
    ),
    Consumer(
        "idna",
        "3.10",
        "12f65c9b470abda6dc35cf8e63cc574b1c52b11df2c86030af0ac09b01b13ea9",
    ),
)


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    if "WRAPTRS_WHEEL" not in os.environ:
        raise pytest.UsageError("WRAPTRS_WHEEL has to name the wheel to test; run ./dev consumers")
    home = tmp_path_factory.mktemp("library")
    side = sides.make_sides(home, os.environ["WRAPTRS_WHEEL"])[1]
    for way in ("none", "wrap", "transplant"):
        shutil.copy(PATCHER, side.path / f"patcher_{way}.py")
    return side


def run(package, way, python, sdist, library, home):
    """The outcomes of one run, and what was patched in it."""
    options = (*package.options, "-p", f"patcher_{way}")
    place = home / way
    place.mkdir()
    changed = dataclasses.replace(package, options=options)
    result = sides.run_suite(changed, python, sdist, library, place, PATCHED_PACKAGE=package.name)
    record = place / f"run-{library.name}" / "record.json.patched"
    return result, json.loads(record.read_text(encoding="utf-8"))


@pytest.mark.parametrize("package", PACKAGES, ids=str)
def test_same_outcomes(package, library, tmp_path, request):
    python, sdist = sides.make_environment(package, tmp_path)
    plain, _ = run(package, "none", python, sdist, library, tmp_path)
    assert plain.count("passed") > 0.9 * len(plain.outcomes) > 0, plain.errors
    for way in ("wrap", "transplant"):
        result, found = run(package, way, python, sdist, library, tmp_path)
        shown = f"{result}; {found['patched']} functions patched, {found['calls']} calls wrapped"
        request.node.user_properties.append((f"{package} under {way}", shown))
        assert found["patched"] > 10 and found["restored"]
        assert bool(found["calls"]) == (way == "wrap")
        different = sides.differences(plain, result, ("unpatched", f"under {way}"))
        if different:
            pytest.fail("\n".join([f"{len(different)} tests differ", *different]), pytrace=False)
