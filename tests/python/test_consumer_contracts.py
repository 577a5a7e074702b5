"""What programs built on wrapt lean on though no document of wrapt promises it.

Written the way those programs do it: warnings that point at callers, probes of private modules,
families of proxy classes, bound wrappers built by hand, C code that reads proxies. The parts are
tested one by one beside the native core; here they have to work together.
"""

from __future__ import annotations

import copy
import importlib
import logging
import pickle
import sys
import traceback
import typing
import warnings
from pathlib import Path

import pytest

from support.child import run_child
from support.lib import (
    NAME,
    BaseObjectProxy,
    BoundFunctionWrapper,
    CallableObjectProxy,
    FunctionWrapper,
    ObjectProxy,
    better,
    passthrough,
)
from support.lib import package as wraptrs

T = typing.TypeVar("T")


def here():
    """The line that calls this."""
    return sys._getframe(1).f_lineno


class TestFrames:
    """Deprecation decorators, log handlers and profilers count frames to find the caller."""

    @staticmethod
    def deprecated(wrapped, instance, args, kwargs):
        warnings.warn(f"{wrapped.__name__} is old", DeprecationWarning, stacklevel=2)
        return wrapped(*args, **kwargs)

    class Client:
        @wraptrs.decorator
        def log(wrapped, instance, args, kwargs):
            logging.getLogger("consumer").warning("called", stacklevel=2)
            return wrapped(*args, **kwargs)

        @log
        def logged(self):
            return traceback.extract_stack()

    @pytest.mark.parametrize("kind", [lambda function: function, classmethod, staticmethod])
    def test_warning_points_at_the_caller(self, kind):
        namespace = {"old": FunctionWrapper(kind(lambda *args: None), self.deprecated)}
        instance = type("Old", (), namespace)()
        with pytest.warns(DeprecationWarning) as caught:
            line = here() + 1
            instance.old()
        assert [(item.filename, item.lineno) for item in caught] == [(__file__, line)]

    def test_log_record_points_at_the_caller(self, caplog):
        client = self.Client()
        line = here() + 1
        client.logged()
        assert [(record.pathname, record.lineno) for record in caplog.records] == [(__file__, line)]

    def test_stack_is_caller_wrapper_function(self):
        stack = self.Client().logged()
        assert [frame.name for frame in stack[-3:]] == [
            "test_stack_is_caller_wrapper_function",
            "log",
            "logged",
        ]


class TestNativeProbe:
    def test_private_modules(self):
        probe = importlib.import_module(f"{NAME}._wrappers")
        assert probe.FunctionWrapper is FunctionWrapper
        assert importlib.import_module(f"{NAME}.__wrapt__")._using_c_extension

    @pytest.mark.skipif(NAME == "wrapt", reason="wrapt has no switch that makes it stand for wrapt")
    def test_under_the_switch_whatever_the_environment_says(self, monkeypatch):
        monkeypatch.setenv("WRAPT_DISABLE_EXTENSIONS", "true")
        run_child(
            code="""
            import wraptrs
            wraptrs.install_as_wrapt()
            import wrapt._wrappers
            from wrapt.__wrapt__ import _using_c_extension
            assert _using_c_extension
            assert wrapt._wrappers.FunctionWrapper is wrapt.FunctionWrapper
            assert hasattr(wrapt, "BaseObjectProxy")  # how wrapt 2 is told from wrapt 1
            """
        )

    def test_directory_to_skip_in_tracebacks(self):
        folder = Path(wraptrs.__file__).parent
        assert folder == Path(importlib.import_module(f"{NAME}.importer").__file__).parent
        assert folder.name == NAME


class TestFamilies:
    """Tracers keep one mixin of proxy methods for functions and for what they bind to."""

    class Mixin(BaseObjectProxy):
        def __getattr__(self, name):
            if name == "tag":
                return getattr(self, "_self_tag", "none")
            return super().__getattr__(name)

        def __setattr__(self, name, value):
            super().__setattr__("_self_tag" if name == "tag" else name, value)

        def __delattr__(self, name):
            super().__delattr__("_self_tag" if name == "tag" else name)

        def __repr__(self):
            return f"<traced {super().__repr__()}>"

    class Bound(Mixin, BoundFunctionWrapper):
        def __call__(self, *args, **kwargs):
            return ("bound", super().__call__(*args, **kwargs))

    class Wrapper(Mixin, FunctionWrapper):
        def __get__(self, instance, owner):
            bound = super().__get__(instance, owner)
            if bound is not self:
                bound.tag = "bound"
            return bound

    Wrapper.__bound_function_wrapper__ = Bound

    def test_mixin_before_wrapper_and_bound_wrapper(self):
        class Holder:
            method = self.Wrapper(lambda self, value: value, passthrough)

        bound = Holder().method
        assert type(bound) is self.Bound
        assert bound(3) == ("bound", 3)
        assert repr(bound).startswith("<traced ")

    @pytest.mark.parametrize("base", [ObjectProxy, CallableObjectProxy, FunctionWrapper])
    def test_overrides_reach_their_slot_and_the_target(self, base):
        cls = type("Traced", (self.Mixin, base), {})
        target = type("Target", (), {"__call__": lambda self: None})()
        proxy = cls(target, passthrough) if base is FunctionWrapper else cls(target)
        assert proxy.tag == "none"
        proxy.tag = "mine"
        proxy.other = 5
        assert (proxy.tag, vars(target)) == ("mine", {"other": 5})
        del proxy.tag, proxy.other
        assert (proxy.tag, vars(target)) == ("none", {})
        with pytest.raises(AttributeError, match="has no attribute"):
            _ = proxy.absent

    @pytest.mark.parametrize("base", [BaseObjectProxy, CallableObjectProxy, FunctionWrapper])
    def test_slots_for_fields_of_the_wrapper(self, base):
        cls = type("Slotted", (base,), {"__slots__": ("_self_x", "_self_y")})
        wrapper = cls(method, passthrough) if base is FunctionWrapper else cls(method)
        wrapper._self_x = 1
        assert wrapper._self_x == 1
        assert not hasattr(wrapper, "_self_y")
        assert "_self_x" not in vars(method)
        assert cls.__dict__["_self_x"].__get__(wrapper) == 1

    def test_generic_base_and_init_by_hand(self):
        class Future(ObjectProxy, typing.Generic[T]):
            def __init__(self, target, label):
                ObjectProxy.__init__(self, target)
                self._self_label = label

            def labelled(self) -> T:
                return f"{self._self_label}: {self.__wrapped__}"

        future = Future[int](3, "three")
        assert future.labelled() == "three: 3"
        assert future + 1 == 4
        assert typing.get_args(Future[int]) == (int,)

    @pytest.mark.parametrize(
        "cls, items", [(FunctionWrapper, (int, str)), (ObjectProxy, int), (CallableObjectProxy, T)]
    )
    def test_subscription_at_run_time(self, cls, items):
        alias = cls[items]
        assert typing.get_origin(alias) is cls
        assert typing.get_args(alias) == (items if isinstance(items, tuple) else (items,))

    @better("a natively wrapped function is no instance of the class there")
    def test_wrappers_module_in_isinstance(self):
        wrappers = importlib.import_module(f"{NAME}.wrappers")
        wrapper = FunctionWrapper(method, passthrough)
        assert isinstance(wrapper, wrappers.FunctionWrapper)
        assert isinstance(wrapper.__get__(1, int), wrappers.BoundFunctionWrapper)


class Recording(FunctionWrapper):
    """Binds by hand, from its own fields, as instrumentations with state per binding do."""

    def __init__(self, wrapped, wrapper, note):
        super().__init__(wrapped, wrapper)
        self._self_note = note

    def __get__(self, instance, owner):
        descriptor = self.__wrapped__.__get__(instance, owner)
        fields = (self._self_wrapper, self._self_enabled, self._self_binding, self)
        parent = self._self_parent
        if parent is not None:
            raise AssertionError(f"an unbound wrapper has the parent {parent!r}")
        bound = BoundFunctionWrapper(descriptor, instance, *fields, *self.more(owner))
        bound._self_note = self._self_note
        return bound

    def more(self, owner):
        return ()

    def __reduce_ex__(self, protocol):
        return type(self), (self.__wrapped__, self._self_wrapper, self._self_note)


class RecordingWithOwner(Recording):
    def more(self, owner):
        return (owner,)


def note_of(wrapped, instance, args, kwargs):
    return instance, wrapped(*args, **kwargs)


def method(self, *args):
    return args


class TestFields:
    @pytest.mark.parametrize("cls", [Recording, RecordingWithOwner])
    def test_bound_by_hand_with_six_and_seven_arguments(self, cls):
        Holder = type("Holder", (), {"method": cls(method, note_of, "n")})
        holder = Holder()
        bound = holder.method
        assert bound(1, 2) == (holder, (1, 2))
        assert bound._self_note == "n"
        assert bound._self_parent is vars(Holder)["method"]
        assert bound._self_instance is holder
        assert bound._self_wrapper is note_of
        assert bound._self_binding == "function"
        assert bound._self_enabled is None
        if cls is RecordingWithOwner:  # without the owner only a call through an instance works
            assert Holder.method(holder, 3) == (holder, (3,))

    @pytest.mark.parametrize(
        "clone",
        [
            pytest.param(copy.copy, marks=better("__copy__ refuses before the recipe is asked")),
            lambda wrapper: pickle.loads(pickle.dumps(wrapper)),
        ],
    )
    def test_copied_and_pickled_by_a_recipe_of_their_own(self, clone):
        twin = clone(Recording(method, note_of, "n"))
        assert type(twin) is Recording
        assert twin._self_note == "n"
        bound = twin.__get__(5, int)
        assert bound(1) == (5, (1,))
        assert bound._self_parent.__reduce_ex__(2) == (Recording, (method, note_of, "n"))


class TestImporter:
    def test_registry_finder_and_lock_can_be_touched(self):
        importer = importlib.import_module(f"{NAME}.importer")
        name = "consumer_contracts_absent"
        wraptrs.register_post_import_hook(print, name)
        with importer._post_import_hooks_lock:
            assert importer._post_import_hooks[name] == [print]
            saved = dict(importer._post_import_hooks)
            importer._post_import_hooks.clear()
            importer._post_import_hooks.update(saved)
            del importer._post_import_hooks[name]
        assert any(isinstance(finder, importer.ImportHookFinder) for finder in sys.meta_path)

    @pytest.mark.parametrize("path", ["absent", "Path.absent", "Path.absent.deeper"])
    def test_absent_attribute_is_named_by_the_cause(self, path):
        for resolve in (
            lambda: wraptrs.resolve_path("pathlib", path),
            lambda: wraptrs.wrap_function_wrapper("pathlib", path, passthrough),
        ):
            with pytest.raises(AttributeError, match=f"{path}'") as caught:
                resolve()
            assert "has no attribute 'absent'" in str(caught.value.__cause__)

    @better("only the cause says so since wrapt 2.5, while programs match it in the error")
    def test_text_that_is_matched(self):
        with pytest.raises(AttributeError, match="has no attribute 'absent'"):
            wraptrs.wrap_function_wrapper("pathlib", "Path.absent", passthrough)
