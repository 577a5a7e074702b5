"""The source of a function: its place in the file's tree, and code made from a changed tree.

Nothing of the file is executed. The whole top-level statement around the function is compiled and
the function's code object picked out of the result, so the compiler itself settles free variables,
`__class__` cells, mangled names, qualified names, future features and line numbers, and decorators
and defaults, which belong to the scope around, do not run. The imports of the file are compiled
with it: from 3.11 on the compiler treats methods of imported modules in a way of their own.
"""

import __future__

import ast
import copy
from types import CodeType

from ._compiling import quietly_compiled
from ._files import lines_of, loader_of, path_of
from ._targets import UnpatchableError
from ._templates import ITERABLE_COROUTINE

_FUTURE = 0
for _name in __future__.all_feature_names:
    _FUTURE |= getattr(__future__, _name).compiler_flag

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_ELSEWHERE = 1_000_000  # added to the lines of code that is not the one sought


class Source:
    """The tree of one function, with all that compiling a changed one takes."""

    __slots__ = (
        "code", "filename", "flags", "imports", "lines", "marks", "node", "path", "steps", "top",
    )  # fmt: skip

    def __init__(self, function, path, flags, imports, lines, top, steps):
        code = function.__code__
        self.filename = code.co_filename
        self.path = path  # of the file
        self.flags = flags
        self.marks = code.co_flags & ITERABLE_COROUTINE  # which types.coroutine sets afterwards
        self.imports = imports
        self.lines = lines  # of the whole file, with their ends
        self.top = top  # the top-level statement
        self.steps = steps  # (field, index) from there down to the node
        self.node = _follow(top, steps)
        self.code = None  # what the node compiles to

    def compiled(self, node):
        """The code object that this node gives in the place of the function's own.

        Raises what compiling raises: SyntaxError, ValueError or TypeError for a bad tree.
        """
        if isinstance(node, ast.Lambda):
            # What its defaults hold is compiled into the scope around, as its neighbours are.
            node = copy.copy(node)
            node.args = _moved(node.args, None, node.lineno)
        top = _replaced(self.top, self.steps, node)
        if isinstance(node, ast.Lambda):
            top = _moved(top, node, node.lineno)
        module = ast.Module(body=[*self.imports, top], type_ignores=[])
        made = quietly_compiled(module, self.filename, "exec", self.flags)
        code = _find_code(made, getattr(node, "name", "<lambda>"), first_line(node))
        return code.replace(co_flags=code.co_flags | self.marks) if self.marks else code

    def with_node(self, node, lines):
        """The source in which another node stands in the place of the function's own."""
        made = copy.copy(self)
        made.top, made.node = _replaced(self.top, self.steps, node), node
        made.lines, made.code = lines, None
        return made

    @property
    def class_name(self):
        """The name of the class that the function is written in, which private names begin with."""
        name, node = None, self.top
        for field, index in self.steps:
            if isinstance(node, ast.ClassDef) and field == "body":
                name = node.name
            node = _follow(node, [(field, index)])
        return name

    def names(self):
        """What to call the function in messages."""
        return f"{getattr(self.node, 'name', 'the lambda')} ({self.filename}:{self.node.lineno})"


def source_of(function):
    """The source of a Python function.

    Raises UnpatchableError where there is none, where it is no longer that of the function, and
    for a lambda that cannot be told from others on its line.
    """
    code = function.__code__
    path = path_of(function)
    lines = lines_of(function, path)
    if not lines:
        raise UnpatchableError(
            f"cannot rewrite {function!r}: no source is known for {code.co_filename!r}; give the "
            "code to linecache when it is typed in or generated, or use hotpatch()"
        )
    try:
        flags = code.co_flags & _FUTURE
        flags_for_tree = flags | ast.PyCF_ONLY_AST
        tree = quietly_compiled("".join(lines), code.co_filename, "exec", flags_for_tree)
    except (SyntaxError, ValueError) as error:
        raise UnpatchableError(
            f"cannot rewrite {function!r}: its source, {code.co_filename!r}, does not parse: "
            f"{error}"
        ) from error
    imports = list(_imports(tree.body))
    found = [
        Source(function, path, flags, imports, lines, top, steps)
        for top in tree.body
        for steps in _candidates(top, code)
    ]
    return _chosen(found, function, code)


def _imports(statements):
    """The imports of a module's own scope, those in branches included."""
    for node in statements:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node
        elif not isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            for field in ("body", "orelse", "handlers", "finalbody", "cases"):
                yield from _imports(getattr(node, field, ()))


def _candidates(top, code):
    """The steps to every node in a statement that starts where the code does, under its name."""
    if first_line(top) > code.co_firstlineno or top.end_lineno < code.co_firstlineno:
        return
    wanted = (ast.Lambda,) if code.co_name == "<lambda>" else _FUNCTIONS[:2]
    waiting = [((), top)]
    while waiting:
        steps, node = waiting.pop()
        named = isinstance(node, wanted) and getattr(node, "name", "<lambda>") == code.co_name
        if named and first_line(node) == code.co_firstlineno:
            yield steps
        for field, value in ast.iter_fields(node):
            if isinstance(value, ast.AST):
                waiting.append(((*steps, (field, None)), value))
            elif isinstance(value, list):
                waiting += [
                    ((*steps, (field, index)), item)
                    for index, item in enumerate(value)
                    if isinstance(item, ast.AST)
                ]


def _chosen(found, function, code):
    """The one candidate that the code was compiled from."""
    for source in found:
        source.code = source.compiled(source.node)
    if len(found) > 1:
        found = [source for source in found if _identical(source.code, code)]
        if len(found) != 1:
            what = "the source has changed since" if not found else "they cannot be told apart"
            raise UnpatchableError(
                f"cannot rewrite {function!r}: there are several on line {code.co_firstlineno} of "
                f"{code.co_filename!r}, and {what}; put it on a line of its own"
            )
    if not found or not _is_from(found[0].code, function):
        raise UnpatchableError(
            f"cannot rewrite {function!r}: what stands on line {code.co_firstlineno} of "
            f"{code.co_filename!r} is not the source of the function (any more)"
        )
    return found[0]


def _identical(made, code):
    """Whether two code objects do the same, from the same columns where those are known."""
    positions = getattr(code, "co_positions", None)  # 3.11
    if positions is not None and list(positions()) != list(made.co_positions()):
        return False
    return _same(made, code, _identical)


def _equal(made, code):
    """Whether two code objects do the same, wherever they were written."""
    return _same(made, code, _equal)


def _same(made, code, same):
    for name in ("co_code", "co_names", "co_varnames", "co_freevars", "co_cellvars", "co_flags"):
        if getattr(made, name) != getattr(code, name):
            return False
    return len(made.co_consts) == len(code.co_consts) and all(
        same(one, other)
        if isinstance(one, CodeType) and isinstance(other, CodeType)
        else _alike(one, other)
        for one, other in zip(made.co_consts, code.co_consts)
    )


def _alike(one, other):
    """Whether two constants are the same; what is not a number is equal to nothing."""
    if type(one) is not type(other):
        return False
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(_alike, one, other))
    return one == other or (one != one and other != other)


def _is_from(made, function):
    """Whether the code of a function comes from a source that compiles to `made`.

    Tools that change a tree on import, as pytest does, add to it; they take no name away.
    """
    code = function.__code__
    if _equal(made, code):
        return True
    count = made.co_argcount + made.co_kwonlyargcount
    return (
        _may_change_trees(function.__globals__)
        and made.co_argcount == code.co_argcount
        and made.co_kwonlyargcount == code.co_kwonlyargcount
        and made.co_varnames[:count] == code.co_varnames[:count]
        and _mentioned(made) <= _mentioned(code)
    )


def _may_change_trees(space):
    """Whether a module was loaded by something else than the import system itself."""
    loader = loader_of(space)
    kind = loader if isinstance(loader, type) else getattr(loader, "__class__", None)
    known = ("builtins", "_frozen_importlib", "_frozen_importlib_external", "zipimport")
    return getattr(kind, "__module__", None) not in known


def _mentioned(code):
    """All names and constants of a code object and those inside it."""
    found = {*code.co_names, *code.co_varnames, *code.co_freevars, *code.co_cellvars}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _mentioned(constant)
        else:
            found.add((type(constant), constant))
    return found


def first_line(node):
    """The line that the code of a function starts on: that of its first decorator, if any."""
    decorators = getattr(node, "decorator_list", None)
    return (decorators[0] if decorators else node).lineno


def _follow(node, steps):
    for field, index in steps:
        node = getattr(node, field)
        node = node if index is None else node[index]
    return node


def _replaced(top, steps, node):
    """A copy of the tree, as far down as it differs, with another node at the end of the steps."""
    if not steps:
        return node
    made = copy.copy(top)
    (field, index), *rest = steps
    value = getattr(made, field)
    if index is None:
        setattr(made, field, _replaced(value, rest, node))
    else:
        changed = list(value)
        changed[index] = _replaced(value[index], rest, node)
        setattr(made, field, changed)
    return made


def copied(tree, kept=None):
    """A copy of a tree, except for one node in it, however deep it is."""
    waiting = []

    def twin(thing):
        if thing is kept or not isinstance(thing, ast.AST):
            return thing
        made = type(thing).__new__(type(thing))
        made.__dict__.update(vars(thing))
        waiting.append(made)
        return made

    root = twin(tree)
    while waiting:
        node = waiting.pop()
        for field, value in ast.iter_fields(node):
            made = [twin(it) for it in value] if isinstance(value, list) else twin(value)
            setattr(node, field, made)
    return root


def _moved(tree, kept, line):
    """A copy of a tree in which all lambdas of a line, outside of one node, are on another line."""
    tree = copied(tree, kept)
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if node is not kept:
            waiting.extend(ast.iter_child_nodes(node))
            if isinstance(node, ast.Lambda) and node.lineno == line:
                node.lineno += _ELSEWHERE
                node.end_lineno += _ELSEWHERE
    return tree


def _find_code(code, name, line):
    """The first code object of a name and a line, searched from the outside in."""
    level = [code]
    while level:
        inner = [c for outer in level for c in outer.co_consts if isinstance(c, CodeType)]
        for found in inner:
            if found.co_name == name and found.co_firstlineno == line:
                return found
        level = inner
    raise ValueError(f"the compiler made no code for {name}")
