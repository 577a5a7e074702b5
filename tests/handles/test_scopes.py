"""`scope="context"`: in force for the current task or thread, and the tasks it starts."""

from __future__ import annotations

import asyncio
import contextvars
import sys
import threading
import types

import pytest

import wraptrs
from wraptrs import PatchSet, replace, wrap


@pytest.fixture
def module():
    made = types.ModuleType("scoped")
    exec(
        "def f(a=0): return ('f', a)\n"
        "class C:\n"
        "    def m(self, a): return ('m', a)\n"
        "    @classmethod\n"
        "    def k(cls, a): return ('k', a)\n"
        "    @staticmethod\n"
        "    def s(a): return ('s', a)\n"
        "    @property\n"
        "    def p(self): return 'p'\n",
        made.__dict__,
    )
    sys.modules[made.__name__] = made
    yield made
    del sys.modules[made.__name__]


def mark(wrapped, instance, args, kwargs):
    return "marked", wrapped(*args, **kwargs)


def in_thread(function):
    result = []
    context = contextvars.Context()  # a thread's own, also where threads inherit one
    thread = threading.Thread(target=lambda: result.append(context.run(function)))
    thread.start()
    thread.join()
    return result[0]


def test_others_see_the_original(module):
    with wrap(module, "f", mark, scope="context") as patch:
        assert module.f(1) == ("marked", ("f", 1))
        assert in_thread(lambda: module.f(1)) == ("f", 1)
        assert patch.state == "active" and patch.kind == "wrap"
        assert patch in wraptrs.patches()
    assert module.f(1) == ("f", 1)
    assert type(module.f) is types.FunctionType


def test_tasks(module):
    async def inside(value, pause):
        with replace(module, "f", lambda a=0: value, scope="context"):
            await pause.wait()
            child = asyncio.ensure_future(read())
            return module.f(), await child

    async def read():
        await asyncio.sleep(0)
        return module.f()

    async def main():
        pause = asyncio.Event()
        tasks = [asyncio.ensure_future(inside(value, pause)) for value in "abc"]
        await asyncio.sleep(0)
        outside = module.f()
        pause.set()
        return outside, await asyncio.gather(*tasks)

    outside, results = asyncio.run(main())
    assert outside == ("f", 0)
    assert results == [("a", "a"), ("b", "b"), ("c", "c")]
    assert module.f() == ("f", 0) and type(module.f) is types.FunctionType


def test_one_handle_in_two_contexts(module):
    patch = wraptrs.wrap(module, "f", mark, scope="context")
    other = contextvars.Context()
    other.run(patch.apply)
    patch.revert()
    assert module.f(1) == ("f", 1)
    assert other.run(module.f, 1) == ("marked", ("f", 1))
    other.run(patch.revert)
    assert type(module.f) is types.FunctionType
    assert patch.state == "reverted"


@pytest.mark.parametrize("base", [False, True], ids=["class", "instance"])
def test_methods_of_every_kind(module, base):
    cls = module.C
    with PatchSet(scope="context") as patches:
        patches.replace(cls, "m", lambda self, a: ("new m", a))
        patches.replace(cls, "k", classmethod(lambda cls, a: ("new k", cls, a)))
        patches.replace(cls, "s", staticmethod(lambda a: ("new s", a)))
        patches.replace(cls, "p", property(lambda self: "new p"))

        def results():
            thing = cls()
            holder = thing if base else cls
            return thing.m(1), holder.k(1), holder.s(1), thing.p

        assert results() == (("new m", 1), ("new k", cls, 1), ("new s", 1), "new p")
        assert in_thread(results) == (("m", 1), ("k", 1), ("s", 1), "p")
    assert cls().m(1) == ("m", 1)


def test_in_place(module):
    held = module.f
    with PatchSet(scope="context") as patches:
        patches.hotwrap(module.f, mark)
        patches.hotpatch(lambda self, a: ("hot", a), module.C.m)
        assert held(1) == ("marked", ("f", 1)) and module.C().m(2) == ("hot", 2)
        assert in_thread(lambda: (held(1), module.C().m(2))) == (("f", 1), ("m", 2))
    assert held(1) == ("f", 1)


@pytest.mark.parametrize("enabled", [True, False, lambda: True, lambda: False])
def test_together_with_a_switch_of_the_user(module, enabled):
    on = enabled() if callable(enabled) else enabled
    with wrap(module, "f", mark, scope="context", enabled=enabled):
        assert (module.f(1) == ("marked", ("f", 1))) is on


def test_what_cannot_have_a_scope_is_refused(module):
    module.x = 1
    with pytest.raises(TypeError, match="reading an attribute does not ask who reads it"):
        replace(module, "x", 2, scope="context")
    patches = PatchSet(scope="context")
    for method, arguments in (
        (patches.item, ({}, "k", 1)),
        (patches.env, ("NAME", "1")),
        (patches.delete, (module, "x")),
        (patches.wrap_object, (module, "x", str)),
    ):
        with pytest.raises(ValueError, match="cannot be limited to one context"):
            method(*arguments)
    with pytest.raises(ValueError, match="scope must be"):
        PatchSet(scope="thread")


def test_a_failure_leaves_nothing(module):
    with pytest.raises(wraptrs.PathResolutionError):
        wrap(module, "absent", mark, scope="context")
    patch = None
    patches = PatchSet(scope="context")
    patch = patches.wrap(module, "f", mark)
    patches.wrap(module, "absent", mark)
    with pytest.raises(wraptrs.PatchSetError):
        patches.apply()
    assert patch.state == "reverted" and type(module.f) is types.FunctionType


def test_many_threads_each_with_its_own(module):
    failures = []

    def work(number):
        for _ in range(200):
            with replace(module, "f", lambda a=0: number, scope="context"):
                if module.f() != number:
                    failures.append(number)
            if module.f() != ("f", 0):
                failures.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == [] and type(module.f) is types.FunctionType
