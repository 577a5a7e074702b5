"""Forking while other threads patch: the child finds no lock taken and no patch half made.

What is patched by a thread when the process forks is in force in the child or is not, and can be
patched, reverted and called there like anything else.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
import types
import warnings

import wraptrs
from wraptrs import hotpatch, hotwrap, instruments, revert_all

ROUNDS = min(int(os.environ.get("WRAPTRS_STRESS_ROUNDS", "40")), 400)
FORKS = 20  # of a child
LIMIT = 20  # seconds for a child, which needs some milliseconds

if not hasattr(os, "fork"):
    print("no fork here")
    sys.exit(77)


def ours():
    return "old"


def theirs():
    return "old"


def new():
    return "new"


def passing(wrapped, instance, args, kwargs):
    return wrapped(*args, **kwargs)


class Holder:
    def method(self):
        return "old"


holding = sys.modules["forks_held"] = types.ModuleType("forks_held")
holding.ask = lambda key: "asked"
thing = Holder()
shared = hotpatch(new, lambda: "old")


def in_place():
    with hotpatch(new, theirs), hotwrap(theirs, passing), hotwrap(time.monotonic, passing):
        pass


def by_name():
    for holder in (Holder, thing):  # the latter keeps its attributes in a place of its own
        layer = wraptrs.wrap_function_wrapper(holder, "method", passing)
        wraptrs.unwrap_object(holder, "method", layer)


def by_handle():
    shared.disable()
    shared.enable()


def work(stop, action):
    while not stop.is_set():
        action()


def child():
    """What a child does; its exit status says which line failed."""
    signal.alarm(LIMIT)
    for number, function in enumerate((ours, theirs), 1):
        with hotpatch(lambda: "child", function):
            if function() != "child":
                return number
        if function() not in ("old", "new"):
            return 10 + number
    with hotwrap(time.monotonic, lambda *call: "child"):
        if time.monotonic() != "child":
            return 21
    by_name()
    by_handle()
    return 0


def grandchildren():
    """A child that forks in turn while other threads of it patch."""
    signal.alarm(LIMIT)
    lost = []
    sys.unraisablehook = lost.append  # where errors of what is done before and after a fork go
    with patching():
        statuses = [forked(child) for _ in range(FORKS)]
    return 30 if lost else 31 if any(statuses) else 0


@contextlib.contextmanager
def patching():
    """While it lasts, threads patch and take that back."""
    stop = threading.Event()
    actions = (in_place, in_place, by_name, by_handle)
    threads = [threading.Thread(target=work, args=(stop, action)) for action in actions]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def held():
    """Locks that a thread of the parent has, while it waits in code that is not ours."""
    entered, leave = threading.Semaphore(0), threading.Event()
    parent = os.getpid()

    def wait():
        if os.getpid() == parent:
            entered.release()
            assert leave.wait(LIMIT)
        return "waited"

    class Key:
        def __hash__(self):
            return 1

        def __eq__(self, other):
            return bool(wait())

    class Stream:
        def write(self, text):
            wait()

        def flush(self):
            pass

    def measured():
        return "measured"

    lazy = wraptrs.LazyObjectProxy(wait)
    kept = wraptrs.cached("forks_held:ask", ttl=60)
    tree = instruments.trace(measured, instruments.TraceTree(Stream()), in_place=True)

    def use():
        assert lazy == "waited" and ask(Key()) == "asked" and measured() == "measured"

    def child():
        signal.alarm(LIMIT)
        use()
        return 0

    ask = sys.modules["forks_held"].ask
    ask(Key())
    threads = [
        threading.Thread(target=work) for work in (lambda: str(lazy), lambda: ask(Key()), measured)
    ]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert entered.acquire(timeout=LIMIT)
    status = forked(child)
    leave.set()
    for thread in threads:
        thread.join()
    kept.revert()
    tree.revert()
    return status


def forked(work):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads
        pid = os.fork()
    if pid == 0:
        status = 99
        try:
            status = work()
        finally:
            os._exit(status)
    return os.waitpid(pid, 0)[1]


def main():
    sys.setswitchinterval(1e-6)
    for action in (in_place, by_name, by_handle):
        action()  # a module that a thread is importing as the process forks is lost to the child
    with patching():
        statuses = [forked(child) for _ in range(ROUNDS)]
    statuses += [forked(grandchildren), held()]
    assert not any(statuses), statuses
    revert_all()
    assert ours() == theirs() == "old"
    print("ok", ROUNDS)


main()
