"""Functions with a changed source: all that the transformer left alone is as it was."""

from __future__ import annotations

import ast
import asyncio
import functools
import inspect
import linecache
import sys
import time
import traceback

import pytest

from support.functions import same, state
from support.lib import package as wraptrs

rewrite, drop_calls = wraptrs.rewrite, wraptrs.drop_calls


class Hundred(ast.NodeTransformer):
    """Makes every 1 a 100."""

    def visit_Constant(self, node):
        return ast.Constant(100) if node.value == 1 and type(node.value) is int else node


def unchanged(tree):
    return tree


ran = []


def noting(function):
    ran.append(function.__name__)

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return "decorated", function(*args, **kwargs)

    return wrapper


class Base:
    def greet(self):
        return "base"


class Child(Base):
    __secret = 7

    def greet(self, *, extra=()):
        return super().greet(), 1, extra

    def secret(self, __private=3):
        return self.__secret, __private, 1

    @classmethod
    def made(cls):
        return cls.__name__, 1

    @staticmethod
    def plain():
        return 1

    @property
    def value(self):
        return 1

    @noting
    def decorated(self):
        return __class__.__name__, 1

    def __len__(self):
        return 1

    class Inner(Base):
        def greet(self):
            return super().greet(), 1


def add_to_this(x):
    return x + 1


def test_every_holder_sees_it_and_it_comes_back():
    held, before = [add_to_this], state(add_to_this)
    handle = rewrite(add_to_this, Hundred())
    assert add_to_this(5) == held[0](5) == 105
    assert isinstance(handle, wraptrs.Patch) and handle.kind == "rewrite"
    assert handle.original(5) == 6
    handle.disable()
    assert add_to_this(5) == 6
    handle.enable()
    assert add_to_this(5) == 105
    handle.revert()
    assert add_to_this(5) == 6 and same(before, state(add_to_this))


@pytest.mark.parametrize("transformer", [Hundred(), Hundred, lambda tree: Hundred().visit(tree)])
def test_all_forms_of_transformers(transformer):
    with rewrite(add_to_this, transformer):
        assert add_to_this(5) == 105


def test_a_string_and_a_pending_string_name_the_target():
    with rewrite(f"{__name__}:Child.greet", Hundred):
        assert Child().greet() == ("base", 100, ())
    with rewrite(f"{__name__}?:Child.Inner.greet", Hundred):
        assert Child.Inner().greet() == ("base", 100)
    assert Child.Inner().greet() == ("base", 1)


METHODS = {
    "greet": lambda: Child().greet(),
    "secret": lambda: Child().secret(),
    "made": lambda: Child.made(),
    "plain": lambda: Child.plain(),
    "value": lambda: (Child().value,),
    "decorated": lambda: Child().decorated(),
    "__len__": lambda: len(Child()),
}


@pytest.mark.parametrize("name", METHODS)
def test_methods_of_every_kind(name):
    ran.clear()
    before = METHODS[name]()
    with rewrite(vars(Child)[name], Hundred):
        assert repr(METHODS[name]()) == repr(before).replace("1", "100")
        assert not ran  # decorators do not run again
    assert METHODS[name]() == before


def test_super_works_in_a_method_that_did_not_use_it():
    def use_super(tree):
        tree.body = ast.parse("return super().greet(), 'mine'").body
        return tree

    class Late(Base):
        def greet(self):
            return "late"

    with rewrite(Late.greet, use_super):
        assert Late().greet() == ("base", "mine")
    assert Late().greet() == "late"


def fails(flag):
    time.sleep(0)
    if flag:
        raise LookupError(1)  # this line


def test_tracebacks_show_the_file_and_its_lines():
    line = inspect.getsourcelines(fails)[1]
    with rewrite(fails, Hundred), pytest.raises(LookupError) as caught:
        fails(True)
    frame = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (frame.filename, frame.lineno, frame.name) == (__file__, line + 3, "fails")
    assert frame.line.endswith("# this line")
    with rewrite(fails, drop_calls("time.sleep")):
        assert fails.__code__.co_firstlineno == line
        assert inspect.getsource(fails).startswith("def fails")


def test_nodes_without_a_place_get_that_of_their_neighbours():
    def insert(tree):
        tree.body.insert(1, ast.parse("\n" * 5000 + "undefined_name").body[0])
        tree.body.insert(0, ast.Expr(ast.Constant(1)))
        return tree

    line = inspect.getsourcelines(fails)[1]
    with rewrite(fails, insert), pytest.raises(NameError) as caught:
        fails(True)
    assert traceback.extract_tb(caught.value.__traceback__)[-1].lineno in (line + 1, line + 2)


async def coroutine(value):
    await asyncio.sleep(0)
    return value + 1


def generator(count):
    got = yield 1
    for _ in range(count):
        got = yield got


async def async_generator():
    yield 1
    await asyncio.sleep(0)
    yield 2


def test_coroutines_and_generators():
    async def collect():
        return [item async for item in async_generator()]

    with (
        rewrite(coroutine, Hundred),
        rewrite(generator, Hundred),
        rewrite(async_generator, Hundred),
    ):
        assert inspect.iscoroutinefunction(coroutine) and inspect.isgeneratorfunction(generator)
        assert asyncio.run(coroutine(5)) == 105
        steps = generator(1)
        assert (next(steps), steps.send("sent"), list(steps)) == (100, "sent", [])
        assert asyncio.run(collect()) == [100, 2]
    assert asyncio.run(coroutine(5)) == 6 and asyncio.run(collect()) == [1, 2]


def test_nested_functions_lambdas_and_comprehensions():
    def target(x):
        def inner():
            return [x + 1 for _ in range(2)], (lambda: x + 1)()

        return inner()

    with rewrite(target, Hundred):
        assert target(0) == ([100, 100], 100)
        assert target.__code__.co_consts  # a code of its own
    assert target(0) == ([1, 1], 1)


def test_without_in_place_the_function_stays():
    copied = rewrite(Child.greet, Hundred, in_place=False)
    assert copied(Child(), extra=3) == ("base", 100, 3) and Child().greet() == ("base", 1, ())
    assert (copied.__name__, copied.__qualname__) == ("greet", "Child.greet")
    assert copied.__module__ == __name__ and copied is not Child.greet
    with rewrite(add_to_this, Hundred):
        both = rewrite(add_to_this, lambda tree: replaced(tree, 100, 7), in_place=False)
        assert both(5) == 12 and add_to_this(5) == 105
        assert both.__dict__.get("__wrapped__") is None


def replaced(tree, old, new):
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value == old:
            node.value = new
    return tree


def test_coverage_of_lines_is_that_of_the_file():
    seen = set()

    def trace(frame, event, arg):
        if frame.f_code.co_name == "fails":
            seen.add(frame.f_lineno)
        return trace

    line = inspect.getsourcelines(fails)[1]
    with rewrite(fails, unchanged):
        former = sys.gettrace()
        sys.settrace(trace)
        try:
            fails(False)
        finally:
            sys.settrace(former)
    assert {line, line + 1, line + 2} <= seen <= set(range(line, line + 4))


def test_what_is_in_force_is_listed_and_belongs_to_sets():
    with wraptrs.PatchSet(owner="tests") as patches:
        patches.add(rewrite(add_to_this, Hundred))
        assert add_to_this(5) == 105
    assert add_to_this(5) == 6


def test_typed_in_code_comes_from_linecache():
    text = "def typed(a):\n    return a + 1\n"
    space = {"__name__": "typed_in"}
    exec(compile(text, "<typed>", "exec"), space)
    with pytest.raises(wraptrs.UnpatchableError, match="no source is known for '<typed>'"):
        rewrite(space["typed"], Hundred)
    linecache.cache["<typed>"] = len(text), None, text.splitlines(True), "<typed>"
    try:
        with rewrite(space["typed"], Hundred):
            assert space["typed"](5) == 105
    finally:
        del linecache.cache["<typed>"]
    assert space["typed"](5) == 6


def test_a_new_docstring_is_as_the_compiler_makes_it():
    namespace = {}
    text = 'def f():\n    """new\n\n    text"""\n'
    exec(text, namespace)

    def other(tree):
        tree.body.insert(0, ast.parse(text).body[0].body[0])
        return tree

    assert rewrite(add_to_this, other, in_place=False).__doc__ == namespace["f"].__doc__
    assert add_to_this.__doc__ is None
