"""Opt-in: each consumer's suite has the same outcomes on wraptrs as on the real wrapt.

``./dev consumers`` names this file to pytest, which would not take it for tests by itself: it needs
PyPI, minutes, and much disk.
"""

from __future__ import annotations

import os
import sys

import pytest

from consumers import sides
from consumers.catalog import CONSUMERS

WHEEL = "WRAPTRS_WHEEL"
SOUND = 0.95  # of a suite passes on wrapt, or the suite is not run as its authors mean it


@pytest.fixture(scope="session")
def libraries(tmp_path_factory):
    if WHEEL not in os.environ:
        raise pytest.UsageError(f"{WHEEL} has to name the wheel to test; run ./dev consumers")
    return sides.make_sides(tmp_path_factory.mktemp("libraries"), os.environ[WHEEL])


@pytest.mark.parametrize("consumer", CONSUMERS, ids=str)
def test_same_outcomes(consumer, libraries, tmp_path, request):
    if sys.version_info < consumer.requires_python:
        least = ".".join(map(str, consumer.requires_python))
        pytest.skip(f"{consumer} needs Python {least} or newer")
    python, sdist = sides.make_environment(consumer, tmp_path)
    results = []
    for library in libraries:
        result = sides.run_suite(consumer, python, sdist, library, tmp_path)
        # As record_property, which warns of a schema that forbids it in the report for nox.
        request.node.user_properties.append((f"{consumer} with {library.name}", str(result)))
        assert "wrapt" in result.wrapt, f"the suite of {consumer} never imported wrapt"
        foreign = {name: file for name, file in result.wrapt.items() if not library.owns(file)}
        assert not foreign, f"not from {library.path}"
        results.append(result)
    reference, ours = results
    assert reference.count("passed") >= SOUND * len(reference.outcomes) > 0, reference.errors
    different = sides.differences(reference, ours)
    if different:
        pytest.fail("\n".join([f"{len(different)} tests differ", *different]), pytrace=False)
