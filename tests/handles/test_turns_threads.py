"""Threads that patch at the same time, and wait for each other in code of theirs."""

from __future__ import annotations

import ast
import subprocess
import sys
import threading
import types

import pytest

import wraptrs
from support.waiting import OTHERS, in_thread
from wraptrs import _turns


def passing(wrapped, instance, args, kwargs):
    return wrapped(*args, **kwargs)


def test_the_code_itself_patches_the_same_attribute_with_another_handle():
    class Meta(type):
        def __setattr__(cls, name, value):
            if name == "value" and not inner:
                inner.append(None)
                inner.append(wraptrs.replace(cls, "value", "inner"))
            super().__setattr__(name, value)

    class C(metaclass=Meta):
        value = "first"

    inner = []
    outer = wraptrs.replace(C, "value", "outer")
    assert C.value == "outer"
    outer.revert()
    inner[1].revert(leave=True)
    assert wraptrs.patches() == ()


def test_threads_that_would_wait_for_each_other_are_told(monkeypatch):
    monkeypatch.setattr(_turns, "PATIENCE", OTHERS)
    module = types.ModuleType("crossed")
    module.a, module.b = 0, 0
    meet = threading.Barrier(2)
    patches = {name: wraptrs.PatchSet(name) for name in "ab"}
    errors = []

    def crossing(other):
        def predicate():
            meet.wait(OTHERS)
            try:
                patches[other].disable()
            except wraptrs.PatchBusyError as error:
                errors.append(error)
            return True

        return wraptrs.only_if(predicate=predicate)

    for name, other in ("ab", "ba"):
        patches[name].replace(module, name, 1)
        patches[name].guard = crossing(other)
    threads = [threading.Thread(target=patches[name].apply) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(OTHERS)
    assert not any(thread.is_alive() for thread in threads)
    assert errors and "which waits for this thread in turn" in str(errors[0])
    for patch in patches.values():
        assert patch.state == "active"
        patch.enable().revert()
    assert (module.a, module.b) == (0, 0)


def test_a_transformer_waits_for_a_thread_that_patches_in_place():
    def function():
        return "function"

    def other():
        return "other"

    class Slow(ast.NodeTransformer):
        def visit_Constant(self, node):
            outcomes.append(in_thread(patch_both))
            return ast.Constant("rewritten")

    def patch_both():
        with wraptrs.hotwrap(other, passing), wraptrs.hotwrap(function, passing):
            return other(), function()

    outcomes = []
    with wraptrs.rewrite(function, Slow()):
        assert function() == "rewritten"
    assert outcomes[0] == ("other", "function") and function() == "function"


def test_an_audit_hook_that_waits_for_a_thread_that_patches_in_place():
    script = """
import sys, threading, wraptrs
from wraptrs import _turns
_turns.PATIENCE = 0.2
def function(): return "function"
def other(): return "other"
outcomes = []
def hook(event, args):
    if event == "object.__setattr__" and args[0] is function and not outcomes:
        outcomes.append(None)
        thread = threading.Thread(target=patch_another, daemon=True)
        thread.start()
        thread.join(20)
        assert not thread.is_alive()
def passing(wrapped, instance, args, kwargs):
    return "passed " + wrapped(*args, **kwargs)
def patch_another():
    try:
        wraptrs.hotwrap(other, passing)
    except wraptrs.PatchBusyError as error:
        outcomes.append(error)
sys.addaudithook(hook)
with wraptrs.hotwrap(function, passing):
    assert "patches in place" in str(outcomes[1]), outcomes
    assert (function(), other()) == ("passed function", "other")
with wraptrs.hotwrap(other, passing):
    assert (function(), other()) == ("function", "passed other")
assert wraptrs.patches() == ()
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=3 * OTHERS)


def test_members_come_to_a_set_that_is_applied_by_code_of_it():
    module = types.ModuleType("growing")
    module.a, module.b = 0, 0
    patches = wraptrs.PatchSet()

    def predicate():
        patches.replace(module, "b", 1)
        return True

    patches.replace(module, "a", 1).guard = wraptrs.only_if(predicate=predicate)
    with patches:
        assert (module.a, module.b) == (1, 1)
    assert (module.a, module.b) == (0, 0)


@pytest.mark.parametrize("kind", ["replace", "wrap", "hotwrap", "item", "set", "scope"])
def test_eight_threads_with_one_handle(kind):
    module = types.ModuleType("shared")
    module.f, module.mapping = (lambda: ("original",)), {}

    def layer(wrapped, instance, args, kwargs):
        return ("layer", *wrapped())

    def replaced():
        return ("layer", "original")

    patches = wraptrs.PatchSet("eight")
    patch = {
        "replace": lambda: patches.replace(module, "f", replaced),
        "wrap": lambda: patches.wrap(module, "f", layer),
        "hotwrap": lambda: patches.hotwrap(module.f, layer),
        "item": lambda: patches.item(module.mapping, "key", 1),
        "set": lambda: patches,
        "scope": lambda: wraptrs.wrap(module, "f", layer, scope="context").revert(),
    }[kind]()
    if kind == "set":
        patches.replace(module, "f", replaced)
        patches.wrap(module, "f", layer)
    before = {key: value for key, value in vars(module).items() if key != "mapping"}
    start, errors = threading.Barrier(8), []

    def work():
        start.wait(OTHERS)
        try:
            for _ in range(200):
                patch.apply()
                assert module.f()[-1] == "original"
                assert len(wraptrs.patches("eight")) <= 2
                patch.disable()
                patch.enable()
                patch.revert()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors[:3]
    assert patch.state == "reverted" and module.f() == ("original",) and module.mapping == {}
    assert {key: value for key, value in vars(module).items() if key != "mapping"} == before


def test_a_disabled_patch_without_a_place_is_enabled_by_applying_it():
    module = types.ModuleType("switched")
    module.f, mapping = "before", {}
    patches = wraptrs.PatchSet()
    for patch, seen in (
        (patches.replace(module, "f", "new", check=False), lambda: module.f == "new"),
        (patches.item(mapping, "key", 1), lambda: mapping == {"key": 1}),
    ):
        patch.disable()
        assert patch.apply().state == "active" and patch.enabled and seen()
        assert patch.disable().state == "active" and not seen()
        patch.enable()
        assert seen()
        patch.revert()
        assert not seen() and patch.enabled
    assert (module.f, mapping) == ("before", {})
