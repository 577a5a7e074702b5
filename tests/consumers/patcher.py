"""pytest plugin inside a package's own suite: patches every function of that package in place.

Copied into the environment by `patched` under the name of a way, which says what is done: nothing,
a wrapper that passes calls on, or a transplant of the function's own clone. When the suite ends all
is taken back, and what was patched, called and restored is written for `patched` to look at.
"""

from __future__ import annotations

import gc
import json
import os
import types
from pathlib import Path

import pytest

PACKAGE = os.environ["PATCHED_PACKAGE"]
WAY = __name__.rpartition("_")[2]

patches = []
before = []
calls = 0


def passing(wrapped, instance, args, kwargs):
    global calls
    calls += 1
    return wrapped(*args, **kwargs)


def functions():
    """All functions of the package, methods and closures included, that there are now."""
    for thing in gc.get_objects():
        if type(thing) is types.FunctionType:
            name = thing.__globals__.get("__name__") or ""
            if name == PACKAGE or name.startswith(PACKAGE + "."):
                yield thing


def clone(function):
    code, space, name = function.__code__, function.__globals__, function.__name__
    made = types.FunctionType(code, space, name, function.__defaults__, function.__closure__)
    made.__kwdefaults__ = function.__kwdefaults__
    made.__annotations__ = function.__annotations__
    made.__dict__.update(function.__dict__)
    return made


def state(function):
    names = "__code__ __defaults__ __kwdefaults__ __closure__ __globals__ __dict__ __doc__"
    return [getattr(function, name) for name in names.split()]


def change(function):
    from wraptrs import hotpatch, hotwrap

    if WAY == "wrap":
        return hotwrap(function, passing, unwrap=False)
    return hotpatch(clone(function), function, unwrap=False, mode="transplant")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish():
    if WAY != "none":
        for function in list(functions()):
            before.append((function, state(function)))
            patches.append(change(function))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish():
    for patch in patches[::2] + patches[1::2]:
        patch.revert()
    restored = all(old is new for function, one in before for old, new in zip(one, state(function)))
    found = {"patched": len(patches), "calls": calls, "restored": restored}
    Path(os.environ["CONSUMER_RECORD"] + ".patched").write_text(json.dumps(found))
