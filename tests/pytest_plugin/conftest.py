"""The plugin is tested in processes of its own; wrapt has none."""

from __future__ import annotations

from importlib import metadata

import pytest

from support.lib import IS_WRAPT

collect_ignore_glob = ["test_*.py"] if IS_WRAPT else []


def is_installed():
    """Whether the distribution is installed, so that pytest finds the plugin by itself."""
    try:
        found = metadata.distribution("wraptrs").entry_points
    except metadata.PackageNotFoundError:
        return False
    return any(point.group == "pytest11" for point in found)


@pytest.fixture
def run(pytester):
    """Runs pytest with the plugin on a file of tests, and gives the result."""

    def run(source, *options, **outcomes):
        pytester.makepyfile(source)
        named = [] if is_installed() else ["-p", "wraptrs.pytest_plugin"]
        result = pytester.runpytest_subprocess(*named, "-p", "no:cacheprovider", *options)
        if outcomes:
            result.assert_outcomes(**outcomes)
        return result

    return run
