"""decorator() in all its forms: what wrapt's tests leave open, and what wraptrs does better."""

from __future__ import annotations

import functools
import inspect
import sys

import pytest

from support.child import modules_loaded_by
from support.lib import IS_WRAPT, better, passthrough
from support.lib import package as wraptrs


@wraptrs.decorator
def tagged(wrapped, instance, args, kwargs):
    """Tag the result."""
    return "tagged", wrapped(*args, **kwargs)


@wraptrs.decorator
class Labelled:
    def __init__(self, label="none"):
        self.label = label

    def __call__(self, wrapped, instance, args, kwargs):
        return self.label, wrapped(*args, **kwargs)


class TestCall:
    def test_no_frame_between_caller_and_wrapper(self):
        @wraptrs.decorator
        def caller(wrapped, instance, args, kwargs):
            return sys._getframe(1)

        class Class:
            @caller
            def method(self):
                pass

            @caller
            @classmethod
            def on_class(cls):
                pass

        @caller
        def function():
            pass

        assert function() is Class().method() is Class.on_class() is sys._getframe()

    def test_class_as_decorator_with_and_without_arguments(self):
        assert Labelled(lambda: 1)() == ("none", 1)
        assert Labelled(label="given")(lambda: 1)() == ("given", 1)
        assert Labelled()(lambda: 1)() == ("none", 1)

    @better("the arguments are dropped when the function comes along")
    def test_class_as_decorator_with_function_and_arguments_at_once(self):
        assert Labelled(lambda: 1, label="given")() == ("given", 1)

    def test_an_instance_for_each_decorated_function(self):
        decorate = Labelled(label="given")
        first, second = decorate(len), decorate(abs)
        assert first._self_wrapper is not second._self_wrapper

    def test_options_may_be_given_in_steps(self):
        collected = wraptrs.decorator(enabled=False)
        decorate = collected(adapter=None)(passthrough)
        assert decorate(len) is len

    def test_static_method_as_decorator(self):
        class Class:
            @wraptrs.decorator
            @staticmethod
            def decorate(wrapped, instance, args, kwargs):
                return "static", wrapped(*args, **kwargs)

        assert Class.decorate(lambda: 1)() == ("static", 1)
        assert Class().decorate(lambda: 1)() == ("static", 1)

    def test_enabled(self):
        switch = []
        assert wraptrs.decorator(passthrough, enabled=False)(len) is len
        assert wraptrs.decorator(passthrough, enabled=True)(len)._self_enabled is None
        switched = wraptrs.decorator(lambda *args: "on", enabled=lambda: bool(switch))(
            lambda: "off"
        )
        assert switched() == "off"
        switch.append(1)
        assert switched() == "on"

    def test_proxy_class(self):
        class Mine(wraptrs.FunctionWrapper):
            pass

        @wraptrs.decorator(proxy=Mine)
        def decorate(wrapped, instance, args, kwargs):
            return "mine"

        assert type(decorate(len)) is Mine
        assert decorate(len)() == "mine"

    @better("None is called")
    def test_proxy_none_means_the_default(self):
        decorated = wraptrs.decorator(passthrough, proxy=None)(len)
        assert type(decorated) is wraptrs.FunctionWrapper


class TestUnfit:
    @better("noticed at the first call")
    @pytest.mark.parametrize("wrapper", [5, "wrapper", object()], ids=["number", "text", "object"])
    def test_wrapper_that_is_not_callable(self, wrapper):
        with pytest.raises(TypeError, match=r"decorator\(\) takes a wrapper function.*got"):
            wraptrs.decorator(wrapper)

    @better("noticed at the first call")
    def test_class_whose_instances_are_not_callable(self):
        decorate = wraptrs.decorator(type("Mute", (), {}))
        with pytest.raises(TypeError, match=r"Mute cannot be wrappers.*__call__"):
            decorate(len)

    @better("noticed when the decorator is applied")
    def test_proxy_that_is_not_callable(self):
        with pytest.raises(TypeError, match="proxy must be a wrapper class, got 'int'"):
            wraptrs.decorator(passthrough, proxy=5)

    @better("what else is given is ignored; nothing at all is an IndexError")
    @pytest.mark.parametrize("args, kwargs", [((), {}), ((len, abs), {}), ((len,), {"k": 1})])
    def test_decorating_takes_one_function(self, args, kwargs):
        with pytest.raises(TypeError, match="tagged decorates one function at a time"):
            tagged(*args, **kwargs)

    @better("the second function is ignored")
    def test_class_decorates_one_function(self):
        with pytest.raises(TypeError, match="Labelled decorates one function at a time"):
            Labelled(len, abs)

    def test_factory_without_call(self):
        class Factory(wraptrs.AdapterFactory):
            pass

        decorate = wraptrs.decorator(passthrough, adapter=Factory())
        with pytest.raises(NotImplementedError):
            decorate(len)

    @better("noticed when the decorator is applied")
    def test_adapter_factory_that_is_not_callable(self):
        with pytest.raises(TypeError, match=r"adapter_factory\(\) takes a callable"):
            wraptrs.adapter_factory(5)

    @better("the bare SyntaxError of the made-up function")
    @pytest.mark.parametrize("adapter", ["a, b", "(a", "(a: Unknown)", "(self, 1)"])
    def test_text_that_is_no_signature(self, adapter):
        if adapter == "(a: Unknown)" and sys.version_info >= (3, 14):
            pytest.skip("annotations are not evaluated before they are read, since 3.14")
        decorate = wraptrs.decorator(passthrough, adapter=adapter)
        with pytest.raises(ValueError, match="is not the text of a signature") as caught:
            decorate(len)
        assert adapter in str(caught.value)


class TestSignature:
    @better("the decorator shows the signature of wrapt.decorator")
    def test_of_the_decorator_itself(self):
        assert str(inspect.signature(tagged)) == "(wrapped, /)"
        assert str(inspect.signature(Labelled)) == "(wrapped=None, /, **kwargs)"
        assert tagged.__name__ == "tagged"
        assert tagged.__doc__ == "Tag the result."

    def test_of_the_decorated(self):
        def function(a, b=1, *, c):
            """The doc."""

        assert inspect.signature(tagged(function)) == inspect.signature(function)
        assert tagged(function).__doc__ == "The doc."

    @better("positional-only parameters of the prototype become ordinary ones")
    def test_adapter_with_positional_only_parameters(self):
        def prototype(self, a, /, b, *args, c=1, **kwargs):
            """Not the doc."""

        adapted = wraptrs.decorator(passthrough, adapter=prototype)(lambda: None)
        assert inspect.signature(adapted) == inspect.signature(prototype)
        assert adapted.__code__.co_posonlyargcount == 2
        bound = adapted.__get__(object(), object)
        assert str(inspect.signature(bound)) == "(a, /, b, *args, c=1, **kwargs)"

    @better("defaults go through their repr, which need not be an expression")
    def test_argspec_keeps_the_very_defaults(self):
        marker = object()

        def prototype(a, b=marker, *, c=marker):
            pass

        spec = inspect.getfullargspec(prototype)
        adapted = wraptrs.decorator(passthrough, adapter=spec)(lambda: None)
        parameters = inspect.signature(adapted).parameters
        assert parameters["b"].default is parameters["c"].default is marker

    def test_adapter_keeps_everything_else(self):
        def function():
            """The doc."""

        adapted = wraptrs.decorator(passthrough, adapter="(a, b)")(function)
        assert adapted.__doc__ == "The doc."
        assert inspect.getsource(adapted).strip().startswith("def function")
        assert adapted.__code__.co_filename == __file__
        assert adapted.__name__ == "function"


class TestState:
    def test_class_access_shows_the_decorator(self):
        class Counter:
            @wraptrs.bind_state_to_wrapper(name="counter")
            @wraptrs.decorator
            def count(self, wrapped, instance, args, kwargs):
                """Count calls."""
                return wrapped(*args, **kwargs)

        assert Counter.count.__doc__ == "Count calls."
        counter = Counter()
        decorated = counter.count(len)
        assert decorated.counter is counter
        assert decorated([1]) == 1

    @better("an AttributeError about the bare function")
    def test_switched_off(self):
        class Counter:
            @wraptrs.bind_state_to_wrapper()
            @wraptrs.decorator(enabled=False)
            def count(self, wrapped, instance, args, kwargs):
                return wrapped(*args, **kwargs)

        assert Counter().count(len) is len


@better("the annotations of *args and **kwargs are lost")
def test_formatargspec_writes_what_inspect_writes():
    from importlib import import_module

    formatargspec = import_module(f"{wraptrs.__name__}.arguments").formatargspec

    def annotated(a, b: int = 1, *args: str, c, d: float = 2.0, **kwargs: bytes) -> None:
        pass

    def bare(a, b="x", *, c=None):
        pass

    for function in (annotated, bare, tagged.__wrapped__):
        function.__annotations__ = {
            name: {"int": int, "str": str, "float": float, "bytes": bytes, "None": None}[text]
            for name, text in function.__annotations__.items()
        }
        spec = inspect.getfullargspec(function)
        assert formatargspec(*spec) == str(inspect.signature(function))


@pytest.mark.skipif(IS_WRAPT, reason="wrapt imports both with the package")
def test_inspect_and_functools_are_not_needed_to_decorate():
    modules = modules_loaded_by(
        """
        import wraptrs
        @wraptrs.decorator
        def decorate(wrapped, instance, args, kwargs): return wrapped(*args, **kwargs)
        assert decorate(len)([1]) == 1
        """
    )
    assert "wraptrs._adapter" in modules
    assert not modules & {"inspect", "functools", "typing", "warnings", "contextlib"}


def test_partial_application_keeps_working_under_functools():
    assert functools.partial(tagged(max), 1)(2) == ("tagged", 2)
