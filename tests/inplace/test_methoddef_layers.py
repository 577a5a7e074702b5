"""Layers on C functions, handles, what somebody else did meanwhile, and what is refused."""

from __future__ import annotations

import builtins
import datetime
import functools
import itertools
import math
import sys
import time
import types
from time import time as imported_time

import pytest

from support.lib import package as wraptrs

hotpatch, hotwrap = wraptrs.hotpatch, wraptrs.hotwrap
UnpatchableError, PatchConflictError = wraptrs.UnpatchableError, wraptrs.PatchConflictError
native = wraptrs._native
HOT = sys.version_info >= (3, 11)


def adding(mark):
    return lambda wrapped, instance, args, kwargs: wrapped(*args, **kwargs) + mark


def standing(function):
    """The C function that stands in a definition, which is its second word."""
    ctypes = pytest.importorskip("ctypes")
    address, _ = native._definition(function)
    return ctypes.c_void_p.from_address(address + ctypes.sizeof(ctypes.c_void_p))


@pytest.mark.parametrize("order", [*itertools.permutations(range(3))], ids=str)
@pytest.mark.parametrize("below", ["wrap", "replace"])
def test_layers_come_off_in_any_order(order, below):
    before = standing(str.upper).value
    first = adding("1") if below == "wrap" else lambda text: f"[{text}]1"
    patches = [hotwrap(str.upper, first) if below == "wrap" else hotpatch(first, str.upper)]
    patches += [hotwrap("x".upper, adding("2")), hotwrap("builtins:str.upper", adding("3"))]
    left = [0, 1, 2]

    def expected():
        base = "[a]" if below == "replace" and 0 in left else "A"
        return base + "".join(str(index + 1) for index in left)

    assert "a".upper() == expected()
    assert patches[1].original("b") == ("B1" if below == "wrap" else "[b]1")
    for index in order:
        patches[index].revert().revert()
        left.remove(index)
        assert "a".upper() == expected() and patches[index].original("b") == "B"
    assert standing(str.upper).value == before
    assert not wraptrs._definitions._records
    patches[2].apply()
    patches[0].apply()
    assert "a".upper() == ("A31" if below == "wrap" else "[a]1")
    patches[2].revert()
    patches[0].revert()


def test_a_replacement_hides_what_is_below():
    with hotwrap(math.sqrt, adding(1)), hotpatch(lambda x: 5, math.sqrt) as patch:
        assert math.sqrt(4.0) == 5 and patch.original(4.0) == 3
        with hotwrap(math.sqrt, adding(2)) as above:
            assert math.sqrt(4.0) == 7 and above.original(4.0) == 5
    assert math.sqrt(4.0) == 2


def test_wrapped_is_bound_through_every_layer():
    seen = []

    def look(wrapped, instance, args, kwargs):
        seen.append((wrapped.__self__, instance))
        return wrapped(*args, **kwargs)

    now = datetime.datetime.now
    with hotwrap(now, look), hotwrap(now, look), hotpatch(lambda cls: cls, now), hotwrap(now, look):
        assert now() is datetime.datetime
    with hotwrap(str.upper, look), hotwrap(str.upper, look):
        assert "x".upper() == "X"
    assert seen == [(datetime.datetime, datetime.datetime)] + [("x", "x")] * 2


def test_switched_off_and_on():
    wrap, top = hotwrap(math.sqrt, adding(1)), hotpatch(lambda x: 9, math.sqrt)
    before = standing(math.sqrt).value
    top.disable()
    assert math.sqrt(4.0) == 3 and top.state == "active"
    wrap.disable()
    assert math.sqrt(4.0) == 2 and standing(math.sqrt).value != before
    wrap.enable()
    top.enable()
    assert math.sqrt(4.0) == 9
    top.revert()
    wrap.revert()
    assert math.sqrt(4.0) == 2 and standing(math.sqrt).value != before


def test_the_switch_of_a_wrapper_is_asked_at_each_call():
    on = [True]
    with hotwrap(str.upper, adding("!"), enabled=lambda: on[0]):
        assert "x".upper() == "X!"
        on[0] = False
        assert "x".upper() == "X"
    with hotwrap(math.sqrt, adding(1), enabled=False) as patch:
        assert math.sqrt(4.0) == 2.0
        assert patch.enable() is patch and math.sqrt(4.0) == 3.0

    def broken():
        raise LookupError

    with hotwrap(math.sqrt, adding(1), enabled=broken), pytest.raises(LookupError):
        math.sqrt(4.0)


def test_the_handle():
    patch = hotpatch(lambda: 1.0, "time:time", mode="methoddef", owner="me")
    assert (patch.name, patch.mode, patch.state, patch.owner) == (
        "time:time",
        "methoddef",
        "active",
        "me",
    )
    assert patch.function is time.time and patch.running() == []
    assert repr(patch) == "<hotpatch of time:time, methoddef, active>"
    assert patch.original() > 1.6e9 and patch.original.__self__ is time
    with patch:
        assert imported_time() == 1.0
    assert patch.state == "reverted" and imported_time() > 1.6e9
    with patch:
        assert imported_time() == 1.0
    captured = hotwrap("x".upper, adding("!"))
    assert captured.function is str.upper and captured.name == "builtins:str.upper"
    captured.revert()
    descriptor = str.__dict__["maketrans"]
    with hotpatch(lambda *args: "new", descriptor):
        assert str.maketrans("a", "b") == "new"
    with hotpatch(lambda: "new", functools.partial(imported_time)):
        assert time.time() == "new"


def test_a_deferred_target(monkeypatch):
    monkeypatch.delitem(sys.modules, "cmath", raising=False)
    patch = hotpatch(lambda x: "new", "cmath?:sqrt")
    assert (patch.state, patch.original) == ("pending", None)
    from cmath import sqrt

    assert patch.state == "active" and sqrt(1) == "new"
    patch.revert()
    assert sqrt(1) == 1


@pytest.mark.parametrize("force", [False, True])
def test_someone_elses_change_is_noticed(force):
    """Another tool puts its own C function into the definition; here that of math.cos."""
    place, theirs = standing(math.sin), standing(math.cos).value
    before = place.value
    patch = hotpatch(lambda x: "ours", math.sin)
    ours, place.value = place.value, theirs
    try:
        assert math.sin(0.0) == 1.0
        for change in (patch.revert, patch.disable, lambda: hotwrap(math.sin, adding(1))):
            with pytest.raises(PatchConflictError, match="changed by somebody else"):
                change()
        assert math.sin(0.0) == 1.0 and patch.state == "active"
        if not force:
            place.value = ours
            assert math.sin(0.0) == "ours"
        patch.revert(force=force)
        assert place.value == before and math.sin(0.0) == 0.0
        place.value = ours  # whoever holds the address of the thunk gets the function itself
        assert math.sin(0.0) == 0.0
    finally:
        place.value = before


def test_someone_elses_change_is_left_and_patched_on_top_of():
    place, theirs = standing(math.sin), standing(math.cos).value
    before, patch = place.value, hotpatch(lambda x: "ours", math.sin)
    other = hotwrap(math.sin, adding("!"))
    ours, place.value = place.value, theirs
    try:
        patch.revert(leave=True)
        assert math.sin(0.0) == 1.0 and patch.state == "reverted"
        other.revert(leave=True)
        assert place.value == theirs and not wraptrs._definitions._records
        with hotwrap(math.sin, adding(1)):
            assert math.sin(0.0) == 2.0
        assert place.value == theirs
        place.value = ours
        assert math.sin(0.0) == 0.0
    finally:
        place.value = before


def test_patched_on_top_of_someone_elses_change():
    place, theirs = standing(math.sin), standing(math.cos).value
    before, place.value = place.value, theirs
    try:
        with hotwrap(math.sin, adding(1)):
            assert math.sin(0.0) == 2.0
        assert place.value == theirs
    finally:
        place.value = before
    with hotwrap(math.sin, adding(1)):
        assert math.sin(0.0) == 1.0


def test_audit_hooks_are_told_and_may_refuse():
    script = """
import math, sys, wraptrs
events, refuse = [], [False]
def hook(event, args):
    if event == "wraptrs.definition" and args[0] is math.sqrt:
        events.append(args[1])
        if refuse[0]:
            raise PermissionError("no")
sys.addaudithook(hook)
new = lambda x: "new"
patch = wraptrs.hotpatch(new, math.sqrt)
patch.revert()
assert events == [new, None], events
refuse[0] = True
for change in (lambda: wraptrs.hotpatch(new, math.sqrt), patch.apply):
    try:
        change()
    except PermissionError:
        assert math.sqrt(4.0) == 2.0 and not wraptrs._definitions._records
    else:
        raise AssertionError
"""
    import subprocess

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


REFUSED = [
    (object.__new__, "one definition serves the __new__ of all classes"),
    (dict.__getitem__, "operators use what lies beneath __getitem__"),
    (set().__contains__, "operators use what lies beneath __contains__"),
    (builtins.__import__, "import statements pass it by"),
    (str.__format__, "f-strings and format"),
    (object.__reduce__, "copying and pickling"),
    (type.__instancecheck__, "isinstance"),
    (native.resolve_path, "lies in memory that cannot be written"),
    (int.__add__, "slot of a C type"),
    ((1).__add__, "slot of a C type"),
    (int, "it is a class"),
    (types.FunctionType.__code__, "not callable|hold no Python function"),
]
if HOT:
    REFUSED += [
        (it, "hot call sites pass it by") for it in (len, isinstance, list.append, [].append)
    ]
    REFUSED += [(functools.partial(len), "hot call sites"), (functools.lru_cache(len), "hot call")]
if sys.version_info >= (3, 14):
    REFUSED += [(it, "calls with a generator expression") for it in (all, any)]


@pytest.mark.parametrize(("target", "why"), REFUSED, ids=lambda it: it if type(it) is str else "")
def test_what_would_have_no_effect_is_refused(target, why):
    for patch in (lambda: hotpatch(lambda *a: 1, target), lambda: hotwrap(target, adding(1))):
        with pytest.raises(UnpatchableError, match=r"cannot patch .* in place: ") as caught:
            patch()
        assert caught.match(why) and caught.match("wrap_object|patch its __init__|give a function")


@pytest.mark.skipif(not HOT, reason="there are no hot call sites before 3.11")
@pytest.mark.parametrize("name", ["len", "isinstance", "append"])
def test_what_is_refused_for_hot_call_sites_has_no_effect_there(name):
    """The reason for the refusal: where it is gone, so should the refusal be."""
    function, binds = (list.append, True) if name == "append" else (getattr(builtins, name), False)
    space = {}
    call = {"len": "len(it)", "isinstance": "isinstance(it, list)", "append": "it.append(1)"}[name]
    exec(f"def site(it):\n  {call}\n  return 1", space)
    for _ in range(500):
        space["site"]([])
    hits = 0

    def count(*args):
        nonlocal hits
        hits += 1
        return 0

    assert native._definition_put(function, binds, count) is None
    try:
        for _ in range(50):
            space["site"]([])
    finally:
        native._definition_put(function, binds, None)
    assert hits == 0


def test_modes_and_replacements_that_do_not_fit():
    for mode in ("transplant", "trampoline"):
        with pytest.raises(TypeError, match=f"C function, to which mode='{mode}' does not apply"):
            hotpatch(lambda: 1, time.time, mode=mode)
    with pytest.raises(TypeError, match="is no C function: use mode='auto'"):
        hotpatch(lambda: 1, standing, mode="methoddef")
    for target, replacement in ((time.time, imported_time), (str.upper, "x".upper)):
        with pytest.raises(ValueError, match="by itself"):
            hotpatch(replacement, target)

    async def later():
        return 1

    with pytest.raises(TypeError, match=r"coroutine function .* cannot replace plain function"):
        hotpatch(later, time.time)
    with hotpatch(later, time.time, kind="replacement"):
        running = time.time()
        with pytest.raises(StopIteration):
            running.send(None)
    assert time.time() > 1.6e9


def test_a_failed_check_turns_the_mode_off(monkeypatch):
    monkeypatch.setattr(wraptrs._definitions, "_checked", None)
    monkeypatch.setattr(wraptrs._definitions, "_definition_samples", lambda: [math.sqrt] * 14)
    with pytest.raises(UnpatchableError, match="do not follow their definitions"):
        hotpatch(lambda: 1, time.time)


def test_what_the_native_functions_refuse():
    for name in ("_definition_original", "_definition_put"):
        with pytest.raises(TypeError, match="takes a C function or method, got 'int'"):
            getattr(native, name)(*(3, True, None)[: 3 if name.endswith("put") else 2])
    assert native._definition(3) is None and native._definition(standing) is None
    for bad in ((), (1,), (1, 2)):
        with pytest.raises(TypeError):
            native._DefinitionWrap(*bad)
    wrap = native._DefinitionWrap(adding(1), math.sqrt, True)
    with pytest.raises(TypeError, match="exactly one argument"):
        wrap()
    assert wrap.__wrapped__ is math.sqrt
    with pytest.raises(TypeError, match="cannot pickle"):
        wrap.__reduce__()
