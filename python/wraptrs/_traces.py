"""Where traces go: a ring in memory, a file of JSON lines, or a tree for people to read."""

import sys

from . import _forks
from ._native import _TraceSink
from ._tables import clipped, columns, duration, padded, shortened

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
            return _call(self.name, self.args)
        return f"{self.name} {_ending(self)}  {duration(self.total_ns)}"

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
        with open(self.path, "ab"):  # which tells best why it cannot be opened
            self._native = _TraceSink(0, os.fsencode(self.path))

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
    line. A line of another thread than the one before says so. With ``width``, lines are cut to so
    many columns, and the times stand at their right.
    """

    def __init__(self, stream=None, *, width=None):
        self._stream = stream
        self._lock = _forks.lock()
        self._shape = _Unbounded() if width is None else _Columns(width)
        self._open = None  # the last call shown, as long as nothing came after it
        self._column = 0  # where its line ends
        self._thread = None
        self._closed = False
        self._shared = False  # with other processes, so that no line may stay open

    def __call__(self, fields):
        if self._closed:
            return
        event = TraceEvent(fields)
        with self._lock:
            if event.event != "call" and self._open == event.id:
                text = self._shape.rest(event, self._column) + "\n"
                self._open = None
            else:
                text = "" if self._open is None else "\n"
                if self._thread not in (None, event.thread):
                    text += f"{self._shape.label}-- thread {_thread_name(event.thread)}\n"
                line = self._shape.line(event)
                stays = event.event == "call" and not self._shared
                text += line if stays else f"{line}\n"
                self._open = event.id if stays else None
                self._column = columns(line)
            self._thread = event.thread
            self._write(text)

    def share(self):
        """Write whole lines alone, two for each call: other processes write to the same place."""
        self._shared = True

    def label(self, text):
        """Have each line begin with a text, such as the number of the process."""
        self._shape.label = text

    def finish(self):
        """End the line of a call that has not ended."""
        with self._lock:
            if self._open is not None:
                self._open = None
                self._write("\n")

    def close(self):
        """Show nothing of what is traced later."""
        self._closed = True

    def _write(self, text):
        stream = self._stream or sys.stderr
        stream.write(text)
        stream.flush()


class _Unbounded:
    """Lines as long as they get."""

    label = ""  # what each line begins with

    def line(self, event):
        return f"{self.label}{event}"

    def rest(self, event, column):
        return event.describe()[len(event.name) :]


class _Columns:
    """Lines of so many columns, the times at their right."""

    label = ""
    _TIME = 8  # a space and a duration
    _LEAST = 16  # what must be left of a result on the line of its call

    def __init__(self, width):
        self._width = max(width, 40)

    def line(self, event):
        indent = self._indent(event.depth)
        room = self._width - len(indent)
        if event.event == "call":
            text = _brief(event)
            return indent + (text if columns(text) <= room else f"{clipped(text, room - 4)}...)")
        name = shortened(event.name, max(12, (room - self._TIME) * 2 // 3))
        return self._ended(event, f"{indent}{name}", 0)

    def rest(self, event, column):
        if self._width - self._TIME - column < min(self._LEAST, columns(_ending(event)) + 1):
            # On the next line, beneath the call.
            return "\n" + self._ended(event, self._indent(event.depth) + " ", 0)
        return self._ended(event, "", column)

    def _indent(self, depth):
        most = self._width // 5
        indent = "  " * depth if depth <= most else "  " * (most - 3) + f"[{depth}] "
        return self.label + indent

    def _ended(self, event, before, column):
        room = self._width - self._TIME - column
        text = f"{before} {_ending(event)}"
        if columns(text) > room:
            text = f"{clipped(text, room - 3)}..."
        return padded(text, room) + duration(event.total_ns).rjust(self._TIME)


def _brief(event):
    """A call without a receiver of which the name says as much."""
    cls = event.name.rpartition(":")[2].rpartition(".")[0].rpartition(".")[2]
    shown = event.args[0][1] if event.args else None
    told = cls and shown in (f"<{cls} object>", f"<class {cls}>")
    return _call(event.name, event.args[1:] if told else event.args)


def _call(name, arguments):
    shown = (f"{name}={value}" if name else value for name, value in arguments)
    return f"{name}({', '.join(shown)})"


def _ending(event):
    """How a call ended, on one line."""
    text = "..." if event._text is None else event._text
    return f"{'!' if event.event == 'raise' else '->'} {text}"


def _thread_name(ident):
    """The name of a thread, where the module threading knows it."""
    threading = sys.modules.get("threading")
    known = getattr(threading, "_active", {}).get(ident)
    return ident if known is None else f"{ident} {known.name}"


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
