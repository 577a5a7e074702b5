"""Hooks that run when a module has been imported, in the manner of PEP 369.

A native finder in front of all others looks only for the names somebody waits for. It asks the
finders behind it for the module's spec and has the spec's loader report the end of the import.
Where no loader runs the import (a namespace package) or the import began before anybody waited, the
spec itself reports it: the import system ends every import by telling the spec that it is no longer
initializing.
"""

import sys

from . import _forks, _hooks
from ._hooks import PostImportHook, is_initializing, registry, watch
from ._native import (
    ImportHookFinder,
    _ImportHookChainedLoader,  # noqa: F401 - wrapt has it here
    _install_finder,
)
from ._waiting import WaitingHooks

__all__ = (
    "ImportHookFinder",
    "PostImportHook",
    "discover_post_import_hooks",
    "notify_module_loaded",
    "post_import_hooks",
    "register_post_import_hook",
    "when_imported",
)

# wrapt's names for what waits; its lock, which other tools take to look at it or to change it.
_post_import_hooks = WaitingHooks()
_post_import_hooks_lock = _forks.lock()
_post_import_hooks_init = False


class _HookByName:
    """A hook that is itself imported when it is first called."""

    __slots__ = ("__weakref__", "name")

    def __init__(self, name):
        self.name = name

    def __call__(self, module):
        from importlib import import_module

        module_name, _, path = self.name.partition(":")
        hook = import_module(module_name)
        for attribute in path.split("."):
            hook = getattr(hook, attribute)
        return hook(module)

    def __repr__(self):
        return f"<hook {self.name!r}>"


def _as_hook(hook, name):
    if not isinstance(name, str):
        raise TypeError(f"the module to wait for must be given by its name, not as {name!r}")
    if name.endswith("?"):
        raise ValueError(f"a hook waits for its module anyway: leave out the '?' of {name!r}")
    if isinstance(hook, str):
        module_name, _, path = hook.partition(":")
        if not module_name or not all(path.split(".")):
            raise ValueError(
                f"the hook {hook!r} for the module {name!r} must have the form 'module:function'"
            )
        return _HookByName(hook)
    if not callable(hook):
        raise TypeError(
            f"the hook for the module {name!r} must be callable or a string "
            f"'module:function', not {hook!r}"
        )
    return hook


def _check_policy(on_error):
    if on_error not in ("raise", "warn") and not callable(on_error):
        raise ValueError(f"on_error must be 'raise', 'warn' or a callable: got {on_error!r}")


def register_post_import_hook(hook, name, *, priority=0, on_error="raise", repeat=False):
    """Have `hook` called with a module once the module is imported.

    ``hook`` is a callable, or a string ``"module:function"`` that is imported when needed; the
    function may be a dotted path. ``name`` is the full name of the module to wait for. If it is
    imported already, the hook is called at once; if it is being imported right now, when that is
    done. Hooks run in the order in which they were registered, those of a higher ``priority``
    before others. With ``repeat`` the hook is called again whenever the module is executed anew,
    by `importlib.reload` say, and not just once.

    An exception in a hook makes the import fail, after the other hooks have run; all of them run
    again with the next attempt to import the module. With ``on_error="warn"`` it is a warning
    instead, and a callable is called as ``on_error(handle, exception)``; the hook that failed
    then runs again when the module is executed anew.

    Returns the handle, a `PostImportHook`. Raises TypeError if ``hook`` is not callable or
    ``name`` not a string, ValueError if a string hook has another form, ``name`` ends in ``?`` or
    ``on_error`` is something else, and, where the module is imported already, what the hook raises;
    it is not registered then.

    Behaviour: wrapt's function of that name, except for failing hooks and unfinished modules.
    """
    hook = _as_hook(hook, name)
    _check_policy(on_error)
    return register_handle(PostImportHook(hook, name, priority, on_error, repeat))


def register_handle(handle, now=True):
    """Have a hook wait; with `now`, call it at once where its module is imported already."""
    global _post_import_hooks_init
    with _post_import_hooks_lock:
        _install_finder()
        _post_import_hooks_init = True
        registry.add(handle)
    # Whoever begins to import the module from now on will see the hook.
    name = handle.module
    module = sys.modules.get(name) if now else None
    if module is None:
        if now:
            _hooks.watch_search(name)
        return handle
    if _hooks.watch_lazy(module):
        return handle
    if registry.is_firing(name) or not is_initializing(module):
        _hooks.call_now(handle, module)
    elif not (watch(module.__spec__) and is_initializing(module)):
        # It cannot be watched, or has ended meanwhile in another thread.
        _hooks.call_now(handle, module)
    return handle


def when_imported(name, *, priority=0, on_error="raise", repeat=False):
    """Decorate a function to register it as a hook for the module ``name``.

    The arguments are those of `register_post_import_hook`. Returns a decorator that gives the
    function back; ``post_import_hooks(hook=function)`` has the handle. Raises what
    `register_post_import_hook` does.

    Behaviour: wrapt's function of that name.
    """

    def register(hook):
        register_post_import_hook(hook, name, priority=priority, on_error=on_error, repeat=repeat)
        return hook

    return register


def post_import_hooks(name=None, *, hook=None):
    """The hooks that were registered, in that order: a tuple of `PostImportHook`.

    ``name`` and ``hook`` select those for a module and those of a callable. All that wait are
    listed, and the latest thousand of those that have fired; cancelled ones are not.
    """
    return tuple(
        handle
        for handle in registry.all()
        if name in (None, handle.module) and (hook is None or handle.hook is hook)
    )


def discover_post_import_hooks(group, *, lazy=False, priority=0, on_error="raise", repeat=False):
    """Register the hooks that installed distributions name in their entry points.

    ``group`` is the entry point group; the name of each entry point is that of a module to wait
    for, its value the hook, which is imported now, or with ``lazy`` when it is to be called. The
    other arguments are those of `register_post_import_hook`.

    Returns the handles. Raises what importing a hook raises, or calling it where its module is
    imported already, when all others are registered; the error names entry point and distribution.

    Behaviour: wrapt's function of that name, except that one failing hook does not stop the others.
    """
    from ._entry_points import discover

    _check_policy(on_error)
    return discover(group, lazy, (priority, on_error, repeat))


def notify_module_loaded(module):
    """Run the hooks that wait for ``module``, as if it had just been imported.

    Raises the first exception of a hook when all have run; hooks that failed keep waiting.

    Behaviour: wrapt's function of that name, except that no hook is lost.
    """
    _hooks.run(getattr(module, "__name__", None), module, imported=False)
