"""The handles of instruments: attached by name or in place, read, switched and taken off again."""

import sys
from types import FunctionType, MethodType

from . import _definitions, _layers
from ._apply import take_out
from ._descriptors import layer_for
from ._fields import CODE, DEFAULTS, HOOK, KEYWORDS
from ._inplace import InPlacePatch
from ._measures import Stats, meter_for, runs_in_steps
from ._native import (
    _hook,
    _instrumented,
    _registry_discard,
    _wrap_layer,
    resolve_path,
)
from ._patch import Patch, imported, module_target
from ._places import is_hidden
from ._templates import ITERABLE_COROUTINE, KINDS, dressed, passing
from ._turns import turn_at
from ._vectorcall import passes_by
from ._wrapper import describe, name_of_function

_READ = (property, "cached_property", "member_descriptor", "getset_descriptor")


class Instrument(Patch):
    """A measured function: the handle to read what was counted, and to take it off again.

    `count`, `time` and `trace` of `wraptrs.instruments` make these. What was counted stays readable
    after `revert`, and `apply` goes on counting from there.
    """

    def __init__(self, target, kind, trace=None, owner=None):
        super().__init__(target, owner)
        self.kind = kind
        self._trace = trace
        self._meter = None
        self._label = target if isinstance(target, str) else None

    @property
    def name(self):
        """What is measured, as "module:Class.method"."""
        return self._label or super().name

    @property
    def calls(self):
        """How many calls have begun."""
        return self.stats().calls

    @property
    def errors(self):
        """How many calls raised an exception."""
        return self.stats().errors

    @property
    def in_flight(self):
        """How many calls have begun and not ended."""
        return self.stats().in_flight

    @property
    def sink(self):
        """Where a trace goes; None of what does not trace."""
        return None if self._trace is None else self._trace.sink

    def stats(self):
        """What was counted so far, in all threads together, as a `Stats`."""
        nothing = (0, 0, 0) + (None,) * 8 + (0,)
        return Stats(self.name, nothing if self._meter is None else self._meter.read())

    def quantile(self, *ranks):
        """The times, in nanoseconds, below which these shares (0 to 1) of the calls stayed.

        One number for one rank, a tuple for several; None where nothing was timed.
        """
        if self._meter is None:
            found = (None,) * len(ranks)
        else:
            found = tuple(self._meter.quantiles(*ranks))
        return found[0] if len(ranks) == 1 else found

    def histogram(self):
        """The calls by their time: tuples of least time, least time of the next bucket, calls."""
        return [] if self._meter is None else self._meter.buckets()

    def reset(self):
        """Forget what was counted; calls in flight stay in flight. Returns the handle."""
        if self._meter is not None:
            self._meter.clear()
        return self

    def _meter_over(self, original, method):
        """The meter, which is made once: applying again goes on counting."""
        if self._meter is None:
            timed = self.kind != "count"
            self._meter = meter_for(original, self.name, timed, method, self._trace)
        return self._meter


class NamedInstrument(Instrument):
    """An instrument in the place of an attribute, for those that look the name up."""

    _stays = True

    def __init__(self, target, name, kind, trace=None, owner=None):
        super().__init__(target, kind, trace, owner)
        self._path = name
        self._layer = self._place = None
        if name is not None:
            self._label = describe(target, name)

    @property
    def original(self):
        """What the attribute was; None before it was attached."""
        return None if self._layer is None else self._layer.__wrapped__

    @property
    def drifted(self):
        """Whether somebody else's change hides this one, or has replaced it."""
        if self._stage != "active":
            return False
        return is_hidden(self._layer, *self._place)

    @property
    def replacement(self):
        """The layer that stands in its place; None before it was attached."""
        return self._layer

    def _put(self):
        target, path = self.target, self._path
        if path is None:
            if not isinstance(target, str):
                target, path = place_of(target)
            else:
                target, waits, path = module_target(target)
                if waits:
                    return self._wait_for(target, lambda module: self._put_on(module, path))
        elif isinstance(target, str) and target.endswith("?"):
            return self._wait_for(target[:-1], lambda module: self._put_on(module, path))
        return self._put_on(target, path)

    def _put_on(self, target, path):
        if isinstance(target, str):
            target = imported(target)
        if self._label is None:
            self._label = describe(target, path)
        holder, attribute, _ = resolve_path(target, path)
        with turn_at(holder):
            layer = _wrap_layer(holder, attribute, self._layer_over, (holder, attribute))
        _registry_discard(layer)  # this handle is listed in its place
        self._layer, self._place = layer, (holder, attribute)
        layer._self_patch = self  # which thereby lives as long as it is attached
        self._meter.switch(self.enabled)

    def _layer_over(self, original, holder, attribute):
        in_class = isinstance(holder, type)
        static = isinstance(original, staticmethod) or not hasattr(type(original), "__get__")
        method = in_class and not static and not isinstance(original, type)
        if self._meter is not None:
            self._meter.switch(True)
        meter = self._meter_over(original, method)
        if in_class and _is_read(original):
            return layer_for(original, meter, None, holder, attribute)
        if not callable(original) and not hasattr(type(original), "__get__"):
            kind = type(original).__name__
            raise TypeError(f"cannot measure {self.name}: a '{kind}' object is not callable")
        return _instrumented(original, meter)

    def _take(self, force):
        take_out(*self._place, self._layer, force)
        self._layer._self_patch = None
        self._meter.switch(False)  # for those who hold the layer yet

    def _give_up(self):
        self._meter.switch(False)

    def _switch(self, on):
        self._meter.switch(on)


def _is_read(original):
    """Whether an entry of a class is a value to be read, and not a function to be called."""
    kinds = {cls.__name__ for cls in type(original).__mro__}
    named = any(kind in kinds for kind in _READ if isinstance(kind, str))
    return isinstance(original, property) or named


class InPlaceInstrument(Instrument, InPlacePatch):
    """An instrument in the function itself, for everybody who holds it.

    A plain function that is counted or timed measures itself (mode "selfmeasured"). Any other
    becomes one of the same parameters that passes them to the measured original ("trampoline"), by
    the native calling convention: no tuple and no dict is made unless it takes ``*`` or ``**``.
    """

    def __init__(self, target, kind, trace=None, owner=None):
        super().__init__(target, kind, trace, owner)
        self._record = self._found = self.function = None
        self._unwrap, self._clears = True, False
        self._passed_by, self._past = False, None
        self.mode = None

    @property
    def name(self):
        """What is measured, as "module:Class.method"."""
        if self.function is None:
            return Instrument.name.fget(self)
        return name_of_function(self.function)

    def _check(self, found):
        if _definitions.is_native(type(found.function)):
            self.mode = "methoddef"
        else:
            found.settle()
            self._passed_by = passes_by(found)

    def measured(self, below):
        """A callable with the behaviour of another, and its arguments, that is measured."""
        return _instrumented(below, self._meter_over(below, bool(self._found.binding)))

    over = measured  # what calls of a C function go to

    def compose(self, record, below):
        """The state that passes calls through the meter, and the `__wrapped__` that it wraps."""
        state, base = _layers.state_of(below), record.base
        code = state[CODE]
        own = self._measuring_itself(record, below, state)
        if own is not None:
            self.mode = "selfmeasured"
            self._past = self._hook_past(code, below)
            state = (own, *state[1:HOOK], self._past)
            return state, below.__dict__.get("__wrapped__", _layers.ABSENT)
        # By a hook the arguments would come as they were given, defaults left out.
        self.mode = "trampoline" if _layers.WORKS else "code"
        kind = code.co_flags & (KINDS | ITERABLE_COROUTINE)
        template = passing(self.measured(below), kind, code)
        taken = template.__code__.co_argcount or template.__code__.co_kwonlyargcount
        defaults = (state[DEFAULTS], state[KEYWORDS]) if taken else (None, None)
        shown = dressed(template.__code__, base[CODE], kind)
        return (shown, *base[1:3], *defaults, template.__closure__, *state[6:HOOK], None), below

    def _measuring_itself(self, record, below, state):
        """The code of what lies below with the meter in it; None where it must be wrapped."""
        pasts = [layer._past for layer in record.layers if isinstance(layer, InPlaceInstrument)]
        hooked = state[HOOK] is not None and all(state[HOOK] is not past for past in pasts)
        if hooked or not _layers.WORKS or self._trace is not None:
            return None
        from ._selfmeasured import measured_code

        meter = self._meter_over(below, bool(self._found.binding))
        return None if runs_in_steps(below) else measured_code(state[CODE], meter)

    def _hook_past(self, code, below):
        """What calls with just the parameters go through where instructions cost more than that."""
        if not self._passed_by or code.co_kwonlyargcount:
            return None
        return _hook(self.measured(below), None, None, False, code.co_argcount)


def place_of(function):
    """Where a function that was given itself is looked up: its holder and attribute.

    Raises TypeError where its name does not lead back to it.
    """
    if isinstance(function, MethodType):
        return function.__self__, function.__name__
    module = sys.modules.get(getattr(function, "__module__", None) or "")
    path = getattr(function, "__qualname__", None) or getattr(function, "__name__", None)
    if module is not None and path and "<locals>" not in path:
        try:
            found = resolve_path(module, path)[2]
        except AttributeError:
            found = None
        if found is function or getattr(found, "__func__", None) is function:
            return module, path
    hint = "give what holds it and its name"
    if isinstance(function, FunctionType):
        hint += ", or say in_place=True"
    raise TypeError(f"{function!r} cannot be found by its name: {hint}")
