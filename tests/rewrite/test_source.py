"""Which source is a function's: lambdas on one line, files that changed, trees that are none."""

from __future__ import annotations

import ast
import importlib
import sys
import textwrap
import warnings

import pytest

from support.functions import same, state
from support.lib import package as wraptrs

rewrite = wraptrs.rewrite


def hundred(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value == 1:
            node.value = 100
    return tree


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A function that makes a module of a text."""
    monkeypatch.syspath_prepend(tmp_path)
    made = []

    def make(text, name="written_module"):
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(text), encoding="utf-8")
        importlib.invalidate_caches()
        made.append(name)
        found = importlib.import_module(name)
        found.path = tmp_path / f"{name}.py"
        return found

    yield make
    for name in made:
        sys.modules.pop(name, None)


def test_lambdas_alone_and_with_different_ones_on_their_line(module):
    found = module(
        """
        alone = lambda x: x + 1
        first, second = lambda x: x + 1, lambda x: x * 1
        nested = lambda x: (lambda: x + 1)
        keyed = sorted([3, 2], key=lambda x: -1 * x)
        default = lambda x, f=lambda y: y + 1: f(x) - 1
        """
    )
    with rewrite(found.alone, hundred) as handle:
        assert found.alone(5) == 105
        assert "alone = lambda x: x + 100\n" in handle.diff()
    with rewrite(found.second, hundred):
        assert (found.first(5), found.second(5)) == (6, 500)
    with rewrite(found.first, hundred):
        assert (found.first(5), found.second(5)) == (105, 5)
    inner = found.nested(5)
    with rewrite(inner, hundred):
        assert inner() == 105 and found.nested(5)() == 6
    with rewrite(found.nested, hundred):
        assert found.nested(5)() == 105
    with rewrite(found.default, lambda tree: tree):
        assert found.default(5) == 5
    assert found.alone(5) == 6 and inner() == 6


def test_equal_lambdas_on_a_line_are_told_apart_by_their_columns_or_refused(module):
    found = module("pair = [lambda x: x + 1, lambda x: x + 1]\n")
    if sys.version_info >= (3, 11):
        with rewrite(found.pair[1], hundred):
            assert [function(5) for function in found.pair] == [6, 105]
    else:
        before = state(found.pair[1])
        with pytest.raises(wraptrs.UnpatchableError, match="cannot be told apart"):
            rewrite(found.pair[1], hundred)
        assert same(before, state(found.pair[1]))


def test_a_file_that_changed_is_refused(module):
    found = module("def target(a):\n    return a + 1\n")
    for text in ["def target(a, b):\n    return 1\n", "def target(a):\n    return other(a)\n",
                 "\ndef target(a):\n    return a + 1\n", "def target(a:\n", "x = 1\n",
                 "def target(a):\n    return a - 1\n", "def target(a):\n    return 1 + a\n",
                 "def target(a):\n    return a\n"]:  # fmt: skip
        found.path.write_text(text)
        with pytest.raises(wraptrs.UnpatchableError, match=r"not the source|does not parse"):
            rewrite(found.target, hundred)
        assert found.target(5) == 6
    found.path.unlink()
    with pytest.raises(wraptrs.UnpatchableError, match="no source is known"):
        rewrite(found.target, hundred)


def test_future_imports_hold(module):
    found = module(
        """
        from __future__ import annotations
        def target(a):
            def inner(b: undefined = 1): return b
            return inner
        """
    )
    with rewrite(found.target, hundred):
        inner = found.target(0)
        assert inner() == 100 and inner.__annotations__ == {"b": "undefined"}


def test_functions_in_branches_and_under_several_decorators(module):
    found = module(
        """
        import functools
        import sys

        if sys:
            try:
                pass
            finally:
                def target(
                    a,
                    b=2,
                ):
                    return a + 1

        @functools.lru_cache(
            maxsize=None
        )
        @(lambda function: function)
        def cached(a):
            return a + 1
        """
    )
    with rewrite(found.target, hundred), rewrite(found.cached, hundred, clear_caches=True):
        assert found.target(5) == found.cached(5) == 105
    assert found.target(5) == found.cached(5) == 6


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters are new in 3.12")
def test_type_parameters_stay(module):
    found = module(
        """
        def target[T](a: T, *rest: T) -> list[T]:
            return [T, a, 1]

        class Box[T]:
            def get[U](self, u: U) -> tuple[T, U]:
                return T, U, 1
        """
    )
    (parameter,) = found.target.__type_params__
    annotations = found.target.__annotations__
    with rewrite(found.target, hundred), rewrite(found.Box.get, hundred):
        assert found.target(5) == [parameter, 5, 100]
        assert found.target.__type_params__ == (parameter,)
        assert found.target.__annotations__ == annotations
        assert found.Box().get(1) == (
            *found.Box.__type_params__,
            *found.Box.get.__type_params__,
            100,
        )

    def drop(tree):
        tree.type_params = []
        return tree

    with pytest.raises(TypeError, match="type parameters"):
        rewrite(found.target, drop)


def test_the_diff_is_that_of_the_file(module):
    found = module(
        """
        import time

        class Shop:
            def target(self, a, b):
                # a comment that stays
                time.sleep(a)
                if (a   and b):
                    time.sleep(b)
                    return  [a,b]
                for _ in a: time.sleep(b)
                return None

        def after(): pass
        """
    )
    with rewrite(found.Shop.target, wraptrs.drop_calls("time.sleep")) as handle:
        diff = handle.diff().splitlines()
        assert diff[:2] == [f"--- {found.path}", f"+++ {found.path} (rewritten)"]
        assert [line[1:].strip() for line in diff[2:] if line[0] in "-+"] == [
            "time.sleep(a)",
            "time.sleep(b)",
            "for _ in a: time.sleep(b)",
            "for _ in a:",
            "pass",
        ]
        assert "        if (a   and b):\n            return  [a,b]\n" in handle.source
        assert handle.source.startswith("    def target(") and handle.source.endswith("None\n")
        again = rewrite(found.Shop.target, hundred)
        assert again.diff() == ""
        again.revert()
    assert handle.diff()  # what it was
    everything = rewrite(found.after, lambda tree: ast.parse("def f(x=1):\n  return x").body[0])
    assert everything.source == "def after(x=1):\n    return x\n" and found.after() == 1


NONSENSE = [
    (lambda tree: None, TypeError, "returned None"),
    (lambda tree: "text", TypeError, "returned 'text'"),
    (lambda tree: ast.Module(body=[tree], type_ignores=[]), TypeError, "an ast.Module"),
    (lambda tree: ast.parse("lambda: 1", mode="eval").body, TypeError, "an ast.Lambda"),
    (lambda tree: ast.parse("async def f(): pass").body[0], TypeError, "an ast.AsyncFunctionDef"),
    (lambda tree: setattr(tree, "body", []) or tree, ValueError, "does not compile"),
    (lambda tree: setattr(tree, "body", [1]) or tree, ValueError, "does not compile"),
    (lambda tree: setattr(tree, "body", [ast.Break()]) or tree, ValueError, "does not compile"),
    (
        lambda tree: setattr(tree, "body", [ast.Name("x", ast.Load())]) or tree,
        ValueError,
        "compile",
    ),
    (lambda tree: setattr(tree, "args", None) or tree, ValueError, "does not compile"),
    (lambda tree: ast.parse("@x\ndef f(): pass").body[0], TypeError, "cannot decorate"),
    (lambda tree: ast.parse("def f(): yield").body[0], TypeError, "would become a generator"),
    (lambda tree: 1 // 0, ZeroDivisionError, "division"),
    (lambda tree: tree.body.append(tree) or tree, ValueError, "FunctionDef inside of itself"),
]


@pytest.mark.parametrize("transformer, error, message", NONSENSE)
def test_nonsense_changes_nothing(transformer, error, message):
    def target(a=1):
        return a

    before = state(target)
    with pytest.raises(error, match=message):
        rewrite(target, transformer)
    assert same(before, state(target)) and target() == 1


@pytest.mark.parametrize("target", [len, int, 5, "no colon", print])
def test_what_is_no_function(target):
    with pytest.raises((TypeError, ValueError)):
        rewrite(target, hundred)
    with pytest.raises(TypeError, match="takes a NodeTransformer or a callable"):
        rewrite(test_what_is_no_function, 5)


def test_the_transformer_gets_a_tree_of_its_own():
    seen = []

    def target():
        return 1

    def spoil(tree):
        seen.append(ast.dump(tree))
        tree.body = [ast.Pass()]
        raise LookupError

    for _ in range(2):
        with pytest.raises(LookupError):
            rewrite(target, spoil)
    assert seen[0] == seen[1]


def asserting(x):
    assert x == 1  # pytest makes more of this when it imports the module
    return x


def test_code_to_which_an_import_hook_added_something():
    with rewrite(asserting, hundred):
        assert asserting(100) == 100
    assert asserting(1) == 1


@pytest.mark.parametrize("action", ["error", "always"])
def test_what_the_compiler_warns_about_in_the_file_is_no_matter(module, action, recwarn):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = module(
            r"""
            pattern = "\d"
            def target(x):
                assert (x, "always true")
                return x is 1
            """
        )
    warnings.simplefilter(action)
    filters = list(warnings.filters)
    with rewrite(found.target, hundred) as handle:
        assert found.target(1) is False and "return x is 100\n" in handle.source
    assert not recwarn.list and warnings.filters == filters
    with pytest.raises(UserWarning) if action == "error" else pytest.warns(UserWarning):
        warnings.warn("later", UserWarning, stacklevel=1)
