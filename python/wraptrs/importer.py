"""Hooks that run when a module has been imported, in the manner of PEP 369.

A finder in front of all others looks only for the names somebody waits for. It asks the finders
behind it for the module's spec and has the spec's loader report the end of the import. Where no
loader runs the import (a namespace package) or the import began before anybody waited, the spec
itself reports it: the import system ends every import by telling the spec that it is no longer
initializing.
"""

import sys
from _thread import RLock, get_ident

from ._native import BaseObjectProxy

__all__ = (
    "ImportHookFinder",
    "discover_post_import_hooks",
    "notify_module_loaded",
    "register_post_import_hook",
    "when_imported",
)

# Hooks that wait, by module name. Never called under the lock: a hook may well start a thread
# that imports or registers something, and wait for it.
_post_import_hooks = {}
_post_import_hooks_lock = RLock()
_post_import_hooks_init = False

# Names of modules that are executed but whose hooks are still running: as good as imported.
_firing = set()


class _HookByName:
    """A hook that is itself imported when it is first called."""

    __slots__ = ("name",)

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


def _install_finder():
    global _post_import_hooks_init
    if not any(isinstance(finder, ImportHookFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, ImportHookFinder())
    _post_import_hooks_init = True


def _is_initializing(module):
    return bool(getattr(getattr(module, "__spec__", None), "_initializing", False))


def register_post_import_hook(hook, name):
    """Have `hook` called with a module once the module is imported.

    ``hook`` is a callable, or a string ``"module:function"`` that is imported when needed; the
    function may be a dotted path. ``name`` is the full name of the module to wait for. If it is
    imported already, the hook is called at once; if it is being imported right now, when that is
    done.

    An exception in a hook makes the import fail, after the other hooks have run; all of them run
    again with the next attempt to import the module. Raises TypeError if ``hook`` is not callable
    or ``name`` not a string, ValueError if a string hook has another form.

    Behaviour: wrapt's function of that name, except for failing hooks and unfinished modules.
    """
    hook = _as_hook(hook, name)
    with _post_import_hooks_lock:
        _install_finder()
        module = sys.modules.get(name)
        begun = module is not None
        done = begun and (name in _firing or not _is_initializing(module))
        if not done:
            _post_import_hooks.setdefault(name, []).append(hook)
    if done:
        hook(module)
    elif begun and not (_watch(module.__spec__) and _is_initializing(module)):
        # It cannot be watched, or has ended meanwhile in another thread.
        _fire(name, module)


def when_imported(name):
    """Decorate a function to register it as a hook for the module ``name``.

    Returns a decorator that gives the function back. Raises what `register_post_import_hook` does.

    Behaviour: wrapt's function of that name.
    """

    def register(hook):
        register_post_import_hook(hook, name)
        return hook

    return register


def discover_post_import_hooks(group):
    """Register the hooks that installed distributions name in their entry points.

    ``group`` is the entry point group; the name of each entry point is that of a module to wait
    for, its value the hook, which is imported now. Raises what importing a hook raises.

    Behaviour: wrapt's function of that name.
    """
    import importlib.metadata

    try:
        found = importlib.metadata.entry_points(group=group)
    except TypeError:
        # Python 3.9 knows no selection.
        found = importlib.metadata.entry_points().get(group, ())
    for entry_point in found:
        register_post_import_hook(entry_point.load(), entry_point.name)


def notify_module_loaded(module):
    """Run the hooks that wait for ``module``, as if it had just been imported.

    Raises the first exception of a hook when all have run; hooks that failed keep waiting.

    Behaviour: wrapt's function of that name, except that no hook is lost.
    """
    _fire(getattr(module, "__name__", None), module)


def _fire(name, module, *, imported=False):
    """Run the hooks waiting for `name`. With `imported`, an error undoes the import: the module
    that comes with the next attempt is another one, so all hooks have to wait for it."""
    with _post_import_hooks_lock:
        hooks = _post_import_hooks.pop(name, None)
        if not hooks:
            return
        _firing.add(name)
    errors, failed, left = [], [], list(hooks)
    try:
        while left:
            try:
                left[0](module)
            except Exception as error:
                errors.append(error)
                failed.append(left[0])
            del left[0]
    finally:
        failed += left  # an interrupt ends the round
        with _post_import_hooks_lock:
            _firing.discard(name)
            if failed:
                again = hooks if imported else failed
                _post_import_hooks[name] = again + _post_import_hooks.get(name, [])
    if errors:
        raise _joined(errors)


def _joined(errors):
    """The first of the errors, the others shown with it in a traceback."""
    last = errors[0]
    shown = {id(last)}
    for error in errors[1:]:
        while last.__context__ is not None and id(last.__context__) not in shown:
            last = last.__context__
            shown.add(id(last))
        if last.__context__ is None and id(error) not in shown:
            last.__context__ = error
    return errors[0]


def _fire_at_end(name, module=None):
    """Fire where the import system leaves a module in place whatever happens now."""
    module = sys.modules.get(name, module)
    # A failed import has taken its module away; the hooks wait for the next.
    if module is None:
        return
    try:
        _fire(name, module, imported=True)
    except BaseException:
        sys.modules.pop(name, None)
        raise


def _watched_kind(cls):
    """The subclass of the spec class `cls` whose instances report the end of their import."""

    def __setattr__(self, attribute, value):
        if attribute != "_initializing" or value:
            cls.__setattr__(self, attribute, value)
            return
        self.__class__ = cls
        try:
            # First the hooks: other threads wait for as long as the module is initializing.
            _fire_at_end(self.name)
        finally:
            self._initializing = value

    namespace = {"__setattr__": __setattr__, "__module__": cls.__module__, "_is_watched": True}
    return type(cls.__name__, (cls,), namespace)


_watched_kinds = {}


def _watch(spec):
    """Have the end of the import of `spec` fire its hooks; False if this kind of spec cannot."""
    cls = type(spec)
    if getattr(cls, "_is_watched", False):
        return True
    if cls not in _watched_kinds:
        _watched_kinds[cls] = _watched_kind(cls)
    try:
        spec.__class__ = _watched_kinds[cls]
    except TypeError:
        return False
    return True


class _ImportHookChainedLoader(BaseObjectProxy):
    """The loader of a module somebody waits for. Once it has a module at hand, it puts the real
    loader back in its place, so nothing of it stays behind."""

    def __init__(self, spec):
        super().__init__(spec.loader)
        self._self_spec = spec

    def _self_step_aside(self, module):
        loader, spec = self.__wrapped__, self._self_spec
        if spec.loader is self:
            spec.loader = loader
        shown = getattr(module, "__loader__", None)
        if shown is None or shown is self:
            try:  # noqa: SIM105 - contextlib is not loaded for this
                module.__loader__ = loader
            except AttributeError:
                pass  # what a loader makes need not be a module, nor take attributes
        return spec.name

    # Properties, since the import system asks which of the two protocols a loader has: where the
    # real one lacks the method, so does this one.

    @property
    def exec_module(self):
        execute = self.__wrapped__.exec_module

        def exec_module(module):
            name = self._self_step_aside(module)
            execute(module)
            # The module may have put something else in its place.
            _fire(name, sys.modules.get(name, module), imported=True)

        return exec_module

    @property
    def load_module(self):
        load = self.__wrapped__.load_module

        def load_module(name):
            module = load(name)
            self._self_step_aside(module)
            _fire_at_end(name, module)
            return sys.modules.get(name, module)

        return load_module


class ImportHookFinder:
    """The finder in ``sys.meta_path`` that notices the import of modules with waiting hooks."""

    def __init__(self):
        self.in_progress = {}

    def find_spec(self, fullname, path=None, target=None):
        """The spec that the finders behind this one have for a module somebody waits for."""
        if fullname not in _post_import_hooks:
            return None
        # Others' finders may start over with all of `sys.meta_path`, this one included.
        search = fullname, get_ident()
        if search in self.in_progress:
            return None
        self.in_progress[search] = True
        try:
            spec = self._ask_others(fullname, path, target)
        finally:
            del self.in_progress[search]
        if spec is not None:
            if spec.loader is None:
                _watch(spec)
            elif type(spec.loader) is not _ImportHookChainedLoader:
                spec.loader = _ImportHookChainedLoader(spec)
        return spec

    def _ask_others(self, fullname, path, target):
        finders = list(sys.meta_path)
        # Those in front have been asked already.
        behind = next((i + 1 for i, finder in enumerate(finders) if finder is self), 0)
        for finder in finders[behind:]:
            if hasattr(finder, "find_spec"):
                spec = finder.find_spec(fullname, path, target)
            else:
                spec = _old_protocol_spec(finder, fullname, path)
            if spec is not None:
                return spec
        return None

    def find_module(self, fullname, path=None):
        """The loader, for callers of the protocol before Python 3.4."""
        return getattr(self.find_spec(fullname, path), "loader", None)


def _old_protocol_spec(finder, fullname, path):
    """The spec from a finder without `find_spec`, which Python asks until 3.11."""
    if sys.version_info >= (3, 12):
        return None
    from importlib.util import spec_from_loader

    loader = finder.find_module(fullname, path)
    return None if loader is None else spec_from_loader(fullname, loader)
