"""CallableObjectProxy: a call reaches the target with exactly the arguments given."""

from __future__ import annotations

import pytest

from support.lib import BaseObjectProxy, CallableObjectProxy, ObjectProxy
from support.outcome import outcome

CALLS = [
    ((), {}),
    ((1,), {}),
    ((1, 2, 3), {}),
    (tuple(range(40)), {}),
    ((), {"a": 1}),
    ((1,), {"self": 2}),
    ((), {"self": 1, "wrapped": 2, "instance": 3, "args": 4, "kwargs": 5}),
    ((1, 2), {"key with spaces": 3}),
    ((), {f"k{i}": i for i in range(30)}),
]


def record(*args, **kwargs):
    return args, kwargs


class Recorder:
    def method(self, *args, **kwargs):
        return self, args, kwargs

    def __call__(self, *args, **kwargs):
        return "called", args, kwargs


@pytest.mark.parametrize("args, kwargs", CALLS)
def test_arguments_arrive(args, kwargs):
    assert CallableObjectProxy(record)(*args, **kwargs) == (args, kwargs)
    assert CallableObjectProxy.__call__(CallableObjectProxy(record), *args, **kwargs) == (
        args,
        kwargs,
    )


@pytest.mark.parametrize(
    "target, args",
    [
        (len, ([1, 2],)),
        (int, ("12",)),
        (str.upper, ("a",)),
        ([3].index, (3,)),
        (Recorder(), (1,)),
        (type, (3,)),
        (lambda *a: a, (1, 2)),
        (CallableObjectProxy(len), ("abc",)),
        (max, (1, 2, 3)),
    ],
)
def test_targets_of_every_kind(target, args):
    assert CallableObjectProxy(target)(*args) == target(*args)


@pytest.mark.parametrize(
    "target, args, kwargs",
    [
        (len, (), {}),
        (len, (1,), {}),
        (len, ([],), {"x": 1}),
        (int, ("x",), {}),
        (3, (), {}),
        (None, (1,), {}),
        (lambda a: a, (), {}),
        (lambda a: a, (1,), {"a": 2}),
        (lambda: 1 / 0, (), {}),
    ],
)
def test_errors_are_the_targets_own(target, args, kwargs):
    expected = outcome(target, *args, **kwargs)
    assert expected.kind == "error"
    assert outcome(CallableObjectProxy(target), *args, **kwargs) == expected


def test_the_exception_object_itself_travels():
    raised = KeyboardInterrupt("mine")

    def fail():
        raise raised

    with pytest.raises(KeyboardInterrupt) as caught:
        CallableObjectProxy(fail)()
    assert caught.value is raised


def test_callable_is_what_the_type_says():
    assert callable(CallableObjectProxy(len))
    assert callable(CallableObjectProxy(3))  # the class says so, whatever the target
    assert not callable(ObjectProxy(len)) and not callable(BaseObjectProxy(len))
    with pytest.raises(TypeError, match="not callable"):
        ObjectProxy(len)([])


def test_a_call_returns_the_targets_result_unwrapped():
    result = object()
    assert CallableObjectProxy(lambda: result)() is result


def test_keyword_values_are_not_shared():
    def change(**kwargs):
        kwargs["a"] = "changed"
        return kwargs

    given = {"a": 1}
    assert CallableObjectProxy(change)(**given) == {"a": "changed"}
    assert given == {"a": 1}


def test_as_a_class_attribute_it_does_not_bind():
    class Holder:
        call = CallableObjectProxy(record)

    assert Holder().call(1) == ((1,), {})


def test_target_swapped_during_the_call():
    def swap():
        proxy.__wrapped__ = lambda: "after"
        return "before"

    proxy = CallableObjectProxy(swap)
    assert proxy() == "before"
    assert proxy() == "after"


def test_recursion_through_the_proxy():
    def fact(n):
        return 1 if n == 0 else n * proxy(n - 1)

    proxy = CallableObjectProxy(fact)
    assert proxy(20) == 2432902008176640000


def test_endless_recursion_ends_in_recursion_error():
    proxy = CallableObjectProxy(None)
    proxy.__wrapped__ = lambda: proxy()
    with pytest.raises(RecursionError):
        proxy()


def test_override_of_call():
    class Doubling(CallableObjectProxy):
        def __call__(self, *args, **kwargs):
            return super().__call__(*args, **kwargs) * 2

    assert Doubling(len)("abc") == 6
