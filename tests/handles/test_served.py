"""Owners that keep attributes elsewhere than in their dict, or make something else of a value."""

from __future__ import annotations

import types

import pytest

import wraptrs
from wraptrs import MISSING, PatchConflictError, replace, wrap


def passing(wrapped, instance, args, kwargs):
    return "passed", wrapped(*args, **kwargs)


class Settings:
    """As lazily loaded settings do it: all is kept by another object, what was read also here."""

    def __init__(self, **values):
        self.__dict__["kept"] = types.SimpleNamespace(**values)

    def __getattr__(self, name):
        value = self.__dict__[name] = getattr(self.__dict__["kept"], name)
        return value

    def __setattr__(self, name, value):
        self.__dict__.pop(name, None)
        setattr(self.__dict__["kept"], name, value)

    def __delattr__(self, name):
        self.__dict__.pop(name, None)
        delattr(self.__dict__["kept"], name)


class Delegating:
    """Keeps nothing itself."""

    __slots__ = ("data",)

    def __init__(self, **data):
        object.__setattr__(self, "data", data)

    def __getattr__(self, name):
        try:
            return self.data[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name, value):
        self.data[name] = value

    def __delattr__(self, name):
        del self.data[name]


@pytest.fixture(params=[Settings, Delegating])
def owner(request):
    return request.param(value="old", f=lambda: "f")


def kept(owner):
    return vars(owner.kept) if isinstance(owner, Settings) else owner.data


@pytest.mark.parametrize("read", [False, True], ids=["unread", "read"])
def test_a_value_and_back(owner, read):
    if read:
        assert owner.value == "old"
    before = dict(kept(owner))
    with replace(owner, "value", "new") as patch:
        assert owner.value == "new" and patch.original == "old"
        assert wraptrs.patches() == (patch,) and not patch.drifted
    assert owner.value == "old" and kept(owner) == before


def test_in_any_order(owner):
    low, high = replace(owner, "value", "low"), replace(owner, "value", "high")
    low.revert()
    assert owner.value == "high"
    low.apply()
    high.revert()
    assert owner.value == "low"
    low.revert()
    assert owner.value == "old"


def test_one_that_was_not_there(owner):
    with replace(owner, "more", 1, create=True):
        assert owner.more == 1
    assert "more" not in kept(owner) and not hasattr(owner, "more")


def test_drift(owner):
    patch = replace(owner, "value", "new")
    owner.value = "somebody's"
    assert patch.drifted
    with pytest.raises(PatchConflictError):
        patch.revert()
    patch.revert(force=True)
    assert owner.value == "old"


def test_no_layer_is_put_where_it_could_not_be_found_again():
    class Kept:
        def f(self):
            return "f"

    kept = Kept()
    settings = Settings()
    settings.__dict__["kept"] = kept
    owner = Delegating(f=lambda: "f")
    before = dict(owner.data)
    for refused in (owner, settings):
        with pytest.raises(wraptrs.UnfitReplacementError, match="keeps its attributes elsewhere"):
            wrap(refused, "f", passing)
    assert owner.data == before and vars(kept) == {} and wraptrs.patches() == ()


class Typed:
    number = property(
        lambda self: self.__dict__["number"],
        lambda self, value: self.__dict__.__setitem__("number", float(value)),
    )
    fixed = property(lambda self: "fixed", lambda self, value: None)
    items = property(
        lambda self: list(self.__dict__["items"]),
        lambda self, value: self.__dict__.__setitem__("items", value),
    )

    def __init__(self):
        self.number, self.items = 1, [1]


def test_a_property_that_converts():
    thing = Typed()
    low, high = replace(thing, "number", "2"), replace(thing, "number", 3)
    assert thing.number == 3.0
    low.revert()
    high.revert()
    assert thing.number == 1.0 and wraptrs.patches() == ()


@pytest.mark.parametrize(
    ("name", "reason"), [("fixed", "what it gave before"), ("items", "another object each time")]
)
def test_what_does_not_keep_a_value_is_refused(name, reason):
    thing = Typed()
    before = dict(vars(thing)), getattr(thing, name)
    with pytest.raises(wraptrs.UnfitReplacementError, match=f"{name}: it was set to .* {reason}"):
        replace(thing, name, [2])
    assert (dict(vars(thing)), getattr(thing, name)) == before
    assert wraptrs.patches() == ()


def test_a_value_buried_over_what_a_module_serves():
    module = types.ModuleType("serving")
    exec("def __getattr__(name): return lambda: 'served ' + name", module.__dict__)
    before = dict(vars(module))
    value, layer = replace(module, "f", lambda: "value"), wrap(module, "f", passing)
    assert module.f() == ("passed", "value")
    value.revert()
    assert module.f() == ("passed", "served f")
    layer.revert()
    assert dict(vars(module)) == before


def test_a_value_buried_over_what_an_instance_serves():
    class Serving:
        def __getattr__(self, name):
            if name == "f":
                return lambda: "served"
            raise AttributeError(name)

    thing = Serving()
    value, layer = replace(thing, "f", lambda: "value"), wrap(thing, "f", passing)
    value.revert()
    assert thing.f() == ("passed", "served")
    layer.revert()
    assert vars(thing) == {}


def test_items_that_a_mapping_makes_up():
    class Making(dict):
        def __missing__(self, key):
            return "made up"

    mapping = Making(a=1)
    patches = wraptrs.PatchSet()
    patches.item(mapping, "b", 2)
    patches.item(mapping, "a", MISSING)
    patches.item(mapping, "absent", MISSING)
    with patches:
        assert dict(mapping) == {"b": 2}
    assert dict(mapping) == {"a": 1}


def test_items_of_a_mapping_that_converts():
    class Converting(dict):
        def __setitem__(self, key, value):
            super().__setitem__(key, str(value))

        def __getitem__(self, key):
            return "".join([*super().__getitem__(key)])  # another string each time

    mapping = Converting()
    mapping["limit"] = 100
    patches = wraptrs.PatchSet()
    patches.item(mapping, "limit", 2000)
    with patches:
        assert mapping["limit"] == "2000"
    assert mapping["limit"] == "100"
    patches.apply()
    mapping["limit"] = 3000
    with pytest.raises(PatchConflictError):
        patches.revert()
    patches.revert(force=True)
    assert mapping["limit"] == "100"
