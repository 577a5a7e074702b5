"""Import hooks and threads: each hook once, no lock held while one runs, no deadlock."""

from __future__ import annotations

import importlib
import sys
import threading
import time

import pytest

from support.lib import IS_WRAPT
from support.lib import package as wraptrs

LIMIT = 20


def in_thread(function, *arguments):
    """Run something in another thread and wait for it, as a hook may."""
    thread = threading.Thread(target=function, args=arguments, daemon=True)
    thread.start()
    thread.join(LIMIT)
    assert not thread.is_alive(), "deadlock"


def together(*functions):
    """Run functions in threads of their own, at once; their errors are raised here."""
    barrier, errors = threading.Barrier(len(functions)), []

    def begin(function):
        try:
            barrier.wait(LIMIT)
            function()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=begin, args=(f,), daemon=True) for f in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    assert not any(thread.is_alive() for thread in threads), "deadlock"
    if errors:
        raise errors[0]


@pytest.fixture
def hurried():
    """Threads take turns as often as can be."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


# What a hook may wait for


@pytest.mark.parametrize("imported", [False, True])
def test_a_hook_waits_for_a_thread_that_registers(site, imported):
    site.write(hooked_outer="")
    if imported:
        importlib.import_module("hooked_outer")
    wraptrs.register_post_import_hook(
        lambda module: in_thread(site.hook, "hooked_elsewhere"), "hooked_outer"
    )
    importlib.import_module("hooked_outer")


def test_a_hook_waits_for_a_thread_that_imports(site):
    site.write(hooked_outer="", hooked_inner="")
    seen = site.hook("hooked_inner")
    wraptrs.register_post_import_hook(
        lambda module: in_thread(importlib.import_module, "hooked_inner"), "hooked_outer"
    )
    importlib.import_module("hooked_outer")
    assert [module.__name__ for module in seen] == ["hooked_inner"]


def test_a_hook_waits_for_a_thread_that_registers_for_the_same_module(site):
    site.write(hooked_outer="")
    seen = []
    wraptrs.register_post_import_hook(
        lambda module: (
            in_thread(wraptrs.register_post_import_hook, seen.append, "hooked_outer"),
            seen.append("outer"),
        ),
        "hooked_outer",
    )
    module = importlib.import_module("hooked_outer")
    assert seen == [module, "outer"]


def test_a_thread_that_imports_waits_for_the_hooks(site):
    site.write(hooked_slow="")
    order = []

    def hook(module):
        time.sleep(0.2)
        order.append("hook")

    wraptrs.register_post_import_hook(hook, "hooked_slow")

    def use():
        importlib.import_module("hooked_slow")
        order.append("use")

    together(use, use, use)
    assert order == ["hook", "use", "use", "use"]


# Once, whoever comes first


@pytest.mark.parametrize("turn", range(5))
def test_many_threads_import_one_module(site, turn):
    name = f"hooked_shared_{turn}"
    site.write(**{name: "import time\ntime.sleep(0.01)\nvalue = 1\n"})
    seen = []
    for _ in range(10):
        wraptrs.register_post_import_hook(lambda module: seen.append(module.value), name)
    together(*[lambda: importlib.import_module(name)] * 8)
    assert seen == [1] * 10


def test_two_threads_import_modules_that_import_each_other(site):
    site.write(
        hooked_left="import time\ntime.sleep(0.05)\nimport hooked_right\nwhole = True\n",
        hooked_right="import time\ntime.sleep(0.05)\nimport hooked_left\nwhole = True\n",
    )
    seen = []
    for name in ("hooked_left", "hooked_right"):
        wraptrs.register_post_import_hook(lambda m: seen.append((m.__name__, m.whole)), name)
    together(
        lambda: importlib.import_module("hooked_left"),
        lambda: importlib.import_module("hooked_right"),
    )
    assert sorted(seen) == [("hooked_left", True), ("hooked_right", True)]


@pytest.mark.skipif(IS_WRAPT, reason="wrapt loses hooks between two looks, now and then")
def test_registering_while_others_import(site, hurried):
    """Whenever a hook comes, before, in or after the import: it is called once."""
    missed = []
    for turn in range(150):
        name = f"hooked_race_{turn}"
        site.write(**{name: "value = 1\n"})
        seen = []

        def register(name=name, seen=seen):
            for _ in range(20):
                wraptrs.register_post_import_hook(lambda m, seen=seen: seen.append(m.value), name)

        def load(name=name):
            importlib.import_module(name)

        together(register, load, register)
        if seen != [1] * 40:
            missed.append((name, seen))
    assert not missed
    assert all(f"hooked_race_{turn}" in sys.modules for turn in range(150))


@pytest.mark.skipif(IS_WRAPT, reason="wrapt has no handles")
def test_cancelling_while_others_import(site, hurried):
    """A hook that was cancelled in time is not called; one that was called was not cancelled."""
    for turn in range(100):
        name = f"hooked_cancel_{turn}"
        site.write(**{name: ""})
        calls, outcomes = [], []
        handle = wraptrs.register_post_import_hook(calls.append, name)
        together(
            lambda name=name: importlib.import_module(name),
            lambda h=handle, o=outcomes: o.append(h.cancel()),
        )
        assert handle.state in ("fired", "cancelled")
        if outcomes == [False]:
            assert len(calls) == 1
        if not calls:
            assert outcomes == [True]


def test_notifying_from_several_threads(site):
    module = type(sys)("hooked_notified")
    seen = []
    for number in range(200):
        wraptrs.register_post_import_hook(
            lambda m, number=number: seen.append(number), "hooked_notified"
        )
    together(*[lambda: wraptrs.notify_module_loaded(module)] * 4)
    assert sorted(seen) == list(range(200))
