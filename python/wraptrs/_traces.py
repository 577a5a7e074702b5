"""Where traces go: a ring in memory, a file of JSON lines, or a tree for people to read."""

import sys
from _thread import RLock

from ._native import _TraceSink
from ._tables import duration

# What the native core gives, in this order.
_EVENT = (
    "event", "id", "parent", "depth", "thread", "time_ns", "name", "args",
    "total_ns", "active_ns", "self_ns", "_text",
)  # fmt: skip


class TraceEvent:
    """That a call began or ended. Times are nanoseconds.

    ``event`` is "call", "return" or "raise", ``id`` the call, ``parent`` the traced call that it
    was made in (None outside of any), ``depth`` how many those are, ``thread`` the identifier of
    the thread, ``time_ns`` the time since 1970, ``name`` the function. Of a "call", ``args`` are
    pairs of parameter name ("" where it has none) and shown value. At the end there are
    ``total_ns``, ``active_ns`` and ``self_ns``; of a "return", ``value`` is the shown result, None
    where results are not shown; of a "raise", ``error`` is the exception.
    """

    __slots__ = _EVENT

    def __init__(self, fields):
        for slot, value in zip(_EVENT, fields):
            setattr(self, slot, value)

    @property
    def value(self):
        """The shown result of a "return"."""
        return self._text if self.event == "return" else None

    @property
    def error(self):
        """The shown exception of a "raise"."""
        return self._text if self.event == "raise" else None

    def __str__(self):
        """One line, indented by its depth."""
        return "  " * self.depth + self.describe()

    def describe(self):
        """What happened, without indentation: "f(a=1)", "f -> 2  1.5ms", "f ! ValueError()"."""
        if self.event == "call":
            shown = (f"{name}={value}" if name else value for name, value in self.args)
            return f"{self.name}({', '.join(shown)})"
        mark = "!" if self.event == "raise" else "->"
        text = "..." if self._text is None else self._text
        return f"{self.name} {mark} {text}  {duration(self.total_ns)}"

    def __repr__(self):
        return f"<TraceEvent {self.id} {self.event}: {self.describe()}>"


class TraceRing:
    """The last events of traces, in memory; full, it forgets the oldest.

    ``capacity`` is how many it keeps. Raises ValueError for one that is not positive.
    """

    def __init__(self, capacity=10_000):
        if capacity < 1:
            raise ValueError(f"a ring keeps at least one event, got a capacity of {capacity}")
        self.capacity = capacity
        self._native = _TraceSink(capacity)

    def take(self):
        """The events so far, in order, as a list of `TraceEvent`; the ring is empty then."""
        return [TraceEvent(fields) for fields in self._native.take()]

    @property
    def dropped(self):
        """How many events were forgotten because the ring was full."""
        return self._native.dropped()


class JsonLines:
    """A file that gets each event of traces as one line of JSON, as soon as it happens.

    ``path`` is appended to. The keys are the attributes of `TraceEvent`, without those that are
    None; ``parent`` is 0 outside of any call. Several processes may write to one file. Raises
    OSError where it cannot be opened; what cannot be written later is counted in ``dropped``.
    """

    def __init__(self, path):
        import os

        self.path = os.fspath(path)
        self._native = _TraceSink(0, self.path)

    def close(self):
        """Close the file; what is traced later is dropped."""
        self._native.close()

    @property
    def dropped(self):
        """How many events could not be written."""
        return self._native.dropped()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


class TraceTree:
    """A stream that gets a tree of calls, to be read while the program runs.

    ``stream`` is a text file, standard error unless given. A call that makes no other one is one
    line. A line of another thread than the one before says so.
    """

    def __init__(self, stream=None):
        self._stream = stream
        self._lock = RLock()
        self._open = None  # the last call shown, as long as nothing came after it
        self._thread = None

    def __call__(self, fields):
        event = TraceEvent(fields)
        with self._lock:
            stream = self._stream or sys.stderr
            if event.event != "call" and self._open == event.id:
                stream.write(event.describe()[len(event.name) :] + "\n")
                self._open = None
            else:
                if self._open is not None:
                    stream.write("\n")
                if self._thread not in (None, event.thread):
                    stream.write(f"-- thread {event.thread}\n")
                end = "" if event.event == "call" else "\n"
                stream.write(f"{event}{end}")
                self._open = event.id if event.event == "call" else None
            self._thread = event.thread
            stream.flush()


class _Caller:
    """Hands events to a callable of the user's."""

    __slots__ = ("sink",)

    def __init__(self, sink):
        self.sink = sink

    def __call__(self, fields):
        self.sink(TraceEvent(fields))

    def __repr__(self):
        return f"<trace sink {self.sink!r}>"


def sink_for(sink):
    """The sink that an argument means: one of these, a path for JSON lines, or a callable."""
    import os

    if sink is None:
        return TraceRing()
    if isinstance(sink, (str, os.PathLike)):
        return JsonLines(sink)
    if isinstance(sink, (TraceRing, JsonLines, TraceTree)):
        return sink
    if not callable(sink):
        raise TypeError(
            "a trace goes to a TraceRing, JsonLines or TraceTree, a path, or a callable that "
            f"takes a TraceEvent: got {type(sink).__name__!r}"
        )
    return sink


def native_sink(sink):
    """What the native core hands events to."""
    if isinstance(sink, TraceTree):
        return sink
    return getattr(sink, "_native", None) or _Caller(sink)
