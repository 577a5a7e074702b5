"""`replace`: a value in the place of an attribute, and exactly what was there back again."""

from __future__ import annotations

import functools
import gc
import sys
import types

import pytest

import wraptrs
from wraptrs import MISSING, replace


@pytest.fixture
def module():
    made = types.ModuleType("handles_target")
    exec("x = 1\ndef f(a, b=2): return a, b\n", made.__dict__)
    sys.modules[made.__name__] = made
    yield made
    del sys.modules[made.__name__]


class Base:
    limit = 10

    def method(self):
        return "method"

    @classmethod
    def build(cls):
        return cls

    @staticmethod
    def static():
        return "static"

    @property
    def prop(self):
        return "got"

    @prop.setter
    def prop(self, value):
        self.__dict__["stored"] = value

    @functools.cached_property
    def cached(self):
        return "cached"


class Child(Base):
    pass


class Slotted:
    __slots__ = ("value",)


def snapshot(owner):
    return dict(vars(owner))


def test_a_module_attribute(module):
    before = snapshot(module)
    handle = replace(module, "x", 5)
    assert module.x == 5
    assert (handle.kind, handle.state, handle.original, handle.replacement) == (
        "replace",
        "active",
        1,
        5,
    )
    assert handle.name == "handles_target:x"
    handle.revert()
    assert snapshot(module) == before and handle.state == "reverted"


@pytest.mark.parametrize(
    "target", [("handles_target", "x"), ("handles_target:x",)], ids=["two", "one string"]
)
def test_targets_by_name(module, target):
    with replace(*target, 7) as handle:
        assert module.x == 7 and handle.state == "active"
    assert module.x == 1


def test_location_owner_and_time(module):
    with replace(module, "x", 5) as handle:
        code = sys._getframe().f_code
        file, _, line = handle.location.rpartition(":")
        assert file == code.co_filename
        assert code.co_firstlineno < int(line) < code.co_firstlineno + 3
        assert handle.owner == __name__
        assert handle.applied_at > 0
    with replace(module, "x", 5, owner="me") as handle:
        assert handle.owner == "me"
    with wraptrs.owned_by("tool"), replace(module, "x", 5) as handle:
        assert handle.owner == "tool"


def test_an_inherited_attribute_is_absent_again():
    handle = replace(Child, "limit", 3)
    assert (Child.limit, Base.limit, handle.original) == (3, 10, 10)
    handle.revert()
    assert Child.limit == 10 and "limit" not in vars(Child)


def test_an_instance_attribute_of_its_own_and_of_the_class():
    thing = Child()
    thing.own = 1
    first, second = replace(thing, "own", 2), replace(thing, "limit", 3)
    assert (thing.own, thing.limit) == (2, 3)
    first.revert()
    second.revert()
    assert vars(thing) == {"own": 1} and thing.limit == 10


def test_a_slot_filled_and_empty():
    thing = Slotted()
    thing.value = 1
    replace(thing, "value", 2).revert()
    assert thing.value == 1
    del thing.value
    handle = replace(thing, "value", 3, create=True)
    assert thing.value == 3
    handle.revert()
    with pytest.raises(AttributeError):
        thing.value


def test_an_attribute_that_a_module_serves_dynamically(module):
    module.__getattr__ = lambda name: f"served {name}"
    handle = replace(module, "dynamic", 1)
    assert module.dynamic == 1
    assert handle.original == "served dynamic"
    handle.revert()
    assert module.dynamic == "served dynamic" and "dynamic" not in vars(module)


def test_an_attribute_of_a_metaclass_instance():
    class Meta(type):
        def __setattr__(cls, name, value):
            seen.append(name)
            super().__setattr__(name, value)

    seen = []

    class Made(metaclass=Meta):
        x = 1

    with replace(Made, "x", 2):
        assert Made.x == 2
    assert Made.x == 1 and seen == ["x", "x"]


def test_missing_takes_the_attribute_away(module):
    handle = replace(module, "x", MISSING)
    assert not hasattr(module, "x")
    handle.revert()
    assert module.x == 1


def test_what_is_not_there_needs_create(module):
    with pytest.raises(wraptrs.PathResolutionError, match="absent"):
        replace(module, "absent", 1)
    with replace(module, "absent", 1, create=True) as handle:
        assert module.absent == 1 and handle.original is MISSING
    assert not hasattr(module, "absent")


@pytest.mark.parametrize(
    "order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0), (0, 2, 1), (2, 0, 1)]
)
def test_values_and_layers_leave_in_any_order(module, order):
    before = snapshot(module)

    def mark(wrapped, instance, args, kwargs):
        return ("wrapped", wrapped(*args, **kwargs))

    def stand_in(a, b=2):
        return "stand-in"

    for handles in (
        lambda: (
            replace(module, "f", stand_in),
            wraptrs.wrap(module, "f", mark),
            replace(module, "f", lambda a, b=3: "top"),
        ),
        lambda: (
            wraptrs.wrap(module, "f", mark),
            replace(module, "f", stand_in),
            wraptrs.wrap(module, "f", mark),
        ),
    ):
        stack = handles()
        for index in order:
            stack[index].revert()
            assert stack[index].state == "reverted"
        assert snapshot(module) == before


def test_the_right_layers_stay_when_a_buried_one_leaves(module):
    def mark(wrapped, instance, args, kwargs):
        return ("wrapped", wrapped(*args, **kwargs))

    low = replace(module, "f", lambda a, b=2: "low")
    middle = wraptrs.wrap(module, "f", mark)
    assert module.f(1) == ("wrapped", "low")
    low.revert()
    assert module.f(1) == ("wrapped", (1, 2))
    top = replace(module, "f", lambda a, b=2: "top")
    middle.revert()
    assert module.f(1) == "top"
    top.revert()
    assert module.f(1) == (1, 2)


def test_unwrap_object_finds_a_layer_under_a_value(module):
    layer = wraptrs.wrap_function_wrapper(module, "f", lambda w, i, a, k: "layer")
    top = replace(module, "f", lambda a, b=2: "top")
    assert wraptrs.unwrap_object(module, "f", layer) is layer
    assert module.f(1) == "top"
    top.revert()
    assert module.f(1) == (1, 2)


def test_a_buried_value_over_nothing_leaves_a_layer_on_what_is_inherited():
    low = replace(Child, "method", lambda self: "low")
    layer = wraptrs.wrap(Child, "method", lambda w, i, a, k: ("layer", w()))
    low.revert()
    assert Child().method() == ("layer", "method")
    layer.revert()
    assert "method" not in vars(Child) and Child().method() == "method"


def test_apply_revert_and_switch_are_idempotent(module):
    handle = replace(module, "x", 5)
    assert handle.apply() is handle and module.x == 5
    assert handle.disable() is handle and module.x == 1 and handle.state == "active"
    handle.disable()
    assert handle.enable() is handle and module.x == 5
    handle.revert()
    handle.revert()
    assert module.x == 1
    handle.apply()
    assert module.x == 5
    handle.revert()


def test_reverted_while_disabled(module):
    handle = replace(module, "x", 5).disable()
    handle.revert()
    assert module.x == 1 and handle.state == "reverted"


def test_a_setattr_that_fails_leaves_nothing():
    class Strict:
        x = 1

        def __setattr__(self, name, value):
            raise RuntimeError("no")

    thing = Strict()
    patch = None
    with pytest.raises(RuntimeError, match="no"):
        patch = replace(thing, "x", 2)
    assert patch is None and thing.x == 1 and not wraptrs.patches()


def test_deferred_until_the_import(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "late_target.py").write_text("x = 1\n")
    handle = replace("late_target?", "x", 5)
    other = replace("late_target?:x", 6)
    assert handle.state == "pending" and handle in wraptrs.patches()
    other.revert()
    import late_target

    assert (handle.state, late_target.x, other.state) == ("active", 5, "reverted")
    handle.revert()
    assert late_target.x == 1
    del sys.modules["late_target"]


def test_a_handle_that_was_dropped_is_found_again(module):
    replace(module, "x", 5, owner="lost")
    gc.collect()
    (found,) = wraptrs.patches("lost")
    assert (found.name, found.original, found.replacement) == ("handles_target:x", 1, 5)
    assert wraptrs.patches("lost") == (found,)
    found.revert()
    assert module.x == 1


@pytest.mark.parametrize(
    "arguments",
    [(object(), "x"), ("json", 1), ("json:", 1), (":x", 1)],
    ids=["no value", "no path", "empty path", "no module"],
)
def test_bad_targets_are_refused(arguments):
    with pytest.raises((TypeError, ValueError), match="path"):
        replace(*arguments)


def test_an_unknown_scope_is_refused(module):
    with pytest.raises(ValueError, match="scope must be None or 'context'"):
        replace(module, "x", 1, scope="thread")
