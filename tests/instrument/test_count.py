"""Counting: what begins, what raises, what is in flight; switched, reset, taken off."""

from __future__ import annotations

import json
import sys
import types

import pytest

import wraptrs
from wraptrs.instruments import count


def test_calls_and_errors_are_counted(place):
    handle = count(place, "add")
    assert (place.add(1), place.add(1, 2, c=3)) == (2, 6)
    with pytest.raises(TypeError):
        place.add()
    assert (handle.calls, handle.errors, handle.in_flight) == (3, 1, 0)
    stats = handle.stats()
    assert (stats.name, stats.calls, stats.total, stats.p50, stats.mean) == (
        "place:add",
        3,
        None,
        None,
        None,
    )


def test_calls_in_flight_are_seen_from_inside(place):
    seen = []

    def recursive(depth):
        seen.append(handle.in_flight)
        return depth and place.recursive(depth - 1)

    place.recursive = recursive
    handle = count(place, "recursive")
    place.recursive(3)
    assert seen == [1, 2, 3, 4]
    assert handle.in_flight == 0


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, StopIteration])
def test_every_exception_counts_and_passes(place, error):
    handle = count(place, "fails")
    with pytest.raises(error) as raised:
        place.fails(error)
    assert (handle.calls, handle.errors, handle.in_flight) == (1, 1, 0)
    names = [entry.name for entry in raised.traceback]
    assert names[-1] == "fails"
    assert len(names) == 2, "no frame of the library's stands between"


def test_switched_off_nothing_is_counted_and_the_place_stays(place):
    handle = count(place, "add")
    layer = place.add
    handle.disable()
    assert place.add is layer
    assert place.add(1) == 2
    assert handle.calls == 0
    handle.enable()
    place.add(1)
    assert handle.calls == 1


def test_reverting_puts_the_original_back_and_keeps_the_counts(place):
    original = place.add
    handle = count(place, "add")
    kept = place.add
    kept(1)
    handle.revert()
    assert place.add is original
    assert handle.state == "reverted"
    kept(1)
    assert handle.calls == 1, "a layer that somebody kept counts no more"
    handle.apply()
    place.add(1)
    assert handle.calls == 2
    handle.revert().revert()
    assert place.add is original


def test_an_inherited_method_is_counted_in_the_class_named(place):
    Child = type("Child", (place.Thing,), {"__module__": "place"})
    handle = count(Child, "add")
    assert Child().add(1) == 2
    assert place.Thing().add(1) == 2
    assert handle.calls == 1
    handle.revert()
    assert "add" not in vars(Child)


def test_reset_forgets_all_but_calls_in_flight(place):
    def outer():
        handle.reset()
        return place.add(1)

    place.outer = outer
    handle = count(place, "outer")
    inner = count(place, "add")
    place.outer()
    assert (handle.calls, handle.in_flight, inner.calls) == (0, 0, 1)
    place.outer()
    assert handle.reset() is handle
    assert (handle.calls, handle.errors, handle.in_flight) == (0, 0, 0)


def test_targets_are_given_as_to_wrap_function_wrapper(place, monkeypatch):
    monkeypatch.setitem(sys.modules, "place", place)
    for arguments in [
        (place, "Thing.add"),
        ("place", "Thing.add"),
        ("place:Thing.add",),
        (place.Thing, "add"),
        (place.Thing.add,),
    ]:
        with count(*arguments) as handle:
            assert place.Thing().add(1) == 2
            assert handle.calls == 1, arguments
            assert handle.name.endswith(":Thing.add")
    thing = place.Thing(5)
    with count(thing, "add") as handle:
        assert thing.add(1) == 7
        assert place.Thing().add(1) == 2
        assert handle.calls == 1
    assert "add" not in vars(thing)


def test_a_deferred_target_waits_for_its_import(tmp_path, monkeypatch):
    (tmp_path / "counted_later.py").write_text("def f(): return 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    handle = count("counted_later?:f")
    assert (handle.state, handle.calls) == ("pending", 0)
    import counted_later

    try:
        assert counted_later.f() == 1
        assert (handle.state, handle.calls) == ("active", 1)
        handle.revert()
        assert type(counted_later.f) is types.FunctionType
    finally:
        del sys.modules["counted_later"]


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (("json:nothing",), AttributeError, "nothing"),
        (("no_such_module:f",), ModuleNotFoundError, "no_such_module"),
        (("json",), ValueError, "package.module:Class.method"),
        ((json, "decoder.NaN"), TypeError, "not callable"),
        ((lambda: None,), TypeError, "in_place=True"),
        ((json, 5), TypeError, "dotted path"),
    ],
)
def test_an_unfit_target_is_refused_and_nothing_is_changed(arguments, error, words):
    before = dict(vars(json))
    with pytest.raises(error, match=words):
        count(*arguments)
    assert dict(vars(json)) == before


def test_somebody_elses_replacement_is_not_overwritten(place):
    original = place.add
    handle = count(place, "add")
    other = place.add = lambda a: 0
    assert handle.drifted
    with pytest.raises(wraptrs.PatchConflictError):
        handle.revert()
    assert place.add is other
    handle.revert(force=True)
    assert place.add is original


def test_instruments_lie_on_each_other_and_leave_in_any_order(place):
    original = place.Thing.__dict__["made"]
    handles = [count(place.Thing, "made") for _ in range(3)]
    assert place.Thing.made(3).start == 3
    assert [handle.calls for handle in handles] == [1, 1, 1]
    for index in (1, 0, 2):
        handles[index].revert()
        assert place.Thing.made(3).start == 3
    assert [handle.calls for handle in handles] == [2, 1, 3]
    assert place.Thing.__dict__["made"] is original


def test_a_handle_is_a_patch_that_is_listed_once(place):
    handle = count(place, "add", owner="tests")
    assert isinstance(handle, wraptrs.Patch)
    assert wraptrs.patches("tests") == (handle,)
    assert (handle.kind, handle.owner) == ("count", "tests")
    assert handle.location.startswith(__file__)
    wraptrs.revert_all("tests")
    assert wraptrs.patches("tests") == ()
    assert type(place.add) is types.FunctionType


def test_a_dropped_handle_is_found_in_the_list(place):
    count(place, "add", owner="dropped")
    place.add(1)
    (handle,) = wraptrs.patches("dropped")
    assert handle.calls == 1
    handle.revert()


def test_a_set_takes_instruments(place):
    original = place.add
    changes = wraptrs.PatchSet("set of tests")
    handle = changes.add(count(place, "add").revert())
    with changes:
        place.add(1)
    assert place.add is original
    assert handle.calls == 1


def test_a_meter_is_a_wrapper_for_whatever_takes_one(place):
    meter = wraptrs._native._Meter(True, False)
    wrapped = wraptrs.FunctionWrapper(place.add, meter)
    assert (wrapped(1), wrapped(1, b=2)) == (2, 3)
    assert meter.read()[0] == 2
    with pytest.raises(TypeError, match="wrapper"):
        meter(place.add, None, [], {})
