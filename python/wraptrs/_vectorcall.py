"""Vectorcall mode: whether the calls of a function can be led through a hook, and whether to.

A function keeps a pointer to what its calls go to. With a pointer of ours its code, signature and
all else stay as they are, and no frame is added. But CPython must look at the pointer in each call:

* 3.11 looks only in some, so the mode is off there.
* From 3.13 on, a class whose `__init__` is a plain function is called without looking. A function
  does not know that it is some class's `__init__` under another name; one outside of classes whose
  first parameter is `self` may be, so "auto" takes the trampoline for it.
* 3.14 calls the getter of a property without looking, if it takes nothing but the instance.
* From 3.12 on, calls between Python functions need no C stack, while those through a hook do. A
  plain function that calls itself could go as deep as the recursion limit says, and through a hook
  only as deep as the C stack allows: for such a one "auto" takes the trampoline.
* 3.9 and 3.10 look in each call, and a frame costs them much: there a trampoline has a pointer too,
  so that calls go past its code, which stays for who looks at the function.

Whether an interpreter honours the pointer is also tried out, on a function made for that, before
the mode is used for the first time.
"""

import sys
from types import CodeType

from . import _layers
from ._fields import HOOK
from ._native import _callee, _carry, _function_state, _hook, _transplant
from ._targets import UnpatchableError
from ._templates import kind_of

_VERSION = sys.version_info[:2]
_ROUNDS = 64  # by then a call site has specialised on what it calls
_ALWAYS_LOOKS = _VERSION < (3, 11)
_INLINES = _VERSION >= (3, 12)
_SKIPS_INIT = _VERSION >= (3, 13)
_SKIPS_GETTERS = _VERSION == (3, 14)  # those before and after compare the function's version
_works = None


def chosen(wanted, found):
    """The mode for a wrapper: "vectorcall" or "trampoline".

    Raises UnpatchableError where the former is wanted and cannot be.
    """
    if wanted == "trampoline":
        return wanted
    problem = refusal(found)
    if problem is None:
        doubtful = wanted == "auto" and _is_doubtful(found.function, found.owner)
        return "trampoline" if doubtful else "vectorcall"
    if wanted == "vectorcall":
        raise UnpatchableError(
            f"cannot wrap {found.function!r} in mode 'vectorcall': {problem}; use mode='auto'"
        )
    return "trampoline"


def refusal(found):
    """Why the calls of a function cannot be led through a hook; None if they can."""
    if _VERSION == (3, 11):
        return "CPython 3.11 calls Python functions without looking where calls should go"
    if not _layers.WORKS or not (_works or works()):
        return "this interpreter was tried, and calls functions without looking where to"
    function = found.function
    if _callee(function) == "foreign":
        return "somebody else leads its calls elsewhere already"
    if _SKIPS_INIT and _initialises(function, found.owner):
        return "classes are called without looking where calls of their __init__ should go"
    if _SKIPS_GETTERS and _gets(function, found.owner):
        return "CPython 3.14 calls getters of properties without looking where calls should go"
    return None


def passes_by(found):
    """Whether calls of a function with a trampoline had better go past the trampoline's code."""
    return _ALWAYS_LOOKS and refusal(found) is None


def _is_doubtful(function, owner):
    """Whether a hook could make calls go less deep, or could be passed by, for all we know."""
    code = function.__code__
    if not _INLINES or kind_of(code):
        return False
    if _SKIPS_INIT and owner is None and code.co_varnames[:1] == ("self",):
        return True
    return _names(code, function.__name__)


def _initialises(function, owner):
    """Whether a function is the `__init__` of a class, as far as that can be seen from it."""
    if "__init__" in (function.__name__, function.__code__.co_name):
        return True
    return owner is not None and owner.__dict__.get("__init__") is function


def _gets(function, owner):
    """Whether a function is the getter of a property of its class."""
    if owner is None or function.__code__.co_argcount != 1:
        return False
    entries = list(vars(owner).values())
    return any(isinstance(entry, property) and entry.fget is function for entry in entries)


def _names(code, name):
    """Whether code, or code inside of it, mentions a name that it does not define."""
    if name in code.co_names or name in code.co_freevars:
        return True
    for inner in code.co_consts:  # noqa: SIM110 a generator would cost as much as the rest
        if type(inner) is CodeType and _names(inner, name):
            return True
    return False


def works():
    """Whether calls through a hook were seen to work here, at sites that had seen none before."""
    global _works
    if _works is None:
        _works = _tried()
    return _works


def _tried():
    def function(a, b=2):
        return "plain"

    def replacement(*args, **kwargs):
        return "hooked"

    class Holder:
        method = function
        attribute = property(function)
        __getitem__ = function

    def use():
        found, holder, arguments = set(), Holder(), (1, 2)
        for _ in range(_ROUNDS):
            found |= {function(1), function(1, b=3), function(*arguments)}
            found |= {holder.method(), holder.attribute, holder[0]}
        return found

    state = _function_state(function)
    found = [use()]
    _transplant(function, _carry((*state[:HOOK], _hook(replacement, None, None, False)), None))
    found.append(use())
    _transplant(function, state)
    found.append(use())
    return found == [{"plain"}, {"hooked"}, {"plain"}]
