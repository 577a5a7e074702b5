"""What this package holds is no reference: layers, records, handles and patched functions."""

from __future__ import annotations

import pytest

from support.lib import package as wraptrs
from support.lib import passthrough


def shown(obj):
    return [str(r) for r in wraptrs.find_references(obj)]


def patches_of(example):
    """Each way to change example.function: applied, it gives what takes it back."""
    function = example.function

    def other():
        return "other"

    def hooked(module):
        return function

    return {
        "wrap_function_wrapper": lambda: wraptrs.unwrap_object(
            example,
            "function",
            wraptrs.wrap_function_wrapper(example, "function", passthrough),
        ),
        "wrap": lambda: wraptrs.wrap(example, "function", passthrough).revert,
        "replace": lambda: wraptrs.replace(example, "function", other).revert,
        "hotwrap": lambda: wraptrs.hotwrap(function, passthrough).revert,
        "hotpatch": lambda: wraptrs.hotpatch(other, function).revert,
        "trampoline": lambda: wraptrs.hotpatch(other, function, mode="trampoline").revert,
    }


@pytest.mark.parametrize("way", ["wrap", "replace", "hotwrap", "hotpatch", "trampoline"])
def test_a_patched_function_is_held_by_those_who_held_it(module, example, way):
    function = example.function
    user = module("user", "held = [function]", function=function)
    del user.function
    expected = ["user.held[0] (list)"]
    revert = patches_of(example)[way]()
    if way in ("hotwrap", "hotpatch", "trampoline"):
        expected.insert(0, "example.function (global)")
    assert shown(function) == expected
    revert()
    assert shown(function) == ["example.function (global)", "user.held[0] (list)"]


def test_two_layers(example):
    function = example.function
    first = wraptrs.wrap(example, "function", passthrough)
    second = wraptrs.wrap(example, "function", passthrough)
    assert shown(function) == []
    first.revert()
    assert shown(function) == []
    second.revert()


def test_decorated_functions_and_proxies(module):
    source = """
import wraptrs
@wraptrs.decorator
def through(wrapped, instance, args, kwargs): return wrapped(*args, **kwargs)
def f(): pass
decorated = through(f)
proxy = wraptrs.ObjectProxy(f)
partial = wraptrs.partial(f)
cached = wraptrs.lru_cache(f)
class Own(wraptrs.ObjectProxy): pass
own = Own(f)
"""
    assert shown(module("example", source).f) == ["example.f (global)"]


def test_waiting_patches_hold_nothing_that_counts(module, example):
    function = example.function
    handle = wraptrs.replace("not_there_yet?", "attribute", function)
    assert shown(function) == ["example.function (global)"]
    handle.revert()


@pytest.mark.parametrize("twice", [False, True])
def test_parts_of_a_function_patched_in_place_are_its_own(module, example, twice):
    """The function goes on as a copy that nobody shall see; its parts are those of the function,
    and cannot be changed while it is patched."""
    held = example.function
    source = "def f(a=function, *, b=function): return a, b"
    user = module("user", source, function=held)
    del user.function
    reason = "the function is patched in place: revert that patch first"
    with wraptrs.hotwrap(user.f, passthrough) as patch:
        if twice:
            wraptrs.hotwrap(user.f, passthrough)
        assert shown(held) == [
            "example.function (global)",
            f"user.f.__defaults__[0] (default): {reason}",
            f"user.f.__kwdefaults__['b'] (keyword default): {reason}",
        ]
        with wraptrs.rebind(held, passthrough) as handle:
            assert [r.path for r in handle.rebound] == ["example.function"]
            assert user.f() == (held, held)
    assert patch.state == "reverted"
    wraptrs.revert_all()
    assert user.f() == (held, held)


def test_a_transplanted_default_is_that_of_the_replacement(module, example):
    held = example.function
    source = "def f(a=None): return a\ndef r(a=function): return a"
    user = module("user", source, function=held)
    del user.function
    with wraptrs.hotpatch(user.r, user.f):
        assert user.f() is held
        assert shown(held) == ["example.function (global)", "user.r.__defaults__[0] (default)"]


def test_a_wrapper_is_held_where_the_user_has_it(module, example):
    user = module("user", "def wrapper(wrapped, instance, args, kwargs): return 1")
    wrapped = wraptrs.hotwrap(example.function, user.wrapper)
    layered = wraptrs.wrap(example, "function", user.wrapper)
    assert shown(user.wrapper) == ["user.wrapper (global)"]
    layered.revert()
    wrapped.revert()
