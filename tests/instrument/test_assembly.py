"""Code taken apart and put together again: jumps of any length, tables, whole libraries."""

from __future__ import annotations

import functools
import opcode
import traceback
import types

import pytest

from support.measured import seen
from wraptrs.instruments import count, instrument


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
