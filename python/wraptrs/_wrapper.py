"""The wrapper functions users hand in: refused with the target named, or made ready for use."""

from types import FunctionType, MethodType, ModuleType

from ._missing import MISSING
from ._native import FunctionWrapper, _FunctionWrapperBase

_WRAPPER_ARGUMENTS = 4  # wrapped, instance, args, kwargs


class Decorating:
    """The native wrapper's wrapper behind what `function_wrapper` and `decorator` return.

    A call with one argument decorates it. ``wrapped`` is then the user's wrapper, bound already
    if it is a method: what the new layer has to call, with no frame of this package between.
    """

    __slots__ = ()

    enabled = None

    def __call__(self, wrapped, instance, args, kwargs):
        if len(args) == _WRAPPER_ARGUMENTS and not kwargs:
            # Handed on as a wrapper, to FunctionWrapper for one: it acts as the user's own.
            return wrapped(*args)
        if len(args) != 1 or kwargs:
            raise TypeError(
                f"{name_of(wrapped)} decorates one function at a time, given {len(args)} "
                f"positional and {len(kwargs)} keyword arguments"
            )
        return FunctionWrapper(args[0], wrapped)

    def wrapper_of(self, decorating):
        """The user's wrapper in ``decorating``, which a call of this object belongs to."""
        return decorating.__wrapped__


def name_of(obj):
    """A name for messages, found without asking an arbitrary object for an attribute."""
    if isinstance(obj, ModuleType):
        return obj.__name__
    if isinstance(obj, (type, FunctionType, MethodType)):
        return obj.__qualname__
    return f"an object of type {type(obj).__name__!r}"


def describe(target, name):
    """The attribute ``name`` of ``target``: "requests:Session.get", for lists and messages.

    That of an instance is named by its class.
    """
    if isinstance(target, str):
        return f"{target.rstrip('?')}:{name}"
    if isinstance(target, ModuleType):
        return f"{target.__name__}:{name}"
    named = target if isinstance(target, (type, FunctionType)) else type(target)
    return f"{named.__module__}:{named.__qualname__}.{name}"


def name_of_function(function):
    """A function as "json:JSONEncoder.encode"; methods written in C have a class and no module."""
    module = getattr(function, "__module__", None)
    if module is None:
        module = getattr(getattr(function, "__objclass__", None), "__module__", None)
    name = function.__qualname__
    return f"{module}:{name}" if module else name


def ready_wrapper(wrapper, enabled, target, name):
    """The wrapper to build a layer of ``target`` from, and its switch: ``(wrapper, enabled)``.

    What came from `function_wrapper` or `decorator` gives up the user's wrapper it holds, and its
    switch unless ``enabled`` is given. How many arguments it takes is not looked at: consumers of
    wrapt install wrappers that they never call, and the call itself says what does not fit.

    Raises TypeError naming the target when the wrapper is not callable.
    """
    if type(wrapper) is FunctionType:
        return wrapper, enabled
    if issubclass(type(wrapper), _FunctionWrapperBase):
        decorating = wrapper._self_wrapper
        if issubclass(type(decorating), Decorating):
            if enabled is None:
                enabled = decorating.enabled
            wrapper = decorating.wrapper_of(wrapper)
    if not callable(wrapper):
        raise TypeError(
            f"cannot wrap {describe(target, name)}: the wrapper must be callable as "
            f"wrapper(wrapped, instance, args, kwargs), got {type(wrapper).__name__!r}"
        )
    return wrapper, enabled


def named_target(function, target, module, **required):
    """The target of a patch function that used to call it ``module``.

    ``required`` are the arguments behind the target; they are optional in the signature only
    because the target is. Raises TypeError when one was left out, or target and module were given.
    """
    if module is not MISSING:
        if target is not MISSING:
            raise TypeError(f"{function}() got 'target' and its old name 'module'; give one")
        import warnings

        warnings.warn(
            f"the argument 'module' of {function}() is called 'target' since wrapt 2.0",
            DeprecationWarning,
            stacklevel=3,
        )
        target = module
    for name, value in (("target", target), *required.items()):
        if value is MISSING:
            raise TypeError(f"{function}() missing a required argument: {name!r}")
    return target
