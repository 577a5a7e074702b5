"""Several instruments as one patch, those of modules that are imported later included."""

from . import _forks
from ._native import resolve_path
from ._patch import Patch, imported, module_target
from ._patterns import ModuleWatch, is_pattern, members, split
from ._tables import render_table
from ._wrapper import describe


class InstrumentSet(Patch):
    """What `instrument` attached: one handle for all of it, and for what is attached later."""

    _stays = True
    _refused = None  # told of what cannot be measured as modules are imported

    def __init__(self, targets, kind, make, sink=None, owner=None):
        super().__init__(targets, owner)
        self.kind = kind
        self.sink = sink
        self._make = make
        self._changing = _forks.lock()
        self._held = {}  # handles by what they measure
        self._watches = []

    @property
    def name(self):
        """The targets as they were given."""
        return ", ".join(
            target if isinstance(target, str) else repr(target) for target in self.target
        )

    @property
    def instruments(self):
        """The handles of the single functions, in the order in which they were attached."""
        return tuple(self._held.values())

    def stats(self):
        """What was counted so far, as a list of `Stats`."""
        return [handle.stats() for handle in self.instruments if handle.state != "pending"]

    def table(self, *, width=80, sort="total"):
        """The statistics of what was called as a table of text; see `render_table`."""
        called = [stats for stats in self.stats() if stats.calls]
        return render_table(called, width=width, sort=sort)

    def reset(self):
        """Forget what was counted. Returns the handle."""
        for handle in self.instruments:
            handle.reset()
        return self

    def __getitem__(self, name):
        """The handle of one function by its name, "module:Class.method"."""
        for handle in self.instruments:
            if handle.name == name:
                return handle
        raise KeyError(name)

    def _put(self):
        try:
            for target in self.target:
                if is_pattern(target):
                    self._put_pattern(target)
                else:
                    self._hold(_place_of(target), target)
        except BaseException:
            self._take(True)
            raise

    def _put_pattern(self, target):
        module, waits, path = split(target)
        if waits:
            watch = ModuleWatch(module, lambda found: self._put_later(found, path))
            self._watches.append(watch)
            watch.start()
        elif not self._put_members(imported(module), path):
            raise LookupError(f"no function of the module {module!r} is meant by {target!r}")

    def _put_members(self, module, path):
        found = members(module, path)
        for holder, attribute in found:
            self._hold((id(holder), attribute), holder, attribute)
        return found

    def _put_later(self, module, path):
        """As modules are imported: what cannot be measured must not make the import fail."""
        for holder, attribute in members(module, path):
            try:
                self._hold((id(holder), attribute), holder, attribute)
            except Exception as error:
                if self._refused is None:
                    _Report(error, self)
                else:
                    self._refused(describe(holder, attribute), error)

    def _hold(self, key, target, name=None):
        with self._changing:
            handle = self._held.get(key)
            if handle is None:
                handle = self._make(target, name)
                handle.owner = handle.owner or self.owner
            handle.apply()
            self._held[key] = handle
            if not self.enabled:
                handle.disable()

    def _take(self, force):
        watches, self._watches = self._watches, []
        for watch in watches:
            watch.stop()
        with self._changing:
            handles = list(self._held.values())
        for handle in reversed(handles):
            handle.revert(force)

    def _switch(self, on):
        for handle in self.instruments:
            handle.enable() if on else handle.disable()


def _place_of(target):
    """What tells a target from others: where a name leads, so that patterns find it again."""
    if not isinstance(target, str):
        return id(target)
    module, waits, path = module_target(target)
    if waits:
        return target
    holder, attribute, _ = resolve_path(imported(module), path)
    return id(holder), attribute


class _Report:
    """Has the interpreter report an error as unraisable: its hook takes only what that made."""

    __slots__ = ("error",)

    def __init__(self, error, thing):
        from ._failures import add_note

        add_note(error, f"while measuring a function of an imported module for {thing!r}")
        self.error = error

    def __del__(self):
        raise self.error
