"""Patching functions in place: every reference to the function sees it, and it comes back.

`hotpatch` gives a function the behaviour of another, `hotwrap` puts a wrapper around it. Both
change the function object itself, so names imported before, stored callbacks and bound methods
follow. The idea, and the order of hotpatch's arguments, are the hotpatch project's.
"""

from ._handles import InPlacePatch, Replacement, Wrap
from ._patch import Patch, PatchConflictError
from ._targets import UnpatchableError

__all__ = ("InPlacePatch", "Patch", "PatchConflictError", "UnpatchableError", "hotpatch", "hotwrap")

_MODES = ("auto", "transplant", "trampoline")
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

    ``replacement`` is any callable. ``target`` is a Python function, or what holds one: a bound
    method, a ``staticmethod`` or ``classmethod`` object, a property (its getter), a cached
    property, a partial; where it has a ``__wrapped__``, the function inside is meant, unless
    ``unwrap`` is false. It may be a string "package.module:Class.method", whose module is imported;
    with a ``?`` after the module's name the patch waits until somebody imports it.

    ``mode`` is "transplant" (the function takes over code, defaults, closure, globals, annotations:
    a call costs what a call of the replacement costs), "trampoline" (the function calls the
    replacement), or "auto", the former where the replacement is a Python function. The handle's
    ``mode`` tells which it became; it is "code" on an interpreter whose function objects are not
    laid out as expected, or with WRAPTRS_OFFICIAL_SETTERS set in the environment: the function then
    calls the replacement by what CPython's setters alone allow, keeps its closure and globals, and
    has a keyword default that holds what it calls; "transplant" is refused. ``kind`` says
    what to do when one is a plain function and the other a generator, coroutine or async generator
    function: "target" adapts a plain replacement, "replacement" changes what the target is, None
    refuses. ``clear_caches`` empties an ``lru_cache`` around the function, now and on revert.
    ``closures="all"`` patches every function that was made from the same code, found through the
    garbage collector, and every one that is made from it later, by exchanging the code in the
    constants of the functions around it; each change looks through all objects then. Calls of those
    functions that are running go on making closures as they began.
    ``owner`` is a label for the list of patches; it is the caller's module if left out.

    The function keeps its name, module, docstring and ``__dict__``. Calls that are running, and
    generators and coroutines that wait, finish as they began.

    Returns the handle, a `Patch`. Raises UnpatchableError for a target without a Python function,
    TypeError for a replacement that does not fit, PatchConflictError where somebody else changed
    a patched function, and what resolving a string raises; nothing is changed then.

    Behaviour: the hotpatch project's, whose trampoline it extends.
    """
    if not callable(replacement):
        given = type(replacement).__name__
        raise TypeError(f"hotpatch() takes a callable and then the target: got a '{given}' first")
    if mode not in _MODES:
        raise ValueError(f"mode must be one of {', '.join(_MODES)}: got {mode!r}")
    if kind not in _KINDS:
        raise ValueError(f"kind must be None, 'target' or 'replacement': got {kind!r}")
    _check_closures(closures)
    return Replacement(
        target, replacement, mode, kind, unwrap, clear_caches, owner, closures
    ).apply()


def hotwrap(
    target,
    wrapper,
    *,
    enabled=None,
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
    class methods. ``enabled`` switches the wrapper: a truth value, or a callable asked at each
    call; None means on.

    The function keeps its kind, name, signature and attributes; while it is wrapped, its
    ``__wrapped__`` is a function with the original behaviour. Before CPython 3.11 the wrapper of
    a coroutine, generator or async generator function is called when that is first resumed.

    Returns the handle, a `Patch`. Raises UnpatchableError for a target without a Python function,
    TypeError for a wrapper that cannot be called, PatchConflictError where somebody else changed
    a patched function, and what resolving a string raises; nothing is changed then.

    Behaviour: wrappers are wrapt's.
    """
    if not callable(wrapper):
        given = type(wrapper).__name__
        raise TypeError(f"hotwrap() takes the target and then a wrapper: got a '{given}'")
    _check_closures(closures)
    return Wrap(target, wrapper, enabled, unwrap, clear_caches, owner, closures).apply()


def _check_closures(closures):
    if closures not in _CLOSURES:
        raise ValueError(f"closures must be 'this' or 'all': got {closures!r}")
