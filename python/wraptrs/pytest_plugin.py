"""The pytest plugin: sets of patches that end with a test, spies, and a check for what is left.

pytest loads it by its entry point, in every run where this package is installed; so nothing but
hooks and fixtures is here, and the patching is imported by the first test that asks for it.
"""

import pytest

_MARK = "wraptrs_keeps_patches"
_MODES = ("off", "warn", "error")


class PatchLeakWarning(UserWarning):
    """A test has left patches in force."""


def pytest_addoption(parser):
    text = "what to do about a test that leaves patches of wraptrs in force: off, warn or error"
    group = parser.getgroup("wraptrs")
    group.addoption("--wraptrs-leaks", choices=_MODES, default=None, help=text)
    parser.addini("wraptrs_leaks", text, default="off")


def pytest_configure(config):
    config.addinivalue_line("markers", f"{_MARK}: the test may leave patches of wraptrs in force")
    mode = config.getoption("--wraptrs-leaks") or config.getini("wraptrs_leaks")
    if mode not in _MODES:
        raise pytest.UsageError(f"wraptrs_leaks must be one of {', '.join(_MODES)}: got {mode!r}")
    if mode != "off":
        from ._leaks import LeakCheck

        config.pluginmanager.register(LeakCheck(mode == "error"), "wraptrs-leaks")


def _spying_set(owner):
    from ._spying import SpyingSet

    return SpyingSet(owner).apply()


@pytest.fixture
def patchset(request):
    """A `wraptrs.PatchSet` in force: what is added is applied at once, and reverted after the test.

    It has one method more: ``spy(target)`` lets calls through and remembers them.
    """
    patches = _spying_set(request.node.nodeid)
    yield patches
    patches.finish()


@pytest.fixture(scope="session")
def patchset_session():
    """As ``patchset``, reverted at the end of the session."""
    patches = _spying_set("the test session")
    yield patches
    patches.finish()


@pytest.fixture
def wraptrs_spy(patchset):
    """Puts a spy on a function: ``wraptrs_spy("package.module:Class.method")``."""
    return patchset.spy
