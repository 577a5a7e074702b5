"""Patches whose target ends in a question mark: they wait for the module to be imported."""

from __future__ import annotations

import importlib
import sys

import pytest

import wraptrs

SOURCE = """
def function(a):
    return a

class Class:
    def __init__(self):
        self.attribute = 1

    def method(self, a):
        return a
"""


def wrapper(wrapped, instance, args, kwargs):
    return wrapped(*args, **kwargs) + 1


def doubled(value):
    return value * 2


class Twice:
    """A factory: what it makes of a function doubles the result."""

    def __init__(self, function, factor=2):
        self.function, self.factor = function, factor

    def __call__(self, *args):
        return self.function(*args) * self.factor


@pytest.fixture
def target(site):
    site.write(hooked_target=SOURCE)
    return lambda: importlib.import_module("hooked_target")


def test_wrap_object(target):
    assert wraptrs.wrap_object("hooked_target?", "function", Twice) is None
    assert "hooked_target" not in sys.modules
    assert target().function(3) == 6


def test_wrap_object_with_arguments(target):
    wraptrs.wrap_object("hooked_target?", "function", Twice, (), {"factor": 5})
    wraptrs.wrap_object("hooked_target?", "Class.method", Twice, (7,))
    module = target()
    assert module.function(3) == 15
    assert module.Class.method(None, 2) == 14


def test_wrap_object_of_what_is_there(target):
    module = target()
    wrapped = wraptrs.wrap_object("hooked_target?", "function", Twice)
    assert wrapped is module.function
    assert module.function(3) == 6


def test_wrap_object_refuses_at_once_what_can_never_work(site):
    with pytest.raises(TypeError, match="must be callable"):
        wraptrs.wrap_object("hooked_target?", "function", 3)
    assert not site.waiting("hooked_target")


def test_wrap_object_attribute(site, target):
    assert wraptrs.wrap_object_attribute("hooked_target?", "Class.attribute", doubled) is None
    assert target().Class().attribute == 2
    wrapped = wraptrs.wrap_object_attribute("hooked_target?", "Class.attribute", doubled)
    assert type(wrapped).__name__ == "AttributeWrapper"
    assert target().Class().attribute == 4
    for bad in (("Class.attribute", 3), ("attribute", doubled)):
        with pytest.raises((TypeError, ValueError)):
            wraptrs.wrap_object_attribute("hooked_target?", *bad)
    assert not site.waiting("hooked_target")


def test_wrap_function_wrapper(target):
    assert wraptrs.wrap_function_wrapper("hooked_target?", "Class.method", wrapper) is None
    assert target().Class().method(1) == 2


def test_patch_function_wrapper(target):
    decorated = wraptrs.patch_function_wrapper("hooked_target?", "function")(wrapper)
    assert decorated is wrapper
    assert target().function(1) == 2


@pytest.mark.parametrize("change", [wraptrs.hotpatch, wraptrs.hotwrap])
def test_in_place(target, change):
    arguments = ("hooked_target?:function", wrapper)
    if change is wraptrs.hotpatch:
        arguments = (lambda a: a + 1), arguments[0]
    patch = change(*arguments)
    assert patch.state == "pending"
    module = target()
    assert (patch.state, module.function(1)) == ("active", 2)
    patch.revert()
    assert module.function(1) == 1


def test_in_place_taken_back_before_the_import(site, target):
    patch = wraptrs.hotwrap("hooked_target?:function", wrapper)
    (handle,) = site.waiting("hooked_target")
    patch.revert()
    assert (patch.state, handle.state) == ("reverted", "cancelled")
    assert target().function(1) == 1


def test_what_waits_can_be_seen_and_cancelled(site, target):
    wraptrs.wrap_function_wrapper("hooked_target?", "Class.method", wrapper)
    wraptrs.wrap_object("hooked_target?", "function", Twice)
    handles = site.waiting("hooked_target")
    names = ["hooked_target:Class.method", "hooked_target:function"]
    assert [handle.name for handle in handles] == names
    assert all(handle.cancel() for handle in handles)
    assert (target().Class().method(1), target().function(1)) == (1, 1)


def test_taken_off_by_the_same_name(target):
    target()
    layer = wraptrs.wrap_function_wrapper("hooked_target?", "function", wrapper)
    assert wraptrs.unwrap_object("hooked_target?", "function", layer) is layer
    assert target().function(1) == 1


def test_a_path_that_leads_nowhere_fails_the_import(site, target):
    wraptrs.wrap_function_wrapper("hooked_target?", "nowhere", wrapper)
    with pytest.raises(wraptrs.PathResolutionError, match="nowhere"):
        target()
    for handle in site.waiting("hooked_target"):
        handle.cancel()
    assert target().function(1) == 1


@pytest.mark.parametrize(
    "use",
    [
        lambda: wraptrs.resolve_path("hooked_target?", "function"),
        lambda: wraptrs.resolve_owner("hooked_target?", "function"),
    ],
)
def test_where_nothing_can_wait(target, use):
    with pytest.raises(wraptrs.TargetModuleNotFoundError, match=r"leave out the '\?'"):
        use()


def test_a_hook_waits_without_being_told(target):
    with pytest.raises(ValueError, match=r"leave out the '\?'"):
        wraptrs.register_post_import_hook(print, "hooked_target?")
