"""with_signature and with_doc: what is shown, and that the function stays as it was."""

import inspect

import pytest

from support.lib import package as wraptrs


def prototype(a, b=2, *rest, c, d=4, **more) -> int:
    """Shown."""


def test_every_field_follows_the_prototype():
    @wraptrs.with_signature(prototype=prototype)
    def function(*args, **kwargs):
        return args, kwargs

    code = function.__code__
    assert inspect.signature(function) == inspect.signature(prototype)
    for name in ("co_argcount", "co_posonlyargcount", "co_kwonlyargcount", "co_varnames"):
        assert getattr(code, name) == getattr(prototype.__code__, name)
    assert code.co_filename == function.__wrapped__.__code__.co_filename
    assert function.__defaults__ == prototype.__defaults__
    assert function.__kwdefaults__ == prototype.__kwdefaults__
    assert function.__annotations__ == {"return": int}


def test_the_function_is_not_changed():
    def function(*args):
        """Mine."""

    before = dict(vars(function)), function.__doc__, inspect.signature(function)
    shown = wraptrs.with_signature(prototype=prototype, doc="Other.")(function)
    shown.__code__, shown.__annotations__, shown.__doc__  # noqa: B018 - derived when read
    shown.__doc__ = "Another."
    assert (dict(vars(function)), function.__doc__, inspect.signature(function)) == before


def test_flags_are_cleared_as_well_as_set():
    @wraptrs.with_signature(prototype=lambda a: None)
    def function(*args, **kwargs):
        pass

    assert not function.__code__.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS)


@pytest.mark.parametrize("decorator", [wraptrs.with_signature, wraptrs.with_doc])
def test_without_a_source(decorator):
    with pytest.raises(TypeError, match="one of"):
        decorator()


def test_with_two_sources():
    with pytest.raises(TypeError, match="one of"):
        wraptrs.with_doc(doc="a", factory=str)


def test_direct_call_instead_of_a_decorator():
    def function():
        return 1

    assert wraptrs.with_doc(function, doc="Shown.").__doc__ == "Shown."
    shown = wraptrs.with_signature(function, signature=inspect.signature(prototype))
    assert list(inspect.signature(shown).parameters) == ["a", "b", "rest", "c", "d", "more"]
