"""Layers that `patch_type` and others put on C methods, in any order, and changes by others."""

from __future__ import annotations

import datetime
import itertools
import sys

import pytest

from support.child import run_child
from support.lib import native
from support.lib import package as wraptrs
from wraptrs import _definitions, _typeslots

patch_type, hotpatch, hotwrap = wraptrs.patch_type, wraptrs.hotpatch, wraptrs.hotwrap
MISSING, UnpatchableError = wraptrs.MISSING, wraptrs.UnpatchableError

captured_upper = "q".upper
known_upper = str.upper


@pytest.fixture(autouse=True)
def _nothing_stays():
    before = dict(vars(str))
    yield
    assert before.keys() == vars(str).keys()
    assert all(before[name] is vars(str)[name] for name in before)
    assert not _typeslots._attributes and not _definitions._records
    assert (captured_upper(), str.upper("a")) == ("Q", "A")


def adding(mark):
    return lambda wrapped, instance, args, kwargs: wrapped(*args, **kwargs) + mark


MAKERS = {
    "type": lambda: patch_type(str, "upper", lambda self: f"[{self}]"),
    "dict": lambda: patch_type(str, "upper", lambda self: f"({self})", mode="dict"),
    "replace": lambda: hotpatch(lambda self: f"<{self}>", known_upper),
    "wrap": lambda: hotwrap(known_upper, adding("!")),
}
SHOWN = {"type": "[{}]", "dict": "({})", "replace": "<{}>"}


class Pile:
    """Layers of some kinds on str.upper, and what is to be seen of those that are on."""

    def __init__(self, kinds):
        self.kinds = kinds
        self.handles = [MAKERS[kind]() for kind in kinds]
        # On an entry of the dict, patch_type can lie only in the dict.
        self.in_dict = [it.kind == "patch_type" and it.mode == "dict" for it in self.handles]
        self.on = {0, 1, 2}

    def made(self, in_dict, text, result):
        """What the layers in one place make of a text whose upper case is given."""
        for number in sorted(self.on):
            kind = self.kinds[number]
            if self.in_dict[number] == in_dict:
                result = result + "!" if kind == "wrap" else SHOWN[kind].format(text)
        return result

    def check(self):
        assert captured_upper() == self.made(False, "q", "Q")
        covered = any(self.in_dict[number] for number in self.on)
        assert "a".upper() == self.made(covered, "a", "A")


@pytest.mark.parametrize("kinds", [*itertools.permutations(MAKERS, 3)], ids="-".join)
@pytest.mark.parametrize("order", [*itertools.permutations(range(3))], ids=str)
def test_layers_of_all_kinds_in_any_order(kinds, order):
    pile = Pile(kinds)
    pile.check()
    for number in order:
        pile.handles[number].disable()
        pile.on.remove(number)
        pile.check()
        pile.handles[number].enable()
        pile.on.add(number)
        pile.check()
        pile.handles[number].revert()
        pile.on.remove(number)
        pile.check()


def test_original_is_what_lies_beneath():
    with hotwrap(str.upper, adding("1")), patch_type(str, "upper", lambda self: "two") as handle:
        assert handle.original("a") == "A1" and "a".upper() == "two"
        with patch_type(str, "upper", lambda self: "three") as top:
            assert (top.original("a"), handle.original("a")) == ("two", "A1")
            handle.disable()
            assert top.original("a") == "A1" and "a".upper() == "three"
            handle.enable()
            with patch_type(str, "upper", 5) as entry:
                assert entry.original is known_upper and entry.original("a") == "three"
        assert top.original("a") == "A"
    with patch_type(datetime.datetime, "now", classmethod(lambda cls: 1)) as handle:
        assert isinstance(handle.original(datetime.datetime), datetime.datetime)
    with patch_type(str, "maketrans", staticmethod(lambda *a: 1)) as handle:
        assert handle.original("a", "b") == {97: 98}
    with patch_type(dict, "get", lambda self, key: handle.original(self, key, 5)) as handle:
        assert {}.get(1) == 5


def test_what_is_switched_off_keeps_its_place():
    below = patch_type(str, "upper", 5)
    below.disable()
    above = patch_type(str, "upper", lambda self: "above")
    assert above.mode == "dict"  # for the other would come to lie on it
    below.enable()
    assert "a".upper() == "above"
    below.revert()
    above.revert()
    above.apply()
    assert above.mode == "methoddef" and captured_upper() == "above"
    above.disable()
    assert captured_upper() == "Q" and above.state == "active"
    above.enable()
    assert captured_upper() == "above"
    above.revert().revert()


def test_removed_and_replaced_at_once():
    with patch_type(str, "upper", lambda self: "new"):
        with patch_type(str, "upper", MISSING) as gone:
            assert not hasattr("a", "upper") and captured_upper() == "new"
            assert gone.mode == "dict" and gone.original is known_upper
        assert "a".upper() == "new"


def standing(function):
    ctypes = pytest.importorskip("ctypes")
    address, _ = native._definition(function)
    return ctypes.c_void_p.from_address(address + ctypes.sizeof(ctypes.c_void_p))


def test_someone_elses_definition_is_a_conflict():
    place, theirs = standing(str.upper), standing(str.lower).value
    before, patch = place.value, patch_type(str, "upper", lambda self: "new")
    place.value = theirs
    try:
        for change in patch.revert, patch.disable, lambda: patch_type(str, "upper", lambda s: "x"):
            with pytest.raises(wraptrs.PatchConflictError, match="changed by somebody else"):
                change()
        assert "AbC".upper() == "abc" and patch.state == "active"
        patch.revert(leave=True)
        assert "AbC".upper() == "abc" and patch.state == "reverted" and place.value == theirs
        assert not _definitions._records and not _typeslots._attributes
        patch = patch_type(str, "lower", lambda self: "new")
        place.value = before
        patch.revert()
        patch = patch_type(str, "upper", lambda self: "new")
        place.value = theirs
        patch.revert(force=True)
        assert place.value == before and "AbC".upper() == "ABC"
    finally:
        place.value = before


def test_someone_elses_entry_stays():
    patch = patch_type(str, "upper", lambda self: "new")
    native._set_type_entry(str, "upper", 5)
    try:
        assert captured_upper() == "new"
        with pytest.raises(wraptrs.PatchConflictError, match="upper of <class 'str'> was changed"):
            patch_type(str, "upper", 6)
        assert "a".upper == 5
        patch.revert()
        assert "a".upper == 5 and captured_upper() == "Q"
    finally:
        native._set_type_entry(str, "upper", known_upper)


def test_an_audit_hook_may_refuse():
    run_child(
        code="""
import sys, wraptrs
def hook(event, args):
    if event == "wraptrs.definition" and args[0] is str.upper and args[1] is not None:
        raise PermissionError("no")
sys.addaudithook(hook)
for mode in "auto", "methoddef":
    try:
        wraptrs.patch_type(str, "upper", lambda self: "new", mode=mode)
    except PermissionError:
        assert "a".upper() == "A" and not wraptrs.patches()
        assert not wraptrs._definitions._records and not wraptrs._typeslots._attributes
    else:
        raise AssertionError
with wraptrs.patch_type(str, "upper", lambda self: "new", mode="dict"):
    assert "a".upper() == "new"
"""
    )


def test_an_audit_hook_may_patch_the_same():
    run_child(
        code="""
import sys, wraptrs
seen = []
def hook(event, args):
    if event == "wraptrs.definition" and args[0] is str.upper and not seen:
        seen.append(None)
        seen.append(wraptrs.patch_type(str, "upper", lambda self: "inner"))
sys.addaudithook(hook)
outer = wraptrs.patch_type(str, "upper", lambda self: "outer")
assert "a".upper() == "inner" and wraptrs.patches() == (seen[1], outer), wraptrs.patches()
seen[1].revert()
assert "a".upper() == "outer"
outer.revert()
assert "a".upper() == "A" and not wraptrs._definitions._records
assert not wraptrs._typeslots._attributes
"""
    )


def test_debug_builds_allow_what_leaves_the_dict_alone(monkeypatch):
    from wraptrs import _refusals

    monkeypatch.setattr(sys, "gettotalrefcount", lambda: 0, raising=False)
    monkeypatch.setattr(sys, "version_info", (3, 14, 0))
    monkeypatch.setattr(_refusals, "_STATIC_BUILTIN", 1 << 12)  # that every type has: it is ready
    with patch_type(str, "upper", lambda self: "new"):
        assert captured_upper() == "new"
    with pytest.raises(UnpatchableError, match=r"debug build.*Nor can its definition.* 0 arg"):
        patch_type(str, "upper", lambda self, more=1: "new")


def test_what_is_left_is_taken_back_at_the_end():
    out = run_child(
        code="""
import wraptrs, atexit
held = "a".upper
atexit.register(lambda: print(held(), "a".upper(), wraptrs.patches()))
wraptrs.patch_type(str, "upper", lambda self: "patched")
wraptrs.patch_type(str, "upper", 5)
print(held(), "a".upper, [patch.mode for patch in wraptrs.patches()])
"""
    ).stdout
    assert out.splitlines()[:2] == ["patched 5 ['methoddef', 'dict']", "A A ()"]


@pytest.mark.parametrize("mode", ["auto", "dict"])
def test_methods_that_fail_come_back(mode):
    """Each method of these classes, one after the other: the way back calls none of them."""
    run_child(
        code=f"""
import wraptrs
class Hostile(BaseException):
    pass
def fail(self, *args, **names):
    raise Hostile
def lie(self, *args, **names):
    return 42
def one(self):
    raise Hostile
names = [(cls, name) for cls in (str, dict, list, tuple, set, int, type)
         for name in vars(cls) if name[:2] != "__" and name != "mro"]
values = [fail, lie, one]
for cls, name in names:
    entry = vars(cls)[name]
    for value in values:
        patch = wraptrs.patch_type(cls, name, value, mode={mode!r})
        other = wraptrs.patch_type(cls, name, value, mode={mode!r})
        patch.revert()
        other.revert()
        if vars(cls)[name] is not entry:
            raise AssertionError((cls, name))
"""
    )
