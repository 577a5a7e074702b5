"""Which function a target means, what is refused, and how."""

from __future__ import annotations

import contextlib
import functools
import sys
import types

import pytest

from support.lib import package as wraptrs
from support.names import shown

hotpatch, hotwrap = wraptrs.hotpatch, wraptrs.hotwrap
UnpatchableError = wraptrs.UnpatchableError


def decorated(function):
    @functools.wraps(function)
    def outer(*args):
        return "outer", function(*args)

    return outer


class Thing:
    def method(self):
        return "old"

    @classmethod
    def cm(cls):
        return "old"

    @staticmethod
    def sm():
        return "old"

    @property
    def prop(self):
        return "old"

    @prop.setter
    def prop(self, value):
        self.set = "old", value

    @functools.cached_property
    def cached(self):
        return "old"

    @functools.singledispatchmethod
    def dispatched(self, value):
        return "old"

    part = functools.partialmethod(method)

    @decorated
    def wrapped(self):
        return "old"

    def __call__(self):
        return "old"


READ = {
    "method": lambda: Thing().method(),
    "cm": lambda: Thing.cm(),
    "sm": lambda: Thing.sm(),
    "prop": lambda: Thing().prop,
    "cached": lambda: Thing().cached,
    "dispatched": lambda: Thing().dispatched(1),
    "part": lambda: Thing().part(),
    "wrapped": lambda: Thing().wrapped(),
}


@pytest.mark.parametrize("given", ["entry", "string"])
@pytest.mark.parametrize("name", READ)
def test_descriptors_give_the_function_inside(name, given):
    entry = vars(Thing)[name]
    target = entry if given == "entry" else f"{__name__}:Thing.{name}"
    old, read = READ[name](), READ[name]
    calls = []

    def wrapper(wrapped, instance, args, kwargs):
        calls.append(instance)
        return wrapped(*args, **kwargs)

    with hotpatch(lambda *args: "new", target):
        assert read() == (("outer", "new") if name == "wrapped" else "new")
        with hotwrap(target, wrapper):
            read()
    assert read() == old and vars(Thing)[name] is entry
    static = name == "sm"
    assert [type(it) for it in calls] == [type(None) if static else type if name == "cm" else Thing]


@pytest.fixture(autouse=True)
def importable():
    """Test files are not imported by their names; strings name this one."""
    sys.modules.setdefault(__name__, types.ModuleType(__name__)).__dict__.update(globals())


@pytest.mark.parametrize("kind", [lambda function: function, staticmethod, classmethod, property])
def test_a_method_wrapped_by_name_is_found_in_its_class(kind):
    """Also where the name of the class leads to none, since a function made it."""

    class Local:
        entry = kind(lambda *args: args)

    function = Local.__dict__["entry"]
    function = getattr(function, "fget", None) or getattr(function, "__func__", function)
    function.__qualname__ = f"{Local.__qualname__}.entry"

    def passing(wrapped, instance, args, kwargs):
        return wrapped(*args, **kwargs)

    def seen(wrapped, instance, args, kwargs):
        return instance, wrapped(*args, **kwargs)

    def called(thing):
        return thing.entry if kind is property else thing.entry()

    thing = Local()
    plain = called(thing)
    instance = plain[0] if plain else None
    for _ in range(2):  # searched for, then remembered
        with contextlib.ExitStack() as patches:
            for _ in range(2):
                patches.enter_context(wraptrs.wrap(Local, "entry", passing))
            patches.enter_context(hotwrap(Local.__dict__["entry"], seen))
            assert called(thing) == (instance, plain)
    assert called(thing) == plain


def test_a_setter_is_named_through_the_property():
    thing = Thing()
    with hotpatch(lambda self, value: setattr(self, "set", ("new", value)), Thing.prop.fset):
        thing.prop = 1
        assert thing.set == ("new", 1)
    thing.prop = 1
    assert thing.set == ("old", 1)


def test_bound_methods_partials_and_decorators():
    def function(a=1):
        return "old"

    once, twice = decorated(function), decorated(decorated(function))
    cached = functools.lru_cache(function)
    dispatched = functools.singledispatch(function)
    partial = functools.partial(function, 1)
    cached(), cached(1)
    for target in (once, twice, cached, dispatched, partial, functools.partial(partial)):
        with hotpatch(lambda a=1: "new", target) as patch:
            assert patch.function is function
            assert function() == "new" and once() == ("outer", "new") and dispatched(2) == "new"
            assert twice() == ("outer", ("outer", "new")) and partial() == "new"
            assert cached() == "old" and cached(2 + id(target)) == "new"
    assert function() == "old"
    with hotpatch(lambda a=1: "new", cached, clear_caches=True):
        assert cached() == "new"
    assert cached() == "old"
    with hotpatch(lambda *args: "new", once, unwrap=False):
        assert (once(), function()) == ("new", "old")
    with hotpatch(lambda self: "new", Thing().method):
        assert Thing().method() == "new"
    wrapper = wraptrs.FunctionWrapper(function, lambda w, i, a, k: ("wrapper", w(*a, **k)))
    with hotpatch(lambda a=1: "new", wrapper):
        assert wrapper() == ("wrapper", "new")


def test_what_is_made_at_each_access_leads_to_the_function_inside():
    """Through the class, `partialmethod` and `singledispatchmethod` give a new function each time:
    a patch of that one would have no effect on anything.
    """

    class Holder:
        def method(self, a, b=0):
            return "old", a, b

        partial = functools.partialmethod(method, 5)
        chained = functools.partialmethod(partial, b=6)

        @functools.singledispatchmethod
        def dispatched(self, value):
            return "old"

        @functools.singledispatchmethod
        @staticmethod
        def static(value):
            return "static"

    for target in (Holder.partial, Holder().partial, vars(Holder)["partial"], Holder.chained):
        with hotpatch(lambda self, a, b=0: ("new", a, b), target) as patch:
            assert patch.function is Holder.method
            assert Holder().partial() == ("new", 5, 0) and Holder().chained() == ("new", 5, 6)
    seen = []
    with hotwrap(Holder.partial, lambda w, instance, a, k: seen.append(instance) or w(*a, **k)):
        holder = Holder()
        assert holder.partial(b=1) == ("old", 5, 1) and seen == [holder]
    with hotpatch(lambda self, value: "new", Holder.dispatched):
        assert Holder().dispatched(1) == "new"
    assert Holder().dispatched(1) == "old"
    with hotwrap(Holder.dispatched, lambda w, instance, a, k: seen.append(instance) or w(*a, **k)):
        assert holder.dispatched(1) == "old" and seen == [holder, holder]
    assert holder.static(1) == "static"
    for target in (Holder.static, holder.static, vars(Holder)["static"]):
        with hotwrap(target, lambda w, instance, a, k: (instance, a)):
            assert holder.static(1) == (None, (1,))
    for target in (Holder.dispatched, holder.dispatched):
        with hotpatch(lambda self, value: "new", target, unwrap=False):
            assert (Holder().dispatched(1), holder.partial()) == ("new", ("old", 5, 0))


def test_a_decorator_around_what_holds_no_function():
    made = decorated(Thing)
    with pytest.raises(UnpatchableError, match=r"its __wrapped__ leads to .*Thing.* is a class.*"):
        hotpatch(lambda: "new", made)
    with hotpatch(lambda: "new", made, unwrap=False):
        assert made() == "new"
    counted = decorated(len)
    if sys.version_info >= (3, 11):
        with pytest.raises(UnpatchableError, match="leads to <built-in function len>, and hot"):
            hotpatch(lambda it: "new", counted)
    with hotpatch(lambda it: "new", counted, unwrap=False):
        assert counted([]) == "new"


class Slots:
    __slots__ = ("slot",)


@pytest.mark.parametrize(
    ("target", "why"),
    [
        (Thing, "it is a class; patch its __init__"),
        (Thing(), r"it is an instance that can be called; patch Thing.__call__"),
        (int.__add__, "slot of a C type and holds no function"),
        ((1).__add__, "slot of a C type and holds no function"),
        (Slots.slot, "not callable"),
        (3, "'int' objects are not callable"),
        (None, "'NoneType' objects are not callable"),
        (property(), "property without a getter"),
        (type, "it is a class"),
    ],
    ids=shown,
)
def test_what_holds_no_function_is_refused(target, why):
    for patch in (lambda: hotpatch(lambda: 1, target), lambda: hotwrap(target, lambda *a: 1)):
        with pytest.raises(UnpatchableError, match=r"cannot patch .* in place: ") as caught:
            patch()
        assert caught.match(why)


def test_an_endless_chain_is_refused():
    def function():
        pass

    function.__wrapped__ = function
    with pytest.raises(UnpatchableError, match="has no end"):
        hotpatch(lambda: 1, function)
    with hotpatch(lambda: 1, function, unwrap=False):
        assert function() == 1


@pytest.mark.parametrize("text", ["", "x", "x:", ":x", "?:x", "x.y"])
def test_strings_of_another_form_are_refused(text):
    with pytest.raises(ValueError, match=r"'package\.module:Class\.method'"):
        hotpatch(len, text)


def test_strings_that_lead_nowhere_are_refused():
    with pytest.raises(ModuleNotFoundError):
        hotpatch(len, "no_such_module_anywhere:f")
    with pytest.raises(wraptrs.PathResolutionError):
        hotpatch(len, "json:no_such_function")


def test_a_deferred_target_waits_for_its_import(tmp_path, monkeypatch):
    (tmp_path / "late_module.py").write_text("class C:\n    def m(self): return 'old'\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "late_module", raising=False)
    kept = hotpatch(lambda self: "new", "late_module?:C.m")
    dropped = hotpatch(lambda self: "dropped", "late_module?:C.m").revert()
    assert (kept.state, dropped.state, kept.original) == ("pending", "reverted", None)
    assert kept.name == "late_module:C.m" and "pending" in repr(kept)
    import late_module

    assert late_module.C().m() == "new" and kept.state == "active"
    kept.revert()
    assert late_module.C().m() == "old"
    dropped.apply()
    assert late_module.C().m() == "dropped"
    dropped.revert()
    with hotpatch(lambda self: "at once", "late_module?:C.m"):
        assert late_module.C().m() == "at once"
    del sys.modules["late_module"]
