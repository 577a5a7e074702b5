"""Which references to an original its replacement lives on.

A wrapper often reaches what it replaces by a variable of its own: a closure, a default, a global
such as ``_original``. Rebound like all others, it would call itself. So everything that the
replacement refers to is followed, through functions, methods, partials and wrappers, and through
globals by the names that the code of a function uses, as long as these stay in one module.
"""

from types import CodeType, FunctionType, MethodType

from ._native import BaseObjectProxy, _FunctionWrapperBase
from ._referrers import loaded


def used_by(replacement, references):
    """Those of the references to an object through which its replacement reaches it."""
    reached = _reached(replacement)
    return [reference for reference in references if _is_used(reference, reached)]


def _is_used(reference, reached):
    place = reference._place
    if place is None:
        return False
    if reference.kind == "closure":
        return id(place.cell) in reached
    if reference.kind == "global":
        return (id(place.space()), place.key) in reached
    return id(reference.holder) in reached


def _reached(replacement):
    """The ids of what the replacement uses; for globals, pairs of the namespace's id and name."""
    reached, waiting, alive = set(), [replacement], []
    while waiting:
        thing = waiting.pop()
        if id(thing) in reached:
            continue
        reached.add(id(thing))
        alive.append(thing)  # so that no id is used again
        kind = type(thing)
        if kind is FunctionType:
            waiting += _held_by_function(thing, reached)
        elif kind is MethodType:
            waiting += thing.__func__, thing.__self__
        elif kind is loaded("functools", "partial"):
            waiting += thing.func, *thing.args, *thing.keywords.values()
        elif issubclass(kind, _FunctionWrapperBase):
            waiting.append(thing._self_wrapper)
        elif not issubclass(kind, (type, BaseObjectProxy)):
            calls = [cls.__dict__.get("__call__") for cls in kind.__mro__]
            waiting += [call for call in calls if type(call) is FunctionType]
    return reached


def _held_by_function(function, reached):
    held = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    for cell in function.__closure__ or ():
        reached.add(id(cell))
        try:
            held.append(cell.cell_contents)
        except ValueError:
            continue
    space = function.__globals__
    for name in _names_in(function.__code__):
        if name in space:
            reached.add((id(space), name))
            value = space[name]
            if type(value) is FunctionType and value.__globals__ is space:
                held.append(value)
            elif issubclass(type(value), (list, dict, set)):
                reached.add(id(value))
    return held


def _names_in(code):
    """All names that code and the functions within it look up."""
    yield from code.co_names
    for constant in code.co_consts:
        if type(constant) is CodeType:
            yield from _names_in(constant)
