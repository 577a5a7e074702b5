"""The native primitives: the self-check of the layout, reading a state, putting one in."""

from __future__ import annotations

import sys

import pytest

from support.lib import native


def probe():
    enclosed = 1

    def function(a: int = 1, *, b: int = 2):
        return enclosed + a + b

    return function


def test_the_layout_is_as_built_for():
    assert native._layout_holds(probe()) is True


def test_a_state_is_the_attributes_by_identity():
    function = probe()
    code, space, builtins, defaults, keywords, closure, *_ = native._function_state(function)
    assert code is function.__code__ and space is function.__globals__
    assert defaults is function.__defaults__ and keywords is function.__kwdefaults__
    assert closure is function.__closure__
    if sys.version_info >= (3, 10):
        assert builtins is function.__builtins__


def test_a_state_goes_in_only_where_the_expected_one_stands():
    first, second = probe(), probe()
    states = native._function_state(first), native._function_state(second)
    assert native._transplant(first, states[1], states[1]) is False
    assert first.__closure__ is states[0][5]
    assert native._transplant(first, states[1], states[0]) is True
    assert first.__closure__ is states[1][5]


def test_unfit_states_are_refused():
    function = probe()
    good = native._function_state(function)
    for index, value in [(0, 1), (1, []), (2, []), (3, []), (4, ()), (5, []), (5, ()), (5, (1,))]:
        with pytest.raises(TypeError, match="not the state of a function"):
            native._transplant(function, (*good[:index], value, *good[index + 1 :]))
    for wrong in [(), good[:-1], list(good), None, (None, *good[1:]), (*good[:5], None, *good[6:])]:
        with pytest.raises(TypeError, match="not the state of a function"):
            native._transplant(function, wrong)
    assert native._function_state(function) == good


def test_a_twin_has_the_state_and_the_labels():
    function, labelled = probe(), lambda: None
    labelled.__name__, labelled.__qualname__ = "name", "outer.name"
    labelled.__module__, labelled.__doc__ = "elsewhere", "what it does"
    state = native._function_state(function)
    twin = native._twin(state, labelled)
    assert all(new is old for new, old in zip(native._function_state(twin), state))
    assert (twin.__name__, twin.__qualname__) == ("name", "outer.name")
    assert (twin.__module__, twin.__doc__) == ("elsewhere", "what it does")
    assert [twin() for _ in range(100)] == [function()] * 100
    assert twin(2, b=3) == function(2, b=3)
    assert twin.__annotations__ == function.__annotations__
    assert twin.__dict__ == {}


@pytest.mark.skipif(sys.version_info[:2] == (3, 11), reason="3.11 does not look where calls go")
def test_a_twin_that_calls_are_led_away_from():
    """Call sites that know the function of the same code must not take one for the other."""
    function = probe()
    hook = native._hook(lambda *args: ("hooked", args), None, None, False)
    state = (*native._function_state(function)[:9], hook)
    with pytest.raises(TypeError, match="do not carry its hook"):
        native._twin(state, function)
    for one in [function, native._twin(native._carry(state, None), function)] * 50:
        assert one(5) == (8 if one is function else ("hooked", (5,)))


@pytest.mark.parametrize("name", ["_layout_holds", "_function_state", "_transplant"])
def test_only_python_functions_are_taken(name):
    with pytest.raises(
        TypeError, match="takes a Python function, got 'builtin_function_or_method'"
    ):
        getattr(native, name)(len, *[()] * (name == "_transplant"))
    with pytest.raises(TypeError):
        getattr(native, name)()
