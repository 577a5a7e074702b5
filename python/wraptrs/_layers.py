"""The layers that lie on a function, and the one state that is installed for all of them.

The record of a patched function lives in its own keyword defaults, which are a dict that carries
more while it is patched: the cycle collector sees it there, no key appears in the function's
`__dict__`, and it goes when the function goes. Adding, removing or switching any layer composes the
state anew from the original one and the layers that are on, so the order of reverts is free.

Where the self-check at the end fails, `_official` stands in for the native functions.
"""

import os
import sys
from types import FunctionType

from . import _definitions
from ._drift import annotated, with_annotations, with_keywords
from ._fields import CLOSURE, CODE, DEFAULTS, HOOK, KEYWORDS
from ._lending import lend
from ._native import _carry, _function_state, _layout_holds, _record, _transplant, _twin
from ._patch import PatchConflictError
from ._turns import Turn

_DECISIVE = (CODE, DEFAULTS, KEYWORDS, CLOSURE, HOOK)

# Of code that is not ours only audit hooks run while it is held, as they must see what is put in.
lock = Turn("patches in place")
if hasattr(os, "register_at_fork"):  # a child shall find no change half made, nor the lock taken
    os.register_at_fork(
        before=lock.__enter__, after_in_parent=lock.__exit__, after_in_child=lock.__exit__
    )
ABSENT = object()


class Record:
    """One patched function: how it was, the layers on it, and what is installed now."""

    __slots__ = (
        "_original",
        "base",
        "coming",
        "function",
        "installed",
        "keywords",
        "layers",
        "shown",
        "wrapped",
    )

    def __init__(self, function):
        self.installed = self.coming = None  # what stands there, and what is about to
        self.function = function
        self.base = state_of(function)
        self.keywords = None  # what the keyword defaults of that held
        self.layers = []
        self.wrapped = function.__dict__.get("__wrapped__", ABSENT)
        self.shown = ABSENT  # what we put into __wrapped__
        self._original = None

    def __del__(self):
        """Somebody overwrote the keyword defaults, and nobody has a handle: keep what frames of
        the first code may have borrowed. A record that dies with its function is still in them.
        """
        try:
            installed = self.installed
        except AttributeError:  # making it was interrupted
            return
        if carried is None or installed is None:  # the interpreter ends, or nothing is on
            return
        if record_of(self.function) is not self:
            lend(self.base, installed)

    def original(self):
        """A function with the behaviour that the patched one had."""
        if self._original is None:
            self._original = self.made(self.base, self.wrapped)
        return self._original

    def made(self, state, shown):
        """A function with a state and `__wrapped__`, with all else as the patched one has it."""
        function = self.function
        made = twin(state if state[HOOK] is None else carry(state, None), function)
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


def find(function):
    """The record of a patched function, of Python or of C; None for any other."""
    if type(function) is FunctionType:
        return record_of(function)
    return _definitions.record_of(function)


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
            if _catch_up(record):
                install(record)
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
    places = [place for place, other in enumerate(layers) if other is layer]
    if not places:
        return  # taken off already when that was interrupted
    [place] = places
    try:
        del layers[place]
        install(record, force)
    except BaseException:
        if not _catch_up(record) and layer not in layers:
            layers[place:place] = [layer]
        raise


def check(record):
    """Raise PatchConflictError where somebody else changed a function since it was patched."""
    now = state_of(record.function)
    if not _stands(record.installed or record.base, now):
        raise _conflict(record)
    _check_drift(record, now)


def _stands(expected, now):
    return all(now[field] is expected[field] for field in _DECISIVE)


def _check_drift(record, now, force=False):
    """As `check`, for what `put` does not compare; annotations that are no layer's are taken on."""
    installed, base = record.installed, record.base
    if installed is None:
        return
    conflict = with_keywords(now, record.keywords)
    if annotated(now, installed):
        if annotated(installed, base):
            conflict = True
        else:
            record.base = with_annotations(base, now)
            record.installed = with_annotations(installed, now)
            if record._original is not None:
                clone = record._original
                put(clone, with_annotations(state_of(clone), now))
    if conflict and not force:
        raise _conflict(record)


def _catch_up(record):
    """Tell whether a change that was interrupted, as by a signal, was made; if so, take note."""
    coming, record.coming = record.coming, None
    if coming is None or not _stands(coming, state_of(record.function)):
        return False
    former, record.installed = record.installed, None if coming is record.base else coming
    record.keywords = dict(coming[KEYWORDS]) if record.installed and coming[KEYWORDS] else None
    if former is not None:
        lend(former, record.base)
    return True


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
    function, stood = record.function, None
    _catch_up(record)
    if record.installed is not None:
        stood = state_of(function)
        _check_drift(record, stood, force)
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
        record.coming = state
        try:
            if put(function, state, None if force else expected):
                break
        except BaseException:
            if state is not record.base:
                lend(state, record.base)  # it stood there until an audit hook refused it
            raise
        if (record.installed or record.base) is expected:
            raise _conflict(record)
    record.installed = state if record.layers else None
    record.keywords = dict(state[KEYWORDS]) if record.layers and state[KEYWORDS] else None
    if expected is not record.base:
        lend(expected, record.base)
        if force and stood[CODE] is not expected[CODE]:
            lend(stood, record.base)  # frames of somebody else's code borrowed the same
    if shown is not record.wrapped or record.shown is not ABSENT:
        _show(record, shown)
    record.coming = None


def _conflict(record):
    return PatchConflictError(
        f"{record.function!r} was changed by somebody else since it was patched: revert that "
        "change first, or revert with force=True"
    )


def _show(record, shown):
    """Set `__wrapped__`, by which signatures are found, unless somebody else did."""
    attributes = record.function.__dict__
    present = attributes.get("__wrapped__", ABSENT)
    if present is not record.wrapped and present is not record.shown:
        return
    record.shown = shown
    if shown is ABSENT:
        attributes.pop("__wrapped__", None)
    else:
        attributes["__wrapped__"] = shown
    if shown is record.wrapped:
        record.shown = ABSENT


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
    state_of, put, twin = _function_state, _transplant, _twin
    carry, carried, led = _carry, _record, None
else:
    from ._official import carried, carry, led, put, state_of, twin
