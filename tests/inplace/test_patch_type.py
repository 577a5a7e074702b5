"""Attributes of types that cannot be assigned to: seen by everybody, and restored exactly."""

from __future__ import annotations

import array
import datetime
import functools
import gc
import re
import sys
import threading
from collections import OrderedDict, defaultdict

import pytest

from support.child import run_child
from support.lib import native
from support.lib import package as wraptrs
from support.names import shown
from wraptrs import _typeslots

patch_type, MISSING = wraptrs.patch_type, wraptrs.MISSING

IMMUTABLE = [
    (str, "x", "upper"),
    (dict, {}, "copy"),
    (datetime.date, datetime.date(2020, 1, 2), "isoformat"),
    (re.Pattern, re.compile("a"), "findall"),
    (array.array, array.array("i"), "tolist"),
    (range, range(3), "count"),
]


@pytest.fixture(autouse=True)
def _nothing_stays():
    """Every test leaves the dicts and the slots of the types it could touch as they were."""
    types = [cls for cls, _, _ in IMMUTABLE]
    types += [
        int,
        bool,
        tuple,
        list,
        float,
        set,
        OrderedDict,
        defaultdict,
        type(lambda: 0),
        type(iter([])),
    ]
    before = [(dict(vars(cls)), native._type_slots(cls)) for cls in types]
    yield
    after = [(dict(vars(cls)), native._type_slots(cls)) for cls in types]
    for cls, one, other in zip(types, before, after):
        assert one[1] == other[1], f"slots of {cls}"
        assert one[0].keys() == other[0].keys(), f"dict of {cls}"
        assert all(one[0][name] is other[0][name] for name in one[0]), f"dict of {cls}"
    assert not _typeslots._attributes


@pytest.mark.parametrize("cls, instance, existing", IMMUTABLE)
def test_adds_replaces_and_removes(cls, instance, existing):
    def new(self):
        return self is instance

    assert cls.__dict__.get("added") is None
    with patch_type(cls, "added", new):
        assert instance.added() and cls.added is new
    assert not hasattr(instance, "added") and not hasattr(cls, "added")
    raw = vars(cls)[existing]
    with patch_type(cls, existing, new) as handle:
        assert getattr(instance, existing)() is True
        assert handle.replacement is new
        assert handle.original is raw or handle.mode == "methoddef"
    with patch_type(cls, existing, new, mode="dict") as handle:
        assert getattr(instance, existing)() is True and handle.mode == "dict"
        assert handle.original is raw and vars(cls)[existing] is new
    assert vars(cls)[existing] is raw
    with patch_type(cls, existing, MISSING):
        assert existing not in vars(cls)
    assert vars(cls)[existing] is raw


def test_hot_call_sites_see_it_and_see_it_go():
    def site(text):
        return text.upper()

    def missing(text):
        return text.shout()

    assert [site("a") for _ in range(200)] == ["A"] * 200
    with patch_type(str, "upper", lambda self: self + "!"):
        assert [site("a") for _ in range(200)] == ["a!"] * 200
    assert [site("a") for _ in range(200)] == ["A"] * 200
    with patch_type(str, "shout", lambda self: self.upper() + "!"):
        assert [missing("a") for _ in range(200)] == ["A!"] * 200
    with pytest.raises(AttributeError, match="shout"):
        missing("a")


def test_subclasses_that_exist_and_that_come_see_it():
    class Text(str):
        __slots__ = ()

    class Own(str):
        __slots__ = ()

        def upper(self):
            return "own"

    with patch_type(str, "upper", lambda self: "new"):

        class Late(str):
            __slots__ = ()

        assert (Text("a").upper(), Own("a").upper(), Late("a").upper()) == ("new", "own", "new")
    assert (Text("a").upper(), Own("a").upper(), Late("a").upper()) == ("A", "own", "A")


@pytest.mark.parametrize(
    "value, read",
    [
        (property(lambda self: len(self) * 2), lambda: "abc".added),
        (staticmethod(lambda: 6), lambda: "abc".added()),
        (classmethod(lambda cls: 6 if cls is str else 0), lambda: "abc".added()),
        (6, lambda: str.added),
        (functools.partialmethod(lambda self, n: n, 6), lambda: "abc".added()),
    ],
    ids=["property", "staticmethod", "classmethod", "value", "partialmethod"],
)
def test_any_kind_of_class_attribute(value, read):
    with patch_type(str, "added", value):
        assert read() == 6
    assert not hasattr(str, "added")


SPECIAL = [
    (tuple, "__len__", lambda self: 42, lambda: len(())),
    (set, "__len__", lambda self: 42, lambda: len({1})),
    (int, "__matmul__", lambda self, other: self * 10 + other, lambda: 4 @ 2),
    (int, "__call__", lambda self, other: self * 10 + other, lambda: (lambda n: n(2))(4)),
    (type(None), "__call__", lambda self: 42, lambda: (lambda none: none())(None)),
    (
        type(lambda: 0),
        "__add__",
        lambda f, g: lambda: f() + g(),
        lambda: ((lambda: 40) + (lambda: 2))(),
    ),
    (datetime.date, "__getitem__", lambda self, key: key, lambda: datetime.date(1, 1, 1)[42]),
    (re.Pattern, "__call__", lambda self, n: n, lambda: re.compile("a")(42)),
    (re.Pattern, "__contains__", lambda self, n: n == 42, lambda: 42 * (42 in re.compile("a"))),
    (array.array, "__enter__", lambda self: 42, lambda: type(array.array("i")).__enter__(0)),
    (array.array, "__matmul__", lambda self, other: 42, lambda: array.array("i") @ 1),
    (dict, "__getattr__", lambda self, name: self[name], lambda: {"answer": 42}.answer),
    (dict, "__pos__", lambda self: 42, lambda: +{}),
    (str, "__neg__", lambda self: 42, lambda: -"a"),
    (str, "__await__", lambda self: iter(()), lambda: 42),
]


@pytest.mark.parametrize("cls, name, function, use", SPECIAL, ids=lambda value: shown(value)[:24])
def test_special_methods_are_found_by_c_code(cls, name, function, use):
    def outcome():
        try:
            return use()
        except Exception as error:
            return type(error), str(error)

    before = next(outcome() for _ in range(50))
    with patch_type(cls, name, function):
        assert [use() for _ in range(50)] == [42] * 50
    assert [outcome() for _ in range(50)] == [before] * 50


def test_special_methods_of_subclasses_follow():
    class Pair(tuple):
        pass

    class Own(tuple):
        def __len__(self):
            return 7

    with patch_type(tuple, "__len__", lambda self: 42):

        class Late(tuple):
            pass

        assert [len(made()) for made in (tuple, Pair, Own, Late)] == [42, 42, 7, 42]
    assert [len(made()) for made in (tuple, Pair, Own, Late)] == [0, 0, 7, 0]
    with patch_type(dict, "__len__", lambda self: 42):
        assert len(OrderedDict()) == len(defaultdict()) == len({}) == 42
        assert not dict.keys({})  # the view of no key: it asks the dict itself
    with patch_type(int, "__matmul__", lambda self, other: 42):
        assert True @ 1 == 42


def test_an_override_of_a_static_subclass_is_left_alone():
    with patch_type(dict, "__repr__", lambda self: "dict!"):
        assert repr({}) == "dict!"
        assert repr(OrderedDict()) == "OrderedDict()"
    assert repr({}) == "{}"


def test_a_removed_special_method_is_gone():
    with patch_type(range, "__len__", MISSING), pytest.raises(TypeError, match="has no len"):
        len(range(0))
    assert len(range(0)) == 0


def test_exceptions_come_through():
    def fail(self, *args):
        raise LookupError("mine")

    for cls, name, use in [(str, "upper", "".upper), (range, "__len__", range(1).__len__)]:
        with patch_type(cls, name, fail), pytest.raises(LookupError, match="mine"):
            "a".upper() if cls is str else len(range(1))
        use()


def test_unhashable_is_possible():
    class Sub(datetime.date):
        pass

    with patch_type(datetime.date, "__hash__", None):
        for made in (datetime.date, Sub):
            with pytest.raises(TypeError, match="unhashable"):
                hash(made(2020, 1, 1))
    assert hash(datetime.date(2020, 1, 1)) == hash(datetime.date(2020, 1, 1))


def test_layers_go_in_any_order():
    one, two, three = (patch_type(str, "added", value) for value in (1, 2, 3))
    assert (str.added, three.original) == (3, 2)
    two.revert()
    assert (str.added, three.original) == (3, 1)
    three.disable()
    assert str.added == 1
    three.enable()
    three.revert()
    assert str.added == 1
    two.apply()
    assert str.added == 2
    one.revert(), two.revert(), two.revert()
    assert not hasattr(str, "added")
    lengths = [patch_type(tuple, "__len__", lambda self, n=n: n) for n in (5, 6)]
    lengths[0].revert()
    assert len(()) == 6
    lengths[1].revert()
    assert len(()) == 0


def test_names_that_share_a_slot():
    with patch_type(datetime.date, "__lt__", lambda self, other: True):
        one, two = datetime.date(2020, 1, 1), datetime.date(2021, 1, 1)
        assert two < one and two > one and one == one and one != two
    assert not two < one


def test_the_handle_tells_and_is_listed():
    patch = patch_type(re.Pattern, "added", 1, owner="me")
    assert isinstance(patch, wraptrs.Patch)
    assert (patch.kind, patch.name, patch.state) == ("patch_type", "re:Pattern.added", "active")
    assert (patch.target, patch.owner) == (re.Pattern, "me")
    assert __file__ in patch.location
    patch.revert()
    assert patch.state == "reverted" and patch.original is MISSING


def test_classes_that_can_be_assigned_to_are_patched_as_usual():
    class Meta(type):
        __hash__ = None

        def __setattr__(cls, name, value):
            raise AssertionError("asked the metaclass")

    class Sized(metaclass=Meta):
        def __len__(self):
            return 1

    with (
        patch_type(Sized, "__len__", lambda self: 2),
        patch_type(Sized, "__call__", lambda self: 3),
    ):
        assert len(Sized()) == 2 and Sized()() == 3
    assert len(Sized()) == 1 and not callable(Sized())


def test_a_foreign_change_is_a_conflict():
    patch = patch_type(re.Pattern, "added", 1)
    native._set_type_entry(re.Pattern, "added", 2)
    with pytest.raises(wraptrs.PatchConflictError, match="added"):
        patch.revert()
    assert patch.state == "active" and re.Pattern.added == 2
    patch.revert(force=True)
    assert not hasattr(re.Pattern, "added")


def test_nothing_is_kept_alive():
    def function(self):
        return 1

    patch = patch_type(str, "added", function)
    patch.revert()
    del patch
    gc.collect()
    assert sys.getrefcount(function) == 2 or not [
        holder
        for holder in gc.get_referrers(function)
        if isinstance(holder, dict) and "upper" in holder
    ]


def test_threads_see_either():
    stop, wrong = threading.Event(), []

    def use():
        while not stop.is_set():
            if len(()) not in (0, 42) or "a".upper() not in ("A", "new"):
                wrong.append("mixture")

    threads = [threading.Thread(target=use) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(40):
        with (
            patch_type(tuple, "__len__", lambda self: 42),
            patch_type(str, "upper", lambda s: "new"),
        ):
            pass
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong


def test_what_is_left_is_taken_back_at_the_end():
    source = """
import wraptrs, atexit
atexit.register(lambda: print("upper" in vars(str), "a".upper(), len(()), hasattr(str, "added")))
wraptrs.patch_type(str, "upper", lambda self: "patched")
wraptrs.patch_type(tuple, "__len__", lambda self: 42)
wraptrs.patch_type(str, "added", 1)
print("a".upper(), len(()), "a".added)
"""
    out = run_child(code=source).stdout
    assert out.split("\n")[:2] == ["patched 42 1", "True A 0 False"]
