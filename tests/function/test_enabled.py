"""`enabled`: truth or a callable, asked at each call; errors travel, False calls plainly."""

from __future__ import annotations

import pytest

from support.lib import BoundFunctionWrapper, FunctionWrapper


class Trouble(Exception):
    """Raised while asking whether the wrapper is on."""


def mark(wrapped, instance, args, kwargs):
    return "wrapped", wrapped(*args, **kwargs)


def target(*args, **kwargs):
    return args, kwargs


class Truth:
    """Not callable, and true or false by choice, or failing."""

    def __init__(self, value):
        self.value = value
        self.asked = 0

    def __bool__(self):
        self.asked += 1
        if isinstance(self.value, BaseException):
            raise self.value
        return self.value


def unbound(enabled):
    return FunctionWrapper(target, mark, enabled)


def bound(enabled):
    class Holder:
        @staticmethod
        def method(*args, **kwargs):
            return args, kwargs

    Holder.method = FunctionWrapper(Holder.__dict__["method"], mark, enabled)
    return Holder().method


def by_hand(enabled):
    return BoundFunctionWrapper(target, object(), mark, enabled)


MAKERS = [unbound, bound, by_hand]


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize(
    "enabled, on",
    [
        (None, True),
        (True, True),
        (False, False),
        (1, True),
        (0, False),
        ("", False),
        ([], False),
        ([0], True),
        (lambda: True, True),
        (lambda: False, False),
        (lambda: None, False),
        (lambda: [1], True),
        (Truth(True), True),
        (Truth(False), False),
        (lambda: Truth(False), False),
        (int, False),
        (bool, False),
        (object, True),
    ],
)
def test_decision(make, enabled, on):
    plain = ((1,), {"k": 2})
    assert make(enabled)(1, k=2) == (("wrapped", plain) if on else plain)


@pytest.mark.parametrize("make", MAKERS)
def test_asked_once_for_each_call(make):
    answers = [True, False, True]
    wrapper = make(lambda: answers.pop(0))
    assert [wrapper()[0] == "wrapped" for _ in range(3)] == [True, False, True]
    truth = Truth(True)
    wrapper = make(truth)
    asked = truth.asked
    wrapper()
    assert truth.asked == asked + 1


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("error", [Trouble, KeyboardInterrupt, AttributeError, TypeError])
def test_errors_travel_and_nothing_is_called(make, error):
    raised = error("enabled")

    def fail():
        raise raised

    for enabled in (fail, Truth(raised), lambda: Truth(raised)):
        with pytest.raises(error) as caught:
            make(enabled)()
        assert caught.value is raised


@pytest.mark.parametrize("make", MAKERS)
def test_callable_wins_over_truth(make):
    class Both:
        def __bool__(self):
            raise Trouble("not to be asked")

        def __call__(self):
            return False

    assert make(Both())(1) == ((1,), {})


@pytest.mark.parametrize("make", MAKERS)
def test_enabled_of_another_arity(make):
    with pytest.raises(TypeError, match="argument"):
        make(lambda x: True)()


def test_enabled_is_readable_and_passed_on_to_bound_wrappers():
    flag = Truth(True)

    class Holder:
        method = FunctionWrapper(lambda self: 1, mark, flag)

    assert Holder.__dict__["method"]._self_enabled is flag
    assert Holder().method._self_enabled is flag
    assert FunctionWrapper(target, mark)._self_enabled is None
    assert FunctionWrapper(target, mark, enabled=False)._self_enabled is False


def test_disabled_method_is_called_with_its_instance():
    class Holder:
        def method(self, x):
            return self, x

    Holder.method = FunctionWrapper(Holder.method, mark, False)
    holder = Holder()
    assert holder.method(1) == (holder, 1)
    assert Holder.method(holder, 1) == (holder, 1)
    with pytest.raises(TypeError):
        Holder.method()


def test_enabled_may_replace_the_wrapper_during_the_call():
    def enabled():
        wrapper.__init__(len, mark, True)
        return False

    wrapper = FunctionWrapper(target, mark, enabled)
    assert wrapper([1]) == (([1],), {})
    assert wrapper([1]) == ("wrapped", 1)
