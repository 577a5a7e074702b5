"""What tools see of patched functions: debuggers, tracers, profilers, monitoring, warnings.

Numbers are those of the list of behaviours that patching in place has to get right.
"""

from __future__ import annotations

import io
import pdb
import sys
import traceback
import warnings

import pytest

from support.child import run_child
from support.inplace import OFFICIAL, WAYS, change, moved
from support.lib import package as wraptrs

hotpatch, hotwrap = wraptrs.hotpatch, wraptrs.hotwrap


@pytest.mark.parametrize("way", WAYS)
def test_22_a_debugger_walks_through_patched_frames(way):
    def target(a):
        return a

    def new(a):
        inside = a + 1
        debugger.set_trace()
        return inside

    commands = io.StringIO(
        "p 'seen', inside\nwhere\nup\np sorted(locals())\nup\nargs\ndown\nnext\nnext\ncontinue\n"
    )
    output = io.StringIO()
    debugger = pdb.Pdb(stdin=commands, stdout=output, nosigint=True, readrc=False)
    debugger.use_rawinput = False
    former = sys.gettrace()
    try:
        with change(way, new, target):
            assert target(4) == 5
    finally:
        sys.settrace(former)
    assert "('seen', 5)" in output.getvalue() and "Error" not in output.getvalue()


@pytest.mark.parametrize("way", WAYS)
def test_22_locals_of_all_frames_of_a_traceback_can_be_shown(way):
    def make(value):
        def target(a):
            return a, value

        return target

    def new(a):
        inside = a
        raise ValueError(inside)

    with change(way, new, make("free variable")) as patch, pytest.raises(ValueError) as caught:
        patch.function(5)
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert "inside = 5" in "".join(shown.format())
    for frame, _ in traceback.walk_tb(caught.value.__traceback__):
        assert all(isinstance(name, str) for name in frame.f_locals)


@moved("a frame is added")
@pytest.mark.parametrize(("way", "frames"), [("transplant", 0), ("trampoline", 1), ("hotwrap", 2)])
def test_37_stack_levels_of_warnings(way, frames):
    """A transplant adds no frame, a trampoline one where none can be saved, a wrapper its own."""

    def target():
        pass

    def new():
        warnings.warn("blame", UserWarning, stacklevel=2 + frames)

    def wrapper(wrapped, instance, args, kwargs):
        return new()

    patch = hotwrap(target, wrapper) if way == "hotwrap" else hotpatch(new, target, mode=way)
    saved = way == "trampoline" and sys.version_info < (3, 11)
    frames -= saved or patch.mode == "vectorcall"
    with patch, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        target()
        line = sys._getframe().f_lineno - 1
    assert (caught[0].filename, caught[0].lineno) == (__file__, line)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("hook", ["trace", "profile"])
def test_39_tracers_and_profilers_follow_the_code_that_runs(way, hook):
    def target():
        return "old"

    def new():
        return "new"

    def tool(frame, event, argument):
        if event in ("call", "return"):
            events.append((frame.f_code.co_name, event))
        return tool

    events = []
    setter, former = getattr(sys, f"set{hook}"), getattr(sys, f"get{hook}")()
    setter(tool)
    try:
        for _ in range(20):
            patch = change(way, new, target)
            assert target() == "new"
            patch.revert()
            assert target() == "old"
    finally:
        setter(former)
    assert events.count(("new", "call")) == events.count(("new", "return")) == 20
    assert events.count(("target", "call")) == events.count(("target", "return")) >= 20


def test_39_a_patch_made_by_the_tracer_itself():
    def target(n):
        return n if n == 0 else target(n - 1)

    patches = []

    def tool(frame, event, argument):
        if event == "call" and frame.f_code is code and not patches:
            patches.append(hotpatch(lambda n: "new", target))
        return tool

    code, former = target.__code__, sys.gettrace()
    sys.settrace(tool)
    try:
        result = target(5)
    finally:
        sys.settrace(former)
    assert result == "new" and target(5) == "new"
    patches[0].revert()
    assert target(5) == 0


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring came with 3.12")
@pytest.mark.parametrize("way", WAYS)
def test_39_monitoring(way):
    def target():
        return "old"

    def new():
        return "new"

    monitoring, tool = sys.monitoring, 4
    seen, events = [], monitoring.events
    monitoring.use_tool_id(tool, "test")
    try:
        monitoring.register_callback(tool, events.PY_START, lambda code, at: seen.append(code))
        monitoring.register_callback(tool, events.LINE, lambda code, line: None)
        monitoring.set_events(tool, events.PY_START | events.LINE)
        monitoring.set_local_events(tool, target.__code__, events.PY_RETURN)
        for _ in range(20):
            patch = change(way, new, target)
            assert target() == "new"
            patch.revert()
            assert target() == "old"
        assert monitoring.get_local_events(tool, target.__code__) == events.PY_RETURN
    finally:
        monitoring.set_events(tool, 0)
        monitoring.set_local_events(tool, target.__code__, 0)
        for event in (events.PY_START, events.LINE):
            monitoring.register_callback(tool, event, None)
        monitoring.free_tool_id(tool)
    assert seen.count(new.__code__) == 20 and seen.count(target.__code__) == 20


def test_39_lines_are_counted_where_they_are_written():
    """As coverage measures: the lines of the replacement, and none of a template's."""
    script = """
        import sys, threading
        from wraptrs import hotpatch, hotwrap
        lines = set()
        def tool(frame, event, argument):
            if event == "line" and frame.f_code.co_filename == "measured":
                lines.add(frame.f_lineno)
            elif frame.f_code.co_name == "t" and "wraptrs>" in frame.f_code.co_filename:
                raise AssertionError(frame)
            return tool
        source = "\\ndef target(a):\\n    return a\\n\\ndef new(a):\\n    b = a + 1\\n    return b"
        space = {}
        exec(compile(source, "measured", "exec"), space)
        target, new = space["target"], space["new"]
        sys.settrace(tool)
        with hotpatch(new, target):
            assert target(1) == 2
        assert lines == {6, 7}, lines
        lines.clear()
        with hotwrap(target, lambda wrapped, instance, args, kwargs: wrapped(*args)):
            assert target(1) == 1
        sys.settrace(None)
        assert lines <= {2, 3} and 3 in lines, lines
        """
    if OFFICIAL:
        script = script.replace("{6, 7}, lines", "{2, 6, 7}, lines")
    run_child(code=script)
