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
    shown.__code__, shown.__annotations__, shown.__doc__
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


class Owner:
    @wraptrs.with_signature(prototype=lambda self, shown: None, doc="Shown.")
    def method(self, *args):
        """Mine."""
        return args

    @wraptrs.with_doc(doc="Shown.")
    def documented(self):
        """Mine."""
        return self


def test_methods_show_theirs_without_self():
    assert str(inspect.signature(Owner().method)) == "(shown)"
    assert str(inspect.signature(Owner.method)) == "(self, shown)"
    assert Owner().method.__func__.__code__.co_varnames == ("self", "shown")
    assert Owner().method.__signature__ is Owner.method.__signature__
    assert Owner().method(1) == (1,)


@pytest.mark.parametrize("name", ["method", "documented"])
def test_bound_methods_show_the_docstring_and_keep_it(name):
    bound = getattr(Owner(), name)
    assert bound.__doc__ == "Shown."
    with pytest.raises(AttributeError):
        bound.__doc__ = "Other."
    assert Owner.__dict__[name].__wrapped__.__doc__ == "Mine."


def test_without_an_override_the_docstring_is_the_functions():
    class Plain:
        @wraptrs.with_signature(prototype=prototype)
        def method(self):
            """Mine."""

    function = Plain.__dict__["method"]
    assert Plain().method.__doc__ == "Mine."
    function.__doc__ = "Changed."
    assert function.__wrapped__.__doc__ == "Changed."
    del function.__doc__
    assert function.__wrapped__.__doc__ is None


def test_deleting_the_override_uncovers_the_docstring():
    @wraptrs.with_doc(factory=lambda wrapped: wrapped.__name__)
    def function():
        """Mine."""
        return 1

    assert function.__doc__ == "function"
    function.__doc__ = None
    assert function.__doc__ is None
    del function.__doc__
    assert function.__doc__ == "Mine."
    assert function() == 1


@pytest.mark.parametrize("pair", [False, True], ids=["alone", "with docstring"])
@pytest.mark.parametrize("kind", [inspect.signature, lambda function: function])
def test_factory_of_a_signature(kind, pair):
    def factory(wrapped):
        return (kind(prototype), "Shown.") if pair else kind(prototype)

    @wraptrs.with_signature(factory=factory)
    def function():
        """Mine."""

    assert inspect.signature(function) == inspect.signature(prototype)
    assert function.__doc__ == ("Shown." if pair else "Mine.")
