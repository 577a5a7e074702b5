"""Patching functions in place: every reference to the function sees it, and it comes back.

`hotpatch` gives a function the behaviour of another, `hotwrap` puts a wrapper around it. Both
change the function object itself, or the definition that C functions have, so names imported
before, stored callbacks and bound methods follow. The idea, and the order of hotpatch's arguments,
are the hotpatch project's.
"""

from ._handles import Replacement, Wrap
from ._inplace import InPlacePatch
from ._patch import Patch, PatchConflictError
from ._targets import UnpatchableError
from ._turns import PatchBusyError

__all__ = (
    "InPlacePatch",
    "Patch",
    "PatchBusyError",
    "PatchConflictError",
    "UnpatchableError",
    "hotpatch",
    "hotwrap",
)

_MODES = ("auto", "transplant", "trampoline", "vectorcall", "methoddef")
_WRAP_MODES = ("auto", "trampoline", "vectorcall", "methoddef")
_CLOSURES = ("this", "all")
_KINDS = (None, "target", "replacement")


def hotpatch(
    replacement,
    target,
    *,
    mode="auto",
    kind=None,
    unwrap=True,
    clear_caches=False,
    closures="this",
    owner=None,
):
    """Give a function the behaviour of another callable, for everybody who holds the function.

    ``replacement`` is any callable. ``target`` is a function, or what holds one: a bound
    method, a ``staticmethod`` or ``classmethod`` object, a property (its getter), a cached
    property, a partial; where it has a ``__wrapped__``, the function inside is meant, unless
    ``unwrap`` is false. It may be a string "package.module:Class.method", whose module is imported;
    with a ``?`` after the module's name the patch waits until somebody imports it.

    ``mode`` is "transplant" (the function takes over code, defaults, closure, globals, annotations:
    a call costs what a call of the replacement costs), "trampoline" (the function calls the
    replacement; before 3.11 plain calls are led past its own frame), "vectorcall" (calls are led to
    the replacement, the code stays; see `hotwrap`), or "auto", the first where the replacement is a
    Python function, else the second. C functions and methods have one mode, "methoddef":
    docs/c-functions.md says who sees it. The handle's ``mode`` tells which it became; it is "code"
    on an interpreter whose function objects are not laid out as expected, or with
    WRAPTRS_OFFICIAL_SETTERS set in the environment: the function then calls the replacement by what
    CPython's setters alone allow, keeps its closure and globals, and has a keyword default that
    holds what it calls; "transplant" is refused. ``kind`` says what to do when one is a plain
    function and the other a generator, coroutine or async generator function: "target" adapts a
    plain replacement, "replacement" changes what the target is, None refuses. ``clear_caches``
    empties an ``lru_cache`` around the function, now and on revert.
    ``closures="all"`` patches every function that was made from the same code, found through the
    garbage collector, and every one that is made from it later, by exchanging the code in the
    constants of the functions around it; each change looks through all objects then. Calls of those
    functions that are running go on making closures as they began.
    ``owner`` is a label for the list of patches; it is the caller's module if left out.

    The function keeps its name, module, docstring and ``__dict__``. Calls that are running, and
    generators and coroutines that wait, finish as they began. A call whose arguments are still
    being bound does not run yet: the ``__eq__`` of a keyword that is no plain str, and finalizers
    that the collector runs then before CPython 3.12, must not patch the very function that is
    called.

    Returns the handle, a `Patch`. Raises UnpatchableError for a target that cannot be patched,
    TypeError for a replacement that does not fit, PatchConflictError where somebody else changed
    a patched function, and what resolving a string raises; nothing is changed then.

    Behaviour: the hotpatch project's, whose trampoline it extends.
    """
    if not callable(replacement):
        given = type(replacement).__name__
        raise TypeError(f"hotpatch() takes a callable and then the target: got a '{given}' first")
    if mode != "auto":
        _check_mode(mode, _MODES)
    if kind not in _KINDS:
        raise ValueError(f"kind must be None, 'target' or 'replacement': got {kind!r}")
    if closures != "this":
        _check_closures(closures)
    return Replacement(
        target, replacement, mode, kind, unwrap, clear_caches, owner, closures
    ).apply()


def hotwrap(
    target,
    wrapper,
    *,
    enabled=None,
    mode="auto",
    unwrap=True,
    clear_caches=False,
    closures="this",
    owner=None,
):
    """Put a wrapper around a function, for everybody who holds the function.

    ``target``, ``unwrap``, ``clear_caches``, ``closures`` and ``owner`` are as for `hotpatch`.
    ``wrapper`` is called as ``wrapper(wrapped, instance, args, kwargs)`` with the arguments of the
    call as they are, or for a closure made later as its parameters bound them, defaults filled in;
    ``wrapped`` is the original behaviour, bound to the instance for methods, to the class for
    class methods; ``instance`` is None for functions. ``enabled`` switches the wrapper: a truth
    value, or a callable asked at each call; None means on.

    The function keeps its kind, name, signature and attributes. ``mode`` is "vectorcall" (calls are
    led through a hook: code and all else stay as they are, no frame is added), "trampoline" (the
    function's code becomes a call of the wrapper, and its ``__wrapped__`` a function with the
    original behaviour), or "auto", the former where it is safe: not on CPython 3.11, not for the
    ``__init__`` of a class on 3.13 and later, and not, from 3.12 on, for plain functions that name
    themselves, whose recursion would need C stack. In a trampoline before CPython 3.11 the wrapper
    of a coroutine, generator or async generator function is called when that is first resumed.

    Whoever changes code or keyword defaults of a function wrapped through a hook takes it over:
    the wrapper is not called any more, and reverting finds the change.

    Returns the handle, a `Patch`. Raises UnpatchableError for a target that cannot be patched and
    for a mode that cannot be, with the reason, TypeError for a wrapper that cannot be called,
    PatchConflictError where somebody else changed a patched function, and what resolving a string
    raises; nothing is changed then.

    Behaviour: wrappers are wrapt's.
    """
    if not callable(wrapper):
        given = type(wrapper).__name__
        raise TypeError(f"hotwrap() takes the target and then a wrapper: got a '{given}'")
    if mode != "auto":
        _check_mode(mode, _WRAP_MODES)
    if closures != "this":
        _check_closures(closures)
    return Wrap(target, wrapper, enabled, unwrap, clear_caches, owner, mode, closures).apply()


def _check_mode(mode, known):
    if mode not in known:
        raise ValueError(f"mode must be one of {', '.join(known)}: got {mode!r}")


def _check_closures(closures):
    if closures not in _CLOSURES:
        raise ValueError(f"closures must be 'this' or 'all': got {closures!r}")
