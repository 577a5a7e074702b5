"""Layers on one function: any order of reverting, switching, and changes by somebody else."""

from __future__ import annotations

import copy
import functools
import gc
import inspect
import itertools
import sys
import threading

import pytest

from support.collect import Thing, alive_after
from support.functions import same, state
from support.inplace import OFFICIAL, moved
from support.lib import package as wraptrs

hotpatch, hotwrap = wraptrs.hotpatch, wraptrs.hotwrap
pytestmark = pytest.mark.usefixtures("wrap_mode")
PatchConflictError = wraptrs.PatchConflictError


def around(name):
    def wrapper(wrapped, instance, args, kwargs):
        return (name, wrapped(*args, **kwargs))

    return wrapper


def build(function):
    """Three layers and a replacement between them, and what each puts around the result."""
    return [
        hotwrap(function, around("a")),
        hotpatch(lambda x: ("new", x), function),
        hotwrap(function, around("b")),
        hotwrap(function, around("c")),
    ]


def expected(on):
    result = "new" if 1 in on else "old"
    result = (result, 0)
    if 0 in on and 1 not in on:
        result = ("a", result)
    for index, name in ((2, "b"), (3, "c")):
        if index in on:
            result = (name, result)
    return result


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))), ids=str)
def test_reverting_in_any_order_leaves_the_right_function(order):
    def function(x):
        """Doc."""
        return "old", x

    before = state(function)
    patches, on = build(function), {0, 1, 2, 3}
    assert function(0) == expected(on)
    for index in order:
        patches[index].revert()
        on.remove(index)
        assert function(0) == expected(on)
        assert [patch.state for patch in patches] == [
            "active" if i in on else "reverted" for i in range(4)
        ]
    assert same(before, state(function))
    for patch in patches:
        patch.apply()
    assert function(0) == expected({0, 1, 2, 3})
    for patch in patches:
        patch.revert()
    assert same(before, state(function))


def test_switching_keeps_the_place():
    def function(x):
        return "old", x

    patches = build(function)
    for subset in itertools.product([False, True], repeat=4):
        for patch, value in zip(patches, subset):
            assert (patch.enable() if value else patch.disable()) is patch
        assert function(0) == expected({i for i, value in enumerate(subset) if value})
        assert all(patch.state == "active" for patch in patches)


def test_reverting_twice_and_applying_twice_do_nothing():
    def function():
        return "old"

    patch = hotpatch(lambda: "new", function)
    assert patch.apply() is patch and function() == "new"
    assert patch.revert() is patch and patch.revert() is patch and function() == "old"
    with patch as entered:
        assert entered is patch and function() == "new"
    assert function() == "old" and patch.state == "reverted"
    mode = "code" if OFFICIAL else "transplant"
    assert f"function, {mode}, reverted>" in repr(patch)


def test_the_original_is_what_lies_beneath():
    def function(a, b=1):
        return "old", a, b

    first = hotpatch(lambda a, b=2: ("first", a, b), function)
    second = hotwrap(function, around("second"))
    third = hotpatch(lambda a, b=3: ("third", a, b), function)
    assert first.original(0) == ("old", 0, 1)
    assert second.original(0) == ("first", 0, 2)
    assert third.original(0) == ("second", ("first", 0, 2))
    first.revert()
    assert third.original(0) == ("second", ("old", 0, 1))
    assert str(inspect.signature(first.original)) == "(a, b=1)"


@pytest.mark.parametrize("attribute", ["__code__", "__defaults__", "__kwdefaults__"])
@pytest.mark.parametrize("make", [hotpatch, hotwrap])
def test_a_change_by_somebody_else_is_not_overwritten(make, attribute):
    def function(a=1):
        return "old"

    def theirs(*args, **kwargs):
        return "theirs"

    before = state(function)
    if make is hotpatch:
        patch = hotpatch(lambda a=2: "new", function)
    else:
        patch = hotwrap(function, around("wrap"))
    ours = getattr(function, attribute)
    foreign = {"__code__": theirs.__code__, "__defaults__": (5,), "__kwdefaults__": {}}[attribute]
    if attribute == "__code__" and make is not hotpatch:
        foreign = function.__code__.replace(co_name="theirs")
    setattr(function, attribute, foreign)
    with pytest.raises(PatchConflictError, match="changed by somebody else"):
        patch.revert()
    assert patch.state == "active" and getattr(function, attribute) is foreign
    setattr(function, attribute, ours)
    patch.revert()
    assert same(before, state(function))
    patch.apply()
    setattr(function, attribute, foreign)
    patch.revert(force=True)
    assert same(before, state(function)) and patch.state == "reverted"


def test_copies_by_wraps_are_not_patched():
    def function(a):
        return "old"

    with hotpatch(lambda a: "new", function), hotwrap(function, around("w")):

        @functools.wraps(function)
        def copied(a):
            return "copy"

        assert copied.__dict__ == {"__wrapped__": function}
        assert copied(1) == "copy" and copied.__kwdefaults__ is None
        with hotpatch(lambda a: "copy's", copied, unwrap=False):
            assert copied(1) == "copy's" and function(1) == ("w", "new")
    assert function(1) == "old" and copied(1) == "copy"


@moved("keyword defaults hold the replacement")
def test_keyword_defaults_of_a_patched_function_are_an_ordinary_dict_to_all():
    def function():
        pass

    with hotpatch(lambda *, k=1: k, function):
        keywords = function.__kwdefaults__
        assert keywords == {"k": 1} and type(copy.copy(keywords)) is dict
        assert type(copy.deepcopy(keywords)) is dict

        def other(*, k):
            return k

        other.__kwdefaults__ = keywords
        with hotpatch(lambda *, k=2: k, other):
            assert (function(), other()) == (1, 2)
        assert (function(), other()) == (1, 1)


def test_an_attribute_set_while_wrapped_stays():
    def function():
        pass

    def other():
        pass

    patch = wraptrs.hotwrap(function, around("w"), mode="trampoline")
    assert function.__wrapped__() is None
    function.__wrapped__, function.mark = other, 1
    patch.revert()
    assert function.__dict__ == {"__wrapped__": other, "mark": 1}


@pytest.mark.parametrize("make", [hotpatch, hotwrap])
@pytest.mark.parametrize("keep", [True, False], ids=["patched", "reverted"])
def test_a_patched_closure_is_collected(make, keep):
    def objects():
        thing = Thing()

        def recursive(n):
            return thing and recursive(n - 1)

        def new(n):
            return recursive, thing

        wrapper = around("w")
        thing.wrapper = wrapper
        patch = hotpatch(new, recursive) if make is hotpatch else hotwrap(recursive, wrapper)
        patch.function(0) if make is hotpatch else None
        thing.patch = patch
        if not keep:
            patch.revert()
        return recursive, new, wrapper, patch, thing

    assert alive_after(objects) == 0


@pytest.mark.parametrize("keep", [True, False], ids=["patched", "reverted"])
def test_a_namespace_that_lent_its_globals_is_collected(keep):
    def objects():
        target, other = {}, {"Thing": Thing}
        exec("def f(): yield 'old'", target)
        exec("thing = Thing()\ndef f():\n    yield 'new'\n    yield thing", other)
        target["f"].others = other["f"].others = (target, other)
        patch = hotpatch(other["f"], target["f"])
        running = target["f"]()
        assert next(running) == "new"
        if not keep:
            patch.revert()
            thing = other.pop("thing")
            other["thing"] = thing
        assert isinstance(next(running), Thing)
        return target["f"], other["f"], other["thing"], patch

    assert alive_after(objects) == 0


@pytest.mark.parametrize("way", ["replaced", "wrapped", "switched"])
def test_frames_keep_their_globals_over_several_changes(way):
    """Two states with the same globals follow each other; the first one's frame outlives both."""

    def function():
        yield "old"

    space = {"word": "new"}
    exec("def first():\n    yield\n    yield word\ndef second(): yield word", space)
    patch = hotpatch(space["first"], function)
    running = function()
    next(running)
    if way == "replaced":
        hotpatch(space["second"], function).revert()
    elif way == "wrapped":
        hotwrap(function, around("w")).revert()
    else:
        hotwrap(function, around("w")).disable().enable().revert()
    patch.revert()
    del space, patch
    gc.collect()
    assert next(running) == "new" and list(function()) == ["old"]


def test_frames_of_the_old_code_are_listed():
    inside, leave = threading.Event(), threading.Event()

    def function():
        inside.set()
        leave.wait(10)

    thread = threading.Thread(target=function)
    thread.start()
    inside.wait(10)
    try:
        with hotpatch(lambda: "new", function) as patch:
            assert [frame.f_code.co_name for frame in patch.running()] == ["function"]
            assert function() == "new"
            leave.set()
            thread.join()
            assert patch.running() == []
    finally:
        leave.set()


def test_threads_may_patch_the_same_function():
    def function(x):
        return "old", x

    before = state(function)
    errors = []

    def work(name):
        try:
            for _ in range(50):
                patch = hotwrap(function, around(name))
                function(0)
                patch.revert()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abc"]
    former = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(former)
    assert not errors and same(before, state(function))
