"""`patches()` and `revert_all()`: everything that was put in force, by whom and where."""

from __future__ import annotations

import contextvars
import gc
import json
import sys
import threading
import types
import weakref
from functools import partial

import pytest

import wraptrs
from wraptrs import patches, revert_all


def passing(wrapped, instance, args, kwargs):
    return wrapped(*args, **kwargs)


@pytest.fixture
def module():
    made = types.ModuleType("listed")
    exec(
        "import functools\nx = 1\ndef f(): return 'f'\n"
        "class C:\n"
        "    def m(self): return 'm'\n"
        "    @property\n    def p(self): return 'p'\n"
        "    @functools.cached_property\n    def c(self): return 'c'\n"
        "    attribute = 5\n",
        made.__dict__,
    )
    sys.modules[made.__name__] = made
    yield made
    del sys.modules[made.__name__]


def by_decorator(module):
    wraptrs.patch_function_wrapper(module, "f")(passing)


WAYS = {
    "wrap_function_wrapper": (
        lambda m: wraptrs.wrap_function_wrapper(m, "f", passing),
        "wrap",
        "listed:f",
    ),
    "by name": (
        lambda m: wraptrs.wrap_function_wrapper("listed", "C.m", passing),
        "wrap",
        "C.m",
    ),
    "patch_function_wrapper": (by_decorator, "wrap", "listed:f"),
    "property": (lambda m: wraptrs.wrap_function_wrapper(m, "C.p", passing), "wrap", "C.p"),
    "cached": (lambda m: wraptrs.wrap_function_wrapper(m, "C.c", passing), "wrap", "C.c"),
    "wrap_object": (
        lambda m: wraptrs.wrap_object(m, "f", wraptrs.ObjectProxy),
        "wrap_object",
        "listed:f",
    ),
    "wrap_object, a plain value": (
        lambda m: wraptrs.wrap_object(m, "x", lambda value: value + 1),
        "wrap_object",
        "listed:x",
    ),
    "apply_patch": (lambda m: wraptrs.apply_patch(m, "x", 2), "apply_patch", "listed:x"),
    "apply_patch, a proxy": (
        lambda m: wraptrs.apply_patch(m, "f", wraptrs.FunctionWrapper(m.f, passing)),
        "apply_patch",
        "listed:f",
    ),
    "wrap_object_attribute": (
        lambda m: wraptrs.wrap_object_attribute(m, "C.attribute", lambda value: value + 1),
        "wrap_object_attribute",
        "C.attribute",
    ),
    "wrap": (lambda m: wraptrs.wrap(m, "f", passing), "wrap", "listed:f"),
    "replace": (lambda m: wraptrs.replace(m, "x", 2), "replace", "listed:x"),
    "hotpatch": (lambda m: wraptrs.hotpatch(lambda: "hot", m.f), "hotpatch", "f"),
    "hotwrap": (lambda m: wraptrs.hotwrap(m.f, passing), "hotwrap", "f"),
}


@pytest.mark.parametrize("way", WAYS)
def test_everything_is_listed_and_comes_back(module, way):
    put, kind, name = WAYS[way]
    places = [module.__dict__, *([] if kind.startswith("hot") else [module.C.__dict__])]
    before = [dict(place) for place in places]
    code = module.f.__code__
    put(module)
    gc.collect()  # nobody holds the handle
    (patch,) = patches()
    assert (patch.kind, patch.state, patch.owner) == (kind, "active", __name__)
    assert patch.name == name or patch.name.endswith(name)
    assert patch.location.startswith(__file__)
    assert patch.applied_at > 0
    assert patches() == (patch,)
    assert patches("somebody") == ()
    assert revert_all() == 1
    assert patch.state == "reverted" and patches() == ()
    assert [dict(place) for place in places] == before and module.f.__code__ is code


def test_the_order_is_that_of_applying(module):
    first = wraptrs.replace(module, "x", 2)
    second = wraptrs.wrap_function_wrapper(module, "f", passing)
    third = wraptrs.hotpatch(lambda self: "hot", module.C.m)
    listed = patches()
    assert [p.kind for p in listed] == ["replace", "wrap", "hotpatch"]
    assert listed[0] is first and listed[2] is third and listed[1].layer is second
    first.revert()
    first.apply()
    assert [p.kind for p in patches()] == ["wrap", "hotpatch", "replace"]
    assert revert_all() == 3
    assert module.f() == "f"


def test_owners(module):
    mine = wraptrs.replace(module, "x", 2, owner="mine")
    with wraptrs.owned_by("theirs"):
        theirs = wraptrs.replace(module, "x", 3)
    assert patches("mine") == (mine,) and patches("theirs") == (theirs,)
    assert revert_all("mine") == 1
    assert module.x == 3
    assert revert_all() == 1 and module.x == 1


def test_pending_ones_are_listed_until_cancelled():
    wraptrs.wrap_function_wrapper("listed_never?", "f", passing)
    (patch,) = patches()
    assert patch.state == "pending" and patch.name == "listed_never:f"
    assert revert_all() == 1 and patches() == ()


def test_what_unwrap_object_took_off_is_gone(module):
    layer = wraptrs.wrap_function_wrapper(module, "f", passing)
    upper = wraptrs.wrap_function_wrapper(module, "f", passing)
    wraptrs.unwrap_object(module, "f", layer)
    (left,) = patches()
    assert left.layer is upper
    wraptrs.unwrap_object(module, "f", upper)
    assert patches() == ()


def test_what_somebody_else_overwrote_is_not_in_force(module):
    original = module.f
    wraptrs.wrap_function_wrapper(module, "f", passing)
    module.f = original
    assert patches() == ()


def test_scoped_and_transient_wrappers_are_listed_while_they_last(module):
    with wraptrs.scoped_function_wrapper(module, "f", passing):
        assert [patch.name for patch in patches()] == ["listed:f"]
    assert patches() == ()


@pytest.mark.parametrize("way", WAYS)
def test_nothing_lives_longer_for_being_listed(way):
    made = types.ModuleType("listed")
    exec("x = 1\ndef f(): return 'f'\n", made.__dict__)

    class C:
        attribute = 5

        def m(self):
            return __class__

        @property
        def p(self):
            return __class__

    C.c = property(lambda self, cls=C: cls)
    made.C = C
    sys.modules["listed"] = made
    alive = [weakref.ref(thing) for thing in (made, made.f, C, vars(C)["m"])]
    WAYS[way][0](made)
    assert len(patches()) == 1
    del sys.modules["listed"], made, C
    gc.collect()
    assert [reference() for reference in alive] == [None] * 4
    assert patches() == ()


def test_revert_all_goes_on_after_failures(module):
    wraptrs.wrap_function_wrapper(module, "f", passing)
    first = wraptrs.replace(module, "x", 2)
    second = wraptrs.replace(module, "y", 2, create=True)
    module.x = module.y = "drift"
    with pytest.raises(wraptrs.RevertError) as caught:
        revert_all()
    assert len(caught.value.exceptions) == 2
    assert type(module.f) is types.FunctionType
    assert patches() == (first, second)
    assert revert_all(force=True) == 2
    assert module.x == 1 and not hasattr(module, "y")


def test_thousands_that_died_are_forgotten():
    from wraptrs import _native

    for number in range(3000):
        owner = types.ModuleType("short")
        owner.f = partial(print, number)
        wraptrs.wrap_function_wrapper(owner, "f", passing)
    gc.collect()  # without the GIL modules die only by it
    assert len(_native._registry_entries()) <= 1
    del owner
    gc.collect()
    assert patches() == ()


def test_the_module_is_still_the_one_of_wrapt():
    from wraptrs.patches import wrap_function_wrapper

    assert wrap_function_wrapper is wraptrs.wrap_function_wrapper
    assert isinstance(wraptrs.patches, types.ModuleType)
    assert wraptrs.patches.unwrap_object is wraptrs.unwrap_object


def test_shown_in_the_repr(module):
    patch = wraptrs.wrap(module, "f", passing)
    assert repr(patch) == "<wrap of listed:f, active>"
    patch.revert()
    assert repr(patch) == "<wrap of listed:f, reverted>"
    assert json.dumps({"name": patch.name, "location": patch.location})


@pytest.mark.parametrize("way", WAYS)
def test_the_label_of_owned_by_goes_for_all_ways(module, way):
    with wraptrs.owned_by("labelled"):
        WAYS[way][0](module)
    gc.collect()
    (patch,) = patches("labelled")
    assert patch.owner == "labelled" and patch.location.startswith(__file__)
    assert patches(__name__) == ()
    assert revert_all("labelled") == 1


def test_a_label_is_that_of_the_thread(module):
    def work():
        wraptrs.wrap_function_wrapper(module, "f", passing)

    with wraptrs.owned_by("labelled"):
        thread = threading.Thread(target=contextvars.Context().run, args=(work,))
        thread.start()
        thread.join()
    (patch,) = patches()
    assert patch.owner == __name__
    assert revert_all() == 1


@pytest.mark.parametrize(
    ("put", "name"),
    [
        (lambda m: wraptrs.wrap(m.C, "m", passing), "listed:C.m"),
        (lambda m: wraptrs.wrap("listed:C.m", passing), "listed:C.m"),
        (lambda m: wraptrs.wrap("listed?:C.m", passing), "listed:C.m"),
        (lambda m: wraptrs.replace(m.C(), "m", lambda: "new"), "listed:C.m"),
        (lambda m: wraptrs.hotwrap(m.C.m, passing), "listed:C.m"),
        (lambda m: wraptrs.hotwrap("listed:C.m", passing), "listed:C.m"),
        (lambda m: wraptrs.hotwrap("listed?:C.m", passing), "listed:C.m"),
        (lambda m: wraptrs.hotwrap("unlisted?:C.m", passing), "unlisted:C.m"),
        (lambda m: wraptrs.wrap("unlisted?:C.m", passing), "unlisted:C.m"),
        (lambda m: wraptrs.hotwrap(json.scanner.py_make_scanner, passing), None),
        (lambda m: wraptrs.rebind(m.C.m, passing), "listed:C.m"),
    ],
)
def test_names_follow_one_rule(module, put, name):
    with put(module) as patch:
        assert patch.name == (name or "json.scanner:py_make_scanner")
        assert patches() == (patch,)


@pytest.mark.parametrize("scope", [None, "context"])
def test_a_handle_is_freed_without_the_collector(module, scope):
    gc.disable()
    try:
        for make, value in ((wraptrs.wrap, passing), (wraptrs.replace, lambda: "new")):
            patch = make(module, "f", value, scope=scope)
            patch.revert()
            watch = weakref.ref(patch)
            del patch
            assert watch() is None
        patches = wraptrs.PatchSet(scope=scope)
        patches.wrap(module, "f", passing)
        with patches:
            pass
        watch = weakref.ref(patches)
        del patches
        assert watch() is None
    finally:
        gc.enable()
