"""Rewritten functions: defaults, annotations, free variables, and how rewrites stack."""

from __future__ import annotations

import ast
import functools
import inspect

import pytest

from support.lib import package as wraptrs

rewrite, drop_calls = wraptrs.rewrite, wraptrs.drop_calls


class Hundred(ast.NodeTransformer):
    """Makes every 1 a 100."""

    def visit_Constant(self, node):
        return ast.Constant(100) if node.value == 1 and type(node.value) is int else node


def make_counter(start):
    count = start

    def increase(by=1):
        nonlocal count
        count += by
        return count

    def look():
        return count

    return increase, look


def test_free_variables_are_the_same_cells():
    (increase, look), (other, _) = make_counter(0), make_counter(0)
    cells = increase.__closure__
    with rewrite(increase, lambda tree: ast.NodeTransformer().visit(tree)):
        assert increase(5) == 5 == look()
        assert all(one is two for one, two in zip(increase.__closure__, cells))
        assert other() == 1
    assert increase() == 6 == look()


def test_a_variable_that_was_not_captured_has_to_be_given():
    unused = "around"

    def target():
        return 1

    def use(tree):
        tree.body = ast.parse("return unused").body
        return tree

    with pytest.raises(TypeError, match=r"uses unused of the scope around.*closure="):
        rewrite(target, use)
    assert target() == 1 and unused
    with rewrite(target, use, closure={"unused": 5}):
        assert target() == 5
    assert target() == 1


def test_globals_and_recursion():
    def fact(n):
        return 1 if n == 0 else n * fact(n - 1)

    def only_result(tree):
        tree.body[0].value.body = ast.Constant(100)
        return tree

    with rewrite(fact, only_result):
        assert fact(3) == 600
    assert fact(3) == 6


ran = []

DYNAMIC = {"b": object(), "k": object()}


def test_defaults_keep_their_values():
    def target(a, b=DYNAMIC["b"], *args, k=DYNAMIC["k"], **kwargs):
        return a, b, args, k, kwargs, 1

    target.__defaults__ = (one,) = (object(),)
    target.__kwdefaults__["k"] = two = object()
    before = target.__defaults__, target.__annotations__
    with rewrite(target, Hundred):
        assert target(0) == (0, one, (), two, {}, 100)
        assert (target.__defaults__, target.__annotations__) == before
        assert target.__defaults__ is before[0]


def test_keyword_defaults_that_no_parameter_has_stay():
    """Decorators leave them on what takes any keywords, for those who read them there."""

    def target(*args, k=2, **kwargs):
        return args, k, kwargs, 1

    def other(*args, k, **kwargs):
        return args, k, kwargs, 100

    target.__kwdefaults__ = {"backend": None, "k": 2}
    for change in (lambda: rewrite(target, Hundred), lambda: wraptrs.replace_code(target, other)):
        with change():
            assert target.__kwdefaults__ == {"backend": None, "k": 2}
            assert target(0) == ((0,), 2, {}, 100)
        assert target.__kwdefaults__ == {"backend": None, "k": 2} and target(0)[3] == 1
    assert rewrite(target, Hundred, in_place=False).__kwdefaults__ == target.__kwdefaults__


def test_changed_defaults_and_annotations_are_evaluated():
    def target(a, b: int = 1, *, k: str = "x") -> int:
        return a, b, k

    def change(tree):
        tree.args.defaults = [ast.parse("DYNAMIC['b']", mode="eval").body]
        tree.args.kw_defaults = [None]
        tree.args.args[1].annotation = ast.Name("float", ast.Load())
        tree.returns = None
        return tree

    with rewrite(target, change):
        assert target(0, k=5) == (0, DYNAMIC["b"], 5)
        with pytest.raises(TypeError, match="'k'"):
            target(0)
        assert target.__annotations__ == {"b": "float", "k": "str"}  # by the future import
    assert target(0) == (0, 1, "x")
    assert target.__annotations__ == {"b": "int", "k": "str", "return": "int"}


VALUE = "of the module"


class Private:
    __VALUE = "never read: defaults are evaluated in the globals"

    def method(self):
        return __VALUE  # noqa: F821 - a private name

    def nested(self):
        def inner():
            return self

        return inner


_Private__VALUE = "private"

EXPRESSIONS = {
    "VALUE": "of the function",
    "(lambda: VALUE)()": "of the function",
    "[VALUE for _ in (0,)][0]": "of the function",
    "dict(a=next(VALUE for VALUE in [VALUE]))['a']": "of the function",
    "(lambda a: lambda: (VALUE, a))(1)()": ("of the function", 1),
    "Private": Private,
    "unset": NameError,
    "(yield)": SyntaxError,
}


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_new_defaults_see_the_free_variables_whatever_they_are_made_of(text):
    VALUE = "of the function"
    if text == "":
        unset = 0

    def target():
        return VALUE, unset

    change, expected = adding(text), EXPRESSIONS[text]
    if isinstance(expected, type) and issubclass(expected, Exception):
        with pytest.raises(TypeError, match="cannot be evaluated") as raised:
            rewrite(target, change)
        assert isinstance(raised.value.__cause__, expected) and not target.__defaults__
        return
    with rewrite(target, change):
        assert target.__defaults__ == (expected,)


def test_a_function_in_a_new_default_shares_the_variables():
    increase, look = make_counter(5)
    with rewrite(increase, adding("lambda: count")):
        later = increase.__defaults__[-1]
    assert later() == 5 and increase() == 6 and later() == look() == 6


def test_private_names_in_new_defaults_are_those_of_the_class():
    for target in (Private.method, Private().nested()):
        with rewrite(target, adding("__VALUE")):
            assert target.__defaults__ == ("private",)


def adding(text):
    def change(tree):
        tree.args.args.append(ast.arg("added"))
        tree.args.defaults.append(ast.parse(text, mode="eval").body)
        return tree

    return change


def test_parameters_may_be_added():
    def target(a):
        return a

    def add(tree):
        tree.args.args.append(ast.arg("b"))
        tree.args.defaults.append(ast.Constant(5))
        tree.body = ast.parse("return a, b").body
        return tree

    with rewrite(target, add):
        assert target(1) == (1, 5)
        assert str(inspect.signature(target)) == "(a, b=5)"
    assert str(inspect.signature(target)) == "(a)"


def test_a_global_statement_stays_one():
    def target():
        global ran
        ran = [1]

    former = list(ran)
    with rewrite(target, Hundred):
        target()
    assert ran == [100]
    globals()["ran"] = former


def replaced(tree, old, new):
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value == old:
            node.value = new
    return tree


def test_rewrites_stack_and_go_in_any_order():
    def target():
        return [1, 2, 3]

    one = rewrite(target, lambda tree: replaced(tree, 1, 10))
    two = rewrite(target, lambda tree: replaced(tree, 10, 20))
    three = rewrite(target, lambda tree: replaced(tree, 3, 30))
    assert target() == [20, 2, 30]
    one.revert()
    assert target() == [1, 2, 30]
    one.apply()
    assert target() == [10, 2, 30]  # on top now
    three.revert()
    assert target() == [10, 2, 3]
    two.disable()
    one.revert(), two.revert()
    assert target() == [1, 2, 3]


def test_wrappers_stay_around_and_replacements_are_rewritten():
    def target(x):
        return x + 1

    def other(x):
        return x * 1

    def double(wrapped, instance, args, kwargs):
        return wrapped(*args, **kwargs) * 2

    wrap = wraptrs.hotwrap(target, double)
    change = rewrite(target, Hundred)
    assert target(5) == 210
    replace = wraptrs.hotpatch(other, target)
    assert target(5) == 5
    with rewrite(target, Hundred):
        assert target(5) == 500 and other(5) == 5
        replace.revert()
        assert target(5) == 210
    wrap.revert()
    assert target(5) == 105
    change.revert()
    assert target(5) == 6


def test_a_callable_in_its_place_cannot_be_rewritten():
    def target(x):
        return x + 1

    with wraptrs.hotpatch(functools.partial(max, 3), target):
        with pytest.raises(wraptrs.UnpatchableError, match=r"passes its calls on to .*partial"):
            rewrite(target, Hundred)
        assert target(5) == 5
    assert target(5) == 6
