"""Traces: what is told of calls and their ends, and where it goes."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import sys
import threading

import pytest

from support.child import run_child
from wraptrs.instruments import JsonLines, TraceEvent, TraceRing, TraceTree, trace


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
    assert path.read_bytes().endswith(b"\n")


def test_a_path_may_be_whatever_open_takes(place, tmp_path):
    for path in (tmp_path / "é", os.fsencode(tmp_path / "bytes"), str(tmp_path / "text")):
        with JsonLines(path) as sink, trace(place, sink, name="add"):
            place.add(1)
        with open(path, "rb") as file:
            assert len(file.readlines()) == 2
    missing = tmp_path / "no" / "such" / "place"
    with pytest.raises(FileNotFoundError) as caught:
        trace(place, missing, name="add")
    assert caught.value.filename == str(missing)
    with pytest.raises(ValueError, match="null"):
        JsonLines("a\0b")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse names that are no text")
def test_a_path_need_not_be_text(tmp_path):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff")
    JsonLines(path).close()
    assert os.path.exists(path)


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit to the size of files")
def test_a_line_that_was_cut_off_spoils_no_other(tmp_path):
    run_child(
        code="""
        import json, os, resource, signal, sys
        from types import SimpleNamespace
        from wraptrs.instruments import trace

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        place = SimpleNamespace(show=lambda value: None)
        handle = trace(place, "lines", name="show")
        place.show("first")
        limit = os.path.getsize("lines") + 40
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        place.show("lost")  # its beginning is cut off, its end has no room at all
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        place.show("last")
        assert handle.sink.dropped == 2
        with open("lines") as file:
            lines = file.read().splitlines()
        assert len(lines) == 5 and len(lines[2]) == 40
        del lines[2]
        shown = [json.loads(line).get("args") for line in lines]
        assert shown == [[["value", "'first'"]], None, [["value", "'last'"]], None]
        """,
        cwd=tmp_path,
    )


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
