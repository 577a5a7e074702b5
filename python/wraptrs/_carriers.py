"""Whether the definition of a C method can carry what `patch_type` puts in its place.

In a definition it reaches everybody who holds the method, also who took it before. But it must be
for the users of the class what it would be in the dict of the class, so it is carried only where
every call that it could answer there arrives: the interpreter passes on no more arguments than the
C method is declared for.

As in `_typeslots`, nothing here relies on methods of containers: those may be what is patched.
"""

from types import CodeType, FunctionType

from ._definitions import CLASS_METHOD, METHOD, why_not
from ._native import _definition
from ._templates import KINDS, VARARGS, VARKEYWORDS
from ._typeslots import entry_of, having, places_of

UNRELATED = "the class has no C method of its own there that such a value can stand for"
_STATIC = 0x20
_ROLES = 0x10 | _STATIC | 0x40  # METH_CLASS, METH_STATIC, METH_COEXIST
_NO_ARGUMENTS, _ONE_ARGUMENT, _KEYWORDS = 0x4, 0x8, 0x2


def carrier(cls, name, value):
    """The C function whose definition carries a value, and the function that its calls go to.

    Where it cannot, None and the reason.
    """
    entry = entry_of(cls, name)
    function, called = _pair(entry, value)
    if function is None or not _belongs(function, cls) or function.__name__ != name:
        return None, UNRELATED
    reason = why_not(function) or _unfit(cls, name, function, called)
    return (None, reason) if reason else (function, called)


def _pair(entry, value):
    """The C function of an entry and the Python function of a value, if they bind in one way."""
    kind = type(entry)
    if kind is METHOD:
        function, called = entry, value
    elif kind is CLASS_METHOD and type(value) is classmethod:
        function, called = entry, value.__func__
    elif kind is staticmethod and type(value) is staticmethod:
        function, called = entry.__func__, value.__func__
    else:
        return None, None
    return (function, called) if type(called) is FunctionType else (None, None)


def _belongs(function, cls):
    """Whether a C function was made for a class; static ones do not tell the class."""
    if type(function) is METHOD or type(function) is CLASS_METHOD:
        return function.__objclass__ is cls
    found = _definition(function)
    return found is not None and found[1] & _STATIC


def _unfit(cls, name, function, called):
    if places_of(name):
        return "C code finds it by a slot"
    code, found = called.__code__, _definition(function)
    if code.co_flags & KINDS:
        return "C methods are plain functions, and this value is none"
    flags = found[1] & ~_ROLES
    front = 0 if found[1] & _STATIC else 1
    if flags in (_NO_ARGUMENTS, _ONE_ARGUMENT):
        exact = front if flags == _NO_ARGUMENTS else front + 1
        any_number = called.__defaults__ is not None or code.co_flags & VARARGS
        if code.co_argcount != exact or any_number or _takes_names(code):
            return f"the interpreter calls it with {exact - front} arguments, never more or fewer"
    elif not flags & _KEYWORDS and (_takes_names(code) or _names_more(function, called)):
        return "the interpreter passes it no keywords, by which the value takes some"
    if _holds(called, found):
        return "the value holds the method itself and would call itself: use its handle's original"
    if _shared(cls, name, function, found):
        return "other classes have it by the same definition"
    return None


def _takes_names(code):
    return code.co_kwonlyargcount or code.co_flags & VARKEYWORDS


def _names_more(function, called):
    """Whether a function has optional parameters with names that the C method does not have."""
    code, defaults = called.__code__, called.__defaults__
    if defaults is None or code.co_posonlyargcount == code.co_argcount:
        return False
    known = _told(function)
    return known is None or code.co_argcount > known


def _told(function):
    """How many parameters a C function says it has; None where it does not say."""
    text = function.__text_signature__
    if text is None:
        return None
    start = 2 if text[1:2] == "$" else 1  # which marks the instance, class or module
    try:
        code = compile("lambda " + text[start:-1] + ": 0", "<signature>", "eval")
    except SyntaxError:  # defaults that have no notation
        return None
    for constant in code.co_consts:
        if type(constant) is CodeType:
            return constant.co_argcount
    return None


def _holds(function, found):
    """Whether a function can reach a C method by a variable, a default or a global."""
    named, cells = function.__kwdefaults__, function.__closure__
    held = [] if function.__defaults__ is None else [*function.__defaults__]
    for value in held if named is None else [*held, *(named[name] for name in named)]:
        if _definition(value) == found:
            return True
    for cell in () if cells is None else cells:
        try:
            if _definition(cell.cell_contents) == found:
                return True
        except ValueError:  # nothing is in it yet
            continue
    return _names(function.__code__, function.__globals__, found)


def _names(code, space, found):
    for name in code.co_names:
        if name in space and _definition(space[name]) == found:
            return True
    for constant in code.co_consts:
        if type(constant) is CodeType and _names(constant, space, found):
            return True
    return False


def _shared(cls, name, function, found):
    """Whether another class was made from the same definition, as all named tuples of C are."""
    for other in having(name):
        entry = entry_of(other, name)
        if type(entry) is staticmethod:
            entry = entry.__func__ if other is not cls else None
        elif entry is function:
            continue  # one that holds the method, and is to see what becomes of it
        if _definition(entry) == found:
            return True
    return False
