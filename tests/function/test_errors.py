"""What a function wrapper refuses, and what a failure leaves behind: nothing half changed."""

from __future__ import annotations

import pytest

from support.lib import (
    BoundFunctionWrapper,
    FunctionWrapper,
    FunctionWrapperBase,
    better,
    passthrough,
)
from support.outcome import outcome


def target(*args):
    return args


CONSTRUCT = {
    "FunctionWrapper": lambda wrapper: FunctionWrapper(target, wrapper),
    "keyword": lambda wrapper: FunctionWrapper(wrapped=target, wrapper=wrapper),
    "BoundFunctionWrapper": lambda wrapper: BoundFunctionWrapper(target, None, wrapper),
    "base": lambda wrapper: FunctionWrapperBase(target, None, wrapper),
    "init again": lambda wrapper: FunctionWrapper(target, passthrough).__init__(target, wrapper),
}


@better("it is accepted, and the first call fails")
@pytest.mark.parametrize(
    "wrapper", [None, 3, "text", [], object()], ids=lambda value: type(value).__name__
)
@pytest.mark.parametrize("how", CONSTRUCT)
def test_a_wrapper_that_cannot_be_called_is_refused_at_once(how, wrapper):
    with pytest.raises(TypeError, match="callable") as caught:
        CONSTRUCT[how](wrapper)
    assert "target" in str(caught.value)  # names the function it was meant for
    assert type(wrapper).__name__ in str(caught.value)


@better("the old wrapper is replaced by what cannot be called")
def test_a_refused_init_leaves_the_wrapper_working():
    wrapper = FunctionWrapper(target, passthrough)
    with pytest.raises(TypeError):
        wrapper.__init__(len, 3)
    assert wrapper.__wrapped__ is target
    assert wrapper._self_wrapper is passthrough
    assert wrapper(1) == (1,)


@better("the message does not say what the target was")
def test_a_target_whose_repr_fails_is_still_reported():
    class Silent:
        def __call__(self):
            """Something to wrap."""

        def __repr__(self):
            raise RuntimeError("no repr")

    assert outcome(FunctionWrapper, Silent(), 3).type in (TypeError, RuntimeError)


FIELDS = (
    "_self_instance",
    "_self_wrapper",
    "_self_enabled",
    "_self_binding",
    "_self_parent",
    "_self_owner",
    "__wrapped__",
)


@pytest.mark.parametrize("error", [KeyError, KeyboardInterrupt])
def test_a_failing_kind_lookup_leaves_the_wrapper_as_it_was(error):
    class Failing:
        @property
        def __self__(self):
            raise error("self")

    wrapper = FunctionWrapper(target, passthrough, True)
    before = [getattr(wrapper, name) for name in FIELDS]
    with pytest.raises(error):
        wrapper.__init__(Failing(), print, False)
    assert [getattr(wrapper, name) for name in FIELDS] == before
    fresh = FunctionWrapper.__new__(FunctionWrapper)
    with pytest.raises(error):
        fresh.__init__(Failing(), print)
    assert not hasattr(fresh, "_self_wrapper")


@pytest.mark.parametrize(
    "use",
    [
        lambda w: w(),
        lambda w: w(1, a=2),
        lambda w: w.__get__(3, int),
        lambda w: w.__get__(None, int),
        lambda w: w.__set_name__(int, "x"),
        lambda w: w.__name__,
        lambda w: w._self_binding,
    ],
)
@pytest.mark.parametrize("cls", [FunctionWrapper, BoundFunctionWrapper, FunctionWrapperBase])
def test_half_made_wrappers_raise_attribute_errors(cls, use):
    class Skipping(cls):
        def __init__(self):
            """Leaves everything unset."""

    for wrapper in (cls.__new__(cls), Skipping()):
        with pytest.raises(AttributeError):
            use(wrapper)


@pytest.mark.parametrize("arguments", [(), (int,), (int, "name", 3)])
def test_set_name_passes_its_arguments_on(arguments):
    class Named:
        def __set_name__(self, *given):
            self.given = given

        def __call__(self):
            """Callable."""

    named = Named()
    FunctionWrapper(named, passthrough).__set_name__(*arguments)
    assert named.given == arguments


def test_keyword_names_that_are_no_strings():
    wrapper = FunctionWrapper(target, passthrough)
    with pytest.raises(TypeError, match="keywords must be strings"):
        wrapper(**{1: 2})
    bound = BoundFunctionWrapper(target, object(), passthrough)
    with pytest.raises(TypeError, match="keywords must be strings"):
        bound(**{1: 2})


def test_an_error_is_not_chained_to_lookups_of_ours():
    """The search for `__self__` fails silently for most targets; no trace of it may show."""

    def fail():
        raise ValueError("own")

    class Holder:
        method = FunctionWrapper(lambda self: fail(), passthrough)
        static = FunctionWrapper(staticmethod(fail), passthrough)

    for call in (FunctionWrapper(fail, passthrough), Holder().method, Holder.static):
        error = outcome(call).raw
        assert error.__context__ is None and error.__cause__ is None


def test_wrapper_raising_while_handling_keeps_the_context():
    def wrap(wrapped, instance, args, kwargs):
        try:
            return wrapped()
        except ValueError:
            raise KeyError("second")  # noqa: B904  the implicit context is looked at

    def fail():
        raise ValueError("first")

    error = outcome(FunctionWrapper(fail, wrap)).raw
    assert type(error) is KeyError and str(error.__context__) == "first"
