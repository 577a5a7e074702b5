"""What tools and idioms see of patched functions: debuggers, tracers, warnings, pickles, reloads.

Numbers are those of the list of behaviours that patching in place has to get right.
"""

from __future__ import annotations

import asyncio
import copy
import functools
import gc
import importlib
import inspect
import io
import pdb
import pickle
import sys
import threading
import traceback
import warnings

import pytest

from support.child import run_child
from support.functions import same, state
from support.inplace import MODES, OFFICIAL, moved
from support.lib import package as wraptrs

hotpatch, hotwrap = wraptrs.hotpatch, wraptrs.hotwrap
WAYS = (*MODES, "hotwrap")


def passing(wrapped, instance, args, kwargs):
    return wrapped(*args, **kwargs)


def change(way, new, target):
    """A patch of any sort after which the target gives what `new` gives."""
    if way != "hotwrap":
        return hotpatch(new, target, mode=way)
    return hotwrap(target, lambda wrapped, instance, args, kwargs: new(*args, **kwargs))


def by_name(a, b=2):
    return a + b


def test_1_objects_in_c_that_hold_the_function_follow():
    def target(x):
        return "old", x

    mapped, keyed = map(target, range(3)), functools.partial(sorted, key=lambda it: target(it))
    waiting = iter(lambda: target(1), None)
    assert next(mapped) == ("old", 0)
    for way in WAYS:
        with change(way, lambda x: ("new", -x), target):
            assert next(waiting) == ("new", -1) and keyed([1, 2]) == [2, 1]
    with hotpatch(lambda x: ("new", x), target):
        assert next(mapped) == ("new", 1)
    assert next(mapped) == ("old", 2)


def test_9_keyword_defaults_are_those_of_the_moment_of_patching():
    def target():
        pass

    def new(*, k=1):
        return k

    patch = hotpatch(new, target)
    new.__kwdefaults__["k"] = 2
    assert (target(), new()) == (1, 2) or OFFICIAL
    patch.revert()
    with hotpatch(new, target):
        assert target() == 2
    target.__kwdefaults__ = {}
    assert new() == 2


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


def test_23_the_original_keeps_its_own_signature_and_may_be_called_again_and_again():
    def target(a, b=1, *, c: int = 2) -> str:
        return a, b, c

    def wrapper(wrapped, instance, args, kwargs):
        signatures.append(inspect.signature(wrapped))
        return [wrapped(*args, **kwargs), wrapped(0), wrapped(1, c=5)]

    signatures, expected = [], inspect.signature(target)
    with hotwrap(target, wrapper) as patch:
        assert target(9) == [(9, 1, 2), (0, 1, 2), (1, 1, 5)]
        assert inspect.signature(patch.original) == expected == inspect.signature(target)
    assert signatures == [expected]


def test_28_no_attribute_is_left_on_what_holds_the_function():
    class Thing:
        def method(self):
            return "old"

        @functools.lru_cache(None)  # noqa: B019 of a class that goes with the test
        def cached(self):
            return "old"

    thing = Thing()
    holders = [functools.partial(Thing.method, thing), vars(Thing)["cached"], thing.method]
    before = [set(dir(holder)) for holder in holders]
    for holder in holders:
        with hotpatch(lambda self: "new", holder), hotwrap(holder, passing):
            pass
        hotwrap(holder, passing).revert()
    # A function inside shows __wrapped__ while it is wrapped, and a method shows its function's.
    assert [set(dir(holder)) for holder in holders] == before
    assert "__code__" not in vars(Thing) and vars(thing) == {}


@pytest.mark.parametrize("way", WAYS)
def test_36_copies_by_wraps_made_while_patched(way):
    def target(a):
        """Target."""
        return "old"

    target.mark = 1
    with change(way, lambda a: "new", target):

        @functools.wraps(target)
        def copied(*args):
            return "copy of", target(*args)

        assert copied(1) == ("copy of", "new")
        assert set(vars(copied)) == {"mark", "__wrapped__"} and copied.__wrapped__ is target
        assert copied.__name__ == "target" and copied.__doc__ == "Target."
        assert copied.__kwdefaults__ is None and copied.__defaults__ is None
    assert copied(1) == ("copy of", "old") and set(vars(target)) == {"mark"}


@pytest.mark.parametrize("way", WAYS)
def test_3_pickles_and_copies_by_name(way):
    with change(way, lambda a: 1, by_name):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            assert pickle.loads(pickle.dumps(by_name, protocol)) is by_name
        assert copy.deepcopy([by_name])[0] is by_name
        assert pickle.loads(pickle.dumps(functools.partial(by_name, 5)))() == 1
    assert by_name(1) == 3


@moved("a frame is added")
@pytest.mark.parametrize(("way", "frames"), [("transplant", 0), ("trampoline", 1), ("hotwrap", 2)])
def test_37_stack_levels_of_warnings(way, frames):
    """A transplant adds no frame, a trampoline one, a wrapper its own beside."""

    def target():
        pass

    def new():
        warnings.warn("blame", UserWarning, stacklevel=2 + frames)

    def wrapper(wrapped, instance, args, kwargs):
        return new()

    patch = hotwrap(target, wrapper) if way == "hotwrap" else hotpatch(new, target, mode=way)
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


def test_14_what_the_old_function_held_lives_as_long_as_its_frames():
    class Held:
        pass

    def make(held):
        def target():
            yield "old"
            yield held

        return target

    def new():
        yield "new"

    target = make(Held())
    running = target()
    assert next(running) == "old"
    patch = hotpatch(new, target)
    del target, patch
    gc.collect()
    assert isinstance(next(running), Held)


def test_44_a_string_is_looked_up_again_after_a_reload(tmp_path, monkeypatch):
    (tmp_path / "loaded_again.py").write_text("def f(): return 'old'\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "loaded_again", raising=False)
    patch = hotpatch(lambda: "new", "loaded_again?:f")
    import loaded_again

    first = loaded_again.f
    assert loaded_again.f() == "new"
    importlib.reload(loaded_again)
    assert (first(), loaded_again.f()) == ("new", "old")  # another function, made anew
    patch.revert().apply()
    assert (first(), loaded_again.f()) == ("old", "new") and patch.function is loaded_again.f
    patch.revert()
    assert loaded_again.f() == "old"
    del sys.modules["loaded_again"]


@pytest.mark.parametrize("way", WAYS)
def test_31_every_field_comes_back_from_everything_at_once(way):
    def make(free):
        def target(a: int = 1, *, k: str = "k") -> float:
            """Documented."""
            return a, k, free

        return target

    space = {"__builtins__": {"str": str}, "WORD": "theirs"}
    exec("def new(a, b=5, *, z=6): return a, b, z, WORD, str(1)", space)
    target = make("free")
    target.mark = 1
    annotations, before = target.__annotations__, state(target)
    for _ in range(3):
        with change(way, space["new"], target):
            assert target(1) == (1, 5, 6, "theirs", "1") and target(a=2, z=3)[2] == 3
        assert same(before, state(target)) and target.__annotations__ is annotations
        assert target(2) == (2, "k", "free") and target.__dict__ == {"mark": 1}


def test_18_patching_from_inside_of_a_wrapper_and_of_a_generator():
    def target():
        return "old"

    patches = []

    def wrapper(wrapped, instance, args, kwargs):
        patches.append(hotpatch(lambda: "inner", target))
        return wrapped(), target()

    with hotwrap(target, wrapper):
        assert target() == ("old", "inner")
        patches.pop().revert()

    def generator():
        yield "old 1"
        with hotpatch(other, generator):
            yield list(generator())
        yield "old 2"

    def other():
        yield "new"

    assert list(generator()) == ["old 1", ["new"], "old 2"]


def test_the_handle_is_a_context_manager_for_coroutines_too():
    def target():
        return "old"

    async def use():
        async with hotpatch(lambda: "new", target) as patch:
            assert patch.state == "active" and target() == "new"
            await asyncio.sleep(0)
            assert target() == "new"
        return patch.state

    assert asyncio.run(use()) == "reverted" and target() == "old"


def test_running_sees_frames_under_generators_and_wrappers():
    def target(action):
        return action()

    with hotwrap(target, passing) as patch:
        frames = target(patch.running)
        assert [frame.f_code.co_name for frame in frames] == ["target"]
        assert (
            target(lambda: target(patch.running))
            and len(target(lambda: target(patch.running))) == 2
        )
    assert patch.running() == []
    pending = hotpatch(lambda: 1, "no_such_module_yet?:f")
    assert pending.running() == []
    pending.revert()


def test_threads_may_use_one_handle():
    def target():
        return "old"

    before = state(target)
    patch = hotpatch(lambda: "new", target)
    errors, start = [], threading.Barrier(4)

    def work(steps):
        try:
            start.wait()
            for _ in range(200):
                for step in steps:
                    getattr(patch, step)()
                    assert target() in ("old", "new")
        except Exception as error:
            errors.append(error)

    ways = [("revert", "apply"), ("apply", "revert"), ("disable", "enable"), ("apply", "apply")]
    threads = [threading.Thread(target=work, args=(way,)) for way in ways]
    former = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(former)
    assert not errors
    assert patch.enable().apply() is patch and target() == "new" and patch.state == "active"
    patch.revert()
    assert target() == "old" and same(before, state(target))
