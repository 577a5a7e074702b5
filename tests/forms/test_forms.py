"""The small forms: a value for the time of a block, and a decorator that replaces a method."""

from __future__ import annotations

import asyncio
import json
import sys

import pytest

from support.clean import no_patches
from support.lib import package as wraptrs


@pytest.fixture(autouse=True)
def nothing_is_left():
    no_patches()
    yield
    assert wraptrs.patches() == ()


def fake(obj, *args, **kwargs):
    return "fake"


class TestRuntimePatch:
    def test_replaces_for_the_block(self):
        dumps = json.dumps
        with wraptrs.runtime_patch("json", "dumps", fake) as handle:
            assert json.dumps(1) == "fake"
            assert (handle.kind, handle.state, handle.original) == (
                "runtime_patch",
                "active",
                dumps,
            )
            assert handle.location.startswith(__file__)
        assert json.dumps is dumps

    def test_waits_for_the_block(self):
        handle = wraptrs.runtime_patch("json", "dumps", fake)
        assert handle.state == "pending"
        assert json.dumps(1) == "1"

    def test_imports_the_module(self, monkeypatch):
        """The recipe looks into sys.modules and fails where the module is not loaded."""
        import colorsys

        monkeypatch.delitem(sys.modules, "colorsys")
        monkeypatch.setitem(sys.modules, "colorsys", colorsys)  # stands there again afterwards
        del sys.modules["colorsys"]
        with wraptrs.runtime_patch("colorsys", "ONE_THIRD", 0.5):
            assert sys.modules["colorsys"].ONE_THIRD == 0.5

    def test_comes_back_when_the_block_fails(self):
        with pytest.raises(LookupError), wraptrs.runtime_patch(json, "dumps", fake):
            raise LookupError
        assert json.dumps(1) == "1"

    def test_keeps_the_kind_of_what_stands_in_a_class(self, module):
        """The recipe reads the attribute through the class and puts back a plain function."""
        example = module("example", "class C:\n @staticmethod\n def f(x): return x")
        raw = example.C.__dict__["f"]
        with wraptrs.runtime_patch("example", "C.f", lambda x: -x):
            assert (example.C.f(1), example.C().f(1)) == (-1, -1)
        assert example.C.__dict__["f"] is raw

    def test_nested_and_out_of_order(self):
        dumps = json.dumps
        first = wraptrs.runtime_patch("json", "dumps", fake).apply()
        second = wraptrs.runtime_patch("json", "dumps", lambda *a, **kw: "second").apply()
        first.revert()
        assert json.dumps(1) == "second"
        second.revert()
        assert json.dumps is dumps

    def test_async_with(self):
        async def run():
            async with wraptrs.runtime_patch("json", "dumps", fake):
                await asyncio.sleep(0)
                return json.dumps(1)

        assert asyncio.run(run()) == "fake"
        assert json.dumps(1) == "1"

    def test_decorates_functions_of_all_kinds(self):
        @wraptrs.runtime_patch("json", "dumps", fake)
        def plain(depth=0):
            return plain(depth - 1) if depth else json.dumps(1)

        @wraptrs.runtime_patch("json", "dumps", fake)
        def items():
            yield json.dumps(1)

        @wraptrs.runtime_patch("json", "dumps", fake)
        async def later():
            await asyncio.sleep(0)
            return json.dumps(1)

        assert plain(3) == "fake"
        assert list(items()) == ["fake"]
        assert asyncio.run(later()) == "fake"
        assert json.dumps(1) == "1"

    def test_what_does_not_fit_is_refused(self):
        handle = wraptrs.runtime_patch("json", "dumps", "not callable")
        with pytest.raises(wraptrs.UnfitReplacementError, match="json:dumps"):
            handle.apply()
        with wraptrs.runtime_patch("json", "dumps", "not callable", check=False):
            assert json.dumps == "not callable"
        with wraptrs.runtime_patch("json", "absent", 1, create=True):
            assert json.absent == 1
        assert not hasattr(json, "absent")
        with pytest.raises(wraptrs.PathResolutionError):
            wraptrs.runtime_patch("json", "absent", 1).apply()
        with pytest.raises(TypeError, match="takes a value"):
            wraptrs.runtime_patch("json", "dumps", wraptrs.MISSING)


def made():
    class Base:
        def inherited(self, x):
            return ("inherited", x)

    class C(Base):
        def method(self, x):
            return ("method", x)

        @staticmethod
        def static(x):
            return ("static", x)

        @classmethod
        def of_class(cls, x):
            return (cls.__name__, x)

        @property
        def prop(self):
            return "prop"

        @prop.setter
        def prop(self, value):
            self.value = value

    return C


class TestPatchMethod:
    def test_a_method_and_its_original(self):
        C = made()
        before = C.__dict__["method"]

        @wraptrs.patch_method(C, "method")
        def method(self, x):
            return ("new", *method.original(self, x))

        assert C().method(1) == ("new", "method", 1)
        assert method.original is before
        assert (method.patch.state, method.patch.kind) == ("active", "patch_method")
        assert method.patch.location.startswith(__file__)
        method.patch.revert()
        assert C.__dict__["method"] is before

    def test_static_and_class_methods_keep_their_kind(self):
        C = made()

        @wraptrs.patch_method(C)
        def static(x):
            return ("new", *static.original(x))

        @wraptrs.patch_method(C)
        def of_class(cls, x):
            return ("new", *of_class.original(cls, x))

        class D(C):
            pass

        assert (C.static(1), C().static(1)) == (("new", "static", 1),) * 2
        assert (C.of_class(1), D.of_class(1)) == (("new", "C", 1), ("new", "D", 1))
        static.patch.revert()
        of_class.patch.revert()
        assert (C.static(1), D.of_class(1)) == (("static", 1), ("D", 1))

    def test_a_property_keeps_its_setter(self):
        C = made()

        @wraptrs.patch_method(C, "prop")
        def getter(self):
            return f"new {getter.original(self)}"

        instance = C()
        instance.prop = 5
        assert (instance.prop, instance.value) == ("new prop", 5)
        getter.patch.revert()
        assert instance.prop == "prop"

    def test_an_inherited_method_is_overridden_and_inherited_again(self):
        C = made()

        @wraptrs.patch_method(C)
        def inherited(self, x):
            return ("new", *inherited.original(self, x))

        assert C().inherited(1) == ("new", "inherited", 1)
        inherited.patch.revert()
        assert "inherited" not in C.__dict__
        assert C().inherited(1) == ("inherited", 1)

    @pytest.mark.parametrize("name", ["method", "static", "of_class"])
    def test_over_a_wrapper(self, name):
        """The original is then what the wrapper makes of the method, and not the method inside."""
        C, seen = made(), []

        def watch(wrapped, instance, args, kwargs):
            seen.append(instance)
            return wrapped(*args, **kwargs)

        with wraptrs.wrap(C, name, watch):

            def replacement(*args, **kwargs):
                return replacement.original(*args, **kwargs)

            wraptrs.patch_method(C, name)(replacement)
            assert getattr(C(), name)(1)[1] == 1
            assert len(seen) == 1
            replacement.patch.revert()

    def test_one_on_another(self):
        C = made()

        @wraptrs.patch_method(C, "method")
        def first(self, x):
            return ("first", *first.original(self, x))

        @wraptrs.patch_method(C, "method")
        def second(self, x):
            return ("second", *second.original(self, x))

        assert C().method(1) == ("second", "first", "method", 1)
        first.patch.revert()
        second.patch.revert()
        assert C().method(1) == ("method", 1)

    def test_what_does_not_fit_is_refused(self):
        C = made()
        with pytest.raises(TypeError, match="takes a class"):
            wraptrs.patch_method("C", "method")
        with pytest.raises(TypeError, match="decorates a function"):
            wraptrs.patch_method(C, "method")(5)
        with pytest.raises(wraptrs.PathResolutionError):
            wraptrs.patch_method(C, "absent")(lambda self: None)
        with pytest.raises(wraptrs.UnfitReplacementError, match="does not take"):
            wraptrs.patch_method(C, "method")(lambda self: None)

        def kept(self):
            return 1

        with pytest.raises(wraptrs.UnfitReplacementError):
            wraptrs.patch_method(C, "method")(kept)
        assert not hasattr(kept, "original")

    @pytest.mark.parametrize("name", ["static", "of_class"])
    def test_unchecked_it_still_keeps_its_kind(self, name):
        C = made()

        @wraptrs.patch_method(C, name, check=False)
        def replacement(*args):
            return args

        assert getattr(C(), name)() == (() if name == "static" else (C,))
        replacement.patch.revert()
