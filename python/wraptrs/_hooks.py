"""Post-import hooks one by one and in rounds: how they are called, and what follows an error.

The native registry knows which hooks wait and whose turn it is; no lock is held while one runs.
"""

import sys
from _weakref import ref

from ._native import _hook_registry as registry
from ._native import _HookHandle, _ImportHookChainedLoader


class PostImportHook(_HookHandle):
    """One registration of a hook for a module: the handle that registering gives.

    ``module`` is the name of the module, ``priority`` and ``repeat`` are as registered. ``error``
    is the exception of the last attempt, None if that went well or is still to come.
    """

    __slots__ = ("__weakref__", "_hook", "_name", "_on_error", "_source", "error")

    def __init__(self, hook, module, priority=0, on_error="raise", repeat=False, source=None):
        super().__init__(module, priority, bool(repeat))
        self._hook = hook
        self._name = None
        self._on_error = on_error
        self._source = source
        self.error = None

    @property
    def hook(self):
        """The callable. Once it has fired it is kept alive no longer, and may be None."""
        hook = self._hook
        return hook() if type(hook) is ref else hook

    @property
    def name(self):
        """The hook as text: a string as it was registered, else "module:qualified.name"."""
        if self._name is not None:
            return self._name
        return name_of(self.hook)

    @property
    def source(self):
        """Where the hook comes from, such as an entry point and its distribution; or None."""
        source = self._source
        return source() if callable(source) else source

    def cancel(self):
        """Keep the hook from being called again. Tells whether it would have been.

        A call that is running is not interrupted. Cancelling twice is harmless.
        """
        cancelled = registry.cancel(self)
        if cancelled:
            self._let_go()
        return cancelled

    def __repr__(self):
        return f"<post-import hook {self.name} for {self.module!r}, {self.state}>"

    def _let_go(self):
        """Keep nothing of the user's alive for a hook that is not called again."""
        if type(self._hook) is not ref:
            self._name = self.name
            try:
                self._hook = ref(self._hook)
            except TypeError:
                self._hook = None
        self._on_error = "raise"

    def _load(self, hook):
        """Import the code of a hook before it waits. Tells whether that went well.

        Where it did not, it is tried again when the module is imported, unless this raises.
        """
        try:
            self._hook = hook.load()
        except Exception as error:
            self.error = error
            registry.finish(self, False)
            problem = self._report(error, self._on_error)
            if problem is None:
                return False
            raise problem  # noqa: B904 - it is the error itself, or was raised in its context
        return True

    def _call(self, module):
        """Call the hook. Gives the exception that the importer has to see, if there is one."""
        hook, on_error = self.hook, self._on_error
        try:
            if hook is not None:  # cancelled meanwhile, and gone
                hook(module)
        except Exception as error:
            self.error = error
            registry.finish(self, False)
            return self._report(error, on_error)
        except BaseException as error:
            self.error = error
            registry.finish(self, False)
            raise
        self.error = None
        registry.finish(self, True)
        return None

    def _report(self, error, on_error):
        source = self.source
        if source is not None:
            add_note(error, f"in the hook for the module {self.module!r} from {source}")
        if on_error == "raise":
            return error
        try:
            if on_error == "warn":
                self._warn(error, source)
            else:
                on_error(self, error)
        except Exception as other:
            return other
        return None

    def _warn(self, error, source):
        import warnings

        what = f"the post-import hook {self.name} for the module {self.module!r}"
        of = f" of {source}" if source else ""
        problem = f"{what}{of} failed: {type(error).__name__}: {error}"
        warnings.warn(problem, RuntimeWarning, stacklevel=1)


def name_of(hook):
    """A hook as text, without asking what could be anybody's `__repr__`."""
    for attribute in ("__qualname__", "name"):
        try:
            shown = getattr(hook, attribute, None)
            home = None if attribute == "name" else getattr(hook, "__module__", None)
        except Exception:  # a broken attribute is no name
            continue
        if isinstance(shown, str):
            return f"{home}:{shown}" if isinstance(home, str) else shown
    return f"{type(hook).__module__}:{type(hook).__qualname__} object"


def add_note(error, text):
    """Have a traceback of the error show a remark; before 3.11, as an error that came before."""
    if hasattr(error, "add_note"):
        if text not in getattr(error, "__notes__", ()):
            error.add_note(text)
        return
    seen, last = set(), error
    while last.__cause__ is not None or last.__context__ is not None:
        seen.add(id(last))
        last = last.__context__ if last.__cause__ is None else last.__cause__
        if id(last) in seen:
            return
    if str(last) != text:
        last.__context__ = RuntimeError(text)


def call_now(handle, module):
    """Call a hook whose module is imported already. An error of its registration undoes that."""
    if not registry.claim(handle):
        return
    try:
        error = handle._call(module)
    except BaseException:
        handle.cancel()
        raise
    if error is not None:
        handle.cancel()
        raise error
    if handle.state == "fired" and not handle.repeat:
        handle._let_go()


def run(name, module, imported=True):
    """Call the hooks that wait for a module, in order.

    With `imported`, an error undoes the import: the module that comes with the next attempt is
    another one, so all hooks have to wait for it; else only those that failed go on waiting.
    """
    turn = registry.begin(name)
    if not turn:
        return
    errors, undone = [], imported
    try:
        while (handle := registry.next(name, turn)) is not None:
            error = handle._call(module)
            if error is not None:
                errors.append(error)
        undone = imported and bool(errors)
    finally:
        for handle in registry.end(name, turn, undone):
            if not (undone or handle.repeat):
                handle._let_go()
    if errors:
        raise joined(errors)


def joined(errors):
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


# -- imports that only their spec reports ------------------------------------------------------


def is_initializing(module):
    """Whether a module is being imported right now."""
    return bool(getattr(getattr(module, "__spec__", None), "_initializing", False))


def run_at_end(name, module=None):
    """Run where the import system leaves a module in place whatever happens now."""
    module = sys.modules.get(name, module)
    # A failed import has taken its module away; the hooks wait for the next.
    if module is None:
        return
    try:
        run(name, module)
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
            run_at_end(self.name)
        finally:
            self._initializing = value

    namespace = {"__setattr__": __setattr__, "__module__": cls.__module__, "_is_watched": True}
    return type(cls.__name__, (cls,), namespace)


_watched_kinds = {}


def watch(spec):
    """Have the end of the import of `spec` run its hooks; False if this kind of spec cannot."""
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


def watch_lazy(module):
    """Have a module that `importlib.util.LazyLoader` has not executed yet run its hooks when that
    is done; False if it is no such module. No attribute of it is read: that would execute it."""
    if type(module).__name__ != "_LazyModule":
        return False
    spec = object.__getattribute__(module, "__spec__")
    if spec.loader_state.get("is_loading"):
        return False
    if type(spec.loader) is not _ImportHookChainedLoader:
        spec.loader = _ImportHookChainedLoader(spec)
    return True


_searches = set()


def watch_search(name):
    """Have the hooks of a module run at the end of an import that is being searched for right now,
    whose finders may have been asked before anybody waited.

    All there is of such an import is its lock, which dies with it. What a hook raises there
    cannot reach the importer and is printed.
    """
    locks = getattr(sys.modules.get("_frozen_importlib"), "_module_locks", {})
    lock = locks.get(name, bool)()
    if not lock:
        return

    def ended(reference):
        _searches.discard(reference)
        module = sys.modules.get(name)
        if module is not None and not is_initializing(module):
            run(name, module, imported=False)

    _searches.add(ref(lock, ended))


registry.connect(run, run_at_end, watch)
