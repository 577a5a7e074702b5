"""Assertions about lifetimes: who is freed, and when."""

from __future__ import annotations

import gc
import weakref


def alive_after(make):
    """Call make(), which returns objects, drop them, collect; return how many of them survived.

    Collects several times, since a free-threaded build may need more than one round.
    """
    references = [weakref.ref(obj) for obj in make()]
    for _ in range(3):
        gc.collect()
        if not any(ref() is not None for ref in references):
            break
    return sum(ref() is not None for ref in references)


class Thing:
    """A plain object that can be weakly referenced and holds what it is given."""

    def __init__(self, **attributes):
        self.__dict__.update(attributes)
