"""Changing the source or the code of a function, as a patch: it is listed, and comes back.

`rewrite` passes the syntax tree of a function through a transformer, `replace_code` gives it the
code of another, `closure_of` shows its free variables. What stays is all that the compiler and the
function itself know: file and lines, free variables, defaults, the class that `super()` means.
"""

from types import FunctionType

from . import _layers
from ._inplace import InPlacePatch
from ._targets import UnpatchableError, find

__all__ = ("closure_of", "drop_calls", "replace_code", "rewrite")


def rewrite(
    func, transformer, *, in_place=True, closure=None, unwrap=True, clear_caches=False, owner=None
):
    """Change the source of a function: parse it, transform the tree, and run what that compiles to.

    ``func`` is a Python function, or what holds one or names one, as for `hotpatch`.
    ``transformer`` is an ``ast.NodeTransformer``, or its class, or a callable; it gets the
    ``ast.FunctionDef``, ``ast.AsyncFunctionDef`` or ``ast.Lambda`` of the function, without its
    decorators, and returns the same kind of node. `drop_calls` makes one for the common case.

    The source is that of the function's file, or what ``linecache`` has for code that was typed in.
    Neither the file nor the decorators run. The function keeps its name, attributes, file and line
    numbers, free variables, ``super()``, and the values of its defaults; defaults and annotations
    that the transformer changes are evaluated in the function's globals. ``closure`` gives values,
    or cells, for variables of the scope around that it did not use before.

    Wrappers stay around the function, also those put there before. A rewrite of a rewritten or
    replaced function changes what that does; if the patch beneath is taken back, the transformer is
    called once more, with what is there then. With ``in_place=False`` the function is left as it
    is, and a new one returned. ``unwrap``, ``clear_caches`` and ``owner`` are as for `hotpatch`.

    Returns the handle, a `Patch` with ``diff()``, the change as a unified diff, and ``source``, the
    text of the function as it is now. Raises UnpatchableError without a source, or where the source
    is not that of the function any more, or a lambda cannot be told from others on its line;
    TypeError where the transformer returns something else than such a node, and for free variables
    that nobody has; ValueError where its tree does not compile; nothing is changed then.
    """
    if not callable(transformer) and not hasattr(transformer, "visit"):
        given = type(transformer).__name__
        raise TypeError(
            f"rewrite() takes a NodeTransformer or a callable on the tree: got '{given}'"
        )
    from ._rewriting import Rewrite

    patch = Rewrite(func, transformer, closure, unwrap, clear_caches, owner)
    return patch.apply() if in_place else _made(patch)


def drop_calls(*names, replacement=None):
    """A transformer for `rewrite` that takes calls out of a function, arguments and all.

    ``names`` are the dotted names of what is called, such as "time.sleep"; that call counts under
    whatever name the function's module imported it. ``replacement`` is the source of an expression
    for what is taken out, in which ``f(...)`` gets the arguments of the call: "None" where it is
    left out, and a call that stands alone goes with its statement. ``await`` goes with the call
    that it waits for, unless the replacement is such an ``f(...)``.

    Returns the transformer. Raises TypeError without names, ValueError for a replacement that is
    not an expression.
    """
    if not names or not all(isinstance(name, str) and name for name in names):
        raise TypeError(f"drop_calls() takes dotted names such as 'time.sleep': got {names!r}")
    from ._calls import DropCalls

    return DropCalls(names, replacement)


def replace_code(
    func, new_impl, *, in_place=True, closure=None, unwrap=True, clear_caches=False, owner=None
):
    """Give a function the code of another, and leave it all else: name, defaults, free variables.

    ``func`` is as for `hotpatch`; ``new_impl`` is a Python function, whose globals its code keeps,
    or a code object. Free variables and defaults go by name: the code finds those of ``func``.
    ``closure`` gives values, or cells, for free variables that ``func`` has not;
    ``closure_of(new_impl)`` gives it those it was written with. The other arguments are as for
    `rewrite`.

    Returns the handle, a `Patch`, or with ``in_place=False`` a new function. Raises TypeError where
    the code is of another kind (generator, coroutine), needs free variables that nobody has, or
    defaults that do not fit; UnpatchableError for a target without a Python function; nothing is
    changed then.
    """
    from ._rewriting import CodeReplacement, check_implementation

    check_implementation(new_impl)
    patch = CodeReplacement(func, new_impl, closure, unwrap, clear_caches, owner)
    return patch.apply() if in_place else _made(patch)


def closure_of(func):
    """The free variables of a function as a mapping, to read and to write.

    ``func`` is a Python function, or a method, property or the like that holds one. The mapping is
    a view: it shows what the function has now; setting a value is seen by every function that
    shares the variable. Its ``cells`` are the cells themselves, by name.

    Returns the mapping, whose keys are the variables that have a value. Raises UnpatchableError for
    what holds no Python function; the mapping raises KeyError for names that are no free variable.
    """
    from ._cells import Closure

    function = find(func, False).function
    if type(function) is not FunctionType:
        raise UnpatchableError(f"{func!r} is implemented in C and has no free variables")
    return Closure(function)


def _made(patch: InPlacePatch):
    """The function that a patch makes of its target, which stays as it is."""
    patch._locate()
    function = patch.function
    with _layers.lock:
        return patch.made(_layers.record_of(function) or _layers.Record(function))
