"""No Python frame of ours stands between a caller and its wrapper, or a wrapper and its target.

Stack levels of warnings, call-site finders of logging and profilers count frames, so one more
would point all of them at the wrong line.
"""

from __future__ import annotations

import logging
import sys
import traceback
import warnings

import pytest

from support.lib import (
    CallableObjectProxy,
    FunctionWrapper,
    ObjectProxy,
    PartialCallableObjectProxy,
    passthrough,
)


def depth():
    frame, count = sys._getframe(1), 0
    while frame is not None:
        frame, count = frame.f_back, count + 1
    return count


def names(limit):
    frame, found = sys._getframe(1), []
    while frame is not None and len(found) < limit:
        found.append(frame.f_code.co_name)
        frame = frame.f_back
    return found


def target(*args, **kwargs):
    return names(3)


class Holder:
    method = FunctionWrapper(lambda self, *args: names(3), passthrough)
    of_class = FunctionWrapper(classmethod(lambda cls: names(3)), passthrough)
    static = FunctionWrapper(staticmethod(lambda: names(3)), passthrough)


HOLDER = Holder()

CALLS = {
    "function": lambda: FunctionWrapper(target, passthrough)(),
    "keywords": lambda: FunctionWrapper(target, passthrough)(1, 2, key=3),
    "through the instance": lambda: HOLDER.method(1),
    "through the class": lambda: Holder.method(HOLDER, 1),
    "classmethod": lambda: Holder.of_class(),
    "staticmethod": lambda: HOLDER.static(),
}


@pytest.mark.parametrize("call", CALLS)
def test_one_frame_for_the_wrapper_and_none_for_us(call):
    stack = CALLS[call]()
    assert stack[1:] == ["passthrough", "<lambda>"], stack


@pytest.mark.parametrize(
    "wrap",
    [
        CallableObjectProxy,
        PartialCallableObjectProxy,
        lambda f: FunctionWrapper(f, passthrough, False),
        lambda f: FunctionWrapper(f, passthrough, lambda: False),
    ],
)
def test_plain_calls_add_no_frame(wrap):
    assert wrap(depth)() == depth()


@pytest.mark.parametrize("layers", [1, 2, 7])
def test_each_layer_adds_its_wrapper_only(layers):
    wrapped = depth
    for _ in range(layers):
        wrapped = FunctionWrapper(wrapped, passthrough)
    assert wrapped() == depth() + layers


def test_attribute_and_operator_hooks_add_no_frame():
    class Target:
        @property
        def depth(self):
            return depth()

        def __add__(self, other):
            return depth()

        def __len__(self):
            return depth()

        def __getitem__(self, key):
            return depth()

    bare, proxy = Target(), ObjectProxy(Target())
    assert proxy.depth == bare.depth
    assert proxy + 1 == bare + 1
    assert len(proxy) == len(bare)
    assert proxy[0] == bare[0]


def test_warnings_point_at_the_caller():
    def warn(level):
        warnings.warn("look at the caller", UserWarning, stacklevel=level)

    def warn_in_wrapper(wrapped, instance, args, kwargs):
        warnings.warn("look at the caller", UserWarning, stacklevel=2)

    for call in (
        lambda: FunctionWrapper(warn, passthrough)(3),
        lambda: FunctionWrapper(warn, warn_in_wrapper)(3),
        lambda: CallableObjectProxy(warn)(2),
    ):
        with pytest.warns(UserWarning, match="look") as caught:
            call()
        assert caught[0].filename == __file__
        assert caught[0].lineno == call.__code__.co_firstlineno


def test_logging_finds_the_caller(caplog):
    def log():
        logging.getLogger("frames").warning("here", stacklevel=3)

    wrapper = FunctionWrapper(log, passthrough)

    def caller():
        wrapper()

    caller()
    assert caplog.records[0].funcName == "caller"


def test_tracebacks_show_only_the_wrapper():
    def fail():
        raise ValueError

    try:
        FunctionWrapper(fail, passthrough)()
    except ValueError as error:
        shown = [entry.name for entry in traceback.extract_tb(error.__traceback__)]
    assert shown == ["test_tracebacks_show_only_the_wrapper", "passthrough", "fail"]


def test_a_profiler_sees_the_same_python_calls():
    calls = []

    def profile(frame, event, argument):
        if event == "call":
            calls.append(frame.f_code.co_name)

    wrapper = FunctionWrapper(target, passthrough)
    sys.setprofile(profile)
    try:
        wrapper(1)
    finally:
        sys.setprofile(None)
    assert calls[:2] == ["passthrough", "target"]
