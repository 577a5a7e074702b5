"""A transformer that removes or replaces calls, found by what is called, not by how it is spelt.

A dotted name means the object that it leads to. So a call counts where the callee is written as
that name, where an import in the function leads from the written name to it, and where the
function's globals and free variables have the very same object under another name.
"""

import ast
import builtins
import copy
import sys
from types import CodeType, ModuleType

from ._fields import CLOSURE, CODE, GLOBALS
from ._layers import state_of

_ABSENT = object()


class DropCalls:
    """What `drop_calls` gives: it makes a transformer for each function that it is used on."""

    def __init__(self, names, replacement):
        self.names = names
        self._template = None if replacement is None else _parsed(replacement)
        self._text = replacement

    def for_function(self, function):
        """The transformer for one function."""
        return _Dropping(self.names, self._template, function)

    def __call__(self, tree):
        """Transform a tree that is not known to be a function's: by the names as written."""
        return _Dropping(self.names, self._template, None).visit(tree)

    def __repr__(self):
        given = [repr(name) for name in self.names]
        if self._text is not None:
            given.append(f"replacement={self._text!r}")
        return f"drop_calls({', '.join(given)})"


def _parsed(text):
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, AttributeError) as error:
        raise ValueError(
            f"the replacement of a call is the source of an expression, got {text!r}"
        ) from error


def _dotted(node):
    """An expression as a dotted name; None where it is none."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return ".".join([node.id, *reversed(parts)])


def _takes_arguments(template):
    """Whether a call in the replacement has ``...`` where the arguments belong."""
    return any(_is_placeholder(node) for node in ast.walk(template))


def _is_placeholder(node):
    return (
        isinstance(node, ast.Call)
        and len(node.args) == 1
        and isinstance(node.args[0], ast.Constant)
        and node.args[0].value is ...
        and not node.keywords
    )


class _Dropping(ast.NodeTransformer):
    """Removes calls that stand alone, and puts the replacement, or None, for those with a use."""

    def __init__(self, names, template, function):
        self._names = set(names)
        self._template = template
        self._keeps_call = template is not None and _takes_arguments(template)
        self._scope = None if function is None else _Scope(function)
        self._sought = [thing for thing in map(_known, names) if thing is not _ABSENT]
        self._imported = {}

    def visit(self, node):
        if not self._imported:
            self._imported = {"": "", **_imports(node)}  # of the outermost node, once
        emptied = [f for f in ("body", "finalbody") if isinstance(getattr(node, f, None), list)]
        emptied = [field for field in emptied if getattr(node, field)]
        made = super().visit(node)
        if made is node:
            for field in emptied:
                if not getattr(node, field):
                    getattr(node, field).append(ast.copy_location(ast.Pass(), node))
        return made

    def visit_Expr(self, node):
        """A call that stands alone goes with its statement."""
        value = node.value
        inner = value.value if isinstance(value, ast.Await) else value
        if self._template is None and self._is_sought(inner):
            return None
        return self.generic_visit(node)

    def visit_Await(self, node):
        """What is awaited goes with the call, unless another call stands in for that."""
        if self._is_sought(node.value) and not self._keeps_call:
            return self._instead(node, node.value)
        return self.generic_visit(node)

    def visit_YieldFrom(self, node):
        """A generator stays one: it yields from nothing."""
        if self._is_sought(node.value) and self._template is None:
            node.value = ast.copy_location(ast.Tuple(elts=[], ctx=ast.Load()), node.value)
            return node
        return self.generic_visit(node)

    def visit_Call(self, node):
        """A call whose value has a use gets the replacement."""
        self.generic_visit(node)
        return self._instead(node, node) if self._is_sought(node) else node

    def _instead(self, node, call):
        made = ast.Constant(value=None) if self._template is None else copy.deepcopy(self._template)
        for child in ast.walk(made):
            if "lineno" in child._attributes:
                ast.copy_location(child, node)
        for child in [child for child in ast.walk(made) if _is_placeholder(child)]:
            child.args, child.keywords = call.args, call.keywords
        return made

    def _is_sought(self, node):
        name = _dotted(node.func) if isinstance(node, ast.Call) else None
        if name is None:
            return False
        head, dot, rest = name.partition(".")
        if name in self._names or self._imported.get(head, head) + dot + rest in self._names:
            return True
        if self._scope is None or head in self._imported:
            return False
        found = self._scope.find(head, rest)
        return any(found is thing for thing in self._sought)


def _imports(tree):
    """What names the imports within a function bind, as dotted names of what they mean."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update((alias.asname, alias.name) for alias in node.names if alias.asname)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return found


class _Scope:
    """What names mean in a function, apart from its own variables."""

    def __init__(self, function):
        state = state_of(function)
        code = state[CODE]
        self._local = _variables(code)
        self._known = {**vars(builtins), **state[GLOBALS]}
        for name, cell in zip(code.co_freevars, state[CLOSURE] or ()):
            self._known.pop(name, None)
            try:
                self._known[name] = cell.cell_contents
            except ValueError:  # not assigned yet
                continue

    def find(self, head, rest):
        """What a dotted name leads to by modules and classes, which answer without running code."""
        if head in self._local or head not in self._known:
            return _ABSENT
        return _walk(self._known[head], rest)


def _variables(code):
    names = {*code.co_varnames, *code.co_cellvars}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            names |= _variables(constant)
    return names


def _walk(thing, rest):
    for part in rest.split(".") if rest else ():
        if not isinstance(thing, (ModuleType, type)):
            return _ABSENT
        spaces = thing.__mro__ if isinstance(thing, type) else (thing,)
        thing = next((vars(s)[part] for s in spaces if part in vars(s)), _ABSENT)
    return thing


def _known(name):
    """The object that a dotted name leads to from a module that is loaded, or from the builtins."""
    parts = name.split(".")
    for count in range(len(parts) - 1, 0, -1):
        module = sys.modules.get(".".join(parts[:count]))
        if module is not None:
            return _walk(module, ".".join(parts[count:]))
    return vars(builtins).get(name, _ABSENT)
