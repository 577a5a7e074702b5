"""Eight threads apply and revert patches on shared targets, in sets and alone, while others call:
nothing is lost, nothing is left, and every call sees the original or whole layers of it.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import types

import wraptrs
from wraptrs import PatchSet

# All together; the long run is asked for by the variable.
ROUNDS = int(os.environ.get("WRAPTRS_STRESS_ROUNDS", "8000"))
THREADS = 8


def make_targets():
    class Base:
        def method(self):
            return ("original",)

        @property
        def prop(self):
            return ("original",)

    class Child(Base):
        pass

    module = types.ModuleType("shared")
    module.function = lambda: ("original",)
    module.value = ("original",)
    return module, Base, Child


module, Base, Child = make_targets()
BEFORE = [dict(vars(owner)) for owner in (module, Base, Child)]
errors = []


def wrapper(wrapped, instance, args, kwargs):
    return ("layer", *wrapped(*args, **kwargs))


def members(patches):
    """What one round applies; the same places for all threads."""
    return [
        lambda: patches.wrap(module, "function", wrapper),
        lambda: patches.wrap(Base, "method", wrapper),
        lambda: patches.wrap(Child, "method", wrapper),
        lambda: patches.wrap(Base, "prop", wrapper),
        lambda: patches.replace(module, "value", ("layer", "original")),
        lambda: patches.replace(module, "function", lambda: ("original",)),
        lambda: patches.hotwrap(Base.__dict__["method"], wrapper),
    ]


def work(number, rounds):
    choose = random.Random(number)
    try:
        for _ in range(rounds):
            patches = PatchSet(f"thread {number}")
            for add in choose.sample(members(patches), 3):
                add()
            patches.apply()
            if choose.random() < 0.2:
                patches.patches[1].disable()
            handles = list(patches.patches)
            if choose.random() < 0.5:
                choose.shuffle(handles)
                for handle in handles:
                    handle.revert()
            patches.revert()
            if wraptrs.patches(f"thread {number}"):
                raise AssertionError("something is left of a set that was reverted")
    except BaseException as error:
        errors.append(repr(error))
        raise


def look(stop):
    thing = Child()
    try:
        while not stop.is_set():
            for found in (module.function(), thing.method(), Base().prop, module.value):
                if found[-1] != "original" or set(found[:-1]) - {"layer"}:
                    errors.append(found)
    except BaseException as error:
        errors.append(repr(error))
        raise


def main():
    sys.setswitchinterval(1e-5)
    stop = threading.Event()
    watcher = threading.Thread(target=look, args=(stop,))
    watcher.start()
    threads = [
        threading.Thread(target=work, args=(number, ROUNDS // THREADS)) for number in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stop.set()
    watcher.join()
    assert not errors, errors[:5]
    assert wraptrs.patches() == ()
    for owner, before in zip((module, Base, Child), BEFORE):
        assert dict(vars(owner)) == before, owner
    assert Child().method() == Base().prop == module.function() == ("original",)


if __name__ == "__main__":
    main()
