"""Traces: what is told, how values are shown, what is never shown, and where it goes."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import signal
import sys
import threading

import pytest

from wraptrs.instruments import JsonLines, TraceEvent, TraceRing, TraceTree, instrument, trace


@contextlib.contextmanager
def traced(place, ring, *names):
    with contextlib.ExitStack() as stack:
        for name in names:
            stack.enter_context(trace(place, ring, name=name))
        yield


def test_calls_and_their_ends_are_told(place):
    handle = trace(place, name="add")
    place.add(1, 2, c=3)
    call, end = handle.sink.take()
    assert isinstance(handle.sink, TraceRing)
    assert (call.event, call.name, call.depth, call.parent) == ("call", "place:add", 0, None)
    assert call.args == (("a", "1"), ("b", "2"), ("c", "3"))
    assert call.thread == threading.get_ident()
    assert (end.event, end.id, end.value, end.error) == ("return", call.id, "6", None)
    assert end.total_ns >= end.self_ns > 0
    assert end.time_ns >= call.time_ns
    assert handle.calls == 1
    assert handle.sink.take() == []


def test_an_exception_is_told_and_passes_unharmed(place):
    handle = trace(place, name="fails")
    with pytest.raises(ValueError, match="no") as raised:
        place.fails()
    _, end = handle.sink.take()
    assert (end.event, end.error, end.value) == ("raise", "ValueError('no')", None)
    assert raised.value.__context__ is None
    try:
        raise LookupError("outer")
    except LookupError as outer:
        with pytest.raises(ValueError, match="no") as raised:
            place.fails()
        assert raised.value.__context__ is outer


def test_calls_inside_know_the_call_around(place):
    place.outer = lambda: place.inner() + place.inner()
    place.inner = lambda: place.add(1)
    ring = TraceRing()
    with traced(place, ring, "outer", "inner", "add"):
        place.outer()
    events = ring.take()
    calls = {event.id: event for event in events if event.event == "call"}
    around = {
        event.name: event.parent and calls[event.parent].name
        for event in events
        if event.event == "call"
    }
    assert around == {"place:outer": None, "place:inner": "place:outer", "place:add": "place:inner"}
    assert [event.depth for event in events] == [0, 1, 2, 2, 1, 1, 2, 2, 1, 0]
    assert str(events[2]).startswith("    place:add(a=1)")


def test_what_a_coroutine_calls_is_inside_of_it_and_not_of_others(place):
    async def task(name):
        await asyncio.sleep(0)
        place.add(name)

    async def rows():
        yield place.add(0)
        await asyncio.sleep(0)
        yield place.add(1)

    async def main():
        await asyncio.gather(place.task(10), place.task(20))
        return [row async for row in place.rows()]

    place.task, place.rows = task, rows
    ring = TraceRing()
    with traced(place, ring, "task", "add", "rows"):
        assert asyncio.run(main()) == [1, 2]
        assert place.add(5) == 6
    events = ring.take()
    calls = {event.id: event for event in events if event.event == "call"}
    inside = [
        (calls[event.parent].args if event.parent else None, event.args[0][1])
        for event in calls.values()
        if event.name == "place:add"
    ]
    tasks = [((("name", name),), name) for name in ("10", "20")]
    assert inside == [*tasks, ((), "0"), ((), "1"), (None, "5")]
    ends = [event for event in events if event.name == "place:task" and event.event == "return"]
    assert [event.value for event in ends] == ["None", "None"]


class Bad:
    def __init__(self, error):
        self.error = error

    def __repr__(self):
        raise self.error


def shown(place, value, **options):
    handle = trace(place, name="show", **options)
    place.show(value)
    call, _ = handle.sink.take()
    handle.revert()
    ((_, text),) = call.args
    return text


@pytest.fixture
def show(place):
    place.show = lambda value: None
    return lambda value, **options: shown(place, value, **options)


class Mine(list):
    def __iter__(self):
        raise AssertionError("nobody iterates over this")

    def __repr__(self):
        return "mine"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"),
        (True, "True"),
        (1.5, "1.5"),
        ("a\nb", r"'a\nb'"),
        (b"\x00", r"b'\x00'"),
        ((1,), "(1,)"),
        (
            (),
            "()",
        ),
        ([1, [2, [3, [4]]]], "[1, [2, [3, ...]]]"),
        ({}, "{}"),
        ({"a": {1}}, "{'a': {1}}"),
        (set(), "set()"),
        (int, "<class int>"),
        (Mine(), "mine"),
        (list(range(100)), "[0, 1, 2, 3, 4, 5, 6, 7, ...]"),
        (dict.fromkeys(range(9)), None),
        ("x" * 1000, "'" + "x" * 79 + "..."),
        (b"x" * 1000, "b'" + "x" * 78 + "..."),
        (1 << 100_000, "<int of 100001 bits>"),
        (-(1 << 70), str(-(1 << 70))),
        ("\ud800", r"'\ud800'"),
        ("é", "'é'"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_are_shown_in_short(show, value, text):
    if text is None:
        assert show(value).endswith("..., 7: None, ...}") or show(value).endswith("...}")
    else:
        assert show(value) == text


def test_the_length_is_bounded(show):
    for value in (["x" * 100] * 8, dict.fromkeys(range(8), "y" * 50), Bad(ValueError("z" * 500))):
        assert len(show(value, length=20)) <= 23
    endless = []
    endless.append(endless)
    assert show(endless) == "[[[...]]]"


@pytest.mark.parametrize("error", [ValueError(), RecursionError(), SystemExit(3), GeneratorExit()])
def test_no_error_of_a_repr_gets_out(show, error):
    text = f"<Bad object: repr() raised {type(error).__name__}>"
    assert show(Bad(error)) == text
    assert show([Bad(error), 1]) == f"[{text}, 1]"[:80] + ("..." if len(text) > 76 else "")


def test_a_repr_that_gives_no_string_is_said(show):
    class Odd:
        def __repr__(self):
            return 5

    assert show(Odd()) == "<Odd object: repr() raised TypeError>"


def test_an_interrupt_while_showing_is_not_lost(place):
    """It comes after the call has begun and been told, and the call itself is not torn."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    done = []
    place.show = lambda value: done.append(1)
    handle = trace(place, name="show")
    try:
        with pytest.raises(KeyboardInterrupt):
            place.show(Bad(KeyboardInterrupt()))
            for _ in range(1000):
                done.append(2)
    finally:
        signal.signal(signal.SIGINT, before)
    assert handle.calls == 1
    assert handle.sink.take()[0].args[0][1] == "<Bad object: repr() raised KeyboardInterrupt>"


def test_what_a_repr_calls_is_not_traced(place):
    class Loud:
        def __repr__(self):
            return str(place.add(1))

    place.show = lambda value: value
    ring = TraceRing()
    with trace(place, ring, name="add") as inner, trace(place, ring, name="show"):
        place.show(Loud())
        names = [event.name for event in ring.take()]
        assert names == ["place:show", "place:show"]
        assert inner.calls == 2, "calls are counted all the same"


def test_secrets_are_not_shown(place):
    def login(user, password, *rest, api_key=None, **more):
        return "fine"

    place.login, place.get_token = login, lambda: "s3cr3t"
    ring = TraceRing()
    with trace(place, ring, name="login"), trace(place, ring, name="get_token"):
        place.login(
            "ann", "s3cr3t", {"Authorization": "s3cr3t"}, api_key="s3cr3t", my_TOKEN="s3cr3t"
        )
        place.login(user="ann", password="s3cr3t")
        place.get_token()
    events = ring.take()
    assert "s3cr3t" not in "".join(map(str, events))
    assert dict(events[0].args)["password"] == "<redacted>"
    assert dict(events[0].args)["user"] == "'ann'"
    assert dict(events[0].args)[""] == "{'Authorization': <redacted>}"


def test_what_is_secret_can_be_said(place):
    with trace(place, name="add", secrets=["A"]) as handle:
        place.add(1, 2, c=3)
        assert dict(handle.sink.take()[0].args) == {"a": "<redacted>", "b": "2", "c": "3"}
    with trace(place, name="add", secrets=(), results=False) as handle:
        place.add(1)
        call, end = handle.sink.take()
        assert (call.args, end.value) == ((("a", "1"),), None)


def test_receivers_are_shown_by_their_class(place):
    class Half:
        def __init__(self, x):
            self.x = x

        def __repr__(self):
            return f"Half({self.x})"

        @classmethod
        def made(cls, x):
            return cls(x)

    ring = TraceRing()
    with instrument((Half.__init__), kind="trace", sink=ring, in_place=True):
        Half(1)
    with trace(Half, ring, name="made"):
        Half.made(2)
    events = ring.take()
    assert events[0].args[0][1].endswith("Half object>")
    assert events[2].args[0][0] == "cls"
    assert events[2].args[0][1].endswith("Half>")
    assert events[3].value == "Half(2)"


def test_a_full_ring_forgets_the_oldest(place):
    ring = TraceRing(3)
    with trace(place, ring, name="add"):
        for number in range(5):
            place.add(number)
    assert ring.dropped == 7
    assert [event.event for event in ring.take()] == ["return", "call", "return"]
    with pytest.raises(ValueError, match="capacity"):
        TraceRing(0)


def test_json_lines_are_written_at_once(place, tmp_path):
    path = tmp_path / "calls.jsonl"
    place.show = lambda value, password=None: value
    with trace(place, path, name="show") as handle, trace(place, handle.sink, name="fails"):
        place.show('a"\\\n\x01é', password="s3cr3t")
        assert len(path.read_text(encoding="utf-8").splitlines()) == 2
        with pytest.raises(ValueError, match="no"):
            place.fails()
        assert isinstance(handle.sink, JsonLines)
        handle.sink.close()
        place.show(1)
        assert handle.sink.dropped == 2
    text = path.read_text(encoding="utf-8")
    call, end, _, raised = map(json.loads, text.splitlines())
    assert call["args"] == [["value", repr('a"\\\n\x01é')], ["password", "<redacted>"]]
    assert (end["event"], end["id"]) == ("return", call["id"])
    assert (raised["event"], raised["error"]) == ("raise", "ValueError('no')")
    assert raised["total_ns"] >= raised["self_ns"] > 0
    with JsonLines(path) as more, trace(place, more, name="add"):
        place.add(1)
    assert len(path.read_text(encoding="utf-8").splitlines()) == 6, "it is appended to"
    with pytest.raises(OSError, match="cannot write traces to"):
        trace(place, tmp_path / "no" / "such" / "place", name="add")


def test_a_tree_for_people(place):
    stream = io.StringIO()
    place.outer = lambda: place.add(1) + place.add(2)
    tree = TraceTree(stream)
    with trace(place, tree, name="outer"), trace(place, tree, name="add"):
        place.outer()
    lines = [line.rpartition("  ")[0] for line in stream.getvalue().splitlines()]
    lines[0] = stream.getvalue().splitlines()[0]
    assert lines == [
        "place:outer()",
        "  place:add(a=1) -> 2",
        "  place:add(a=2) -> 3",
        "place:outer -> 5",
    ]


def test_a_callable_gets_events_and_its_errors_are_reported(place, monkeypatch):
    seen, reported = [], []
    handle = trace(place, seen.append, name="add")
    place.add(1)
    assert [type(event) for event in seen] == [TraceEvent, TraceEvent]
    assert handle.sink == seen.append
    handle.revert()

    def broken(event):
        raise LookupError(event.event)

    monkeypatch.setattr(sys, "unraisablehook", reported.append)
    with trace(place, broken, name="fails"), pytest.raises(ValueError, match="no"):
        place.fails()
    assert [str(report.exc_value) for report in reported] == ["call", "raise"]


def test_a_sink_that_is_none_is_refused(place):
    before = place.add
    with pytest.raises(TypeError, match="TraceRing"):
        trace(place, 5, name="add")
    assert place.add is before


def test_switched_off_nothing_is_told(place):
    handle = trace(place, name="add")
    handle.disable()
    place.add(1)
    assert handle.sink.take() == []
    handle.enable()
    place.add(1)
    assert len(handle.sink.take()) == 2


def test_each_thread_has_its_own_depth(place):
    def outer():
        worker = threading.Thread(target=place.inner)
        worker.start()
        worker.join()

    place.outer, place.inner = outer, lambda: None
    ring = TraceRing()
    with trace(place, ring, name="outer"), trace(place, ring, name="inner"):
        place.outer()
    calls = [event for event in ring.take() if event.event == "call"]
    assert [(event.depth, event.parent) for event in calls] == [(0, None), (0, None)]
    assert calls[0].thread != calls[1].thread
