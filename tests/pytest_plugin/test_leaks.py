"""``--wraptrs-leaks``: a test that leaves a patch in force is told of, and no other."""

from __future__ import annotations

import pytest

LEAKY = """
import json, wraptrs

def fake(obj, **kwargs): return "fake"

def test_leaks():
    wraptrs.replace("json", "dumps", fake, owner="me")
    wraptrs.wrap_function_wrapper("json", "loads", lambda w, i, a, k: w(*a, **k))

def test_next():
    assert json.dumps(1) == "fake"
"""


def test_off_unless_asked_for(run):
    run(LEAKY, passed=2)


def test_error_names_the_patches_and_where_they_were_applied(run):
    result = run(LEAKY, "--wraptrs-leaks=error", passed=2, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_leaks*",
            "*::test_leaks left 2 in force*",
            "*<replace of json:dumps, active>, applied at *names_the_patches*.py:6",
            "*<*json*loads, active>, applied at *names_the_patches*.py:7",
        ]
    )
    assert result.ret == 1


def test_warn(run):
    result = run(LEAKY, "--wraptrs-leaks=warn", passed=2, warnings=1)
    result.stdout.fnmatch_lines(["*PatchLeakWarning: *::test_leaks left 2 in force*"])


def test_by_the_configuration_file(run, pytester):
    pytester.makeini("[pytest]\nwraptrs_leaks = error")
    run(LEAKY, passed=2, errors=1)
    run(LEAKY, "--wraptrs-leaks=off", passed=2)


def test_an_unknown_mode_is_refused(run, pytester):
    result = run(LEAKY, "--wraptrs-leaks=perhaps")
    assert result.ret == 4
    pytester.makeini("[pytest]\nwraptrs_leaks = perhaps")
    result = run(LEAKY)
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*wraptrs_leaks must be one of off, warn, error*perhaps*"])


def test_what_is_taken_back_is_no_leak(run):
    run(
        """
        import json, pytest, wraptrs

        def fake(obj, **kwargs): return "fake"

        wraptrs.replace("json", "dump", lambda *a, **k: None, check=False)  # at import: no test's

        @pytest.fixture
        def own():
            with wraptrs.replace("json", "loads", lambda *a, **k: None, check=False):
                yield

        def test_with(own):
            with wraptrs.replace("json", "dumps", fake):
                pass

        def test_fixture(patchset):
            patchset.replace("json", "dumps", fake)

        @pytest.mark.wraptrs_keeps_patches
        def test_allowed():
            wraptrs.replace("json", "dumps", fake)
        """,
        "--wraptrs-leaks=error",
        "--strict-markers",
        passed=3,
    )


@pytest.mark.parametrize("scope", ["class", "module", "session"])
def test_fixtures_of_a_wider_scope_may_keep_theirs_until_they_end(run, scope):
    run(
        f"""
        import json, pytest, wraptrs

        @pytest.fixture(scope={scope!r})
        def wide():
            with wraptrs.replace("json", "dumps", lambda obj, **kwargs: "fake"):
                yield

        @pytest.fixture(scope={scope!r})
        def wide_set():
            with wraptrs.PatchSet() as patches:
                yield patches

        class TestIt:
            def test_first(self, wide, wide_set):
                wide_set.replace("json", "loads", lambda *a, **k: 1, check=False)
                assert json.dumps(1) == "fake"

            def test_second(self, wide, patchset_session):
                patchset_session.replace("json", "dump", lambda *a, **k: 1, check=False)
                assert json.dumps(1) == "fake"
        """,
        "--wraptrs-leaks=error",
        passed=2,
    )


def test_a_fixture_that_ended_without_taking_it_back(run):
    result = run(
        """
        import json, pytest, wraptrs

        @pytest.fixture(scope="module")
        def wide():
            wraptrs.replace("json", "dumps", lambda obj, **kwargs: "fake")

        def test_first(wide): pass
        def test_second(): pass
        """,
        "--wraptrs-leaks=error",
        passed=2,
        errors=1,
    )
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_second*", "*json:dumps*"])


def test_a_patch_that_waits_is_one_too(run):
    run(
        """
        import wraptrs

        def test_waits():
            wraptrs.replace("not_imported?", "name", 1)
        """,
        "--wraptrs-leaks=error",
        passed=1,
        errors=1,
    )


def test_a_failing_test_is_still_told_of(run):
    result = run(
        """
        import json, pytest, wraptrs

        def test_fails():
            wraptrs.replace("json", "dumps", lambda obj, **kwargs: "fake")
            assert 0

        @pytest.fixture
        def bad():
            yield
            raise LookupError("teardown")

        def test_teardown_fails(bad):
            wraptrs.replace("json", "loads", lambda *a, **k: "fake", check=False)
        """,
        "--wraptrs-leaks=error",
        failed=1,
        passed=1,
        errors=2,
    )
    result.stdout.fnmatch_lines(["*test_fails left 1 in force*"])
    result.stdout.fnmatch_lines(
        ["*LookupError: teardown*", "*test_teardown_fails left 1 in force*"]
    )


def test_with_workers(run):
    pytest.importorskip("xdist")
    run(LEAKY, "--wraptrs-leaks=error", "-n2", "--dist=loadfile", passed=2, errors=1)
