"""What idioms see of patched functions: copies, pickles, reloads, threads, coroutines.

Numbers are those of the list of behaviours that patching in place has to get right.
"""

from __future__ import annotations

import asyncio
import copy
import functools
import gc
import importlib
import inspect
import pickle
import sys
import threading

import pytest

from support.functions import same, state
from support.inplace import OFFICIAL, WAYS, change, passing
from support.lib import package as wraptrs

hotpatch, hotwrap = wraptrs.hotpatch, wraptrs.hotwrap


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
        if OFFICIAL and sys.version_info >= (3, 14):  # its setters drop what was computed lazily
            assert target.__annotations__ == annotations
            before = [target.__annotations__ if b is annotations else b for b in before]
            annotations = target.__annotations__
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
