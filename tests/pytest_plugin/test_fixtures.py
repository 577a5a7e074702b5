"""The fixtures of the plugin: in force for the test, gone after it whatever happened."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import metadata

import pytest

from pytest_plugin.conftest import is_installed


def test_patches_end_with_the_test(run):
    run(
        """
        import json, os, wraptrs
        from wraptrs import MISSING

        TABLE = {"a": 1}

        def test_all_kinds(patchset):
            assert isinstance(patchset, wraptrs.PatchSet)
            patchset.replace("json", "dumps", lambda obj, **kwargs: "fake")
            patchset.wrap("json:loads", lambda wrapped, instance, args, kwargs: "wrapped")
            patchset.item(TABLE, "a", 2)
            patchset.env("WRAPTRS_TESTED", "yes")
            patchset.hotwrap(json.dump, lambda wrapped, instance, args, kwargs: "in place")
            assert (json.dumps(1), json.loads("1"), TABLE) == ("fake", "wrapped", {"a": 2})
            assert os.environ["WRAPTRS_TESTED"] == "yes"
            assert json.dump(1, None) == "in place"
            assert {p.owner for p in wraptrs.patches()} == {
                "test_patches_end_with_the_test.py::test_all_kinds"
            }
            assert len(wraptrs.patches()) == 5
            assert all(__file__ in p.location for p in wraptrs.patches())

        def test_then_nothing_is_left():
            assert wraptrs.patches() == ()
            assert (json.dumps(1), json.loads("1"), TABLE) == ("1", 1, {"a": 1})
            assert "WRAPTRS_TESTED" not in os.environ
        """,
        passed=2,
    )


def test_patches_end_though_the_test_fails(run):
    run(
        """
        import json, wraptrs

        def test_fails(patchset):
            patchset.replace("json", "dumps", lambda obj, **kwargs: "fake")
            assert json.dumps(1) == "1"

        def test_then_nothing_is_left():
            assert wraptrs.patches() == ()
            assert json.dumps(1) == "1"
        """,
        passed=1,
        failed=1,
    )


def test_each_fixture_and_each_test_has_a_set_of_its_own(run):
    run(
        """
        import json, pytest, wraptrs

        @pytest.fixture
        def faked(patchset):
            patchset.replace("json", "dumps", lambda obj, **kwargs: "fake")
            return patchset

        @pytest.mark.parametrize("n", [1, 2])
        def test_shared_within_a_test(faked, patchset, n):
            assert faked is patchset
            assert json.dumps(1) == "fake"
            assert len(patchset.patches) == 1
        """,
        passed=2,
    )


def test_the_set_of_the_session_lasts(run):
    run(
        """
        import json, wraptrs

        def test_first(patchset_session, patchset):
            patchset_session.replace("json", "dumps", lambda obj, **kwargs: "session")
            patchset.replace("json", "dumps", lambda obj, **kwargs: "test")
            assert json.dumps(1) == "test"

        def test_second(patchset_session):
            assert json.dumps(1) == "session"
            (patch,) = wraptrs.patches()
            assert patch.owner == "the test session"
        """,
        passed=2,
    )


def test_what_others_changed_is_told_and_left(run):
    result = run(
        """
        import json, wraptrs

        def test_drifts(patchset):
            patchset.replace("json", "dumps", lambda obj, **kwargs: "fake")
            patchset.replace("json", "loads", lambda s, **kwargs: "fake")
            json.dumps = len

        def test_then_the_set_is_gone():
            assert wraptrs.patches() == ()
            assert json.dumps is len
            assert json.loads("1") == 1
        """,
        passed=2,
        errors=1,
    )
    result.stdout.fnmatch_lines(["*PatchConflictError*json:dumps*"])


def test_beside_monkeypatch(run):
    run(
        """
        import json

        original = json.dumps

        def test_inner(patchset, monkeypatch):
            patchset.replace("json", "dumps", lambda obj, **kwargs: "fake")
            monkeypatch.setattr(json, "dumps", lambda obj: "monkey")

        def test_outer(monkeypatch, patchset):
            assert json.dumps is original
            monkeypatch.setattr(json, "dumps", lambda obj, **kwargs: "monkey")
            patchset.replace("json", "dumps", lambda obj, **kwargs: "fake")

        def test_after():
            assert json.dumps is original
        """,
        passed=3,
    )


def test_with_workers(run):
    pytest.importorskip("xdist")
    run(
        """
        import json, pytest, wraptrs

        @pytest.mark.parametrize("n", range(8))
        def test_faked(patchset, patchset_session, n):
            patchset.replace("json", "dumps", lambda obj, **kwargs: f"fake {n}")
            assert json.dumps(1) == f"fake {n}"
            assert len(wraptrs.patches()) == 1
        """,
        "-n2",
        passed=8,
    )


def test_nothing_is_loaded_for_runs_that_do_not_use_it(run):
    run(
        """
        import sys

        def test_loaded():
            loaded = {name for name in sys.modules if name.startswith("wraptrs.")}
            native = {name for name in loaded if name.startswith("wraptrs._native")}
            assert loaded - native == {"wraptrs.pytest_plugin"}
        """,
        passed=1,
    )


def test_the_fixtures_are_described(run):
    result = run("def test(): pass", "--fixtures")
    result.stdout.fnmatch_lines(["patchset -- *", "*in force*reverted after the test*"])
    result.stdout.fnmatch_lines(["wraptrs_spy -- *"])


@pytest.mark.skipif(not is_installed(), reason="the distribution is not installed here")
def test_the_distribution_has_the_entry_point():
    points = metadata.distribution("wraptrs").entry_points
    (point,) = (point for point in points if point.group == "pytest11")
    assert (point.name, point.value) == ("wraptrs", "wraptrs.pytest_plugin")
    command = [sys.executable, "-m", "pytest", "--help"]
    out = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ})
    assert "--wraptrs-leaks" in out.stdout
