"""What somebody else does to a patched function besides setting code and defaults (33)."""

from __future__ import annotations

import gc

import pytest

from support.functions import same, state
from support.inplace import MODES, moved, passing
from support.lib import package as wraptrs

hotpatch, hotwrap = wraptrs.hotpatch, wraptrs.hotwrap
PatchConflictError = wraptrs.PatchConflictError


def make():
    def function(a: int = 1, *, k=2, other=3):
        return "old", a, k, other

    return function


def new(a: str = 5, *, k=6, other=7):
    return "new", a, k, other


def change_value(function):
    function.__kwdefaults__["k"] = "theirs"


def add_value(function):
    function.__kwdefaults__["more"] = "theirs"


def take_value(function):
    function.__kwdefaults__.popitem()


def set_annotations(function):
    function.__annotations__ = {"a": "theirs"}


def refuses(patch, function, before):
    """The patch is not reverted over what somebody else did, unless that is insisted on."""
    with pytest.raises(PatchConflictError, match="changed by somebody else"):
        patch.revert()
    with pytest.raises(PatchConflictError, match="changed by somebody else"):
        patch.disable()
    with pytest.raises(PatchConflictError, match="changed by somebody else"):
        hotwrap(function, passing)
    assert patch.state == "active" and patch.enabled
    patch.revert(force=True)
    assert same(before, state(function)) and patch.state == "reverted"


@pytest.mark.parametrize("change", [change_value, add_value, take_value, set_annotations])
@pytest.mark.parametrize("mode", MODES)
def test_a_replaced_function(change, mode):
    function = make()
    before = state(function)
    patch = hotpatch(new, function, mode=mode)
    change(function)
    refuses(patch, function, before)


@pytest.mark.parametrize("change", [change_value, take_value])
def test_keyword_defaults_of_a_wrapped_function(change):
    function = make()
    before = state(function)
    patch = hotwrap(function, passing)
    if not function.__kwdefaults__:
        pytest.skip("a trampoline shows none")
    change(function)
    refuses(patch, function, before)


def test_keyword_defaults_where_there_were_none(wrap_mode):
    def function():
        return "old"

    before = state(function)
    patch = hotwrap(function, passing, mode=wrap_mode)
    function.__kwdefaults__["more"] = "theirs"
    refuses(patch, function, before)


def test_the_same_value_put_again_is_no_change():
    function = make()
    before = state(function)
    with hotpatch(new, function):
        name, value = function.__kwdefaults__.popitem()
        function.__kwdefaults__[name] = value
    assert same(before, state(function))


@pytest.mark.parametrize("read", [True, False])
def test_annotations_that_no_layer_changed_are_theirs(wrap_mode, read):
    """A wrapper has nothing to do with annotations: what is set meanwhile stays."""
    function = make()
    if read:
        assert function.__annotations__ == {"a": "int"}
    first, second = (hotwrap(function, passing, mode=wrap_mode) for _ in range(2))
    function.__annotations__ = theirs = {"a": "theirs"}
    first.revert()
    assert function.__annotations__ is theirs
    second.disable()
    assert function.__annotations__ is theirs
    second.revert()
    assert function.__annotations__ is theirs and function() == ("old", 1, 2, 3)


@pytest.mark.parametrize("annotated", [True, False])
@pytest.mark.parametrize("mode", [*MODES, "hotwrap"])
def test_annotations_computed_meanwhile_are_nobodys_change(mode, annotated):
    """They are made into a dict when first read, also where there are none."""

    def plain():
        return "old"

    function = make() if annotated else plain
    if mode == "hotwrap":
        patch = hotwrap(function, passing)
    else:
        patch = hotpatch(new if annotated else lambda: "new", function, mode=mode)
    expected = {} if not annotated else {"a": "int" if mode == "hotwrap" else "str"}
    assert function.__annotations__ == expected
    patch.revert()
    assert function.__annotations__ == ({"a": "int"} if annotated else {})


@moved("globals stay as they are")
def test_frames_of_their_code_keep_the_globals_that_they_borrowed():
    """From 3.11 on frames own none: with the patch the globals of its replacement would go."""

    def function():
        yield "old"

    def start():
        space = {"WORD": "lent", "__builtins__": {}}
        exec("def new():\n    yield 'new'", space)
        patch = hotpatch(space["new"], function)
        exec("def theirs():\n    yield 1\n    yield WORD", theirs)
        function.__code__ = theirs["theirs"].__code__
        running = function()
        assert next(running) == 1
        patch.revert(force=True)
        return running

    theirs = {}
    running = start()
    gc.collect()
    junk = [{"WORD": "garbage"} for _ in range(50)]
    assert list(running) == ["lent"] and len(junk) == 50
    assert list(function()) == ["old"]
