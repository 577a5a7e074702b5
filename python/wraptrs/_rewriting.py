"""What a function becomes when its source or its code is exchanged: the layers in place.

A rewrite changes whatever lies beneath it: the function as it was written, what replaced it, or an
earlier rewrite. Wrappers stay around it, also those that came first. So it goes on top of the last
layer that says what the function does, and is made anew when one beneath it comes or goes.
"""

import ast
import sys
from types import CodeType, FunctionType

from . import _layers
from ._fields import CODE, HOOK
from ._fit import Header, Scope, annotated, cells, defaults_by_name, fitted_defaults, held_defaults
from ._inplace import InPlacePatch
from ._source import copied, first_line, source_of
from ._supers import check_super, class_of
from ._targets import UnpatchableError
from ._templates import KIND_NAMES, kind_of


class Rewrite(InPlacePatch):
    """A function whose source was changed."""

    kind = "rewrite"
    rewrites = True

    def __init__(self, target, transformer, closure, unwrap, clear_caches, owner=None):
        super().__init__(target, owner)
        self.replacement = transformer
        self.mode = "transplant"
        self._closure = closure
        self._unwrap, self._clears = unwrap, clear_caches
        self._read = None  # the code that was beneath last, and its source
        self._made = None  # the source that was transformed last, the result, its defaults

    @property
    def source(self):
        """The text of the function as it is now; None before the first time."""
        if self._made is None:
            return None
        node = self._made[1].node
        lines = self._text()
        # What follows the function is as long as it was.
        end = len(lines) - (len(self._made[0].lines) - self._made[0].node.end_lineno)
        return "".join(lines[first_line(node) - 1 : end])

    def diff(self):
        """What the rewrite changed in the file, as a unified diff; empty before the first time."""
        if self._made is None:
            return ""
        from difflib import unified_diff

        before, name = self._made[0], self._made[0].path
        return "".join(unified_diff(before.lines, self._text(), name, f"{name} (rewritten)"))

    def compose(self, record, below):
        """The state of the rewritten function, and its `__wrapped__`."""
        before = self._beneath(record, below, record.layers)
        state = _layers.state_of(below)
        scope, what = self._transform(before, below)
        _, result, (old, new), values = self._made
        owner = self._owner_of(record, result.code)
        closure = cells(result.code, state, what, self._closure, owner)
        fields = fitted_defaults(result.code, values, state, what)
        state = annotated(old, new, scope, below)
        shown = below.__dict__.get("__wrapped__", _layers.ABSENT)
        return (result.code, *state[1:3], *fields, closure, *state[6:HOOK], None), shown

    def _transform(self, before, below):
        """Transform what lies beneath, if that was not done; its scope, and what it is called."""
        what = f"the rewritten {below.__qualname__}"
        scope = Scope(before, _layers.state_of(below), what)
        if self._made is None or self._made[0] is not before:
            result = _transformed(before, self.replacement, below)
            old, new = Header(before.node, before.code), Header(result.node, result.code)
            self._made = before, result, (old, new), defaults_by_name(old, new, scope)
        return scope, what

    def _lay(self):
        # First without the lock: the transformer may do anything, wait for other threads too.
        with _layers.lock:
            record = _layers.record_of(self.function) or _layers.Record(self.function)
            below, layers = self._below(record), [*record.layers]
        self._transform(self._beneath(record, below, layers), below)
        super()._lay()

    def _below(self, record):
        """A function that does what lies beneath."""
        below = record.original()
        for layer in record.active(self):
            if layer is self:
                break
            below = record.made(*layer.compose(record, below))
        return below

    def made(self, record):
        """The function that this makes of a patched or unpatched one, which stays as it is."""
        made = record.made(*self.compose(record, self._below(record)))
        old, new = (_docstring(source.node) for source in self._made[:2])
        if old != new:
            # With a docstring the first constant is that, as the compiler makes it.
            made.__doc__ = None if new is None else made.__code__.co_consts[0]
        return made

    def _check(self, found):
        pass  # all there is to check shows when it is composed

    def _beneath(self, record, below, layers):
        """The source of what lies beneath, a function that was made when there were these layers.

        Which of them are on may have changed since: they are switched before the lock is taken.
        """
        for layer in layers:
            if layer.rewrites and layer._made and layer._made[1].code is below.__code__:
                return layer._made[1]
        active = record.active(self)
        under = [None, *active][active.index(self)]
        if under is not None and under.mode != "transplant":
            raise UnpatchableError(
                f"cannot rewrite {below.__qualname__}: it passes its calls on to "
                f"{under.replacement!r}; rewrite that, or revert its patch first"
            )
        if self._read is None or self._read[0] is not below.__code__:
            self._read = below.__code__, source_of(below)
        return self._read[1]

    def _owner_of(self, record, code):
        if "__class__" not in code.co_freevars or "__class__" in record.base[CODE].co_freevars:
            return None
        self._found.settle()
        return self._found.owner

    def _text(self):
        from ._spliced import spliced

        before, result = self._made[:2]
        if result.lines is None:
            result.lines = spliced(before.lines, before.node, result.node)
        return result.lines


class CodeReplacement(InPlacePatch):
    """A function with the code of another and what else it had itself."""

    kind = "replace_code"
    replaces = True

    def __init__(self, target, implementation, closure, unwrap, clear_caches, owner=None):
        super().__init__(target, owner)
        self.replacement = implementation
        self.mode = "transplant"
        self._closure = closure
        self._unwrap, self._clears = unwrap, clear_caches

    def _check(self, found):
        function, given = found.function, self.replacement
        code = given if isinstance(given, CodeType) else given.__code__
        if given is function:
            raise ValueError(f"cannot replace the code of {function!r} by itself")
        _same_kind(function.__code__, code, function)
        check_super(code, given)

    def compose(self, record, below):
        """The state of the function with the other code, and its `__wrapped__`."""
        base, given = record.base, self.replacement
        own = isinstance(given, CodeType)
        theirs = base if own else _layers.state_of(given)
        code = (given if own else given.__code__).replace(co_name=record.function.__name__)
        if hasattr(code, "co_qualname"):
            code = code.replace(co_qualname=record.function.__qualname__)
        what = f"the code given to {record.function.__qualname__}"
        self._found.settle()
        owner = class_of(base, self._found.owner)
        closure = cells(code, base, what, self._closure, owner)
        fields = fitted_defaults(code, held_defaults(base), base, what)
        return (code, *theirs[1:3], *fields, closure, *base[6:HOOK], None), record.wrapped

    def made(self, record):
        """The function that this makes of one, which stays as it is."""
        return record.made(*self.compose(record, None))


def _docstring(node):
    if isinstance(node, ast.Lambda) or sys.flags.optimize > 1:
        return None
    return ast.get_docstring(node, clean=False)


def _same_kind(old, new, function):
    if kind_of(old) != kind_of(new):
        raise TypeError(
            f"{function!r} is a {KIND_NAMES[kind_of(old)]} and would become a "
            f"{KIND_NAMES[kind_of(new)]}: whoever calls it could not use the result; "
            "hotpatch() with kind= says what to do then"
        )


def _transformed(before, transformer, function):
    """The source with the tree that a transformer gives for the function's, and its code."""
    node = copied(before.node)
    decorators = getattr(before.node, "decorator_list", [])
    if decorators:
        node.decorator_list = []
    given = list(ast.walk(node))  # kept, so that their ids stay theirs
    made = _applied(transformer, node, function)
    if type(made) is not type(before.node):
        raise TypeError(
            f"the transformer of {before.names()} returned {_described(made)} where it was given "
            f"an ast.{type(node).__name__}: return the tree, changed or not"
        )
    if getattr(made, "decorator_list", []):
        raise TypeError(f"a transformer cannot decorate {before.names()}: use hotwrap() for that")
    _check_ends(made, before)
    _locate(made, before.node, {id(child) for child in given})
    if not isinstance(made, ast.Lambda):
        # The decorators keep their lines: the code of the function begins there.
        made.name, made.decorator_list = before.node.name, decorators
        if _dumped(made, "type_params") != _dumped(before.node, "type_params"):
            raise TypeError(f"a transformer cannot change the type parameters of {before.names()}")
    try:
        if not isinstance(made.args, ast.arguments):  # newer compilers take it for no parameters
            raise TypeError(f"its args are {made.args!r}")
        result = before.with_node(made, None)
        result.code = before.compiled(made)
    except (SyntaxError, ValueError, TypeError, AttributeError) as error:
        raise ValueError(
            f"the transformer of {before.names()} returned a tree that does not compile: {error}"
        ) from error
    _same_kind(before.code, result.code, function)
    return result


def _applied(transformer, node, function):
    """What a transformer, of any form that it may have, gives for a tree."""
    if isinstance(transformer, type) and issubclass(transformer, ast.NodeVisitor):
        transformer = transformer()
    for_function = getattr(transformer, "for_function", None)
    if for_function is not None:
        transformer = for_function(function)
    if isinstance(transformer, ast.NodeVisitor):
        return transformer.visit(node)
    return transformer(node)


def _described(made):
    if made is None:
        return "None"
    return f"an ast.{type(made).__name__}" if isinstance(made, ast.AST) else repr(made)


def _dumped(node, field):
    return [ast.dump(child) for child in getattr(node, field, ())]


def _check_ends(root, before):
    """Refuse a tree that nobody can walk to its end."""
    around, done, waiting = set(), set(), [(root, False)]
    while waiting:
        node, left = waiting.pop()
        if left:
            around.discard(id(node))
            done.add(id(node))
        elif id(node) in around:
            raise ValueError(
                f"the transformer of {before.names()} returned a tree with "
                f"{_described(node)} inside of itself"
            )
        elif id(node) not in done:
            around.add(id(node))
            waiting.append((node, True))
            waiting += [(child, False) for child in ast.iter_child_nodes(node)]


def _locate(root, old, given):
    """Give places in the file to nodes that have none there: those of their neighbours."""
    ast.copy_location(root, old)
    lines = range(old.lineno, old.end_lineno + 1)

    def is_placed(node):
        known = id(node) in given or getattr(node, "lineno", None) in lines
        return known and getattr(node, "end_lineno", None) is not None

    waiting = [(root, old)]
    while waiting:
        node, near = waiting.pop()
        if "lineno" in node._attributes:
            if node is not root and not is_placed(node):
                ast.copy_location(node, near)
            near = node
        for _, value in ast.iter_fields(node):
            children = value if isinstance(value, list) else [value]
            children = [child for child in children if isinstance(child, ast.AST)]
            beside = next((c for c in children if "lineno" in c._attributes and is_placed(c)), near)
            for child in children:
                if "lineno" in child._attributes and is_placed(child):
                    beside = child
                waiting.append((child, beside))


def check_implementation(given):
    """Refuse what is neither a Python function nor a code object."""
    if not isinstance(given, (FunctionType, CodeType)):
        raise TypeError(
            f"replace_code() takes the function and then a Python function or a code object: got "
            f"'{type(given).__name__}'; hotpatch() takes any callable"
        )
