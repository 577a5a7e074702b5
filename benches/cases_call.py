"""Calls through wrappers: decorated functions and methods, disabled wrappers, partial."""

from __future__ import annotations

import functools

from model import Case, Goal


def passthrough(lib):
    """A decorator that only calls on: the library's, or the closure that one writes by hand."""
    if lib is None:

        def by_hand(wrapped):
            @functools.wraps(wrapped)
            def closure(*args, **kwargs):
                return wrapped(*args, **kwargs)

            return closure

        return by_hand

    @lib.decorator
    def wrapper(wrapped, instance, args, kwargs):
        return wrapped(*args, **kwargs)

    return wrapper


def disabled(lib):
    """A decorator that is switched off; by hand nobody writes a switch, so that stays a closure."""
    if lib is None:
        return passthrough(None)

    def wrapper(wrapped, instance, args, kwargs):
        return wrapped(*args, **kwargs)

    return lambda wrapped: lib.FunctionWrapper(wrapped, wrapper, False)


def functions(lib, decorate=passthrough):
    """A decorated function of two arguments."""

    @decorate(lib)
    def add(a=1, b=2):
        return a + b

    return {"f": add}


def methods(lib, decorate=passthrough):
    """A class with a decorated method of each kind.

    The libraries wrap the descriptor; a closure cannot, so by hand the descriptor goes outside.
    """
    through = decorate(lib)

    def both(kind):
        if lib is None:
            return lambda function: kind(through(function))
        return lambda function: through(kind(function))

    class Counter:
        @through
        def add(self, a):
            return a + 1

        @both(classmethod)
        def made(cls, a):
            return a + 2

        @both(staticmethod)
        def free(a):
            return a + 3

    return {"C": Counter, "obj": Counter()}


def off_function(lib):
    return functions(lib, disabled)


def off_method(lib):
    return methods(lib, disabled)


def partials(lib):
    """A partial with one stored argument."""

    def add(a, b):
        return a + b

    return {"p": functools.partial(add, 1) if lib is None else lib.partial(add, 1)}


DECORATOR = ("decorator",)
WRAPPER = ("FunctionWrapper",)

CASES = [
    Case("function call, no arguments", "f()", 3, functions, DECORATOR, Goal(0.25, 1.3)),
    Case("function call, positional", "f(3, 4)", 7, functions, DECORATOR, Goal(0.25, 1.3)),
    Case("function call, keywords", "f(a=3, b=4)", 7, functions, DECORATOR, Goal(0.40, 1.3)),
    Case("method call, via instance", "obj.add(1)", 2, methods, DECORATOR, Goal(0.36, 1.6)),
    Case("method call, via class", "C.add(obj, 1)", 2, methods, DECORATOR, Goal(0.30)),
    Case("classmethod call", "C.made(1)", 3, methods, DECORATOR, Goal(0.40)),
    Case("staticmethod call", "C.free(1)", 4, methods, DECORATOR, Goal(0.25)),
    Case("disabled wrapper, function", "f(3, 4)", 7, off_function, WRAPPER, Goal(0.70, 0.6)),
    Case("disabled wrapper, method", "obj.add(1)", 2, off_method, WRAPPER, Goal(0.70, 0.6)),
    Case("partial call", "p(2)", 3, partials, ("partial",), Goal(0.60, 1.3)),
]
