"""The layers that lie on a function, and the one state that is installed for all of them.

The record of a patched function lives in its own keyword defaults, which are a dict that carries
more while it is patched: the cycle collector sees it there, no key appears in the function's
`__dict__`, and it goes when the function goes. Adding, removing or switching any layer composes the
state anew from the original one and the layers that are on, so the order of reverts is free.

Frames of CPython 3.11 and later borrow globals and builtins from the function. Where a state with
globals of its own is taken out of a function, they are kept for as long as its code object, which
was made for this one function and so lives on in frames alone.

Where the self-check at the end fails, `_official` stands in for the native functions.
"""

import os
import sys
from _thread import RLock
from types import CellType, FunctionType
from weakref import ref

from . import _definitions
from ._native import _carry, _function_state, _layout_holds, _record, _transplant
from ._patch import PatchConflictError

CODE, GLOBALS, BUILTINS, DEFAULTS, KEYWORDS, CLOSURE, ANNOTATIONS = range(7)
HOOK = 9  # what the calls of the function go through, in vectorcall mode
BORROWED = sys.version_info >= (3, 11)

lock = RLock()
_lent = {}  # by the id of a weak reference to code: that, and what frames of the code borrow
ABSENT = object()


class Record:
    """One patched function: how it was, the layers on it, and what is installed now."""

    __slots__ = ("_original", "base", "function", "installed", "layers", "shown", "wrapped")

    def __init__(self, function):
        self.function = function
        self.base = state_of(function)
        self.installed = None
        self.layers = []
        self.wrapped = function.__dict__.get("__wrapped__", ABSENT)
        self.shown = ABSENT  # what we put into __wrapped__
        self._original = None

    def __del__(self):
        """Somebody overwrote the keyword defaults, and nobody has a handle: keep what frames of
        the first code may have borrowed. A record that dies with its function is still in them.
        """
        if carried is None or self.installed is None:  # the interpreter ends, or nothing is on
            return
        if record_of(self.function) is not self:
            _lend(self.base, self.installed)

    def original(self):
        """A function with the behaviour that the patched one had."""
        if self._original is None:
            self._original = self.made(self.base, self.wrapped)
        return self._original

    def made(self, state, shown):
        """A function with a state and `__wrapped__`, with all else as the patched one has it."""
        function = self.function
        made = FunctionType(state[CODE], state[GLOBALS], function.__name__, None, state[CLOSURE])
        put(made, state if state[HOOK] is None else carry(state, None))
        made.__qualname__ = function.__qualname__
        made.__module__ = function.__module__
        made.__doc__ = function.__doc__
        attributes = function.__dict__
        if attributes:
            made.__dict__.update(attributes)
            made.__dict__.pop("__wrapped__", None)
        if shown is not ABSENT:
            made.__wrapped__ = shown
        return made

    def beneath(self, layer):
        """A callable with the behaviour under a layer, or under all when it is not on."""
        below = self.original()
        if layer not in self.layers:
            return below
        for other in self.active(layer):
            if other is layer:
                break
            below = self.made(*other.compose(self, below))
        return below

    def active(self, layer=None):
        """The layers that are on, and the one given, from the inside out.

        They lie as they came, except that what changes the function itself goes under the wrappers.
        """
        made, wrappers = [], []
        on = [other for other in self.layers if other.enabled or other is layer]
        if layer is not None and layer not in on:
            on.append(layer)
        for other in on:
            if other.replaces:
                made += [*wrappers, other]
                wrappers.clear()
            else:
                (made if other.rewrites else wrappers).append(other)
        return made + wrappers

    def compose(self):
        """The state for the layers that are on, and what `__wrapped__` shall be."""
        active = self.active() if len(self.layers) > 1 else [*self.layers]
        top = active.pop() if active else None
        if top is None or not top.enabled:
            return self.base, self.wrapped
        below = None if top.replaces else self.original()
        if active and below is not None:
            start = max((i for i, layer in enumerate(active) if layer.replaces), default=0)
            for layer in active[start:]:
                below = self.made(*layer.compose(self, below))
        return top.compose(self, below)


def record_of(function):
    """The record of a patched function, None for any other."""
    record = carried(function)
    return record if record is not None and record.function is function else None


def add(function, layer):
    """Put a layer on top of a function and give back its record. The caller holds the lock.

    Raises PatchConflictError where the function was patched and then changed by somebody else, and
    what an audit hook raises, with nothing changed.
    """
    if type(function) is not FunctionType:
        return _definitions.add(function, layer)
    while True:
        record = record_of(function) or Record(function)
        record.layers.append(layer)
        try:
            install(record)
        except BaseException as error:
            record.layers.remove(layer)
            # An audit hook patched the same function meanwhile: go on top of that.
            conflict = isinstance(error, PatchConflictError) and record.installed is None
            if conflict and record_of(function) not in (None, record):
                continue
            raise
        return record


def remove(record, layer, force):
    """Take a layer off, wherever it lies; with force, whatever stands in the function now.

    The caller holds the lock.
    """
    if type(record) is not Record:
        _definitions.remove(record, layer, force)
        return
    layers = record.layers
    place = 0 if layers[0] is layer else [other is layer for other in layers].index(True)
    del layers[place]
    try:
        install(record, force)
    except BaseException:
        layers[place:place] = [layer]
        raise


def check(record):
    """Raise PatchConflictError where somebody else changed a function since it was patched."""
    now, expected = state_of(record.function), record.installed or record.base
    if any(
        now[field] is not expected[field] for field in (CODE, *range(DEFAULTS, CLOSURE + 1), HOOK)
    ):
        raise _conflict(record)


def rebase(record, code):
    """Exchange the code that lies under the layers of a function."""
    former, clone = record.base, record._original
    record.base = (code, *former[1:])
    try:
        install(record)
    except BaseException:
        record.base = former
        raise
    if clone is not None:
        put(clone, (code, *state_of(clone)[1:]))


def install(record, force=False):
    """Make a function do what its layers say."""
    if type(record) is not Record:
        record.install(force)
        return
    function = record.function
    while True:
        expected = record.installed or record.base
        if not record.layers:
            state, shown = record.base, record.wrapped
        else:
            state, shown = record.compose()
            if led is not None and state is not record.base:
                state, shown = led(record, state, shown)
            state = carry(state, record)
        sys.audit("object.__setattr__", function, "__code__", state[CODE])
        try:
            if put(function, state, None if force else expected):
                break
        except BaseException:
            if state is not record.base:
                _lend(state, record.base)  # it stood there until an audit hook refused it
            raise
        if (record.installed or record.base) is expected:
            raise _conflict(record)
    record.installed = state if record.layers else None
    if expected is not record.base:
        _lend(expected, record.base)
    if shown is not record.wrapped or record.shown is not ABSENT:
        _show(record, shown)


def _conflict(record):
    return PatchConflictError(
        f"{record.function!r} was changed by somebody else since it was patched: revert that "
        "change first, or revert with force=True"
    )


def _lend(former, kept):
    """Keep what running frames of a former state may have borrowed from the function.

    `kept` is a state whose globals and builtins outlive them anyway. Those that the function has
    now need not: with the next change they may go, while the frames run on.
    """
    if not BORROWED:
        return
    if former[GLOBALS] is kept[GLOBALS] and former[BUILTINS] is kept[BUILTINS]:
        return
    watch = ref(former[CODE], _give_back)
    _lent[id(watch)] = watch, former[GLOBALS], former[BUILTINS]


def _give_back(watch):
    _lent.pop(id(watch), None)


def _show(record, shown):
    """Set `__wrapped__`, by which signatures are found, unless somebody else did."""
    attributes = record.function.__dict__
    present = attributes.get("__wrapped__", ABSENT)
    if present is not (record.wrapped if record.shown is ABSENT else record.shown):
        return
    if shown is ABSENT:
        attributes.pop("__wrapped__", None)
    else:
        attributes["__wrapped__"] = shown
    record.shown = ABSENT if shown is record.wrapped else shown


def own_code(state, base):
    """A state whose code no other function has, where frames may borrow its globals alone."""
    if BORROWED and (state[GLOBALS] is not base[GLOBALS] or state[BUILTINS] is not base[BUILTINS]):
        return (state[CODE].replace(), *state[1:])
    return state


def rebound(state, owner):
    """A state whose `super()` means the class that a method is patched into."""
    names = state[CODE].co_freevars
    if owner is None or "__class__" not in names:
        return state
    cells = list(state[CLOSURE])
    cells[names.index("__class__")] = CellType(owner)
    return (*state[:CLOSURE], tuple(cells), *state[CLOSURE + 1 :])


def _probe():
    enclosed = None

    def probe(a: int = 1, *, b: int = 2):
        return enclosed, a, b

    return probe


OFFICIAL = bool(os.environ.get("WRAPTRS_OFFICIAL_SETTERS"))
"""Whether only what Python offers by itself shall be used, as the environment asks for."""

WORKS = not OFFICIAL and bool(_layout_holds(_probe()))
"""Whether this interpreter's functions are laid out as the native module believes."""

if WORKS:
    state_of, put, carry, carried, led = _function_state, _transplant, _carry, _record, None
else:
    from ._official import carried, carry, led, put, state_of
