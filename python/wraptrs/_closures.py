"""All closures of one code object: those that exist, and those that are yet to be made.

Those that exist are found through the collector and get the layer like any function. Those to come
are made from a constant in the code of the function around them, or of one further out: there the
code is exchanged for a template with the same free variables, which is patched from birth. Its
constants may hold what a patch needs, since `_all` keeps a patch of closures to come anyway.

A closure born that way gives the wrapper its arguments as its parameters have bound them, because
nothing tells running code which function object it runs for, and only there are the defaults. When
patches come and go, the code of whoever has such a constant, or was born, is made anew from the
pristine one; without patches it is the pristine code itself.
"""

import sys
from types import CodeType, FunctionType

from . import _layers
from ._fields import CODE
from ._frozen import objects
from ._layers import Record, record_of
from ._templates import ITERABLE_COROUTINE, KINDS, birth, dressed, wrapping

_all = {}  # by the id of pristine code: that, and the patches that mean all its closures


class _Pristine:
    """Kept as the last constant of code that was exchanged: what it was made from."""

    __slots__ = ("code",)

    def __init__(self, code):
        self.code = code


class _Birth(_Pristine):
    """The same for closures patched from birth, and what their template calls."""

    __slots__ = ("call", "errors", "inner", "kind", "layers")

    def __init__(self, code, inner, layers):
        super().__init__(code)
        self.inner, self.layers = inner, layers
        self.kind = code.co_flags & (KINDS | ITERABLE_COROUTINE)
        self.errors = None, StopAsyncIteration, GeneratorExit, BaseException
        self.call = self.replaced() if layers[0].replaces else self.wrap

    def replaced(self):
        """A function with a replacement's behaviour and the wrappers above; closures share it."""
        function, below = self.layers[0].function, None
        record = record_of(function) or Record(function)
        for layer in self.layers:
            below = record.made(*layer.compose(record, below))
        return below

    def wrap(self, cells, /, *args, **kwargs):
        """Call the wrappers around a function that has the cells of the closure."""
        frame, lead = sys._getframe(1), self.layers[0].function
        below = FunctionType(self.inner, frame.f_globals, lead.__name__, None, cells)
        for layer in (None, *self.layers):
            if layer is not None:
                method = layer._found.binding
                below = wrapping(layer.replacement, below, layer._asked, method, self.kind)
            below.__name__, below.__qualname__ = lead.__name__, lead.__qualname__
            below.__module__, below.__doc__ = lead.__module__, lead.__doc__
        return below(*args, **kwargs)


def put(patch):
    """Put a patch on all closures that share the code of its function: its record there."""
    code = _pristine(_slot(patch.function))
    meant = _all.setdefault(id(code), (code, []))[1]
    if isinstance(_mark(_slot(patch.function)), _Birth):
        _grow_up(patch.function, code)
    meant.append(patch)
    try:
        _refresh(code)
        record = _layers.add(patch.function, patch)
        for function in _siblings(code, patch):
            _layers.add(function, patch)
    except BaseException:
        _withdraw(code, patch)
        _take(patch, code, False)
        raise
    return record


def remove(patch, force):
    """Take a patch off all closures, or off none where somebody else changed one of them."""
    code = _pristine(patch._record.base[CODE])
    for record in () if force else _records(code, patch):
        _layers.check(record)
    place = _withdraw(code, patch)
    try:
        _take(patch, code, force)
    except BaseException:
        _all.setdefault(id(code), (code, []))[1].insert(place, patch)
        raise


def install(patch):
    """Make all closures do what their layers say, after a patch was switched."""
    code = _pristine(patch._record.base[CODE])
    records = _records(code, patch)
    for record in records:
        _layers.check(record)
    _refresh(code)
    for record in records:
        _layers.install(record)
    if patch.enabled:
        for function in _siblings(code, patch):
            _layers.add(function, patch)


def _withdraw(code, patch):
    meant = _all[id(code)][1]
    place = meant.index(patch)
    del meant[place]
    if not meant:
        del _all[id(code)]
    return place


def _take(patch, code, force):
    _refresh(code)
    for record in _records(code, patch):
        _layers.remove(record, patch, force)


def _grow_up(function, code):
    """Give a closure patched from birth the layers that it would have if it were older."""
    _set(function, _rebuilt(code))
    for layer in _all[id(code)][1]:
        _layers.add(function, layer)


def _functions(code):
    """All functions whose code is from the file of a code object, each with that code."""
    functions, ours = [], set()
    for thing in objects():
        if type(thing) is FunctionType:
            functions.append(thing)
        elif type(thing) is Record:
            ours.add(id(thing._original))
    for function in functions:
        slot = _slot(function)
        if slot.co_filename == code.co_filename and id(function) not in ours:
            yield function, slot


def _siblings(code, patch):
    """The functions with a code object that a patch is not on."""
    found = []
    for function, slot in _functions(code):
        mark = _mark(slot)
        if _pristine(slot) is code and not isinstance(mark, _Birth):
            record = record_of(function)
            if record is None or patch not in record.layers:
                found.append(function)
    return found


def _records(code, patch):
    records = (record_of(function) for function, _ in _functions(code))
    return [record for record in records if record is not None and patch in record.layers]


def _refresh(code):
    """Make anew the code of whoever makes closures of a code object, and of those born patched."""
    for function, slot in list(_functions(code)):
        root, born = _pristine(slot), isinstance(_mark(slot), _Birth)
        if (born and root is code) or _contains(root, code):
            _set(function, _rebuilt(root, born))


def _contains(root, code):
    return any(
        inner is code or _contains(inner, code)
        for inner in root.co_consts
        if type(inner) is CodeType
    )


def _rebuilt(root, born=False):
    """Pristine code as the patches that are on want it."""
    consts = tuple(_rebuilt(c, True) if type(c) is CodeType else c for c in root.co_consts)
    inner = root
    if any(a is not b for a, b in zip(consts, root.co_consts)):
        inner = root.replace(co_consts=(*consts, _Pristine(root)))
    layers = [layer for layer in _all.get(id(root), (root, ()))[1] if layer.enabled]
    if not born or not layers:
        return inner
    start = max((i for i, layer in enumerate(layers) if layer.replaces), default=0)
    # A copy for what wrappers wrap: nobody shall take that for one of the closures.
    made = _Birth(root, root.replace() if inner is root else inner, layers[start:])
    template = birth(root, made, not layers[start].replaces)
    return dressed(template, root, made.kind)


def _slot(function):
    """The code of a function, under its layers."""
    record = record_of(function)
    return function.__code__ if record is None else record.base[CODE]


def _mark(code):
    return next((c for c in code.co_consts[-1:] if isinstance(c, _Pristine)), None)


def _pristine(code):
    mark = _mark(code)
    return code if mark is None else mark.code


def _set(function, code):
    """Exchange the code of a function, under its layers."""
    record = record_of(function)
    if record is not None:
        _layers.rebase(record, code)
        return
    while True:
        state = _layers.state_of(function)
        if state[CODE] is code or _layers.put(function, (code, *state[1:]), state):
            return
