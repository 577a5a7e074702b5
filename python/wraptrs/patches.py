"""Wrapping functions by name: the public patch functions, under wrapt's own module name."""

import sys
from types import ModuleType

from ._apply import install, unwrap_object
from ._attribute import AttributeWrapper, wrap_object_attribute
from ._chain import find_wrapper, is_wrapped_by, unwrapped, wrapper_chain
from ._missing import MISSING
from ._native import FunctionWrapper, apply_patch, resolve_owner, resolve_path, wrap_object
from ._temporary import scoped_function_wrapper, transient_function_wrapper
from ._wrapper import Decorating, named_target

__all__ = (
    "MISSING",
    "AttributeWrapper",
    "apply_patch",
    "find_wrapper",
    "function_wrapper",
    "is_wrapped_by",
    "patch_function_wrapper",
    "resolve_owner",
    "resolve_path",
    "scoped_function_wrapper",
    "transient_function_wrapper",
    "unwrap_object",
    "unwrapped",
    "wrap_function_wrapper",
    "wrap_object",
    "wrap_object_attribute",
    "wrapper_chain",
)

_decorating = Decorating()


def function_wrapper(wrapper):
    """Make a decorator of a wrapper function, the lighter sibling of `decorator`.

    ``wrapper`` is called as ``wrapper(wrapped, instance, args, kwargs)``; it may be a method, a
    class method or a static method. The result decorates functions, and it may also be given as
    the wrapper to the functions of this module.

    Raises TypeError when ``wrapper`` is neither callable nor a descriptor of something callable.

    Behaviour: wrapt's function of that name, as its guide describes it.
    """
    if not callable(wrapper) and not hasattr(type(wrapper), "__get__"):
        raise TypeError(
            f"function_wrapper() takes a wrapper function, got {type(wrapper).__name__!r}"
        )
    return FunctionWrapper(wrapper, _decorating)


def wrap_function_wrapper(target=MISSING, name=MISSING, wrapper=MISSING, *, module=MISSING):
    """Wrap a function, given by the object that holds it and its name.

    ``target`` is a module, a class, an instance, or the name of a module, which is imported; with
    a ``?`` at the end of the name, the function is wrapped when, and only if, that module is
    imported. ``name`` is the dotted path from there. ``wrapper`` is called as
    ``wrapper(wrapped, instance, args, kwargs)`` in place of the function; where the attribute is
    a property, a cached property or a slot, it is called for reads, and setter and deleter stay.
    ``module`` is the former name of ``target``.

    Returns the new layer, the handle for `unwrap_object`; None if the module is not imported yet.

    Raises TypeError for an unfit wrapper, TargetModuleNotFoundError and PathResolutionError for a
    target that is not there. Layers applied to one attribute from several threads all stay.

    Behaviour: wrapt's function of that name, except for properties, slots and threads.
    """
    if module is not MISSING or target is MISSING or name is MISSING or wrapper is MISSING:
        target = named_target("wrap_function_wrapper", target, module, name=name, wrapper=wrapper)
    return _wrap(target, name, wrapper, None)


def patch_function_wrapper(
    target=MISSING, name=MISSING, _enabled=MISSING, *, enabled=MISSING, module=MISSING
):
    """Decorate a wrapper function: it is applied as by `wrap_function_wrapper`, and returned.

    ``target``, ``name`` and ``module`` are as there. ``enabled`` switches the wrapper: a truth
    value, or a callable asked at each call; None means on. Its positional form is deprecated.

    Raises TypeError when ``enabled`` is given twice; the decorator raises as
    `wrap_function_wrapper` does.

    Behaviour: wrapt's function of that name.
    """
    target = named_target("patch_function_wrapper", target, module, name=name)
    if _enabled is not MISSING:
        if enabled is not MISSING:
            raise TypeError("patch_function_wrapper() got 'enabled' by position and by keyword")
        import warnings

        warnings.warn(
            "pass 'enabled' to patch_function_wrapper() as a keyword argument",
            DeprecationWarning,
            stacklevel=2,
        )
        enabled = _enabled
    switch = None if enabled is MISSING else enabled

    def patch(wrapper):
        _wrap(target, name, wrapper, switch)
        return wrapper

    return patch


def _wrap(target, name, wrapper, enabled):
    """Wrap at once, or after the import of the module; the layer, or None while that waits."""
    if not (isinstance(target, str) and target.endswith("?")):
        return install(target, name, wrapper, enabled)
    from ._named import Wrapped

    return Wrapped(target, name, wrapper, enabled).apply().layer


class _CallableModule(ModuleType):
    """This module as the function that lists the patches; its name as a module is wrapt's."""

    def __call__(self, owner=None):
        from ._active import patches

        return patches(owner)


sys.modules[__name__].__class__ = _CallableModule
