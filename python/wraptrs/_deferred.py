"""Patches whose target names a module with a ``?``: they wait until somebody imports it."""

from ._wrapper import describe
from .importer import register_post_import_hook


class DeferredPatch:
    """The hook that applies a patch, and what came of it: None until the module is imported."""

    __slots__ = ("__weakref__", "_apply", "name", "result")

    def __init__(self, apply, name):
        self._apply = apply
        self.name = name
        self.result = None

    def __call__(self, module):
        self.result = self._apply(module)

    def __repr__(self):
        return f"<deferred patch of {self.name}>"


def defer(apply, target, name):
    """Call ``apply(module)`` when the module of the target ``"module?"`` is imported; what it gave
    if that was at once, None while it waits."""
    hook = DeferredPatch(apply, describe(target, name))
    register_post_import_hook(hook, target[:-1])
    return hook.result


def wrap_object(target, name, factory, args, kwargs):
    """`wraptrs.wrap_object` of a target that ends in ``?``, for the native function."""
    from ._native import wrap_object as wrap

    return defer(lambda module: wrap(module, name, factory, args, kwargs), target, name)
