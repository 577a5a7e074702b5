"""Patching in place while the function runs: frames, generators, hot sites, hooks, threads."""

from __future__ import annotations

import gc
import sys
import sysconfig
import threading
import types

import pytest

from support.inplace import MODES, OFFICIAL, moved
from support.lib import package as wraptrs

hotpatch = wraptrs.hotpatch


def test_running_frame_finishes_with_its_own_globals():
    """The frame of 3.11 and later borrows them from the function that is being changed."""

    def make(word):
        space = {"WORD": word, "__builtins__": {"len": len}}
        exec("def f(between): between(); return WORD, len(WORD)", space)
        return space.pop("f")

    target = make("first")

    def disturb(action):
        action()
        gc.collect()
        [{"WORD": "garbage"} for _ in range(50)]

    patches = []
    seconds = [make("second!")]

    def enter():
        patches.append(hotpatch(seconds.pop(), target))

    def leave():
        patches.pop().revert()

    assert target(lambda: disturb(enter)) == ("first", 5)

    assert target(lambda: disturb(leave)) == ("second!", 7)
    assert target(lambda: None) == ("first", 5)


@moved("keyword defaults taken away take the replacement with them")
def test_running_frame_keeps_its_globals_when_the_patch_is_forgotten():
    space = {"WORD": "first", "__builtins__": {"len": len}}
    exec("def f(between): between(); return WORD, len(WORD)", space)
    other = {"__builtins__": {}}
    exec("def f(between): return 'other'", other)
    target = space.pop("f")
    del space

    def disturb():
        hotpatch(other["f"], target)
        target.__kwdefaults__ = None  # takes the record with it, and the first globals
        gc.collect()
        [{"WORD": "garbage"} for _ in range(50)]

    assert target(disturb) == ("first", 5)
    assert target(disturb) == "other"


def test_generators_and_coroutines_in_flight_finish_as_they_began():
    def generator():
        got = yield "old 1"
        yield "old 2", got

    async def coroutine():
        await pause()
        return "old"

    async def async_generator():
        yield "old 1"
        yield "old 2"

    @types.coroutine
    def pause():
        yield

    def new_generator():
        yield "new"

    async def new_coroutine():
        return "new"

    async def new_async_generator():
        yield "new"

    running = generator(), coroutine(), async_generator()
    assert next(running[0]) == "old 1"
    running[1].send(None)
    drive(running[2].__anext__())
    news = new_generator, new_coroutine, new_async_generator
    patches = [hotpatch(n, o) for n, o in zip(news, (generator, coroutine, async_generator))]
    assert running[0].send(3) == ("old 2", 3)
    assert drive(running[1]) == "old"
    assert drive(running[2].__anext__()) == "old 2"
    assert list(generator()) == ["new"] and drive(coroutine()) == "new"
    assert drive(async_generator().__anext__()) == "new"
    for patch in patches:
        patch.revert()
    assert next(generator()) == "old 1"


def drive(awaitable):
    """Run a coroutine or an awaitable of an async generator to its end."""
    steps = awaitable.__await__()
    try:
        while True:
            next(steps)
    except StopIteration as stop:
        return stop.value


def test_patching_in_the_middle_of_a_recursion():
    patches = []

    def target(n):
        if n == 5:
            patches.append(hotpatch(lambda n: -100, target))
        return n if n == 0 else target(n - 1) + 1

    assert target(10) == -100 + 6
    patches[0].revert()
    assert target(4) == 4


def test_sites_that_have_specialised_switch_at_the_next_call():
    class Thing:
        def __init__(self):
            self.made = "old"

        def method(self):
            return "old"

        @property
        def prop(self):
            return "old"

        def __getitem__(self, key):
            return "old"

        def __call__(self):
            return "old"

        def __len__(self):
            return 0

        def __getattr__(self, name):
            return "old"

        def __add__(self, other):
            return "old"

        @classmethod
        def cm(cls):
            return "old"

        @staticmethod
        def sm():
            return "old"

    def new_init(self):
        self.made = "new"

    thing = Thing()

    def use():
        made = Thing().made
        results = thing.method(), thing.prop, thing[0], thing(), thing.missing, thing + 1
        return {made, *results, thing.cm(), Thing.sm(), "old" if len(thing) == 0 else "new"}

    for _ in range(100):
        assert use() == {"old"}
    news = {
        "__init__": new_init,
        "method": lambda self: "new",
        "prop": lambda self: "new",
        "__getitem__": lambda self, key: "new",
        "__call__": lambda self: "new",
        "__len__": lambda self: 1,
        "__getattr__": lambda self, name: "new",
        "__add__": lambda self, other: "new",
        "cm": lambda cls: "new",
        "sm": lambda: "new",
    }
    for mode in MODES:
        patches = [hotpatch(new, vars(Thing)[name], mode=mode) for name, new in news.items()]
        for _ in range(100):
            assert use() == {"new"}
        for patch in patches:
            patch.revert()
        for _ in range(100):
            assert use() == {"old"}


def test_switch_in_the_middle_of_a_loop():
    def target():
        return 0

    def loop(count, at):
        total = 0
        for i in range(count):
            if i == at:
                hotpatch(lambda: 1, target)
            total += target()
        return total

    assert loop(20_000, 12_345) == 20_000 - 12_345


@moved("the setters tell audit hooks more often")
def test_an_audit_hook_may_veto_and_may_call():
    """In a process of its own: audit hooks cannot be taken away."""
    from support.child import run_child

    run_child(
        code="""
        import sys
        from wraptrs import hotpatch
        space = {"NEW": 5}
        exec("def new(a=3): return a, NEW", space)
        def target(a=1): return a
        seen, veto = [], []
        def hook(event, arguments):
            if event == "object.__setattr__" and arguments[0] is target:
                seen.append(target())
                if veto and len(seen) == veto[0]:
                    raise PermissionError("no")
        sys.addaudithook(hook)
        patch = hotpatch(space["new"], target)
        assert target() == (3, 5) and set(seen) == {1, (3, 5)}, seen
        patch.revert()
        assert target() == 1
        for at in (1, 2):
            seen.clear(); veto[:] = [at]
            before = target.__code__, target.__defaults__, target.__kwdefaults__, target.__globals__
            try:
                hotpatch(space["new"], target)
            except PermissionError:
                pass
            else:
                raise AssertionError("not vetoed")
            after = target.__code__, target.__defaults__, target.__kwdefaults__, target.__globals__
            assert all(a is b for a, b in zip(before, after)) and target() == 1
        """
    )


def test_tracing_and_profiling_go_on():
    def target():
        return 1

    events = []

    def trace(frame, event, argument):
        events.append(frame.f_code.co_name)
        return trace

    former = sys.gettrace()
    sys.settrace(trace)
    try:
        with hotpatch(lambda: 2, target):
            assert target() == 2
        with hotpatch(lambda: 2, target, mode="trampoline"):
            assert target() == 2
        assert target() == 1
    finally:
        sys.settrace(former)
    assert "<lambda>" in events and "target" in events


@pytest.mark.skipif(
    OFFICIAL and bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    reason="setters work one at a time: a call that runs meanwhile reads code and defaults apart",
)
def test_other_threads_see_old_or_new_and_nothing_else():
    def target(a, b=1):
        return a, b

    space = {"NEW": "new"}
    exec("def new(a, b=2, c=3, *, d=4): return a, b, c, d, NEW", space)
    wrong, stop = [], threading.Event()

    def call():
        while not stop.is_set():
            result = target(0)
            if result not in ((0, 1), (0, 2, 3, 4, "new")):
                wrong.append(result)

    threads = [threading.Thread(target=call) for _ in range(3)]
    former = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for mode in MODES * 200:
            hotpatch(space["new"], target, mode=mode).revert()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        sys.setswitchinterval(former)
    assert not wrong
