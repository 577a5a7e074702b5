"""Modules that stand in the places of others in ``sys.modules`` for a while.

There is one ``sys.modules`` for all threads, and a swap is meant for one. So each name that is
swapped has a stack: what stood there at first, and a layer for each swap that is in force. Swaps
end in any order; the name shows the layer on top, and at last what stood there at first, or
nothing. While any swap is in force, import statements go through a gate, which gives a thread what
the name is for that thread: its own layer, else what stood there at first.

What looks into ``sys.modules`` by itself, `importlib.import_module` for one, sees the layer on top.
"""

import builtins
import sys
from _thread import get_ident
from time import monotonic, sleep

from . import _forks

ABSENT = object()
"""In the place of a module: there is no entry."""

# How long an import of another thread waits where it cannot be served: its module is not loaded
# but for the one that stands in its place.
PATIENCE = 10.0

_lock = _forks.lock()
_stacks = {}
_swaps = []  # those in force
_gate = None


class Swap:
    """One swap, by the thread that enters it. Of `values` (by name) those that are ABSENT hide
    what stands there; while the swap is in force, the import system may put something else."""

    def __init__(self, values):
        self.values = values
        self.thread = None

    def __enter__(self):
        self.thread = get_ident()
        try:
            with _lock:
                _swaps.append(self)
                _open_gate()
                for name, value in list(self.values.items()):
                    self.add(name, value)
        except BaseException:
            self.__exit__()
            raise
        return self

    def add(self, name, value):
        """Put a value, while the swap is in force."""
        with _lock:
            self.values[name] = value
            stack = _stacks.get(name)
            if stack is None:
                parent = name.rpartition(".")[0]
                stack = _stacks[name] = _Stack(name, parent not in self.values)
            stack.layers.append(self)
            stack.show(value)

    def __exit__(self, *exception):
        with _lock:
            _swaps.remove(self)
            for name in self.values:
                stack = _stacks.get(name)
                if stack is not None and self in stack.layers:
                    self._withdraw(name, stack)
            _close_gate()

    def _withdraw(self, name, stack):
        stack.layers.remove(self)
        if stack.layers:
            stack.show(stack.layers[-1].values[name])
        else:
            del _stacks[name]
            stack.restore()

    def importing(self, importer, name, fromlist):
        """The thread of this swap imports something; for those who want to know."""


class _Stack:
    """What stood in the place of a name, and the swaps that put something else there."""

    def __init__(self, name, with_parent):
        self.name = name
        self.layers = []
        self.base = sys.modules.get(name, ABSENT)
        # "from package import name" looks at the attribute of the package first.
        parent, _, self.attribute = name.rpartition(".")
        self.parent = attributes_of(sys.modules.get(parent)) if parent and with_parent else None
        if self.parent is not None:
            self.parent_base = self.parent.get(self.attribute, ABSENT)

    def show(self, value):
        put(sys.modules, self.name, value)
        if self.parent is not None and value is not ABSENT:
            put(self.parent, self.attribute, value)

    def restore(self):
        put(sys.modules, self.name, self.base)
        if self.parent is not None:
            put(self.parent, self.attribute, self.parent_base)

    def seen_by(self, thread):
        """What the name is for a thread."""
        for swap in reversed(self.layers):
            if swap.thread == thread:
                return swap.values[self.name]
        return self.base

    def misleads(self, thread):
        """Whether a thread would find what is another's."""
        return self.layers[-1].thread != thread and self.seen_by(thread) is not sys.modules.get(
            self.name, ABSENT
        )


def put(namespace, name, value):
    """Set an entry of a dict to a value, or to none."""
    if value is ABSENT:
        namespace.pop(name, None)
    else:
        namespace[name] = value


def attributes_of(module):
    """The namespace of a module as it is, or None for what stands for a module and has none."""
    try:
        namespace = object.__getattribute__(module, "__dict__")
    except AttributeError:
        return None
    return namespace if isinstance(namespace, dict) else None


def base_of(name):
    """What stands in the place of a name when no swap is in force."""
    with _lock:
        stack = _stacks.get(name)
        return sys.modules.get(name, ABSENT) if stack is None else stack.base


def absolute(name, namespace, level):
    """The full name of what an import statement in a module's namespace asks for."""
    if not level or not namespace:
        return name
    package = namespace.get("__package__")
    if package is None:
        package = getattr(namespace.get("__spec__"), "parent", None)
    if package is None:
        package = namespace.get("__name__", "")
        if "__path__" not in namespace:
            package = package.rpartition(".")[0]
    base = package.rsplit(".", level - 1)[0]
    return f"{base}.{name}" if name else base


def prefixes(name):
    """A dotted name and those of its packages, the outermost first."""
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts) + 1)]


def _open_gate():
    global _gate
    if _gate is None:
        _gate = _Gate(builtins.__import__)
        builtins.__import__ = _gate.importing


def _close_gate():
    global _gate
    if not _swaps and _gate is not None:
        _gate.open = False
        # Somebody else may have put an import function around ours; it then passes through.
        if builtins.__import__ is _gate.importing:
            builtins.__import__ = _gate.inner
        _gate = None


class _Gate:
    """The import function while swaps are in force."""

    def __init__(self, inner):
        self.inner = inner
        self.open = True
        self.importing = self._make()

    def _make(self):
        def __import__(name, globals=None, locals=None, fromlist=(), level=0):
            if self.open:
                served = self._served(name, globals, fromlist, level)
                if served is not ABSENT:
                    return served
            return self.inner(name, globals, locals, fromlist, level)

        return __import__

    def _served(self, name, namespace, fromlist, level):
        """What a thread gets that would otherwise find another's modules; mostly ABSENT."""
        me = get_ident()
        full = absolute(name, namespace, level)
        for swap in [swap for swap in _swaps if swap.thread == me]:
            swap.importing((namespace or {}).get("__name__", "?"), full, fromlist or ())
        until = None
        while True:
            with _lock:
                wanted = [*prefixes(full), *(f"{full}.{item}" for item in fromlist or ())]
                stacks = [_stacks[item] for item in wanted if item in _stacks]
                if not any(stack.misleads(me) for stack in stacks):
                    return ABSENT
                found = _view(full, fromlist, me)
            until = until or monotonic() + PATIENCE
            if found is not ABSENT or monotonic() > until:
                return found
            sleep(0.001)


def _view(full, fromlist, thread):
    """The module that an import statement gives a thread, if all it takes is loaded."""
    found = {}
    for name in prefixes(full):
        stack = _stacks.get(name)
        module = sys.modules.get(name, ABSENT) if stack is None else stack.seen_by(thread)
        if module is ABSENT or module is None:
            return ABSENT
        found[name] = module
    if not fromlist:
        return found[full.partition(".")[0]]
    module = found[full]
    names = attributes_of(module)
    if names is not None and "__path__" in names:
        # What is a submodule, or is taken for one, cannot be had from the package for now.
        if any(item == "*" or item not in names for item in fromlist):
            return ABSENT
        if any(f"{full}.{item}" in _stacks for item in fromlist):
            return ABSENT
    return module


def innermost():
    """The swap that this thread entered last."""
    me = get_ident()
    return next((swap for swap in reversed(_swaps) if swap.thread == me), None)
