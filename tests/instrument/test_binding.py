"""Measured functions are what they were to whoever looks: kinds, signatures, identity, chains."""

from __future__ import annotations

import copy
import functools
import inspect
import pickle
import types

import pytest

import wraptrs
from wraptrs.instruments import count, time

FUNCTION = wraptrs._native._InstrumentedFunction
METHOD = wraptrs._native._InstrumentedMethod


@pytest.mark.parametrize("measure", [count, time])
@pytest.mark.parametrize(
    ("name", "call", "expected"),
    [
        ("add", lambda C: C(1).add(2, 3, 4, c=5, d=6), 21),
        ("add", lambda C: C.add(C(1), 2), 4),
        ("add", lambda C: C.__dict__["add"](C(1), 2), 4),
        ("add", lambda C: C.__dict__["add"].__get__(C(1), C)(2), 4),
        ("made", lambda C: C.made(4).start, 4),
        ("made", lambda C: C(0).made(start=4).start, 4),
        ("made", lambda C: type("D", (C,), {}).made(4).start, 4),
        ("free", lambda C: C.free(4), 8),
        ("free", lambda C: C(0).free(4, b=3), 12),
        ("__init__", lambda C: C(3).start, 3),
        ("double", lambda C: C(3).double, 6),
    ],
)
def test_every_way_to_call_is_one_call(place, measure, name, call, expected):
    handle = measure(place.Thing, name)
    assert call(place.Thing) == expected
    assert handle.calls == 1
    handle.revert()
    assert call(place.Thing) == expected
    assert handle.calls == 1


def test_a_subclass_and_super_reach_the_measured_method(place):
    class Child(place.Thing):
        def add(self, a):
            return super().add(a) * 10

        @classmethod
        def made(cls, start):
            return super().made(start + 1)

    with count(place.Thing, "add") as add, count(place.Thing, "made") as made:
        assert Child(1).add(1) == 30
        assert type(Child.made(1)) is Child
        assert (add.calls, made.calls) == (1, 1)


def test_kinds_and_signatures_are_those_of_the_function(place):
    Thing = place.Thing
    before = {
        name: str(inspect.signature(getattr(Thing, name))) for name in ("add", "made", "free")
    }
    for name in before:
        count(Thing, name)
    after = {name: str(inspect.signature(getattr(Thing, name))) for name in before}
    assert after == before
    assert str(inspect.signature(Thing().add)) == "(a, b=1, *rest, c=0, **more)"
    assert inspect.isfunction(Thing.add)
    assert inspect.ismethod(Thing().add)
    assert inspect.ismethod(Thing.made)
    assert inspect.isfunction(Thing.free)
    assert isinstance(Thing.__dict__["made"], classmethod)
    assert isinstance(Thing.__dict__["free"], staticmethod)
    assert Thing.add.__doc__ == "Add."
    assert Thing.add.__name__ == "add"


def test_bound_methods_are_bound_methods(place):
    count(place.Thing, "add")
    thing = place.Thing()
    assert type(thing.add) is types.MethodType
    assert thing.add == thing.add
    assert hash(thing.add) == hash(thing.add)
    assert thing.add.__self__ is thing
    assert thing.add.__func__ is place.Thing.__dict__["add"]


def test_wrappers_are_function_wrappers_with_a_chain(place):
    original = place.add
    handle = count(place, "add")
    layer = place.add
    assert isinstance(layer, wraptrs.FunctionWrapper)
    assert isinstance(layer, wraptrs.ObjectProxy)
    assert type(layer) is METHOD
    assert list(wraptrs.wrapper_chain(layer)) == [layer, original]
    assert handle.replacement is layer
    assert handle.original is original
    layer.note = 1
    assert original.note == 1
    assert copy.copy(layer) is layer is copy.deepcopy(layer)
    wraptrs.unwrap_object(place, "add", layer)
    assert place.add is original


def test_what_has_no_function_inside_is_measured_too(place):
    place.partial = functools.partial(place.add, 1)
    place.made = place.Thing.made
    place.joined = ", ".join
    with count(place, "partial") as a, count(place, "Thing") as b, count(place, "size") as c:
        assert place.partial(2) == 3
        thing = place.Thing(2)
        assert isinstance(thing, place.Thing)
        assert place.size("abc") == 3
        assert (a.calls, b.calls, c.calls) == (1, 1, 1)
    with count(place, "made") as a, count(place, "joined") as b:
        assert place.made(1).start == 1
        assert place.joined("ab") == "a, b"
        assert (a.calls, b.calls) == (1, 1)


def test_a_c_method_in_a_class_binds():
    class Words(list):
        push = list.append

    handle = count(Words, "push")
    words = Words()
    words.push(1)
    Words.push(words, 2)
    assert words == [1, 2]
    assert handle.calls == 2


def test_other_layers_below_and_above(place):
    def twice(wrapped, instance, args, kwargs):
        return 2 * wrapped(*args, **kwargs)

    below = wraptrs.wrap_function_wrapper(place.Thing, "add", twice)
    handle = count(place.Thing, "add")
    above = wraptrs.wrap_function_wrapper(place.Thing, "add", twice)
    thing = place.Thing()
    assert thing.add(1) == 8
    wraptrs.unwrap_object(place.Thing, "add", below)
    assert thing.add(1) == 4
    assert place.Thing.add(thing, 1) == 4
    wraptrs.unwrap_object(place.Thing, "add", above)
    assert thing.add(1) == 2
    assert handle.calls == 4
    handle.revert()
    assert type(place.Thing.__dict__["add"]) is types.FunctionType


def test_pickle_goes_by_name():
    with count("json:dumps"):
        import json

        assert pickle.loads(pickle.dumps(json.dumps)) is json.dumps


def test_the_switch_of_the_layer_is_honoured(place):
    handle = count(place, "add")
    place.add._self_enabled = False
    place.add(1)
    place.add._self_enabled = lambda: True
    place.add(1)
    assert handle.calls == 1


def test_a_meter_stays_with_its_wrapper(place):
    layer = wraptrs._native._instrumented(place.add, wraptrs._native._Meter(False, False))
    with pytest.raises(TypeError, match="meter"):
        layer.__init__(place.add, wraptrs._native._Meter(False, False))
    with pytest.raises(TypeError, match="meter"):
        wraptrs._native._instrumented(place.add, print)
    wraptrs.FunctionWrapper.__init__(layer, place.add, print)
    assert layer(1) == 2


def test_a_wrapper_without_init_passes_nothing_on():
    for kind in (FUNCTION, METHOD):
        bare = kind.__new__(kind)
        with pytest.raises((ValueError, AttributeError)):
            bare(1)


def test_recursion_ends_in_an_error(place):
    place.loop = lambda: place.loop()
    with count(place, "loop") as handle:
        with pytest.raises(RecursionError):
            place.loop()
        assert handle.errors == handle.calls > 10
        assert handle.in_flight == 0


def test_a_reassigned_call_is_respected(place):
    class Loud(FUNCTION):
        def __call__(self, *args):
            return "loud"

    assert Loud(place.add, wraptrs._native._Meter(False, False))(1) == "loud"
