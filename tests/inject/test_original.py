"""original(): modules without what somebody patched into them or into what they import."""

from __future__ import annotations

import queue
import select
import selectors
import socket
import sys
import threading
import time

import pytest

import wraptrs
from support.child import run_child
from support.modules import Snapshot


@pytest.fixture(autouse=True)
def nothing_changes():
    # Those of eventlet, where that is loaded, have the same names.
    theirs = {name: sys.modules[name] for name in sys.modules if name.startswith("__original_m")}
    for name in theirs:
        del sys.modules[name]
    before = Snapshot()
    yield
    from wraptrs import _original

    for handle in list(_original._in_force.values()):
        handle.revert()
    assert before.difference() == []
    sys.modules.update(theirs)


def green(*args):
    raise AssertionError("the patched function was called")


def test_a_copy_without_patches(monkeypatch):
    usual = time.sleep
    monkeypatch.setattr(time, "sleep", green)
    copy = wraptrs.original("time")
    assert copy is not time is sys.modules["time"]
    copy.sleep(0)
    assert copy.sleep is not green
    assert time.sleep is green is not usual
    assert wraptrs.original("time") is copy is sys.modules["__original_module_time"]


def test_dependencies(monkeypatch):
    import _thread

    # Not allocate_lock: the import system itself uses that.
    for module, name in [(_thread, "start_new_thread"), (time, "monotonic"), (select, "select")]:
        monkeypatch.setattr(module, name, green)
    monkeypatch.setattr(threading, "Lock", green)
    waiting = wraptrs.original("queue")
    assert waiting is not queue
    assert waiting.threading is wraptrs.original("threading") is not threading
    assert waiting.threading.Lock is not green
    assert _thread is not wraptrs.original("_thread")
    assert wraptrs.original("_thread").start_new_thread is not green
    full = waiting.Queue(1)
    full.put(1)
    assert full.get() == 1
    with pytest.raises(waiting.Empty):
        full.get(timeout=0.001)
    sockets = wraptrs.original("socket")
    if hasattr(socket, "selectors"):  # imported where it is used, in late 3.14
        assert sockets.selectors is wraptrs.original("selectors") is not selectors
    assert wraptrs.original("selectors").select is wraptrs.original("select") is not select
    assert sockets is not socket
    left, right = sockets.socketpair()
    with left, right:
        left.sendall(b"x")
        assert right.recv(1) == b"x"


def test_what_has_one_state_for_all_is_shared():
    import os

    copy = wraptrs.original("os")
    assert copy is not os
    assert copy.environ is os.environ
    assert copy.path is os.path


def test_a_module_that_is_not_loaded(site, name):
    site(**{name: "import threading, colorsys"})
    copy = wraptrs.original(name)
    import colorsys

    assert name not in sys.modules
    assert copy.colorsys is colorsys
    assert copy.threading is wraptrs.original("threading")


def test_its_threads_are_threads():
    green_free = wraptrs.original("threading")
    seen = []
    thread = green_free.Thread(target=lambda: seen.append(green_free.current_thread()))
    thread.start()
    thread.join()
    assert seen == [thread]


def test_made_in_a_thread_that_is_joined():
    """Up to 3.12 a new threading takes the thread for its main one, with the mark of its end."""
    run_child(
        code="""
            import faulthandler, threading, wraptrs
            faulthandler.dump_traceback_later(60, exit=True)
            copies = []
            def work():
                copies.append(wraptrs.original("threading"))
                copies.append(wraptrs.inject("threading", None, ("colorsys", None)))
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
            for copy in copies[:2]:
                other = copy.Thread(target=work)
                other.start()
                other.join()
        """
    )


def test_handle():
    copy = wraptrs.original("selectors")
    handle = wraptrs.patch_of(copy)
    assert isinstance(handle, wraptrs.Patch)
    assert (handle.kind, handle.target, handle.state) == ("original", "selectors", "active")
    assert handle.original is selectors
    assert handle.replacement is copy
    handle.revert()
    assert "__original_module_selectors" not in sys.modules
    assert wraptrs.patch_of(copy) is None
    again = wraptrs.original("selectors")
    assert again is not copy
    with pytest.raises(wraptrs.PatchConflictError, match="another copy"):
        handle.apply()


@pytest.mark.parametrize("module", ["sys", "builtins", "__main__", "importlib._bootstrap"])
def test_of_what_there_has_to_be_one(module):
    with pytest.raises(ValueError, match=r"original\(\) cannot copy"):
        wraptrs.original(module)


def test_errors_of_the_module(site, name):
    site(**{name: "import threading\n1 / 0"})
    before = Snapshot()
    with pytest.raises(ZeroDivisionError):
        wraptrs.original(name)
    left = [found for found in before.difference() if not found.startswith("__original_module_")]
    assert left == []
