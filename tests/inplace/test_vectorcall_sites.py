"""Call sites that specialised on a function before it was wrapped, and after."""

from __future__ import annotations

import functools
import sys

from support.lib import package as wraptrs

hotwrap = auto = wraptrs.hotwrap
SKIPS_GETTERS = sys.version_info[:2] == (3, 14)  # the mode is refused for them there


class Hot:
    """A class whose methods are called at sites that specialise on them."""

    def __call__(self, a):
        return "plain"

    def __getitem__(self, a):
        return "plain"

    def __len__(self):
        return 1

    def __contains__(self, a):
        return True

    def __eq__(self, other):
        return "plain"

    __hash__ = None

    def __add__(self, other):
        return "plain"

    def __iter__(self):
        return iter(("plain",))

    def __enter__(self):
        return "plain"

    def __exit__(self, *exception):
        pass

    def __getattr__(self, name):
        return "plain"

    def method(self, a, b=2, *, c=3):
        return "plain"

    @classmethod
    def cm(cls):
        return "plain"

    @staticmethod
    def sm():
        return "plain"

    @property
    def prop(self):
        return "plain"


def hot_sites(hot, function, pair=(1, 2)):
    """One round over all sites; each has to specialise on what it finds."""
    bound = hot.method
    with hot as entered:
        yield from (entered, *hot, hot(1), hot[0], hot == 1, hot + 1, hot.missing, hot.prop)
    yield from (hot.method(1), hot.method(1, c=2), hot.cm(), hot.sm(), Hot.method(hot, 1))
    yield from (bound(1), function(1), function(1, b=3), function(*pair), function(b=1, a=2))
    yield from (*map(function, pair), functools.partial(function, 1)(), max(pair, key=function))
    yield from (len(hot), 1 in hot)


def test_sites_that_have_specialised_switch_at_the_next_call(wrap_mode):
    hot, calls = Hot(), []

    def function(a, b=2):
        return "plain"

    def wrapper(wrapped, instance, args, kwargs):
        calls.append(wrapped.__name__)
        return wrapped(*args, **kwargs)

    targets = [
        entry for name, entry in vars(Hot).items() if callable(getattr(entry, "__func__", entry))
    ]
    targets = [entry for entry in targets if not isinstance(entry, type)] + [Hot.prop, function]
    count = len(list(hot_sites(hot, function)))
    for _ in range(3):
        for _ in range(200):
            list(hot_sites(hot, function))
        assert calls == []
        patches = [
            (auto if target is Hot.prop and SKIPS_GETTERS else hotwrap)(target, wrapper)
            for target in targets
        ]
        for _ in range(200):
            list(hot_sites(hot, function))
            assert len(calls) == count + 3, calls  # max() calls twice; __exit__, and `bound` is new
            del calls[:]
        for patch in patches:
            patch.revert()
