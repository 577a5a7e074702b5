"""What `patch_type` puts in the place of C methods: in their definitions, where it can be there."""

from __future__ import annotations

import array
import collections
import copy
import datetime
import functools
import inspect
import os
import re
import time

import pytest

from support.lib import package as wraptrs
from wraptrs import _definitions, _typeslots

patch_type, hotpatch, hotwrap = wraptrs.patch_type, wraptrs.hotpatch, wraptrs.hotwrap
MISSING, UnpatchableError = wraptrs.MISSING, wraptrs.UnpatchableError

captured_upper = "q".upper
stored = {"upper": str.upper, "search": re.compile("a").search, "now": datetime.datetime.now}


@pytest.fixture(autouse=True)
def _nothing_stays():
    types = [str, dict, list, datetime.datetime, re.Pattern, array.array, collections.OrderedDict]
    before = [dict(vars(cls)) for cls in types]
    yield
    for cls, entries in zip(types, before):
        now = dict(vars(cls))
        assert entries.keys() == now.keys()
        assert all(entries[name] is now[name] for name in entries)
    assert not _typeslots._attributes and not _definitions._records
    assert (captured_upper(), str.upper("a")) == ("Q", "A")


# Class, name, value, a call through something that was taken before, what it gives.
ROWS = [
    (str, "upper", lambda self: self + "!", captured_upper, "q!"),
    (str, "join", lambda self, items: [self, items], ",".join, None),
    (dict, "get", lambda self, key, default=None: (key, default), {}.get, None),
    (re.Pattern, "search", lambda self, *a, **k: 42, lambda: stored["search"]("a"), 42),
    (array.array, "tolist", lambda self: 42, array.array("i").tolist, 42),
    (collections.OrderedDict, "popitem", lambda s, last=True: last, {}.__len__, None),
    (datetime.date, "isoformat", lambda self: 42, datetime.date(2020, 1, 1).isoformat, 42),
    (int, "bit_length", lambda self: -self, (7).bit_length, -7),
    (datetime.datetime, "now", classmethod(lambda cls, tz=None: cls), stored["now"], None),
    (dict, "fromkeys", classmethod(lambda cls, keys, value=None: cls), dict.fromkeys, None),
    (str, "maketrans", staticmethod(lambda *args: args), str.maketrans, ()),
]


@pytest.mark.parametrize("cls, name, value, call, expected", ROWS, ids=lambda it: str(it)[:20])
def test_goes_into_the_definition(cls, name, value, call, expected):
    raw = vars(cls)[name]
    with patch_type(cls, name, value) as handle:
        assert handle.mode == "methoddef" and "methoddef" in repr(handle)
        assert vars(cls)[name] is raw and handle.replacement is value
        assert wraptrs.patches() == (handle,)
        if expected is not None:
            assert call() == expected
        assert callable(handle.original) and handle.original is not raw
        assert handle.original.__name__ == name == getattr(cls, name).__name__
        assert handle.original.__doc__ == getattr(cls, name).__doc__
    assert wraptrs.patches() == () and handle.state == "reverted"


def test_who_took_the_method_before_sees_it_too():
    bound, partial = "x".upper, functools.partial(str.upper, "y")

    class Text(str):
        __slots__ = ()

    class Own(Text):
        __slots__ = ()

        def upper(self):
            return "own"

    holders = [bound, partial, stored["upper"].__get__("z"), Text("t").upper, Own("o").upper]
    site = [lambda text=text: text.upper() for text in "ab"]
    assert [call() for call in holders] == ["X", "Y", "Z", "T", "own"]
    with patch_type(str, "upper", lambda self: self + "!"):
        assert [call() for call in holders] == ["x!", "y!", "z!", "t!", "own"]
        assert list(map(str.upper, "ab")) == ["a!", "b!"] == [call() for call in site]
    assert [call() for call in holders] == ["X", "Y", "Z", "T", "own"]


def test_class_methods_and_static_ones_keep_their_kind():
    class Later(datetime.datetime):
        pass

    with patch_type(datetime.datetime, "now", classmethod(lambda cls, tz=None: (cls, tz))):
        assert stored["now"]() == (datetime.datetime, None)
        assert Later.now(1) == (Later, 1) and Later(1, 1, 1).now(tz=2) == (Later, 2)
    with patch_type(str, "maketrans", staticmethod(lambda *args: args)):
        assert str.maketrans(1) == "".maketrans(1) == (1,)
    # Of another kind, a value means in the class body what it says.
    with patch_type(datetime.datetime, "now", lambda self: self.year) as handle:
        assert datetime.datetime(7, 1, 1).now() == 7 and handle.mode == "dict"
    with patch_type(str, "upper", classmethod(lambda cls: cls)) as handle:
        assert "a".upper() is str and captured_upper() == "Q" and handle.mode == "dict"
    with patch_type(str, "upper", staticmethod(lambda: 5)):
        assert "a".upper() == 5 == str.upper()


def test_the_entry_shows_what_it_showed():
    before = str(inspect.signature(str.upper)), str.upper.__doc__, str.upper.__qualname__
    with patch_type(str, "upper", lambda text: "new"):
        assert before == (str(inspect.signature(str.upper)), str.upper.__doc__, "str.upper")
        assert copy.copy(str.upper) is str.upper is stored["upper"]
        with pytest.raises(TypeError, match="'str' object"):
            str.upper(5)
        with pytest.raises(TypeError, match="takes no arguments"):
            "a".upper(5)


BY_THE_DICT = {
    "optional": (str, "upper", lambda self, more=1: more, lambda: "a".upper(5), 5),
    "optional name": (str, "upper", lambda self, *, more=1: more, lambda: "a".upper(more=5), 5),
    "any": (str, "upper", lambda *args: args[1:], lambda: "a".upper(5), (5,)),
    "names": (str, "upper", lambda self, **names: names, lambda: "a".upper(a=5), {"a": 5}),
    "no default": (str, "join", lambda self, items=5: items, lambda: "a".join(), 5),
    "fewer": (str, "join", lambda self: 5, lambda: "a".join(), 5),
    "more than C": (dict, "get", lambda s, k, d=None, more=1: more, lambda: {}.get(1, more=5), 5),
    "wants names": (dict, "get", lambda s, k, *, d=1: d, lambda: {}.get(1, d=5), 5),
    "value": (str, "upper", 5, lambda: "a".upper, 5),
    "property": (str, "upper", property(lambda self: 5), lambda: "a".upper, 5),
    "partial": (str, "upper", functools.partialmethod(lambda s, n: n, 5), lambda: "a".upper(), 5),
    "C method": (str, "upper", str.swapcase, lambda: "aB".upper(), "Ab"),
    "itself": (str, "upper", str.upper, lambda: "a".upper(), "A"),
    "class": (str, "upper", int, lambda: "5".upper(), 0),
    "slot": (range, "__len__", lambda self: 5, lambda: len(range(0)), 5),
    "inherited": (bool, "bit_length", lambda self: 5, lambda: True.bit_length(), 5),
    "shared": (time.struct_time, "__reduce__", lambda s: 5, lambda: NOW.__reduce__(), 5),
}
NOW = time.gmtime(0)


@pytest.mark.parametrize("row", BY_THE_DICT)
def test_stands_in_the_dict_where_a_definition_cannot_carry_it(row):
    cls, name, value, use, expected = BY_THE_DICT[row]
    raw = vars(cls).get(name, MISSING)
    with patch_type(cls, name, value) as handle:
        assert handle.mode == "dict" and vars(cls)[name] is value
        assert use() == expected and captured_upper() == "Q"
        assert handle.original is raw and "dict" in repr(handle)
        assert isinstance(os.stat(".").__reduce__(), tuple)
    assert vars(cls).get(name, MISSING) is raw
    with pytest.raises(UnpatchableError, match=f"cannot patch {name} of .* in mode 'methoddef': "):
        patch_type(cls, name, value, mode="methoddef")
    assert vars(cls).get(name, MISSING) is raw


def test_coroutine_functions_and_generators_stand_in_the_dict():
    async def later(self):
        return 5

    def steps(self):
        yield 5

    for value, check in (later, inspect.iscoroutinefunction), (steps, inspect.isgeneratorfunction):
        with patch_type(str, "upper", value) as handle:
            assert handle.mode == "dict" and check(str.upper)


def test_a_value_that_holds_the_method_does_not_call_itself():
    """The way that everybody writes it: the definition would lead the call back to the value."""
    old = str.upper

    def default(self, old=old):
        return old(self) + "!"

    def named(self, *, old="x".upper.__self__.upper):
        return old() + "!"

    def deep(self):
        return (lambda: (lambda: old(self) + "!")())()

    for value in lambda self: old(self) + "!", default, named, deep, through_a_global:
        with patch_type(str, "upper", value) as handle:
            assert handle.mode == "dict"
            assert "a".upper() == ("X!" if value is named else "A!")
    holder = []
    with patch_type(str, "upper", lambda self: holder[0].original(self) + "!") as handle:
        holder.append(handle)
        assert handle.mode == "methoddef" and captured_upper() == "Q!"

    def unset(self):
        return later

    with patch_type(str, "upper", unset) as handle:
        assert handle.mode == "methoddef"
    later = 1


known_upper = str.upper


def through_a_global(self):
    return known_upper(self) + "!"


def test_the_mode_may_be_chosen():
    with patch_type(str, "upper", lambda self: "new", mode="dict") as handle:
        assert ("a".upper(), captured_upper(), handle.mode) == ("new", "Q", "dict")
    with patch_type(str, "upper", lambda self: "new", mode="methoddef") as handle:
        assert ("a".upper(), captured_upper(), handle.mode) == ("new", "new", "methoddef")
    for name, value in (("upper", MISSING), ("shout", lambda self: 1)):
        with pytest.raises(UnpatchableError, match=r"in mode 'methoddef'.*use mode='auto'"):
            patch_type(str, name, value, mode="methoddef")
    with pytest.raises(ValueError, match="mode must be one of auto, methoddef, dict: got 'slot'"):
        patch_type(str, "upper", 1, mode="slot")


def test_where_definitions_are_not_followed_the_dict_is_used(monkeypatch):
    monkeypatch.setattr(_definitions, "_checked", False)
    with patch_type(str, "upper", lambda self: "new") as handle:
        assert (handle.mode, "a".upper(), captured_upper()) == ("dict", "new", "Q")
    with pytest.raises(UnpatchableError, match="do not follow their definitions"):
        patch_type(str, "upper", lambda self: "new", mode="methoddef")


def test_where_no_thunk_is_left_the_dict_is_used(monkeypatch):
    monkeypatch.setattr(_definitions, "_definition_put", lambda *args: "exhausted")
    monkeypatch.setattr(_definitions, "_checked", True)
    with patch_type(str, "upper", lambda self: "new") as handle:
        assert (handle.mode, "a".upper(), captured_upper()) == ("dict", "new", "Q")
    with pytest.raises(UnpatchableError, match="as many C functions called like it"):
        patch_type(str, "upper", lambda self: "new", mode="methoddef")
