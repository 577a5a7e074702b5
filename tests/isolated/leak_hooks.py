"""Registering, firing, failing and cancelling import hooks leaves memory and counts flat."""

from __future__ import annotations

import gc
import importlib
import importlib.util
import sys
import tempfile
import tracemalloc
from pathlib import Path

from _tools import FREE_THREADED, check_flat, check_references

import wraptrs
from wraptrs import PostImportHook, post_import_hooks, register_post_import_hook
from wraptrs._native import _hook_registry
from wraptrs.importer import ImportHookFinder, _post_import_hooks

FOLDER = tempfile.TemporaryDirectory()
sys.path.insert(0, FOLDER.name)
Path(FOLDER.name, "hooked_leak.py").write_text("value = 1\n")
Path(FOLDER.name, "hooked_space").mkdir()
importlib.invalidate_caches()
ERROR = LookupError("the same each time")


def hook(module):
    pass


def failing(module):
    raise ERROR.with_traceback(None)


def again(name="hooked_leak"):
    """Import what `fresh` has forgotten."""
    importlib.import_module(name)


def fresh(operation):
    """Do something as if nothing had been imported yet."""

    def run():
        sys.modules.pop("hooked_leak", None)
        sys.modules.pop("hooked_space", None)
        operation()

    run.__name__ = operation.__name__
    return run


def fired():
    register_post_import_hook(hook, "hooked_leak")
    register_post_import_hook(lambda module: module, "hooked_leak", priority=3)
    again()


def at_once():
    register_post_import_hook(lambda module: None, "sys")
    wraptrs.when_imported("sys")(hook)


def failed():
    handles = [register_post_import_hook(each, "hooked_leak") for each in (hook, failing)]
    try:
        again()
    except LookupError:
        ERROR.__traceback__ = None
    for handle in handles:
        assert handle.cancel()


def taken():
    handle = register_post_import_hook(failing, "hooked_leak", on_error=lambda h, e: None)
    again()
    ERROR.__traceback__ = None
    handle.cancel()


def cancelled():
    handle = register_post_import_hook(lambda module: handle, "hooked_never")
    handle.cancel()


def abandoned():
    cycle = []
    cycle.append(PostImportHook(lambda module: cycle, "hooked_never"))
    registry = type(_hook_registry)()
    registry.add(cycle[0])
    registry.add(PostImportHook(lambda module: registry, "hooked_never"))
    finder = ImportHookFinder()
    finder.find_spec("hooked_leak")


def repeated():
    handle = register_post_import_hook(hook, "hooked_leak", repeat=True)
    again()
    importlib.reload(sys.modules["hooked_leak"])
    handle.cancel()


def namespace():
    register_post_import_hook(hook, "hooked_space")
    again("hooked_space")


def lazy():
    register_post_import_hook(hook, "hooked_leak")
    spec = importlib.util.find_spec("hooked_leak_") or importlib.util.find_spec("json.tool")
    spec.loader = importlib.util.LazyLoader(spec.loader)
    importlib.util.module_from_spec(spec)
    again()


def viewed():
    _post_import_hooks["hooked_never"] = [hook, failing]
    _post_import_hooks["hooked_never"].append(print)
    dict(_post_import_hooks)
    del _post_import_hooks["hooked_never"]
    post_import_hooks()


def by_hand():
    register_post_import_hook(hook, "hooked_leak")
    spec = importlib.util.find_spec("hooked_leak")
    spec.loader.exec_module(importlib.util.module_from_spec(spec))


OPERATIONS = [fired, at_once, failed, taken, cancelled, abandoned, repeated, namespace, lazy]
OPERATIONS = [fresh(operation) for operation in (*OPERATIONS, viewed, by_hand)]

tracemalloc.start()
for operation in OPERATIONS:
    # The handles of hooks that have fired are kept, up to a number that is reached here.
    for _ in range(600):
        operation()
    check_flat(operation.__name__, operation, rounds=200)
tracemalloc.stop()
if not FREE_THREADED:
    for operation in OPERATIONS:
        watched = [hook, failing, ImportHookFinder, PostImportHook, _hook_registry]
        check_references(operation.__name__, operation, watched, rounds=100)
gc.collect()
FOLDER.cleanup()
