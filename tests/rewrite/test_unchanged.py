"""A transformer that changes nothing gives the very same code, lines and columns included: over
functions of the standard library, which has every form of them."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import posixpath
import sys
import types

import pytest

from support.lib import package as wraptrs

rewrite = wraptrs.rewrite


def functions(space, module, seen):
    """All functions that are written in a module, those in its classes included."""
    for thing in list(space.values()):
        held = [thing.fget, thing.fset, thing.fdel] if isinstance(thing, property) else [thing]
        for entry in held:
            entry = getattr(entry, "__func__", entry)
            if getattr(entry, "__module__", None) != module or id(entry) in seen:
                continue
            seen.add(id(entry))
            if isinstance(entry, types.FunctionType) and entry.__code__.co_filename != "<string>":
                yield entry
            elif isinstance(entry, type):
                yield from functions(vars(entry), module, seen)


def described(code):
    """All that a code object says, those inside it included."""
    columns = list(code.co_positions()) if sys.version_info >= (3, 11) else code.co_lnotab
    inner = [constant(each) for each in code.co_consts]
    fields = "co_filename co_firstlineno co_name co_code co_names co_varnames co_freevars co_flags"
    return [*(getattr(code, field) for field in fields.split()), columns, inner]


def constant(value):
    """What a constant is; the order in which a set shows its items is not part of it."""
    if isinstance(value, types.CodeType):
        return described(value)
    if isinstance(value, frozenset):
        return sorted(map(repr, value))
    return repr(value)


MODULES = ("abc", "asyncio.locks", "contextlib", "enum", "fractions", "functools", "queue", "types")


@pytest.mark.parametrize("name", MODULES)
def test_the_code_is_the_same(name):
    module = importlib.import_module(name)
    found = list(functions(vars(module), name, set()))
    assert len(found) >= 5
    for function in found:
        made = rewrite(function, lambda tree: tree, in_place=False, unwrap=False)
        assert described(made.__code__) == described(function.__code__), function


def decorated(*given):
    def decorate(function):
        return function

    return decorate


@decorated(
    "one",
)
@decorated("two")
def under_decorators():
    return 1


def test_decorators_belong_to_the_lines_of_the_function():
    """A traceback, a debugger and inspect look for the first of them."""
    source, line = inspect.getsourcelines(under_decorators)
    for _ in range(2):
        with rewrite(under_decorators, lambda tree: tree):
            assert under_decorators.__code__.co_firstlineno == line
            assert inspect.getsourcelines(under_decorators) == (source, line)


def test_modules_that_are_frozen_into_the_interpreter():
    before = posixpath.join("a", "b")

    def other_slash(tree):
        tree.body.append(ast.parse("return 'other'").body[0])
        tree.body[-2:] = [tree.body[-1]]
        return tree

    with rewrite(posixpath.join, other_slash) as handle:
        assert posixpath.join("a", "b") == "other"
        assert handle.diff().startswith(f"--- {posixpath.__file__}\n")
    with rewrite(os.makedirs, lambda tree: tree) as handle:
        assert handle.source.startswith("def makedirs(")
    assert posixpath.join("a", "b") == before


def test_a_coroutine_of_an_old_form_can_still_be_awaited():
    @types.coroutine
    def steps():
        yield 1

    async def use():
        await steps()

    def two(tree):
        tree.body[0].value.value = ast.Constant(2)
        return tree

    with rewrite(steps, two):
        running = use()
        assert running.send(None) == 2
        with pytest.raises(StopIteration):
            running.send(None)
