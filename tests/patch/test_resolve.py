"""Where a dotted path leads, what holds it there, and what is put in its place."""

from __future__ import annotations

import sys
import types

import pytest

from support.lib import better
from support.lib import package as wraptrs


class Meta(type):
    def __getattr__(cls, name):
        if name == "served":
            return "by the metaclass"
        raise AttributeError(name)


class Base(metaclass=Meta):
    def method(self):
        return "method"

    @classmethod
    def kind(cls):
        return cls

    class Inner:
        @staticmethod
        def deep():
            return "deep"


class Derived(Base):
    pass


def test_a_class_gives_its_raw_entry():
    assert wraptrs.resolve_path(Base, "kind") == (Base, "kind", Base.__dict__["kind"])
    assert type(wraptrs.resolve_path(Base, "kind")[2]) is classmethod


def test_an_inherited_entry_is_found_through_the_derived_class():
    assert wraptrs.resolve_path(Derived, "method") == (Derived, "method", Base.__dict__["method"])
    assert wraptrs.resolve_owner(Derived, "method")[0] is Base


def test_a_path_walks_through_classes():
    expected = (Base.Inner, "deep", Base.Inner.__dict__["deep"])
    assert wraptrs.resolve_path(Derived, "Inner.deep") == expected


def test_an_instance_is_read_as_python_reads_it():
    instance = Derived()
    parent, attribute, original = wraptrs.resolve_path(instance, "method")
    assert (parent, attribute, original()) == (instance, "method", "method")
    assert wraptrs.resolve_owner(instance, "method")[0] is Base
    instance.method = None
    assert wraptrs.resolve_owner(instance, "method")[0] is instance


def test_a_module_may_be_named():
    import json.encoder

    assert wraptrs.resolve_path("json", "encoder.JSONEncoder.encode") == (
        json.encoder.JSONEncoder,
        "encode",
        json.encoder.JSONEncoder.__dict__["encode"],
    )


def test_a_proxy_of_a_class_is_read_as_the_class():
    proxy = wraptrs.ObjectProxy(Derived)
    assert wraptrs.resolve_path(proxy, "kind")[2] is Base.__dict__["kind"]
    assert wraptrs.resolve_owner(proxy, "kind")[0] is Base


def test_what_no_dict_holds_has_no_owner():
    assert wraptrs.resolve_path(Base, "served")[2] == "by the metaclass"
    with pytest.raises(wraptrs.PathResolutionError, match="served dynamically"):
        wraptrs.resolve_owner(Base, "served")


@better("does not say which object lacks what")
@pytest.mark.parametrize("path", ["missing", "method.missing.more", "Inner.missing"])
def test_a_path_that_ends_is_an_attribute_error_with_its_cause(path):
    with pytest.raises(wraptrs.PathResolutionError, match="has no attribute") as caught:
        wraptrs.resolve_path(Base, path)
    assert isinstance(caught.value, AttributeError)
    assert isinstance(caught.value.__cause__, AttributeError)
    assert repr(path) in str(caught.value)


@better("looks for an attribute without a name")
@pytest.mark.parametrize("path", ["", ".", "a.", ".a", "a..b"])
def test_an_empty_segment_is_refused(path):
    with pytest.raises(wraptrs.PathResolutionError, match="empty"):
        wraptrs.resolve_path(Base, path)


def test_an_unknown_module_is_named_with_the_path():
    with pytest.raises(wraptrs.TargetModuleNotFoundError, match=r"no_such_module.*f") as caught:
        wraptrs.resolve_path("no_such_module", "f")
    assert isinstance(caught.value, ModuleNotFoundError)
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)


def test_an_error_inside_a_lookup_is_not_taken_for_absence():
    class Broken:
        @property
        def attribute(self):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        wraptrs.resolve_path(Broken(), "attribute")


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ((), {}, "'target'"),
        ((Base,), {}, "'name'"),
        pytest.param((Base, 5), {}, "path must be a str", marks=better("fails in split()")),
        pytest.param(
            (Base, "method", 3), {}, "takes a target and a name", marks=better("says it otherwise")
        ),
        ((Base, "method"), {"other": 1}, "unexpected keyword argument 'other'"),
        pytest.param(
            (Base,), {"name": "method", "module": Base}, "give one", marks=better("drops the name")
        ),
    ],
)
def test_bad_arguments(args, kwargs, message):
    for function in (wraptrs.resolve_path, wraptrs.resolve_owner):
        with pytest.raises(TypeError, match=message):
            function(*args, **kwargs)


@better("has dropped the name")
def test_the_target_may_come_under_its_old_name():
    with pytest.warns(DeprecationWarning, match="target") as caught:
        assert wraptrs.resolve_path(module=Base, name="method")[0] is Base
    assert caught[0].filename == __file__
    with pytest.warns(DeprecationWarning):
        assert wraptrs.resolve_owner(module=Derived, name="method")[0] is Base


def test_apply_patch_is_an_assignment():
    holder = types.SimpleNamespace()
    assert wraptrs.apply_patch(holder, "value", 3) is None
    assert holder.value == 3


@pytest.fixture
def module():
    module = types.ModuleType("wraptrs_patch_place")
    module.function = lambda: "original"
    sys.modules[module.__name__] = module
    yield module
    del sys.modules[module.__name__]


def test_wrap_object_puts_what_the_factory_made(module):
    original = module.function
    made = wraptrs.wrap_object(
        module.__name__, "function", lambda *a, **k: (a, k), (1, 2), {"key": 3}
    )
    assert made == ((original, 1, 2), {"key": 3})
    assert module.function is made


def test_wrap_object_changes_nothing_when_the_factory_fails(module):
    original = module.function

    def factory(wrapped):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        wraptrs.wrap_object(module, "function", factory)
    assert module.function is original


@better("does not name the target")
def test_wrap_object_refuses_what_cannot_be_called(module):
    original = module.function
    with pytest.raises(TypeError, match=r"'function'.*must be callable.*'int'"):
        wraptrs.wrap_object(module, "function", 5)
    assert module.function is original


@better("overwrites it")
def test_wrap_object_wraps_what_another_thread_put_there_meanwhile(module):
    """The other thread's change happens here while the factory runs, which is the worst moment."""
    calls = []

    def factory(wrapped):
        calls.append(wrapped)
        if len(calls) == 1:
            module.function = "somebody else's"
        return wraptrs.ObjectProxy(wrapped)

    layer = wraptrs.wrap_object(module, "function", factory)
    assert module.function is layer
    assert layer.__wrapped__ == "somebody else's"


def test_wrap_object_is_not_driven_round_by_a_factory_that_changes_the_attribute(module):
    calls = []

    def factory(wrapped):
        calls.append(wrapped)
        module.function = object()
        return wraptrs.ObjectProxy(wrapped)

    layer = wraptrs.wrap_object(module, "function", factory)
    assert module.function is layer
    assert layer.__wrapped__ is calls[-1]
    assert len(calls) <= 2


@better("has dropped the name")
def test_wrap_object_under_the_old_name_of_its_target(module):
    with pytest.warns(DeprecationWarning):
        wraptrs.wrap_object(module=module, name="function", factory=wraptrs.ObjectProxy)
    assert isinstance(module.function, wraptrs.ObjectProxy)


def test_a_half_imported_module_is_not_taken_for_a_whole_one(monkeypatch):
    """Asking importlib for it is what waits for the other thread's import to end."""
    name = "wraptrs_half"
    half = types.ModuleType(name)
    half.__spec__ = types.SimpleNamespace(_initializing=True, parent="", name=name)
    half.function = len
    monkeypatch.setitem(sys.modules, name, half)
    asked = []

    def import_module(name):
        asked.append(name)
        return half

    monkeypatch.setattr("importlib.import_module", import_module)
    assert wraptrs.resolve_path(name, "function")[2] is len
    assert asked == [name]
