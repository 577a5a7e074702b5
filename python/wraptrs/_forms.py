"""Two small forms of patching that people know from recipes, without the recipes' faults."""

from types import FunctionType

from ._missing import MISSING
from ._named import Value
from ._native import resolve_path
from ._temporary import patched_while_running
from ._verbs import replacing


class RuntimePatch(Value):
    """A replaced attribute: a context manager, and a decorator of functions of all kinds."""

    kind = "runtime_patch"

    def __call__(self, function):
        """Decorate a function: the attribute is replaced while its body runs."""
        return patched_while_running(function, self._another)

    def _another(self):
        """The same change with a handle of its own, as each running call needs one."""
        options = {"create": self._create, "check": self._check, "owner": self.owner}
        return RuntimePatch(self.target, self.path, self.replacement, **options)


def runtime_patch(module_name, attr_name, new_value, *, create=False, check=True, owner=None):
    """Replace an attribute of a module for the time of a ``with`` block.

    ``module_name`` is the name of a module, which is imported if it is not yet, or a module.
    ``attr_name`` may be a dotted path, to a method of a class say; what stands there comes back as
    it was, a static method as a static method. The other arguments are as for `replace`.

    Returns the handle, a `Patch`, which is not applied yet: ``with`` or ``async with`` does that,
    or its ``apply``. As a decorator it is in force while the body of the function runs.

    Raises what `replace` raises, when it is applied.

    Behaviour: the recipe "runtime patching with a context manager".
    """
    if new_value is MISSING:
        raise TypeError(f"runtime_patch() takes a value for {attr_name!r}; PatchSet has delete()")
    return RuntimePatch(module_name, attr_name, new_value, create=create, check=check, owner=owner)


def patch_method(cls, method_name=None, *, check=True, owner=None):
    """Decorate a function: it takes the place of a method of a class.

    ``method_name`` is the attribute, the function's own name if it is left out. Where that is a
    static method, a class method or a property, the function becomes one. The function is given
    two attributes: ``original``, what stood there, to be called as the function itself is called
    (with the instance in front for a method, with the class for a class method, with neither for a
    static method); and ``patch``, the handle, whose ``revert`` takes it back. ``check`` and
    ``owner`` are as for `replace`.

    The decorator returns the function. It raises TypeError for what is no function, and what
    `replace` raises; nothing is changed then.

    Behaviour: the recipe "patch a method by a decorator".
    """
    if not isinstance(cls, type):
        raise TypeError(f"patch_method() takes a class and the name of a method, got {cls!r}")

    def patch(replacement):
        function = getattr(replacement, "__func__", replacement)
        if type(function) is not FunctionType:
            raise TypeError(f"patch_method() decorates a function, got {replacement!r}")
        name = function.__name__ if method_name is None else method_name
        value = replacement if check else _of_kind(resolve_path(cls, name)[2], replacement)
        handle = replacing(cls, name, value, False, check, None, None, owner)
        handle.kind = "patch_method"
        handle.apply()
        function.original = _callable_as(handle.original, cls)
        function.patch = handle
        return replacement

    return patch


def _of_kind(original, function):
    """A function as the kind of method that stands at an attribute."""
    for kind in (staticmethod, classmethod):
        if isinstance(original, kind) and type(function) is FunctionType:
            return kind(function)
    if isinstance(original, property) and type(function) is FunctionType:
        return original.getter(function)
    return function


def _callable_as(original, cls):
    """What stood at an attribute, to be called as the function is that took its place."""
    if isinstance(original, property):
        return original.fget
    if isinstance(original, staticmethod):
        return original.__get__(None, cls)
    if isinstance(original, classmethod):
        if type(original) is classmethod:
            return original.__func__

        def layered(owner, *args, **kwargs):
            return original.__get__(None, owner)(*args, **kwargs)

        return layered
    return original
