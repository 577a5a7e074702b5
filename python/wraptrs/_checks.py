"""Whether a value fits the place of another: same kind, same way of being called.

Static and class methods keep their kind, a function given for a property becomes its getter. What
callers of the original could not use the same way is refused.
"""

import sys
from types import FunctionType, MethodType

from ._failures import UnfitReplacementError
from ._places import LAYERS
from ._templates import ASYNC_GENERATOR, COROUTINE, KIND_NAMES, kind_of


def fitted(parent, original, value, name):
    """The value as it is to be stored, where `original` is what the attribute holds, raw.

    Raises UnfitReplacementError for a value that those who use the attribute could not use.
    """
    original = _innermost(original)
    kind = type(original)
    if isinstance(parent, type):
        if issubclass(kind, (staticmethod, classmethod)):
            value = _of_method_kind(original, value, name)
            bound = issubclass(kind, classmethod)
            _check_callables(_inside(original), _inside(value), name, bound)
            return value
        if issubclass(kind, property):
            return _property(original, value, name)
        if kind.__name__ == "cached_property" and kind.__module__ == "functools":
            return _cached(original, value, parent, name)
        if isinstance(value, (staticmethod, classmethod)) and isinstance(original, FunctionType):
            _refuse(name, f"a method cannot become a {type(value).__name__}")
    if callable(original) and not isinstance(original, type):
        bound = isinstance(parent, type) and isinstance(original, FunctionType)
        _check_callables(original, value, name, bound, bound and not _binds(value))
    elif isinstance(original, type) and not callable(value):
        _refuse(name, f"a class cannot be replaced by {value!r}, which cannot be called")
    return value


def _innermost(original):
    """What lies under our layers: they act as it does, whatever class they are of."""
    while issubclass(type(original), LAYERS):
        try:
            original = original.__wrapped__
        except AttributeError:
            break
    return original


def _refuse(name, problem):
    raise UnfitReplacementError(f"cannot replace {name}: {problem}; check=False replaces it anyway")


def _inside(method):
    return getattr(method, "__func__", method)


def _of_method_kind(original, value, name):
    kind = classmethod if isinstance(original, classmethod) else staticmethod
    if isinstance(value, (staticmethod, classmethod)):
        if not isinstance(value, kind):
            _refuse(name, f"a {kind.__name__} cannot become a {type(value).__name__}")
        return value
    if not callable(value):
        _refuse(name, f"a {kind.__name__} cannot be replaced by {value!r}, which cannot be called")
    return kind(value)


def _property(original, value, name):
    if hasattr(type(value), "__set__") or (hasattr(type(value), "__get__") and not callable(value)):
        return value  # a property, or another descriptor with a will of its own
    if not callable(value):
        _refuse(name, f"a property cannot be replaced by {value!r}: give a getter or a property")
    _check_getter(value, "property", name)
    return original.getter(value)


def _cached(original, value, parent, name):
    if type(value) is type(original):
        made = value
    elif callable(value):
        _check_getter(value, "cached property", name)
        made = type(original)(value)
    else:
        _refuse(name, f"a cached property cannot be replaced by {value!r}: give a getter")
    if made.attrname is None:
        made.__set_name__(parent, original.attrname)
    return made


def _check_getter(value, kind, name):
    taken = _signature(value)
    if taken is None:
        return
    try:
        taken.bind(None)
    except TypeError:
        _refuse(name, f"the getter of a {kind} takes the instance alone, not {taken}")


def _binds(value):
    if type(value).__name__ == "partial" and type(value).__module__ == "functools":
        return sys.version_info >= (3, 14)  # 3.13 has the method, which only warns
    return hasattr(type(value), "__get__")


def _check_callables(original, value, name, bound=False, alone=False):
    """Compare two callables. `bound`: calls of the first come with an instance or class in front;
    `alone`: those of the second come without."""
    if not callable(value):
        _refuse(name, f"a callable cannot be replaced by {value!r}, which cannot be called")
    old, new = _async_kind(original), _async_kind(value)
    if None not in (old, new) and old != new:
        _refuse(name, f"a {KIND_NAMES[old]} cannot be replaced by a {KIND_NAMES[new]}")
    before, after = _signature(original), _signature(value)
    if before is not None and after is not None:
        if bound and before.parameters:  # none: a function that is called through its class
            first, *others = before.parameters.values()
            if first.kind is first.POSITIONAL_OR_KEYWORD:
                # Nobody gives it by keyword, so its name is free.
                front = [] if alone else [first.replace(kind=first.POSITIONAL_ONLY)]
                before = before.replace(parameters=[*front, *others])
        call = uncallable(before, after)
        if call is not None:
            _refuse(name, f"{after} does not take all calls that {before} takes, such as {call}")


def _async_kind(function):
    """The kind of a Python function as far as it decides about awaiting; None for others."""
    partial = getattr(sys.modules.get("functools"), "partial", ())
    while isinstance(function, (MethodType, partial)):
        function = function.__func__ if isinstance(function, MethodType) else function.func
    if not isinstance(function, FunctionType):
        return None
    kind = kind_of(function.__code__)
    return kind if kind in (COROUTINE, ASYNC_GENERATOR) else 0


def _signature(function):
    import inspect

    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None  # of C, mostly: nothing is known, so nothing is refused


def uncallable(before, after):
    """A call that one signature takes and another does not, as text; None if there is none.

    Tried are the calls at the ends of what the first allows: the fewest and the most arguments,
    by position and by keyword.
    """
    for arguments, keywords in _extremes(before):
        try:
            after.bind(*arguments, **keywords)
        except TypeError:
            shown = [*arguments, *(f"{key}={value}" for key, value in keywords.items())]
            return f"f({', '.join(shown)})"
    return None


def _extremes(signature):
    parameters = signature.parameters.values()
    for only_required in (True, False):
        for by_keyword in (False, True):
            yield _call(parameters, only_required, by_keyword)


def _call(parameters, only_required, by_keyword):
    """One call; values are the names, for messages."""
    arguments, keywords, gap = [], {}, by_keyword
    for parameter in parameters:
        kind, name = parameter.kind, parameter.name
        optional = parameter.default is not parameter.empty
        if kind is parameter.VAR_POSITIONAL:
            if not only_required and not gap:
                arguments += [name, name]
        elif kind is parameter.VAR_KEYWORD:
            if not only_required:
                keywords["any_other_keyword"] = name
        elif optional and only_required:
            gap = True  # what comes behind can only be given by keyword
        elif kind is parameter.POSITIONAL_ONLY or (
            kind is parameter.POSITIONAL_OR_KEYWORD and not gap
        ):
            arguments.append(name)
        else:
            keywords[name] = name
    return arguments, keywords
