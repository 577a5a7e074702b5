"""Patching by CPython's own setters alone: what is left where the memory of functions is unknown.

`__code__` may be set, to code with as many free variables as the function has; its closure and its
globals stay. So the code that is set is always a template that owns these variables and calls
another function, made from the state that would have been put in. Constants of code are invisible
to the cycle collector and closures cannot be changed, so the template finds that other function in
a keyword default of its own: `__kwdefaults__` is a dict that the collector sees.

The setters work one at a time. Between any two of them the function stands as it was or as it will
be, never as a mixture: a template needs no other defaults than its own, which has the name of its
kind and so is in no one's way. That holds where a lock lets one thread at a time run: a
free-threaded interpreter may read the code before a step and the defaults after it.

From 3.14 on annotations that were computed are computed again after a change: the setter of
`__annotate__` drops them.
"""

import sys
from types import FunctionType

from ._fields import CLOSURE, CODE, DEFAULTS, GLOBALS, KEYWORDS
from ._layers import ABSENT
from ._targets import UnpatchableError
from ._templates import ITERABLE_COROUTINE, KINDS, dressed, leading, led_value

ANNOTATIONS, ANNOTATE, TYPE_PARAMETERS = 6, 7, 8
_LAZY = sys.version_info >= (3, 14)
_TYPED = sys.version_info >= (3, 12)
_IDENTITY = (CODE, GLOBALS, DEFAULTS, KEYWORDS, CLOSURE)


class _Keywords(dict):
    """The keyword defaults of a patched function, which carry its record."""

    __slots__ = ("record",)

    def __reduce__(self):
        return dict, (dict(self),)


def carry(state, record):
    """The same state with keyword defaults that carry a record, as `_native._carry`."""
    keywords = _carrying(state[KEYWORDS] or (), record)
    return (*state[:KEYWORDS], keywords, *state[KEYWORDS + 1 :])


def carried(function):
    """The record that the keyword defaults of a function carry, as `_native._record`."""
    keywords = function.__kwdefaults__
    return getattr(keywords, "record", None) if type(keywords) is _Keywords else None


def _carrying(values, record):
    keywords = _Keywords(values)
    keywords.record = record
    return keywords


def state_of(function):
    """The state of a function as `_native._function_state` gives it, from its attributes.

    Lazy annotations are not computed.
    """
    annotate = function.__annotate__ if _LAZY else None
    return (
        function.__code__,
        function.__globals__,
        getattr(function, "__builtins__", None),
        function.__defaults__,
        function.__kwdefaults__,
        function.__closure__,
        None if annotate else function.__annotations__,
        annotate,
        (function.__type_params__ or None) if _TYPED else None,
        None,  # no calls are led elsewhere here
    )


def put(function, state, expected=None):
    """Put a state into a function that has its closure and globals, and tell whether that was done.

    It is not where `expected` is given and no longer stands. Raises what an audit hook raises, with
    all set back that was set already.
    """
    now = state_of(function)
    if expected is not None and any(now[i] is not expected[i] for i in _IDENTITY):
        return False
    joined = state[KEYWORDS]
    if now[CODE] is not state[CODE] and now[KEYWORDS]:
        joined = _joined(now[KEYWORDS], state[KEYWORDS])
    steps = [
        ("__kwdefaults__", joined, now[KEYWORDS]),
        ("__code__", state[CODE], now[CODE]),
        ("__kwdefaults__", state[KEYWORDS], joined),
    ]
    # Templates have no use for defaults: they come before the code that has, and go after it.
    steps.insert(
        2 if now[CODE].co_argcount else 1, ("__defaults__", state[DEFAULTS], now[DEFAULTS])
    )
    if state[ANNOTATIONS] is not None:
        steps.append(("__annotations__", state[ANNOTATIONS], now[ANNOTATIONS]))
    if _LAZY and state[ANNOTATE] is not None:
        steps.append(("__annotate__", state[ANNOTATE], now[ANNOTATE]))
    if _TYPED:
        steps.append(("__type_params__", state[TYPE_PARAMETERS] or (), now[TYPE_PARAMETERS] or ()))
    done = []
    try:
        for name, value, former in steps:
            if value is not former:
                setattr(function, name, value)
                done.append((name, former))
    except BaseException:
        for name, former in reversed(done):
            setattr(function, name, former)
        raise
    return True


def twin(state, function):
    """A new function with a state, and the labels of a function, as `_native._twin`."""
    made = FunctionType(state[CODE], state[GLOBALS], function.__name__, None, state[CLOSURE])
    put(made, state)
    made.__qualname__, made.__module__ = function.__qualname__, function.__module__
    made.__doc__ = function.__doc__
    return made


def _joined(now, state):
    """Keyword defaults that serve the code that stands and the code that comes."""
    kept = getattr(now, "record", None) or getattr(state, "record", None)
    return _carrying({**now, **(state or {})}, kept)


def led(record, state, shown):
    """The state of a template that calls a function made from another state.

    Raises UnpatchableError where that would change the kind and this CPython deprecates it.
    """
    base = record.base
    kind = state[CODE].co_flags & (KINDS | ITERABLE_COROUTINE)
    if sys.version_info >= (3, 13) and (kind ^ base[CODE].co_flags) & KINDS:
        raise UnpatchableError(
            f"cannot change the kind of {record.function!r} in place: on this interpreter, whose "
            "function objects are laid out in an unknown way, its setter for code forbids it"
        )
    inner = record.made(state, shown)
    names = base[CODE].co_freevars
    template, name = leading(len(names), kind)
    code = dressed(template.replace(co_freevars=names), base[CODE], kind)
    keywords = {name: led_value(inner, kind)}
    installed = (code, *base[1:DEFAULTS], None, keywords, base[CLOSURE], *state[ANNOTATIONS:])
    return installed, inner if shown is ABSENT else shown
