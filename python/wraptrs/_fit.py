"""Fitting changed code to a function: which cells it gets, which defaults and annotations.

The values stay the very objects that the function has, matched by name. What a changed tree adds
or changes is evaluated, in the function's globals and with its free variables.
"""

import ast
from types import CellType, CodeType, FunctionType

from ._fields import ANNOTATIONS, CLOSURE, CODE, DEFAULTS, GLOBALS, KEYWORDS
from ._templates import VARARGS, VARKEYWORDS, kind_of

_ANNOTATE = ANNOTATIONS + 1


def cells(code, state, what, extra=None, owner=None):
    """The closure of code in the place of a function's: its cells by name, or those given.

    `extra` maps further names to cells or values, `owner` is the class that `super()` shall mean.
    Raises TypeError for free variables that nobody has.
    """
    known = dict(zip(state[CODE].co_freevars, state[CLOSURE] or ()))
    extra = {} if extra is None else extra
    given = getattr(extra, "cells", extra)
    for name in [name for name in code.co_freevars if name not in known]:
        if name in given:
            value = given[name]
            known[name] = value if type(value) is CellType else CellType(value)
        elif name == "__class__" and owner is not None:
            known[name] = CellType(owner)
    missing = [name for name in code.co_freevars if name not in known]
    if missing:
        raise TypeError(
            f"{what} uses {', '.join(missing)} of the scope around, which the function did not "
            "capture: give values by closure={...}"
        )
    return tuple(known[name] for name in code.co_freevars) or None


def held_defaults(state):
    """The defaults that a function has, by the name of the parameter."""
    code, defaults = state[CODE], state[DEFAULTS] or ()
    positional = code.co_varnames[: code.co_argcount]
    held = dict(zip(reversed(positional), reversed(defaults)))
    held.update(state[KEYWORDS] or ())
    return held


def fitted_defaults(code, values, state, what):
    """Defaults and keyword defaults for code, from values by name; the function's own where equal.

    Raises TypeError where a parameter without a default would follow one that has one.
    """
    count, total = code.co_argcount, code.co_argcount + code.co_kwonlyargcount
    positional, keyword = code.co_varnames[:count], code.co_varnames[count:total]
    defaults = []
    for name in positional:
        if name in values:
            defaults.append(values[name])
        elif defaults:
            raise TypeError(f"{what} has a parameter {name!r} without a default after others with")
    former, kept = state[DEFAULTS], state[KEYWORDS]
    old = former or ()
    if len(old) != len(defaults) or any(a is not b for a, b in zip(old, defaults)):
        former = tuple(defaults) or None
    # Names that are no parameters stand there for those who read them, as decorators leave them.
    known = {*_parameters(code), *_parameters(state[CODE])}
    keywords = {name: value for name, value in (kept or {}).items() if name not in known}
    keywords.update((name, values[name]) for name in keyword if name in values)
    if (kept or {}).keys() != keywords.keys() or any(kept[n] is not keywords[n] for n in keywords):
        kept = keywords or None
    return former, kept


def _parameters(code):
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


class Header:
    """The parameters and annotations that the tree of a function states."""

    def __init__(self, node, code):
        arguments = node.args
        listed = [*arguments.posonlyargs, *arguments.args]
        expressions = [None] * (len(listed) - len(arguments.defaults)) + arguments.defaults
        listed += arguments.kwonlyargs
        expressions += arguments.kw_defaults
        # The code has the names as they are mangled in a class.
        names = code.co_varnames[: len(listed)]
        self.defaults = dict(zip(names, expressions))
        self.annotations = {n: a.annotation for n, a in zip(names, listed) if a.annotation}
        starred = code.co_varnames[len(listed) :]
        for flag, argument in ((VARARGS, arguments.vararg), (VARKEYWORDS, arguments.kwarg)):
            if code.co_flags & flag:
                if argument.annotation:
                    self.annotations[starred[0]] = argument.annotation
                starred = starred[1:]
        if getattr(node, "returns", None):
            self.annotations["return"] = node.returns


def _same(one, other):
    if one is None or other is None:
        return one is other
    return ast.dump(one) == ast.dump(other)


class Scope:
    """Where the expressions of a header are evaluated: a function's globals and free variables."""

    def __init__(self, source, state, what):
        self.source, self.state, self.what = source, state, what

    def value(self, expression, role):
        """The value of an expression. Raises TypeError where it has none here."""
        code, closure = self.state[CODE], self.state[CLOSURE] or ()
        known = dict(zip(code.co_freevars, closure))
        try:
            made = self._compiled(expression, [name for name in known if name.isidentifier()])
            closure = tuple(known[name] for name in made.co_freevars)
            return FunctionType(made, self.state[GLOBALS], made.co_name, None, closure)()
        except Exception as error:
            raise TypeError(
                f"{role} of {self.what} cannot be evaluated where the function is now: {error}"
            ) from error

    def _compiled(self, expression, names):
        """Code for an expression within the variables around, and within the class for its name."""
        given = [ast.arg(name) for name in names]
        tree = ast.Lambda(_arguments(given), ast.Lambda(_arguments([]), expression))
        tree = ast.Expr(tree)
        if self.source.class_name is not None:
            fields = {"bases": [], "keywords": [], "decorator_list": [], "type_params": []}
            fields = {name: fields[name] for name in fields if name in ast.ClassDef._fields}
            tree = ast.ClassDef(self.source.class_name, body=[tree], **fields)
        module = ast.fix_missing_locations(ast.Module([tree], []))
        code = compile(module, self.source.filename, "exec", self.source.flags, True)
        for _ in range(2 if self.source.class_name is None else 3):
            code = next(inner for inner in code.co_consts if isinstance(inner, CodeType))
        if kind_of(code):
            raise SyntaxError("'yield' and 'await' are of no use here")
        return code


def _arguments(names):
    return ast.arguments(
        posonlyargs=[], args=names, vararg=None, kwonlyargs=[], kw_defaults=[], kwarg=None,
        defaults=[],
    )  # fmt: skip


def defaults_by_name(old, new, scope):
    """The defaults that a changed header asks for: what stands unchanged keeps its value."""
    held = held_defaults(scope.state)
    values = {}
    for name, expression in new.defaults.items():
        if name in old.defaults and _same(old.defaults[name], expression):
            if name in held:
                values[name] = held[name]
        elif expression is not None:
            values[name] = scope.value(expression, f"the default of {name!r}")
    return values


def annotated(old, new, scope, below):
    """The state with the annotations of a changed header; as it was where none is changed."""
    changed = {
        name: expression
        for name, expression in new.annotations.items()
        if not _same(old.annotations.get(name), expression)
    }
    gone = old.annotations.keys() - new.annotations.keys()
    if not changed and not gone:
        return scope.state
    import __future__

    as_text = scope.source.flags & __future__.annotations.compiler_flag
    held = {name: value for name, value in below.__annotations__.items() if name not in gone}
    for name, expression in changed.items():
        role = f"the annotation of {name!r}"
        held[name] = ast.unparse(expression) if as_text else scope.value(expression, role)
    state = list(scope.state)
    state[ANNOTATIONS], state[_ANNOTATE] = held, None
    return tuple(state)
