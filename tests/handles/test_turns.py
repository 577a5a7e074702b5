"""Code that is not ours, while a handle is applied or reverted: it may wait for other threads."""

from __future__ import annotations

import sys
import types

import pytest

import wraptrs
from support.waiting import in_thread
from wraptrs import _turns


def passing(wrapped, instance, args, kwargs):
    return wrapped(*args, **kwargs)


def elsewhere():
    """Everything that other code may do meanwhile with other handles: it works."""
    module = types.ModuleType("elsewhere")
    module.f, module.mapping = (lambda: "f"), {}

    class C:
        def method(self):
            return "method"

        @property
        def prop(self):
            return "prop"

    patches = wraptrs.PatchSet("elsewhere")
    patches.replace(C, "method", lambda self: "replaced")
    patches.wrap(C, "prop", passing)
    patches.wrap(module, "f", passing)
    patches.hotwrap(C.method, passing)
    patches.item(module.mapping, "key", 1)
    patches.env("WRAPTRS_ELSEWHERE", "1")
    with patches:
        assert C().method() == "replaced" and module.mapping == {"key": 1}
        assert len(wraptrs.patches("elsewhere")) == 6
    layer = wraptrs.wrap_function_wrapper(C, "prop", passing)
    wraptrs.unwrap_object(C, "prop", layer)
    assert wraptrs.patches("elsewhere") == () and module.mapping == {}
    return "done"


def by_guard(during):
    module = types.ModuleType("guarded")
    module.f = passing

    def predicate():
        during()
        return True

    return wraptrs.PatchSet().wrap(module, "f", passing), lambda patch: setattr(
        patch, "guard", wraptrs.only_if(predicate=predicate)
    )


def by_metaclass(during):
    class Meta(type):
        def __setattr__(cls, name, value):
            during()
            super().__setattr__(name, value)

        def __delattr__(cls, name):
            during()
            super().__delattr__(name)

    class C(metaclass=Meta):
        pass

    return wraptrs.PatchSet().replace(C, "value", 1, create=True), None


def by_metaclass_wrapped(during):
    class Meta(type):
        def __setattr__(cls, name, value):
            during()
            super().__setattr__(name, value)

    class C(metaclass=Meta):
        def method(self):
            return "method"

    return wraptrs.PatchSet().wrap(C, "method", passing), None


def by_instance(during):
    class C:
        def __setattr__(self, name, value):
            during()
            super().__setattr__(name, value)

    thing = C()
    thing.__dict__["value"] = 0
    return wraptrs.PatchSet().replace(thing, "value", 1), None


def by_descriptor(during):
    class Described:
        def __get__(self, instance, owner=None):
            during()
            return self if instance is None else instance.__dict__["kept"]

        def __set__(self, instance, value):
            during()
            instance.__dict__["kept"] = value

    class C:
        value = Described()

    thing = C()
    thing.__dict__["kept"] = 0
    return wraptrs.PatchSet().replace(thing, "value", 1), None


def by_factory(during):
    module = types.ModuleType("made")
    module.f = passing

    def factory(original):
        during()
        return wraptrs.FunctionWrapper(original, passing)

    return wraptrs.PatchSet().wrap_object(module, "f", factory), None


def by_mapping(during):
    class Mapping(dict):
        def __setitem__(self, key, value):
            during()
            super().__setitem__(key, value)

        def __delitem__(self, key):
            during()
            super().__delitem__(key)

    return wraptrs.PatchSet().item(Mapping(), "key", 1), None


def by_import(during):
    sys.modules["by_import_during"] = types.SimpleNamespace(call=during)
    return wraptrs.PatchSet().replace("by_import_target", "value", 1), None


def by_set(during):
    patches = wraptrs.PatchSet()
    patches.add(by_metaclass(during)[0])
    return patches, None


WAYS = {name[3:]: way for name, way in list(globals().items()) if name.startswith("by_")}


@pytest.fixture
def imports(tmp_path, monkeypatch):
    (tmp_path / "by_import_target.py").write_text(
        "import by_import_during\nby_import_during.call()\nvalue = 0\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    for name in ("by_import_target", "by_import_during"):
        sys.modules.pop(name, None)


@pytest.fixture(params=WAYS)
def way(request, imports):
    return WAYS[request.param]


def prepared(way, during):
    patch, finish = way(during)
    if finish is not None:
        finish(patch)
    return patch


def test_other_threads_patch_whatever_else_meanwhile(way):
    outcomes = []
    patch = prepared(way, lambda: outcomes.append(in_thread(elsewhere)))
    patch.apply()
    assert patch.state == "active"
    patch.revert()
    assert outcomes and set(outcomes) == {"done"}


def test_other_threads_look_at_the_list_meanwhile(way):
    outcomes = []

    def look():
        return patch.state, patch.name, repr(patch), len(wraptrs.patches()), wraptrs.revert_all("x")

    patch = prepared(way, lambda: outcomes.append(in_thread(look)))
    patch.apply().revert()
    assert outcomes
    for outcome in outcomes:
        assert outcome[0] in ("pending", "active") and outcome[4] == 0


@pytest.mark.parametrize("use", ["apply", "revert", "disable"])
def test_a_thread_that_wants_the_same_handle_is_told_in_the_end(way, monkeypatch, use):
    monkeypatch.setattr(_turns, "PATIENCE", 0.05)
    outcomes = []

    def other():
        return getattr(patch, use)()

    patch = prepared(way, lambda: outcomes.append(in_thread(other)))
    patch.apply()
    assert patch.state == "active"
    patch.revert()
    assert patch.state == "reverted"
    assert {type(outcome) for outcome in outcomes} == {wraptrs.PatchBusyError}
    assert "MainThread" in str(outcomes[0])


@pytest.mark.parametrize("use", ["apply", "revert", "disable"])
def test_the_code_itself_is_told_at_once(way, use):
    errors = []

    def during():
        if patch.state == "reverted":
            return
        with pytest.raises(wraptrs.PatchBusyError, match="by code that runs while it is") as caught:
            getattr(patch, use)()
        errors.append(caught.value)

    patch = prepared(way, during)
    patch.apply()
    assert patch.state == "active" and errors
    patch.revert()
    assert patch.state == "reverted"
