"""Finding the tests that leave patches in force.

What is in force after a test and was not before it is left over, unless it belongs to a fixture of
a wider scope: made while that fixture was set up, or added to its set of patches. When the fixture
has ended, it has no excuse any more. What a test has left is the next test's surroundings.
"""

import pytest

from ._active import patches
from ._sets import PatchSet
from .pytest_plugin import _MARK, PatchLeakWarning


class LeakCheck:
    """The hooks of the check; the patches are those of this process, a worker's say."""

    def __init__(self, fails):
        self._fails = fails
        self._known = []
        self._excused = {}  # by fixture definition: what it has made, and its sets

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item):
        """Note what is in force already, and not excused: it may stay."""
        self._known = []
        self._known = self._left()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(self, fixturedef, request):
        """Note what a fixture of a wider scope makes."""
        if fixturedef.scope == "function":
            return (yield)
        before = patches()
        value = yield
        made = [patch for patch in patches() if not _is_in(patch, before)]
        self._excused[fixturedef] = made + ([value] if isinstance(value, PatchSet) else [])
        return value

    def pytest_fixture_post_finalizer(self, fixturedef, request):
        """A fixture that has ended excuses nothing."""
        self._excused.pop(fixturedef, None)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item):
        """Look for what is left when everything of the test was taken down."""
        try:
            result = yield
        except BaseException:
            item.add_report_section("teardown", "wraptrs", self._complaint(item) or "")
            raise
        complaint = self._complaint(item)
        if complaint and self._fails:
            pytest.fail(complaint, pytrace=False)
        elif complaint:
            item.warn(PatchLeakWarning(complaint))
        return result

    def _complaint(self, item):
        """What a test has left, as text; None if that is nothing, or allowed."""
        left = self._left()
        if not left or item.get_closest_marker(_MARK) is not None:
            return None
        lines = "".join(f"\n  {_shown(patch)}" for patch in left)
        return f"{item.nodeid} left {len(left)} in force of the patches it made:{lines}"

    def _left(self):
        excused = [patch for made in self._excused.values() for patch in _with_members(made)]
        return [
            patch
            for patch in patches()
            if not _is_in(patch, self._known) and not _is_in(patch, excused)
        ]


def _is_in(patch, others):
    return any(patch is other for other in others)


def _with_members(made):
    for patch in made:
        yield patch
        if isinstance(patch, PatchSet):
            yield from _with_members(patch.patches)


def _shown(patch):
    return f"{patch!r}, applied at {patch.location or 'an unknown place'}"
