"""Operations on functions that are wrapped in place, for the leak scripts to repeat."""

from __future__ import annotations

from _things import passthrough

from wraptrs import hotpatch, hotwrap


class Hooked:
    def method(self, a, *, b=1):
        return a, b


def wrapping():
    """Wraps a function that dies, and one that stays."""

    def function(a, *, b=1):
        return function and (a, b)

    thing = Hooked()
    with hotwrap(function, passthrough), hotwrap(Hooked.method, passthrough) as patch:
        assert function(1) == thing.method(1) == patch.original(thing, 1) == (1, 1)
        assert function([], b=2) == thing.method(a=[], b=2) == ([], 2)
    wrapped = hotwrap(function, passthrough, enabled=lambda: True)
    with wrapped, hotpatch(lambda a, *, b=1: (a, b), function) as patch:
        patch.disable()
        assert function(3) == (3, 1)


OPERATIONS = {"wrapping in place": wrapping}
