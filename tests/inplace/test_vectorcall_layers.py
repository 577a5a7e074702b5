"""Hooks under and over other layers, changed by others, and collected with their function."""

from __future__ import annotations

import gc
import itertools
import pickle
import types

import pytest

from inplace.foreign import lead_elsewhere
from support.collect import Thing, alive_after
from support.functions import same, state
from support.inplace import honoured, marking, passing
from support.lib import native
from support.lib import package as wraptrs

hotpatch, hotwrap = wraptrs.hotpatch, wraptrs.hotwrap
UnpatchableError, PatchConflictError = wraptrs.UnpatchableError, wraptrs.PatchConflictError
pytestmark = honoured


def simple(a, b=2):
    return a, b


def wrap(target, wrapper=marking):
    return hotwrap(target, wrapper, mode="vectorcall")


LAYERS = {
    "hook": lambda f, tag: hotwrap(f, around(tag), mode="vectorcall"),
    "trampoline": lambda f, tag: hotwrap(f, around(tag), mode="trampoline"),
    "transplant": lambda f, tag: hotpatch(lambda x, y=tag: (y, x), f, mode="transplant"),
    "call": lambda f, tag: hotpatch(lambda x, y=tag: (y, x), f, mode="trampoline"),
    "hooked call": lambda f, tag: hotpatch(lambda x, y=tag: (y, x), f, mode="vectorcall"),
}


def around(tag):
    def wrapper(wrapped, instance, args, kwargs):
        return (tag, wrapped(*args, **kwargs))

    return wrapper


def expected(layers):
    """What the function gives where these (kind, tag) lie on it."""
    result = ("plain", 0)
    for kind, tag in layers:
        result = (tag, 0) if kind in ("transplant", "call", "hooked call") else (tag, result)
    return result


@pytest.mark.parametrize("kinds", list(itertools.product(LAYERS, repeat=3)), ids="-".join)
def test_layers_of_all_modes_come_off_in_any_order(kinds):
    def function(x):
        return "plain", x

    before, tagged = state(function), list(enumerate(kinds))
    for order in itertools.permutations(range(3)):
        patches = [LAYERS[kind](function, tag) for tag, kind in tagged]
        on = dict(tagged)
        assert function(0) == expected((k, t) for t, k in on.items())
        for index in order:
            patches[index].disable()
            below = expected((k, t) for t, k in on.items() if t < index)
            assert patches[index].original(0) == below
            patches[index].enable()
            assert function(0) == expected((k, t) for t, k in on.items())
            patches[index].revert()
            del on[index]
            assert function(0) == expected((k, t) for t, k in on.items())
        assert same(before, state(function)) and native._callee(function) == "usual"


def test_the_original_of_a_hook_can_be_wrapped_itself():
    def function():
        return "plain"

    first, second = wrap(function, around(1)), wrap(function, around(2))
    original = second.original
    assert original() == (1, "plain")
    with wrap(original, around(3)):
        assert original() == (3, (1, "plain")) and function() == (2, (1, "plain"))
    with hotpatch(lambda: "new", original):
        assert original() == "new"
    assert original() == (1, "plain")
    second.revert()
    first.revert()
    assert function() == "plain" and original() == (1, "plain")


@pytest.mark.parametrize("mode", ["transplant", "trampoline", "vectorcall"])
def test_a_replacement_that_is_wrapped_brings_its_wrapper(mode):
    def function(a):
        return "plain", a

    def other(a, b=3):
        return "other", a, b

    with wrap(other), hotpatch(other, function, mode=mode):
        assert function(1) == other(1) == ("wrapped", ("other", 1, 3))
    assert function(1) == ("plain", 1) and other(1) == ("other", 1, 3)


def test_keyword_defaults_that_carry_a_hook_mean_nothing_elsewhere():
    def function(a):
        return a

    twin = types.FunctionType(function.__code__, globals())
    with wrap(function):
        twin.__kwdefaults__ = carried = function.__kwdefaults__
        assert twin(1) == 1 and type(pickle.loads(pickle.dumps(carried))) is dict
        with hotpatch(lambda a: "new", twin):
            assert twin(1) == "new" and function(1) == ("wrapped", 1)
        assert twin(1) == 1 and twin.__kwdefaults__ is carried
        with wrap(twin, around("twin")):
            assert twin(1) == ("twin", 1) and function(1) == ("wrapped", 1)
        assert twin(1) == 1
    assert function(1) == 1


# ---- somebody else ----


@pytest.mark.parametrize("attribute", ["__code__", "__kwdefaults__"])
def test_whoever_changes_the_function_takes_it_over(attribute):
    def function(a, *, b=1):
        return "plain", b

    value = {"__code__": (lambda a: "theirs").__code__, "__kwdefaults__": {"b": 5}}[attribute]
    theirs = {"__code__": "theirs", "__kwdefaults__": ("plain", 5)}[attribute]
    before = state(function)
    patch = wrap(function)
    setattr(function, attribute, value)
    for _ in range(100):
        assert function(1) == theirs
    with pytest.raises(PatchConflictError, match="changed by somebody else"):
        patch.revert()
    assert getattr(function, attribute) is value
    patch.revert(force=True)
    assert same(before, state(function)) and function(1) == ("plain", 1)


def test_a_pointer_of_somebody_else_is_left_alone():
    def function(a):
        return "plain"

    patch = wrap(function)
    with lead_elsewhere(function, "theirs"):
        assert function(1) == "theirs"
        with pytest.raises(PatchConflictError):
            patch.revert()
        with pytest.raises(UnpatchableError):
            wrap(function)
        with pytest.raises(PatchConflictError):
            hotwrap(function, passing)
        assert function(1) == "theirs"
    assert function(1) == ("wrapped", "plain")
    with lead_elsewhere(function, "theirs"):
        patch.revert(force=True)
        assert function(1) == "plain"
    with lead_elsewhere(function, "theirs"):
        with pytest.raises(UnpatchableError, match="somebody else leads its calls"):
            wrap(function)
        with hotwrap(function, marking) as patch:
            assert patch.mode == "trampoline" and function(1) == "theirs"
        assert function(1) == "theirs"
    assert function(1) == "plain"


def test_an_abandoned_hook_gives_way():
    """Nobody has the handle, and somebody replaces what carried the hook."""

    def function(a, *, b=1):
        return "plain", b

    wrap(function)
    function.__kwdefaults__ = {"b": 2}
    gc.collect()
    assert function(1) == ("plain", 2)
    with wrap(function):
        assert function(1) == ("wrapped", ("plain", 2))
    assert function(1) == ("plain", 2) and native._callee(function) == "usual"


# ---- memory ----


@pytest.mark.parametrize("make", [wrap, lambda f, w: hotpatch(w, f, mode="vectorcall")])
def test_a_hooked_closure_is_collected(make):
    def objects():
        thing = Thing()

        def closure(*args):
            return thing, closure

        def wrapper(*args):
            return closure

        patch = make(closure, wrapper)
        thing.patch = patch
        assert closure() is closure
        return closure, wrapper, patch, thing

    assert alive_after(objects) == 0


def test_a_hook_is_not_made_by_hand():
    with wrap(simple):
        hook = native._function_state(simple)[9]
        kind = type(simple.__kwdefaults__)
    with pytest.raises(TypeError, match="made by hotwrap"):
        type(hook)()
    with pytest.raises(TypeError):
        type("Derived", (type(hook),), {})
    with pytest.raises(TypeError):
        type("Derived", (kind,), {})
    assert kind() == {} and kind(a=1) == {"a": 1}
    for given in [(1, simple, None, False), (marking, 1, None, False), ()]:
        with pytest.raises(TypeError):
            native._hook(*given)
    plain = native._function_state(simple)
    with pytest.raises(TypeError, match="do not carry its hook"):
        native._transplant(simple, (*plain[:9], hook))
    assert simple(1) == (1, 2)
