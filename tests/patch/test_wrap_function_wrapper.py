"""wrap_function_wrapper and patch_function_wrapper: what they refuse, keep and never lose."""

from __future__ import annotations

import functools
import importlib
import sys
import threading
import types

import pytest

from support.lib import IS_WRAPT, better, passthrough
from support.lib import package as wraptrs
from support.names import shown


def doubled(wrapped, instance, args, kwargs):
    return wrapped(*args, **kwargs) * 2


@pytest.fixture
def module():
    """A module of its own for each test, importable by name."""
    module = types.ModuleType("patch_target")
    module.function = lambda *args, **kwargs: (args, kwargs)
    sys.modules[module.__name__] = module
    yield module
    del sys.modules[module.__name__]


class TestUnfitWrapper:
    @better("a wrapper that is not callable is noticed at the first call")
    @pytest.mark.parametrize("wrapper", [None, 5, "wrapper", object()], ids=shown)
    def test_not_callable_is_refused_with_the_target_named(self, module, wrapper):
        original = module.function
        with pytest.raises(TypeError, match="cannot wrap patch_target:function"):
            wraptrs.wrap_function_wrapper(module, "function", wrapper)
        assert module.function is original

    @pytest.mark.parametrize(
        "wrapper", [lambda: None, lambda a, b, c: None, lambda a, b, c, d, *, option: None]
    )
    def test_wrong_arity_shows_at_the_call(self, module, wrapper):
        """Consumers install wrappers that they never call; a call says what does not fit."""
        original = module.function
        handle = wraptrs.wrap_function_wrapper(module, "function", wrapper)
        with pytest.raises(TypeError, match="argument"):
            module.function()
        wraptrs.unwrap_object(module, "function", handle)
        assert module.function is original

    @pytest.mark.parametrize(
        "wrapper",
        [
            lambda *args: "wrapped",
            lambda wrapped, *rest: "wrapped",
            lambda wrapped, instance, args, kwargs, more=None, *, option=None: "wrapped",
            functools.partial(lambda extra, w, i, a, k: "wrapped", None),
            type("Wrapper", (), {"__call__": lambda self, w, i, a, k: "wrapped"})(),
        ],
    )
    def test_every_shape_that_takes_four_arguments_is_accepted(self, module, wrapper):
        wraptrs.wrap_function_wrapper(module, "function", wrapper)
        assert module.function() == "wrapped"

    @better("a deferred wrapper is not looked at")
    def test_deferred_is_refused_before_it_waits(self):
        with pytest.raises(TypeError, match=r"cannot wrap never_imported_module:function"):
            wraptrs.wrap_function_wrapper("never_imported_module?", "function", 5)

    @better("a missing target is taken for the wrong wrapper")
    def test_an_instance_is_named_by_its_type(self):
        class Loud:
            def method(self):
                return 1

            def __getattr__(self, name):
                raise RuntimeError(name)

        with pytest.raises(TypeError, match=r"Loud\.method"):
            wraptrs.wrap_function_wrapper(Loud(), "method", None)

    def test_missing_target_changes_nothing(self, module):
        before = dict(vars(module))
        with pytest.raises(wraptrs.PathResolutionError, match="absent"):
            wraptrs.wrap_function_wrapper(module, "absent.function", passthrough)
        with pytest.raises(wraptrs.TargetModuleNotFoundError, match="no_such_module"):
            wraptrs.wrap_function_wrapper("no_such_module", "function", passthrough)
        assert vars(module) == before


class TestDecoratorAsWrapper:
    @better("the wrapper is never called, its result is a FunctionWrapper")
    def test_function_wrapper_result(self, module):
        @wraptrs.function_wrapper
        def wrapper(wrapped, instance, args, kwargs):
            return "wrapped", wrapped(*args, **kwargs)

        wraptrs.wrap_function_wrapper(module, "function", wrapper)
        assert module.function(1, k=2) == ("wrapped", ((1,), {"k": 2}))

        @wrapper
        def decorated():
            return "decorated"

        assert decorated() == ("wrapped", "decorated")

    @better("the wrapper is never called, its result is a FunctionWrapper")
    def test_method_as_function_wrapper(self, module):
        class Holder:
            @wraptrs.function_wrapper
            def wrapper(self, wrapped, instance, args, kwargs):
                return self, wrapped(*args, **kwargs)

        holder = Holder()
        wraptrs.wrap_function_wrapper(module, "function", holder.wrapper)
        assert module.function() == (holder, ((), {}))

    @better("the wrapper is never called, its result is a FunctionWrapper")
    def test_outside_the_patch_functions(self):
        wrapper = wraptrs.function_wrapper(doubled)
        assert wraptrs.FunctionWrapper(lambda x: x, wrapper)(4) == 8

    @better("the wrapper is never called, its result is a FunctionWrapper")
    def test_decorator_result_keeps_its_switch(self, module):
        switch = []

        @wraptrs.decorator(enabled=lambda: bool(switch))
        def wrapper(wrapped, instance, args, kwargs):
            return "wrapped"

        wraptrs.wrap_function_wrapper(module, "function", wrapper)
        assert module.function() == ((), {})
        switch.append(1)
        assert module.function() == "wrapped"

    @better("the wrapper is never called, its result is a FunctionWrapper")
    def test_decorator_made_of_a_class(self, module):
        @wraptrs.decorator
        class Wrapper:
            def __call__(self, wrapped, instance, args, kwargs):
                return "wrapped", wrapped(*args, **kwargs)

        wraptrs.wrap_function_wrapper(module, "function", Wrapper)
        assert module.function() == ("wrapped", ((), {}))

    @better("no frame is spared")
    def test_no_frame_between_caller_and_wrapper(self, module):
        @wraptrs.function_wrapper
        def wrapper(wrapped, instance, args, kwargs):
            return sys._getframe(1)

        wraptrs.wrap_function_wrapper(module, "function", wrapper)
        assert module.function() is sys._getframe()

    @better("function_wrapper takes anything")
    def test_function_wrapper_refuses_what_is_no_wrapper(self):
        with pytest.raises(TypeError, match=r"function_wrapper.*'int'"):
            wraptrs.function_wrapper(5)

    @better("more arguments are ignored")
    def test_decorating_takes_one_function(self):
        with pytest.raises(TypeError, match="doubled decorates one function at a time"):
            wraptrs.function_wrapper(doubled)(len, abs)


class TestModuleAlias:
    @better("the argument was renamed to target")
    def test_module_is_accepted_with_a_warning(self, module):
        with pytest.warns(DeprecationWarning, match="'module' of wrap_function_wrapper") as caught:
            wraptrs.wrap_function_wrapper(module=module, name="function", wrapper=passthrough)
        assert caught[0].filename == __file__
        with pytest.warns(DeprecationWarning, match="'module' of patch_function_wrapper"):
            patch = wraptrs.patch_function_wrapper(module="patch_target", name="function")
        patch(lambda wrapped, instance, args, kwargs: ("patched", wrapped()))
        assert module.function() == ("patched", ((), {}))
        with pytest.warns(DeprecationWarning, match="'module' of transient_function_wrapper"):
            wraptrs.transient_function_wrapper(module=module, name="function")

    def test_both_names_are_refused(self, module):
        with pytest.raises(TypeError, match="module"):
            wraptrs.wrap_function_wrapper(module, "function", passthrough, module=module)

    def test_arguments_left_out_are_named(self, module):
        with pytest.raises(TypeError, match="target"):
            wraptrs.wrap_function_wrapper(name="function", wrapper=passthrough)
        with pytest.raises(TypeError, match="wrapper"):
            wraptrs.wrap_function_wrapper(module, "function")
        with pytest.raises(TypeError, match="name"):
            wraptrs.patch_function_wrapper(module)


class TestDeferred:
    def test_missing_attribute_of_an_imported_module_is_reported_at_once(self, module):
        with pytest.raises(wraptrs.PathResolutionError, match="absent"):
            wraptrs.wrap_function_wrapper("patch_target?", "absent", passthrough)

    @better("the module counts as imported, and the function is not found")
    def test_a_module_waits_for_the_end_of_its_own_import(self, tmp_path, monkeypatch):
        monkeypatch.syspath_prepend(tmp_path)
        (tmp_path / "patching_itself.py").write_text(
            "import support.lib as lib\n"
            "def wrapper(wrapped, instance, args, kwargs): return 'wrapped', wrapped()\n"
            "layer = lib.package.wrap_function_wrapper(__name__ + '?', 'late', wrapper)\n"
            "def late(): return 'late'\n"
        )
        module = importlib.import_module("patching_itself")
        monkeypatch.delitem(sys.modules, "patching_itself")
        assert module.layer is None
        assert module.late() == ("wrapped", "late")


LOSES = pytest.mark.skipif(IS_WRAPT, reason="wrapt loses layers here, but not in every run")


class TestThreads:
    @better("the layer that the other thread put on is overwritten")
    def test_a_layer_put_on_meanwhile_is_not_lost(self):
        class Module(types.ModuleType):
            """Gives another thread its chance at the worst moment: just before the assignment."""

            def __setattr__(self, name, value):
                if self.others:
                    other = self.others.pop()
                    other.start()
                    other.join(0.2)
                super().__setattr__(name, value)

        def wrap(tag):
            def wrapper(wrapped, instance, args, kwargs):
                return {*wrapped(*args, **kwargs), tag}

            wraptrs.wrap_function_wrapper(module, "function", wrapper)

        module = Module("interrupted_target")
        vars(module).update(others=[], function=set)
        other = threading.Thread(target=wrap, args=["other"])
        module.others.append(other)
        wrap("own")
        other.join()
        assert module.function() == {"own", "other"}

    @LOSES
    def test_no_layer_is_lost(self, module):
        threads, rounds = 8, 100
        calls = []

        def count(wrapped, instance, args, kwargs):
            calls.append(1)
            return wrapped(*args, **kwargs)

        barrier = threading.Barrier(threads)
        handles = []

        def work():
            barrier.wait()
            for _ in range(rounds):
                handles.append(wraptrs.wrap_function_wrapper(module, "function", count))

        self.run([work] * threads)
        chain = list(wraptrs.wrapper_chain(module.function, limit=1000))
        assert len(chain) == threads * rounds + 1
        assert {id(layer) for layer in chain[:-1]} == {id(handle) for handle in handles}

    @LOSES
    def test_wrapping_and_unwrapping_at_once_ends_where_it_began(self, module):
        original = module.function
        barrier = threading.Barrier(8)

        def work():
            barrier.wait()
            for _ in range(50):
                handle = wraptrs.wrap_function_wrapper(module, "function", passthrough)
                wraptrs.unwrap_object(module, "function", handle)

        self.run([work] * 8)
        assert module.function is original

    def test_other_threads_may_patch_while_a_target_is_imported(self, tmp_path, monkeypatch):
        """Importing under the lock would deadlock with a module whose import patches something."""
        monkeypatch.syspath_prepend(tmp_path)
        (tmp_path / "patching_import.py").write_text(
            "import threading, sys\n"
            "import support.lib as lib\n"
            "def work():\n"
            "    lib.package.wrap_function_wrapper(sys.modules['patch_other'], 'f', "
            "lib.passthrough)\n"
            "thread = threading.Thread(target=work)\n"
            "thread.start()\n"
            "thread.join(20)\n"
            "finished = not thread.is_alive()\n"
            "def f(): return 'imported'\n"
        )
        other = types.ModuleType("patch_other")
        other.f = lambda: 1
        monkeypatch.setitem(sys.modules, "patch_other", other)
        wraptrs.wrap_function_wrapper("patching_import", "f", passthrough)
        assert sys.modules.pop("patching_import").finished

    @staticmethod
    def run(functions):
        errors = []

        def guarded(function):
            try:
                function()
            except BaseException as error:
                errors.append(error)

        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        try:
            threads = [threading.Thread(target=guarded, args=(f,)) for f in functions]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            sys.setswitchinterval(interval)
        assert not errors
