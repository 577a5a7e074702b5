"""Functions in place that measure themselves: what they do, how they look, and every way out."""

from __future__ import annotations

import contextlib
import functools
import gc
import sys
import threading
import traceback
import weakref

import pytest

import wraptrs
from support.measured import seen
from wraptrs.instruments import count, time, trace

DEEP = 400


def test_the_code_alone_is_another(measured):
    def function(a, b=1, *, c=2):
        """What it does."""
        return a + b + c

    fields = ("__defaults__", "__kwdefaults__", "__closure__", "__globals__", "__doc__")
    before, code = [getattr(function, field) for field in fields], function.__code__
    handle = measured(function)
    assert function(1) == 4
    assert [getattr(function, field) for field in fields] == before
    assert not hasattr(function, "__wrapped__")
    same = ("co_name", "co_varnames", "co_names", "co_flags", "co_firstlineno", "co_argcount")
    assert [getattr(function.__code__, name) for name in same] == [
        getattr(code, name) for name in same
    ]
    handle.revert()
    assert function.__code__ is code
    assert seen(handle) == (1, 0, 0)


def test_arguments_may_come_in_any_way_and_what_does_not_fit_is_no_call(measured):
    def function(a, b=2, *rest):
        return a, b, rest

    handle = measured(function)
    assert [
        function(1),
        function(1, 3),
        function(b=4, a=1),
        function(1, 3, 5),
        function(*[1, 3]),
    ] == [
        (1, 2, ()),
        (1, 3, ()),
        (1, 4, ()),
        (1, 3, (5,)),
        (1, 3, ()),
    ]
    assert list(map(function, [1, 2], [3, 4])) == [(1, 3, ()), (2, 4, ())]
    for wrong in (function, functools.partial(function, 1, c=2), functools.partial(function, b=1)):
        with pytest.raises(TypeError, match=r"function\(\)"):
            wrong()
    assert seen(handle) == (7, 0, 0)


def test_an_error_is_counted_where_it_leaves_the_function(measured):
    def inner(number):
        return 1 // number

    def outer(number):
        try:
            return inner(number)
        except ZeroDivisionError:
            return None

    inside, outside = measured(inner), measured(outer, time)
    assert [outer(0), outer(1)] == [None, 1]
    with pytest.raises(TypeError):
        outer("x")
    assert (seen(inside), seen(outside)) == ((3, 2, 0), (3, 1, 0))
    assert outside.stats().own <= outside.stats().total


def test_a_traceback_shows_the_function_once_and_its_line_and_holds_no_call(measured):
    def fails(number):
        del number
        raise ValueError("no")

    handle = measured(fails, time)
    with pytest.raises(ValueError, match="no") as raised:
        fails(1)
    frames = traceback.extract_tb(raised.value.__traceback__)[1:]
    assert [(frame.name, frame.lineno) for frame in frames] == [
        ("fails", fails.__code__.co_firstlineno + 2)
    ]
    assert seen(handle) == (1, 1, 0), "the frame is alive yet, in the traceback"


def test_calls_inside_of_each_other(measured):
    flying = []

    def factorial(number):
        flying.append(handle.in_flight)
        return number * factorial(number - 1) if number else 1

    handle = measured(factorial)
    assert factorial(4) == 24
    assert flying == [1, 2, 3, 4, 5]
    assert seen(handle) == (5, 0, 0)


def test_recursion_goes_as_deep_as_without(measured):
    def depth(number):
        return number and 1 + depth(number - 1)

    def free(number):
        return number and 1 + free(number - 1)

    def deepest(function):
        number = DEEP
        try:
            while True:
                function(number)
                number += 10
        except RecursionError:
            return number

    unmeasured = deepest(free)
    handle = measured(depth)
    assert deepest(depth) == unmeasured
    assert handle.in_flight == 0


def test_what_is_taken_back_while_it_runs_ends_all_the_same(measured):
    def function(work):
        work()
        return function.__code__

    handle = measured(function)
    code = function.__code__
    assert function(handle.revert) is not code
    assert seen(handle) == (1, 0, 0)
    handle.apply()
    function(handle.disable)
    function(handle.enable)
    assert seen(handle) == (2, 0, 0)
    with pytest.raises(ZeroDivisionError):
        function(lambda: (handle.reset(), 1 // 0))
    assert seen(handle) == (0, 1, 0), "a call in flight survives a reset"


def test_lines_are_traced_as_without(measured):
    def function(items):
        found = []
        for item in items:
            if item is None:
                continue
            try:
                found.append(1 // item)
            except ZeroDivisionError:
                break
        else:
            return found
        return None

    def events():
        noted = []

        def note(frame, event, argument):
            if frame.f_code.co_name == "function":
                noted.append((event, frame.f_lineno - frame.f_code.co_firstlineno))
                return note
            return None

        before = sys.gettrace()
        sys.settrace(note)
        try:
            function([1, None, 2])
            function([0, 1])
        finally:
            sys.settrace(before)
        return noted

    plain = events()
    handle = measured(function)
    found = events()
    assert found == plain
    assert seen(handle) == (2, 0, 0)


def test_variables_can_be_looked_at_in_a_running_call(measured):
    outer = 3

    def function(a, b=2):
        c = a + outer
        shown = dict(sys._getframe().f_locals)
        return shown, (lambda: c)

    measured(function)
    shown, read = function(1)
    assert {name: shown[name] for name in "abc"} == {"a": 1, "b": 2, "c": 4}
    assert shown["outer"] == 3
    assert read() == 4


def test_what_runs_in_steps_or_is_traced_is_wrapped(place):
    def items():
        yield 1

    async def answer():
        return 1

    for handle in (
        count(items, in_place=True),
        time(answer, in_place=True),
        trace(place.add, in_place=True),
    ):
        assert handle.mode == "trampoline"
        handle.revert()


def test_layers_above_and_below(measured):
    def function(a):
        return [a]

    def twice(wrapped, instance, args, kwargs):
        return wrapped(*args, **kwargs) * 2

    below = measured(function)
    wrap = wraptrs.hotwrap(function, twice)
    above = count(function, in_place=True)
    assert function(1) == [1, 1]
    replaced = wraptrs.hotpatch(lambda a: [a, "new"], function)
    on_top = measured(function)
    assert function(1) == [1, "new"]
    replaced.revert()
    wrap.revert()
    assert function(2) == [2]
    assert [handle.calls for handle in (below, above, on_top)] == [2, 2, 2]


def test_it_dies_with_its_function():
    def made():
        def function():
            return function

        count(function, in_place=True)
        return function()

    function = made()
    gone = weakref.ref(function)
    wraptrs.revert_all()
    del function
    gc.collect()
    assert gone() is None


def test_threads_lose_no_call(measured):
    def function(number):
        if number % 3 == 0:
            raise ValueError
        return number

    handle, timed = measured(function), measured(function, time)

    def work():
        for number in range(3000):
            with contextlib.suppress(ValueError):
                function(number)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen(handle) == seen(timed) == (12000, 4000, 0)


class Interrupt(BaseException):
    """What comes between two instructions."""


def interrupted(function, name, at):
    """Call a function and raise at an instruction of `name`; whether there was one."""
    left = [at]

    def note(frame, event, argument):
        if frame.f_code.co_name != name:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            left[0] -= 1
            if left[0] < 0:
                raise Interrupt
        return note

    before = sys.gettrace()
    sys._getframe().f_trace_opcodes = True  # 3.12 looks whether any frame wants that only now
    sys.settrace(note)
    try:
        function()
    except Interrupt:
        return True
    finally:
        sys.settrace(before)
    return False


@pytest.mark.parametrize("measure", [count, time])
def test_an_interrupt_at_any_instruction_leaves_no_call_in_flight(measured, measure):
    def function(number):
        for item in range(number):
            try:
                number += item
            finally:
                number -= 1
        return number

    handle = measured(function, measure)
    outcomes, at = [], 0
    while interrupted(lambda: function(2), "function", at):
        outcomes.append(seen(handle))
        handle.reset()
        at += 1
    assert seen(handle) == (1, 0, 0)
    assert set(outcomes) <= {(0, 0, 0), (1, 1, 0), (1, 0, 0)}
    # Not begun yet only in the first few, and ended already only in the last.
    assert outcomes.count((1, 1, 0)) >= len(outcomes) - 5 > 15
