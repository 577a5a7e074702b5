"""PartialCallableObjectProxy beside functools.partial: calls, signature, errors."""

from __future__ import annotations

import functools
import inspect

import pytest

from support.lib import CallableObjectProxy, PartialCallableObjectProxy, package
from support.outcome import outcome


def record(*args, **kwargs):
    return args, kwargs


def three(a, b, c=3, *, d=4):
    return a, b, c, d


STORED = [
    ((), {}),
    ((1,), {}),
    ((1, 2), {}),
    ((), {"a": 1}),
    ((1,), {"self": 2, "d": 5}),
    ((1, 2, 3, 4, 5), {}),
    ((), {"c": 9}),
    (tuple(range(20)), {f"k{i}": i for i in range(20)}),
]
LATER = [
    ((), {}),
    ((7,), {}),
    ((), {"a": 8}),
    ((7, 8, 9), {"d": 10}),
    ((), {"self": 1, "func": 2}),
    (tuple(range(30)), {"k1": "later wins"}),
]


@pytest.mark.parametrize("later, later_kw", LATER)
@pytest.mark.parametrize("stored, stored_kw", STORED)
@pytest.mark.parametrize("target", [record, three])
def test_calls_agree_with_functools(target, stored, stored_kw, later, later_kw):
    expected = outcome(functools.partial(target, *stored, **stored_kw), *later, **later_kw)
    ours = PartialCallableObjectProxy(target, *stored, **stored_kw)
    assert outcome(ours, *later, **later_kw) == expected
    assert outcome(ours, *later, **later_kw) == expected  # nothing of the first call remains


@pytest.mark.parametrize(
    "stored, stored_kw",
    [
        ((), {}),
        ((1,), {}),
        ((1, 2), {}),
        ((), {"b": 2}),
        ((), {"d": 2}),
        ((1,), {"c": 2}),
        ((1, 2, 3), {"d": 4}),
        ((1, 2, 3, 4), {}),
        ((), {"nope": 1}),
        ((1,), {"a": 2}),
    ],
)
def test_signature_agrees_with_functools(stored, stored_kw):
    def signature(partial):
        return str(inspect.signature(partial))

    expected = outcome(signature, functools.partial(three, *stored, **stored_kw))
    assert outcome(signature, PartialCallableObjectProxy(three, *stored, **stored_kw)) == expected


def test_signature_belongs_to_instances_only():
    assert "__signature__" not in vars(PartialCallableObjectProxy)
    assert str(PartialCallableObjectProxy(three, 1).__signature__) == "(b, c=3, *, d=4)"
    assert str(getattr(PartialCallableObjectProxy(three), "".join(["__sig", "nature__"]))) == (
        "(a, b, c=3, *, d=4)"
    )


@pytest.mark.parametrize("arguments", [(), (3,), (None,), ("text", 1)])
def test_bad_construction(arguments):
    for make in (PartialCallableObjectProxy, package.partial):
        with pytest.raises(TypeError):
            make(*arguments)


def test_func_is_positional_only():
    with pytest.raises(TypeError):
        PartialCallableObjectProxy(func=len)
    assert PartialCallableObjectProxy(record, func=1, wrapped=2, self=3)() == (
        (),
        {"func": 1, "wrapped": 2, "self": 3},
    )


def test_stored_arguments_are_readable_and_not_writable():
    partial = PartialCallableObjectProxy(record, 1, 2, key=3)
    assert partial._self_args == (1, 2) and partial._self_kwargs == {"key": 3}
    assert PartialCallableObjectProxy(record)._self_args == ()
    assert PartialCallableObjectProxy(record)._self_kwargs == {}
    for name in ("_self_args", "_self_kwargs"):
        with pytest.raises(AttributeError):
            setattr(partial, name, ())
    assert partial() == ((1, 2), {"key": 3})


def test_uninitialised_fields_are_absent():
    partial = PartialCallableObjectProxy.__new__(PartialCallableObjectProxy)
    partial.__wrapped__ = record
    for name in ("_self_args", "_self_kwargs"):
        with pytest.raises(AttributeError):
            getattr(partial, name)
    with pytest.raises(AttributeError, match="_self_args"):
        partial()


def test_callers_dict_is_not_kept():
    keywords = {"a": 1}
    partial = PartialCallableObjectProxy(record, **keywords)
    keywords["a"] = 2
    assert partial() == ((), {"a": 1})

    def change(**kwargs):
        kwargs.clear()

    once = PartialCallableObjectProxy(change, a=1)
    once()
    assert once._self_kwargs == {"a": 1}


def test_init_again_replaces_everything():
    partial = PartialCallableObjectProxy(record, 1, a=1)
    partial.__init__(three, 5)
    assert partial(6) == (5, 6, 3, 4)
    assert partial._self_kwargs == {}


def test_failed_init_keeps_what_was():
    partial = PartialCallableObjectProxy(record, 1, a=1)
    for arguments in [(), (3,)]:
        with pytest.raises(TypeError):
            partial.__init__(*arguments)
    assert partial(2) == ((1, 2), {"a": 1})


def test_nested_partials():
    inner = PartialCallableObjectProxy(record, 1, a=1)
    outer = PartialCallableObjectProxy(inner, 2, a=2, b=2)
    assert outer(3, c=3) == ((1, 2, 3), {"a": 2, "b": 2, "c": 3})


def test_it_is_a_proxy_of_the_function():
    partial = PartialCallableObjectProxy(three, 1)
    assert partial.__name__ == "three" and partial.__wrapped__ is three
    assert isinstance(partial, type(three)) and not isinstance(partial, CallableObjectProxy)


def test_factory_makes_the_proxy():
    partial = package.partial(three, 1, d=9)
    assert type(partial) is PartialCallableObjectProxy
    assert partial(2) == (1, 2, 3, 9)


def test_target_error_travels():
    raised = LookupError("mine")

    def fail(*args):
        raise raised

    with pytest.raises(LookupError) as caught:
        PartialCallableObjectProxy(fail, 1)(2)
    assert caught.value is raised


def test_reinitialised_during_the_call():
    def swap(*args):
        partial.__init__(record, "new")
        return args

    partial = PartialCallableObjectProxy(swap, "old")
    assert partial(1) == ("old", 1)
    assert partial(1) == (("new", 1), {})


def test_subclass_with_its_own_call():
    class Counting(PartialCallableObjectProxy):
        _self_calls = 0

        def __call__(self, *args, **kwargs):
            self._self_calls += 1
            return super().__call__(*args, **kwargs)

    counting = Counting(record, 1)
    counting(), counting(2)
    assert counting._self_calls == 2 and counting(3) == ((1, 3), {})
