"""Counting, timing and tracing the calls of functions, natively and with a handle to take it back.

    from wraptrs.instruments import count, instrument, time, trace

    with time("json:dumps") as timed:
        run()
    print(timed.stats().p99)

What measures is a native function wrapper: it makes neither a frame nor a tuple for a call.
"""

from ._instrument import InPlaceInstrument, Instrument, NamedInstrument
from ._instruments import InstrumentSet
from ._measures import SECRETS, Stats, TraceOptions
from ._tables import render_table
from ._traces import JsonLines, TraceEvent, TraceRing, TraceTree, sink_for

__all__ = (
    "SECRETS",
    "Instrument",
    "InstrumentSet",
    "JsonLines",
    "Stats",
    "TraceEvent",
    "TraceRing",
    "TraceTree",
    "count",
    "instrument",
    "render_table",
    "time",
    "trace",
)

_KINDS = ("count", "time", "trace")


def count(target, name=None, *, in_place=False, owner=None):
    """Count the calls of a function: those begun, those that raised, those in flight.

    ``target`` and ``name`` are as for `wrap_function_wrapper`: a module, class, instance or the
    name of a module, and the dotted path from there. Without ``name`` the target is a string
    "package.module:Class.method", where a ``?`` after the module's name waits for its import, or
    the function itself, which is then looked up by its name. With ``in_place`` the function object
    is changed, so that everybody who holds it is counted; the target is then as for `hotwrap`.
    ``owner`` labels the patch.

    A call of a coroutine function or generator function lasts until what it gave has ended.

    Returns the handle, an `Instrument`, which is applied. Raises what `wrap_function_wrapper` and
    `hotwrap` raise for the target, with nothing changed.
    """
    return _attach("count", target, name, in_place, owner).apply()


def time(target, name=None, *, in_place=False, owner=None):
    """Time the calls of a function, and count them as `count` does, with the same arguments.

    Times are of the monotonic clock, in nanoseconds: in total, without the measured calls inside,
    least, most, and as a histogram. A coroutine takes as long as from its first step to its end,
    a generator as long as its steps take together, an async generator as long as is awaited for
    its items. Of recursive calls each is timed, so that the total counts inner ones twice; the
    time of its own does not.

    Returns the handle, an `Instrument`, which is applied. Raises as `count` does.
    """
    return _attach("time", target, name, in_place, owner).apply()


def trace(
    target, sink=None, *, name=None, in_place=False, owner=None, length=80, secrets=SECRETS,
    results=True,
):  # fmt: skip
    """Tell of each call of a function where it began and how it ended, and time it as `time` does.

    ``sink`` is where the events go: a `TraceRing` (a new one unless given), `JsonLines` or a path
    to append such lines to, a `TraceTree`, or a callable that takes a `TraceEvent`, whose errors
    are reported as unraisable. ``target``, ``name``, ``in_place`` and ``owner`` are as for `count`.

    Arguments are shown in at most ``length`` characters each; built-in containers without running
    anybody's code, other objects by their ``repr``, whose errors are shown in its place, also
    SystemExit; a KeyboardInterrupt that comes while one runs is raised again in the main thread
    later. The receiver of a method is shown by its class. Parameters, and keys of dicts, whose
    names have one of ``secrets`` in them are not shown, nor is the result of a function of such a
    name; ``results`` says whether results are shown at all.

    Returns the handle, an `Instrument` whose ``sink`` is the sink, applied. Raises as `count` does.
    """
    options = TraceOptions(sink_for(sink), length, secrets, results)
    return _attach("trace", target, name, in_place, owner, options).apply()


def instrument(
    *targets, kind="time", in_place=False, owner=None, sink=None, length=80, secrets=SECRETS,
    results=True,
):  # fmt: skip
    """Measure several functions at once, and those that patterns mean.

    ``targets`` are as for `count` without a name, or patterns with ``*`` for any part of a name:
    ``"http.client:HTTPConnection.*"`` is every function written in that class,
    ``"json:*"`` every function defined in that module, ``"package.*:*"`` those of all its modules,
    imported now or later. A module without ``*`` is imported, unless there is a ``?`` after it:
    then its functions are measured when somebody imports it. Names such as ``__init__`` are meant
    where the pattern spells the underscores.

    ``kind`` is "count", "time" or "trace"; the other arguments are as for those.

    Returns the handle, an `InstrumentSet`, which is applied: all, or none where one target raises.
    Raises as `count` does, and LookupError for a pattern that means nothing in its module.
    """
    if kind not in _KINDS:
        raise ValueError(f"kind must be one of {', '.join(_KINDS)}: got {kind!r}")
    if not targets:
        raise TypeError("instrument() takes at least one target")
    options = None
    if kind == "trace":
        options = TraceOptions(sink_for(sink), length, secrets, results)

    def make(target, name=None):
        return _attach(kind, target, name, in_place, owner, options)

    return InstrumentSet(targets, kind, make, options and options.sink, owner).apply()


def _attach(kind, target, name, in_place, owner, options=None):
    """The handle of an instrument that is not applied yet."""
    if name is not None and not isinstance(name, str):
        raise TypeError(f"the name must be a dotted path, got {type(name).__name__!r}")
    if not in_place:
        return NamedInstrument(target, name, kind, options, owner)
    if name is not None:
        target = _held(target, name)
    return InPlaceInstrument(target, kind, options, owner)


def _held(target, name):
    """The target of a change in place that is given by what holds it and its name."""
    if isinstance(target, str):
        return f"{target}:{name}"
    from ._native import resolve_path

    holder, attribute, found = resolve_path(target, name)
    return vars(holder)[attribute] if attribute in getattr(holder, "__dict__", ()) else found
