"""Layers over a property that come and go while it is read."""

from __future__ import annotations

import functools
import threading

import wraptrs
from wraptrs import FunctionWrapper


def layer(label):
    return lambda wrapped, instance, args, kwargs: (label, *wrapped(*args, **kwargs))


def make(getter):
    class Target:
        prop = property(getter, lambda self, value: None)

    return Target


def test_what_is_called_stays_when_a_layer_below_is_taken_out():
    """A property holds no reference for the time of a call: its getter may not die under one."""
    for getter in (lambda self: ("own",), functools.partial(lambda self: ("own",))):
        Target = make(getter)
        below = wraptrs.wrap(Target, "prop", layer("below"))
        above = wraptrs.wrap(Target, "prop", layer("above"))
        called = vars(Target)["prop"].fget
        assert Target().prop == ("above", "below", "own")
        below.revert()
        assert vars(Target)["prop"].fget is called
        assert Target().prop == ("above", "own")
        assert called.__wrapped__(Target()) == ("own",)
        above.disable()
        assert Target().prop == ("own",) and vars(Target)["prop"].fget is called
        above.enable()
        assert Target().prop == ("above", "own")
        above.revert()
        assert vars(Target)["prop"].fget is getter


def test_a_getter_that_binds_otherwise_is_wrapped_anew():
    """What lies below may be another kind of wrapper than what lay there first."""
    Target = make(lambda self: ("own",))
    static = FunctionWrapper(staticmethod(lambda self: ("static",)), layer("decorated"))
    below = wraptrs.replace(Target, "prop", property(static), check=False)
    above = wraptrs.wrap(Target, "prop", layer("above"))
    assert Target().prop == ("above", "decorated", "static")
    vars(Target)["prop"].__wrapped__ = property(lambda self: ("third",))
    assert Target().prop == ("above", "third")
    above.revert()
    below.revert(force=True)
    assert Target().prop == ("own",)


def test_reads_in_other_threads_see_whole_layers():
    Target = make(lambda self: ("own",))
    wrong, stop = [], threading.Event()

    def read():
        try:
            while not stop.is_set():
                found = Target().prop
                if found[-1] != "own" or set(found[:-1]) - {"below", "above"}:
                    wrong.append(found)
        except BaseException as error:
            wrong.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for _ in range(300):
        below = wraptrs.wrap(Target, "prop", layer("below"))
        with wraptrs.wrap(Target, "prop", layer("above")):
            below.revert()
    stop.set()
    for reader in readers:
        reader.join()
    assert not wrong
