"""What a meter must know of a function before it measures it, and what it tells afterwards."""

from ._native import _Meter
from ._templates import ITERABLE_COROUTINE, KINDS

SECRETS = (
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "token",
    "api_key",
    "apikey",
    "private_key",
    "authorization",
    "^auth$",
    "^auth_",
    "_auth$",
    "bearer",
    "jwt",
    "credential",
    "cookie",
    "session_id",
    "sessionid",
)
"""Parts of names, in lower case, whose values a trace does not show; ``^`` in front means the
beginning of a name, ``$`` behind its end."""

_LIMIT = 100


# What a meter gives, in this order.
_NUMBERS = (
    "calls", "errors", "in_flight", "total", "active", "own", "least", "most",
    "p50", "p90", "p99", "_timed",
)  # fmt: skip


class Stats:
    """What was counted of one function, at one moment. Times are nanoseconds.

    ``calls`` began, ``errors`` of them raised, ``in_flight`` have not ended. ``total`` is the time
    from begin to end of the calls that have, ``active`` how much of it they were running, ``own``
    how much of that in no other measured call. ``least``, ``most``, ``p50``, ``p90`` and ``p99``
    are of single calls; quantiles are exact to 2 per cent. Times are None where none were taken.
    """

    __slots__ = ("name", *_NUMBERS)

    def __init__(self, name, values):
        self.name = name
        for slot, value in zip(_NUMBERS, values):
            setattr(self, slot, value)

    @property
    def mean(self):
        """The mean time of the calls that have ended; None where none was taken."""
        return self.total // self._timed if self._timed else None

    def as_dict(self):
        """All of it as a dict, fit for JSON."""
        shown = {slot: getattr(self, slot) for slot in Stats.__slots__ if slot != "_timed"}
        return shown | {"mean": self.mean}

    def __eq__(self, other):
        if not isinstance(other, Stats):
            return NotImplemented
        return self.as_dict() == other.as_dict()

    __hash__ = None

    def __repr__(self):
        shown = f"{self.calls} calls, {self.errors} errors, {self.in_flight} in flight"
        return f"<Stats of {self.name}: {shown}>"


class TraceOptions:
    """How a trace shows calls: how much of a value, of which names none, and whether results."""

    __slots__ = ("length", "results", "secrets", "sink")

    def __init__(self, sink, length, secrets, results):
        # Before the first function is traced: that may be one of a module that inspect imports.
        import inspect  # noqa: F401 loading it is the purpose

        self.sink = sink
        self.length = length
        self.secrets = tuple(secret.lower() for secret in secrets)
        self.results = results


def function_of(original):
    """The innermost function of descriptors and wrappers, as far as they tell; else the object."""
    current = original
    for _ in range(_LIMIT):
        inner = None
        if isinstance(current, (classmethod, staticmethod)):
            inner = current.__func__
        elif not isinstance(current, type):
            inner = getattr(current, "__wrapped__", None) or getattr(current, "func", None)
        if inner is None or inner is current or not callable(inner):
            return current
        current = inner
    return current


def runs_in_steps(original):
    """Whether calls may give a coroutine or generator of their own."""
    code = getattr(function_of(original), "__code__", None)
    return bool(getattr(code, "co_flags", 0) & (KINDS | ITERABLE_COROUTINE))


def meter_for(original, name, timed, method, trace=None):
    """A meter for one function. ``method`` tells that calls come with a receiver in front."""
    if trace is None:
        return _Meter(timed, runs_in_steps(original))
    described = (
        name,
        _parameters(original),
        method,
        trace.secrets,
        trace.length,
        trace.results,
    )
    from ._traces import native_sink

    return _Meter(True, runs_in_steps(original), native_sink(trace.sink), described)


def _parameters(original):
    """The names of the positional parameters, the receiver included."""
    from inspect import Parameter, signature

    function = original.__func__ if isinstance(original, (classmethod, staticmethod)) else original
    try:
        parameters = signature(function).parameters.values()
    except (TypeError, ValueError):
        return ()  # of C functions not all have one
    positional = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    return tuple(parameter.name for parameter in parameters if parameter.kind in positional)
