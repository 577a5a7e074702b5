"""Injections and other threads: each finds its own modules, and nobody waits for ever."""

from __future__ import annotations

import importlib
import sys
import threading
import types

import pytest

import wraptrs
from support.modules import Snapshot
from wraptrs import _importlock

LONG = 60


class Threads:
    """Threads that are joined at the end, and whose errors are the test's."""

    def __init__(self):
        self.errors = []
        self.threads = []

    def start(self, work, *args):
        def run():
            try:
                work(*args)
            except BaseException as error:
                self.errors.append(error)

        thread = threading.Thread(target=run, daemon=True)
        self.threads.append(thread)
        thread.start()

    def join(self):
        for thread in self.threads:
            thread.join(LONG)
            assert not thread.is_alive(), "threads wait for each other"
        if self.errors:
            raise self.errors[0]


@pytest.fixture
def threads():
    found = Threads()
    yield found
    found.join()


@pytest.fixture
def meeting(monkeypatch):
    """A module `meeting` that the tests' modules import to meet the test."""
    module = types.ModuleType("meeting")
    module.inside, module.go = threading.Event(), threading.Event()

    def meet():
        module.inside.set()
        assert module.go.wait(LONG)

    module.meet = meet
    monkeypatch.setitem(sys.modules, "meeting", module)
    return module


MEETS = "import meeting\nmeeting.meet()\nimport colorsys"


def test_import_statements_of_other_threads(site, name, threads, meeting):
    site(**{name: MEETS})
    import colorsys
    import xml.dom

    usual = sys.modules[name] = types.ModuleType(name)
    copies = []
    other = types.ModuleType("other")
    threads.start(lambda: copies.append(wraptrs.inject(name, None, ("colorsys", other))))
    assert meeting.inside.wait(LONG)
    assert sys.modules["colorsys"] is other
    found = {}
    exec(f"import colorsys, {name}\nfrom colorsys import rgb_to_hls", found)
    assert found["colorsys"] is colorsys
    assert found["rgb_to_hls"] is colorsys.rgb_to_hls
    assert found[name] is usual
    exec("import xml.dom as dom", found)
    assert found["dom"] is xml.dom
    meeting.go.set()
    threads.join()
    assert copies[0].colorsys is other
    assert sys.modules[name] is usual


def test_modules_that_other_threads_load_meanwhile(site, name, threads, meeting):
    site(**{name: MEETS, f"{name}late": "import colorsys"})
    import colorsys

    threads.start(wraptrs.inject, name, None, ("colorsys", "other"))
    assert meeting.inside.wait(LONG)
    threads.start(importlib.import_module, f"{name}late")
    meeting.go.set()
    threads.join()
    assert sys.modules[f"{name}late"].colorsys is colorsys


def test_what_other_threads_are_loading_already(site, name, threads, meeting):
    site(**{name: f"import colorsys, {name}slow", f"{name}slow": MEETS})
    import colorsys

    copies = []
    threads.start(importlib.import_module, f"{name}slow")
    assert meeting.inside.wait(LONG)
    threads.start(lambda: copies.append(wraptrs.inject(name, None, ("colorsys", "other"))))
    meeting.go.set()
    threads.join()
    slow = sys.modules[f"{name}slow"]
    assert slow.colorsys is colorsys
    assert copies[0].colorsys == "other"
    assert getattr(copies[0], name + "slow") is slow


def test_an_import_that_does_not_end(site, name, threads, meeting, monkeypatch):
    """As of a program that runs inside the import of its main module."""
    monkeypatch.setattr(_importlock, "PATIENCE", 0.05)
    body = """
        import meeting
        meeting.inside.set()
        while not meeting.go.wait(0.001):
            import colorsys
            assert colorsys.__name__ == "colorsys", colorsys
    """
    site(**{name: "import colorsys", f"{name}main": body})
    threads.start(importlib.import_module, f"{name}main")
    assert meeting.inside.wait(LONG)
    before = Snapshot()
    for number in range(20):
        copy = wraptrs.inject(name, None, ("colorsys", types.ModuleType(f"other{number}")))
        assert copy.colorsys.__name__ == f"other{number}"
        wraptrs.patch_of(copy).revert()
    assert before.difference() == []
    meeting.go.set()


def test_many_at_once(site, name, threads):
    count = 8
    modules = {f"{name}n{number}": "import colorsys" for number in range(count)}
    site(**modules)
    before = Snapshot()
    barrier, copies = threading.Barrier(count), {}

    def work(module):
        barrier.wait()
        for turn in range(20):
            copy = wraptrs.inject(module, None, ("colorsys", (module, turn)))
            assert copy.colorsys == (module, turn)
            wraptrs.patch_of(copy).revert()
            copies[module] = copy

    for module in modules:
        threads.start(work, module)
    threads.join()
    assert len(copies) == count
    assert before.difference() in ([], ["colorsys"])


def test_the_same_at_once_is_executed_once(site, name, threads):
    site(**{name: "import colorsys\ncolorsys.append(1)"})
    barrier, copies, executed = threading.Barrier(8), [], []

    def work():
        barrier.wait()
        copies.append(wraptrs.inject(name, None, ("colorsys", executed)))

    for _ in range(8):
        threads.start(work)
    threads.join()
    assert len(copies) == 8
    assert len(set(map(id, copies))) == 1
    assert executed == [1]


def test_modules_that_inject_and_import_each_other(site, name, threads, meeting):
    """Each thread is in the middle of an import that the other one's injection asks for."""
    meeting.barrier = threading.Barrier(2)
    source = """
        import wraptrs, meeting
        meeting.barrier.wait()
        copy = wraptrs.inject({target!r}, None, ("colorsys", {target!r}))
        import {other}
    """
    site(
        **{
            f"{name}a": source.format(target=f"{name}x", other=f"{name}b"),
            f"{name}b": source.format(target=f"{name}y", other=f"{name}a"),
            f"{name}x": f"import {name}b\nimport colorsys",
            f"{name}y": f"import {name}a\nimport colorsys",
        }
    )
    threads.start(importlib.import_module, f"{name}a")
    threads.start(importlib.import_module, f"{name}b")
    threads.join()
    assert sys.modules[f"{name}a"].copy.colorsys == f"{name}x"
    assert sys.modules[f"{name}b"].copy.colorsys == f"{name}y"


def test_functions_and_injections_at_once(site, name, threads):
    site(**{name: "import colorsys"})
    import colorsys

    end = threading.Event()

    def plain():
        import colorsys as found

        return found

    patched = wraptrs.patch_function(plain, ("colorsys", "mine"))

    def work():
        while not end.is_set():
            assert plain() is colorsys
            assert patched() == "mine"

    for _ in range(3):
        threads.start(work)
    for _ in range(30):
        copy = wraptrs.inject(name, None, ("colorsys", "injected"))
        assert copy.colorsys == "injected"
        wraptrs.patch_of(copy).revert()
    end.set()
    threads.join()
    assert sys.modules["colorsys"] is colorsys
