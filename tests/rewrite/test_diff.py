"""What `diff` and `source` show: the function as it is now, and all else as it was."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
import types

import pytest

from support.lib import package as wraptrs

rewrite = wraptrs.rewrite


class Numbers(ast.NodeTransformer):
    def visit_Constant(self, node):
        return ast.Constant(node.value + 1000) if type(node.value) is int else node


class Texts(ast.NodeTransformer):
    def visit_JoinedStr(self, node):
        return node

    def visit_Constant(self, node):
        return ast.Constant(f"{node.value}\n'\"é\\") if type(node.value) is str else node


class Around(ast.NodeTransformer):
    def visit_FunctionDef(self, node):
        node.body = [*ast.parse("try:\n    pass\nfinally:\n    print('é')").body]
        return node


class Before(ast.NodeTransformer):
    def visit_Return(self, node):
        return [ast.parse("print('é')").body[0], node]


def functions(module):
    classes = [thing for thing in vars(module).values() if isinstance(thing, type)]
    for space in [vars(module), *map(vars, classes)]:
        for thing in space.values():
            if isinstance(thing, types.FunctionType) and thing.__module__ == module.__name__:
                yield thing


def after(diff, lines):
    """The lines of a file after a diff, which is applied by hand."""
    made, at = list(lines), 0
    for line in diff.splitlines(True)[2:]:
        if line.startswith("@@"):
            at = int(line.split("+")[1].split(",")[0].split(" ")[0]) - 1
        elif line[0] == "-":
            assert made.pop(at) == line[1:]
        else:
            if line[0] == "+":
                made.insert(at, line[1:])
            assert made[at] == line[1:]
            at += 1
    return made


class At(ast.NodeTransformer):
    """Applies a transformer to the function that begins on a line."""

    def __init__(self, line, transformer):
        self.line, self.transformer = line, transformer

    def visit_FunctionDef(self, node):
        decorators = node.decorator_list
        if (decorators or [node])[0].lineno != self.line:
            return self.generic_visit(node)
        node.decorator_list = []
        made = self.transformer().visit(node)
        made.decorator_list = decorators
        return made


@pytest.mark.parametrize("transformer", [Numbers, Texts, Around, Before])
@pytest.mark.parametrize("name", ["shlex", "textwrap", "json.decoder"])
def test_the_file_after_the_diff_has_the_changed_function(name, transformer):
    module = importlib.import_module(name)
    with open(module.__file__, encoding="utf-8") as file:
        lines = file.readlines()
    found = list(functions(module))
    assert len(found) >= 5
    for function in found:
        with rewrite(function, transformer) as handle:
            made = "".join(after(handle.diff(), lines))
            assert handle.source in made
        expected = At(function.__code__.co_firstlineno, transformer).visit(
            ast.parse("".join(lines))
        )
        expected = ast.parse(ast.unparse(expected))  # the places of nodes aside
        assert ast.dump(ast.parse(made)) == ast.dump(expected), function


def changed(handle):
    return [line for line in handle.diff().splitlines()[2:] if line[0] in "-+"]


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "module_of_diffs.py").write_text(
        '''
def target(a, b=1):  # of target
    # a comment
    """Tell.

    More, with 1.
    """
    if a == 1:  # one

        # nothing
        return b
    elif b == 2:
        return a  # two
    try:
        @print_nothing(3)
        def inner(x=4):
            return x   # as it is
    except ValueError:
        return 5


def print_nothing(number):
    return lambda function: function
''',
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("module_of_diffs")
    del sys.modules["module_of_diffs"]


def test_only_the_lines_that_change_are_written_anew(module):
    with rewrite(module.target, Numbers) as handle:
        assert changed(handle) == [
            "-def target(a, b=1):  # of target",
            "+def target(a, b=1001):",
            "-    if a == 1:  # one",
            "+    if a == 1001:",
            "-    elif b == 2:",
            "+    elif b == 1002:",
            "-        @print_nothing(3)",
            "-        def inner(x=4):",
            "-            return x   # as it is",
            "+        @print_nothing(1003)",
            "+        def inner(x=1004):",
            "+            return x",
            "-        return 5",
            "+        return 1005",
        ]
        assert "    # a comment\n" in handle.source and "        # nothing\n" in handle.source


def test_a_docstring_stays_whatever_is_written_anew(module):
    def rename(tree):
        tree.body = [tree.body[0], *ast.parse("return a").body]
        tree.args.args[1].arg = "c"
        return tree

    with rewrite(module.target, rename) as handle:
        made = ast.parse(handle.source).body[0]
    assert ast.get_docstring(made) == inspect.getdoc(module.target)


@pytest.mark.skipif(sys.platform == "win32", reason="patch is a tool of other systems")
def test_the_tool_patch_takes_it(module, tmp_path):
    copied = tmp_path / "copied.py"
    with open(module.__file__, encoding="utf-8") as file:
        copied.write_text(file.read(), encoding="utf-8")
    with rewrite(module.target, Numbers) as handle:
        diff = handle.diff()
    try:
        subprocess.run(["patch", "-s", copied], input=diff.encode(), check=True)
    except FileNotFoundError:
        pytest.skip("patch is not installed")
    assert "def target(a, b=1001):\n" in copied.read_text(encoding="utf-8")
