"""Functions in place that measure themselves: what they do, how they look, and every way out."""

from __future__ import annotations

import contextlib
import functools
import gc
import opcode
import sys
import threading
import traceback
import types
import weakref

import pytest

import wraptrs
from wraptrs.instruments import count, instrument, time, trace

DEEP = 400


@pytest.fixture
def measured():
    """Counts a function in place, and tells whether it really measures itself."""

    def attach(function, measure=count):
        handle = measure(function, in_place=True)
        assert handle.mode == "selfmeasured"
        return handle

    yield attach
    wraptrs.revert_all()


def seen(handle):
    return handle.calls, handle.errors, handle.in_flight


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


def long_function(statements):
    """A function with jumps over so many statements, and returns before, among and after them."""
    body = "".join(
        f"    total += number * {index}\n"
        + (f"    if number == -{index}: return 'at {index}'\n" if index % 100 == 7 else "")
        for index in range(statements)
    )
    source = (
        "def long(number):\n    if number is None:\n        return None\n    total = 0\n"
        f"    while number > 10:\n        number -= 1\n{body.replace('    ', '        ')}"
        f"{body}    return total\n"
    )
    space = {}
    exec(source, space)
    return space["long"]


@pytest.mark.parametrize("statements", [1, 12, 60, 300, 900])
def test_jumps_of_any_length(measured, statements):
    plain, function = long_function(statements), long_function(statements)
    handle = measured(function)
    arguments = [None, 0, 1, 11, 12, -7, -107, -207]
    assert [function(each) for each in arguments] == [plain(each) for each in arguments]
    assert seen(handle) == (len(arguments), 0, 0)


def test_very_long_code_is_wrapped(place):
    function = long_function(4000)
    with count(function, in_place=True) as handle:
        assert function(None) is None
        assert (handle.mode, handle.calls) == ("trampoline", 1)


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


def functions_of(module):
    spaces = [vars(module)]
    spaces += [vars(value) for value in vars(module).values() if type(value) is type]
    for space in spaces:
        for value in space.values():
            function = getattr(value, "__func__", value)
            if type(function) is types.FunctionType and function.__module__ == module.__name__:
                yield function


def test_all_of_a_library_measures_itself_and_works():
    import argparse
    import difflib
    import json.decoder
    import textwrap

    def use():
        parser = argparse.ArgumentParser(prog="x")
        parser.add_argument("--many", type=int, nargs="*")
        with pytest.raises(ValueError, match="Expecting"):
            json.loads('{"a":')
        return (
            json.loads(json.dumps({"a": [1, None, 2.5]}, indent=1)),
            textwrap.fill("some words " * 9, 30),
            list(difflib.unified_diff(["a", "b"], ["a", "c"])),
            parser.parse_args(["--many", "1", "2"]).many,
            parser.format_help(),
        )

    expected = use()
    modules = argparse, difflib, json, json.decoder, json.encoder, textwrap
    functions = {id(each): each for module in modules for each in functions_of(module)}
    with instrument(*functions.values(), kind="count", in_place=True) as handles:
        assert use() == expected
        assert sum(stats.calls for stats in handles.stats()) > 100
        assert sum(stats.in_flight for stats in handles.stats()) == 0
        assert sum(handle.mode == "selfmeasured" for handle in handles.instruments) > 100
    assert use() == expected


@functools.lru_cache
def library_code():
    """Code of some modules of the standard library, each as its compiler made it."""
    import argparse
    import asyncio.base_events
    import inspect
    import typing

    found, left = [], []
    for module in (argparse, asyncio.base_events, inspect, typing, traceback):
        with open(module.__file__, encoding="utf-8") as file:
            left.append(compile(file.read(), module.__file__, "exec"))
    while left:
        code = left.pop()
        found.append(code)
        left += [each for each in code.co_consts if isinstance(each, types.CodeType)]
    return found


def test_code_that_is_taken_apart_and_put_together_is_the_same():
    import dis

    from wraptrs._assembly import Assembly
    from wraptrs._codetables import handlers_of, places_of

    def told(code):
        jumps = dis.hasjrel + dis.hasjabs
        return [
            (each.opname, each.argrepr if each.opcode not in jumps else "")
            for each in dis.get_instructions(code)
            if each.opname != "EXTENDED_ARG"  # some compilers leave those that say nothing
        ]

    for code in library_code():
        again = Assembly(code).assembled()
        assert told(again) == told(code)
        if again.co_code == code.co_code:
            assert places_of(again) == places_of(code)
            assert handlers_of(again) == handlers_of(code)
            assert again.co_stacksize == code.co_stacksize


def test_lines_that_are_far_apart_or_unknown_are_kept():
    from wraptrs._assembly import Assembly
    from wraptrs._codetables import places_of

    source = (
        "def far(a):\n" + "\n" * 700 + "    b = a\n" + "\n" * 300 + "    return (\n b\n +\n a)\n"
    )
    space = {}
    exec(source, space)
    code = space["far"].__code__.replace(co_firstlineno=900)
    assert places_of(Assembly(code).assembled()) == places_of(code)


def test_code_that_no_compiler_makes_is_wrapped():
    from wraptrs._selfmeasured import measured_code

    def function(a):
        return a if a else None

    raw = bytearray(function.__code__.co_code)
    jumps = set(opcode.hasjrel + opcode.hasjabs)
    where = next(at for at in range(0, len(raw), 2) if raw[at] in jumps)
    assert measured_code(function.__code__, object()) is not None
    raw[where + 1] = 250
    assert measured_code(function.__code__.replace(co_code=bytes(raw)), object()) is None
