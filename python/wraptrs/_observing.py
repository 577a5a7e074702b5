"""Watching a program from within, as ``list``, ``stat`` and ``trace`` of the command line ask for.

What they ask for comes in one environment variable, a line ``name=value`` for each setting. It is
for the process that the command started; those below it are watched with the setting "children".
"""

import os

OBSERVE = "WRAPTRS_OBSERVE"


class Settings:
    """What is asked for, as text that fits into a variable and back."""

    __slots__ = (
        "children",  # whether processes below the program are watched too
        "command",  # "list", "stat" or "trace"
        "in_place",
        "json",  # "1", or of a trace the path of a file
        "length",
        "output",  # the path of a file; standard error without
        "patterns",
        "pid",  # of the process to watch
        "redact",
        "signal",
        "sort",
        "width",
    )
    _LISTS = ("patterns", "redact")

    def __init__(self, **given):
        for name in self.__slots__:
            setattr(self, name, given.pop(name, () if name in self._LISTS else ""))
        if given:
            raise TypeError(f"there is no setting {', '.join(given)}")

    def encode(self):
        """The settings that are not empty, a line for each value."""
        pairs = []
        for name in self.__slots__:
            value = getattr(self, name)
            values = value if name in self._LISTS else () if value == "" else (value,)
            pairs += [(name, str(value)) for value in values]
        if any("\n" in value or "\0" in value for _, value in pairs):
            raise ValueError("a line break or null character cannot be in what is watched")
        return "\n".join(f"{name}={value}" for name, value in pairs)

    @classmethod
    def decode(cls, text):
        """What `encode` gave."""
        given = {}
        for line in text.split("\n"):
            name, _, value = line.partition("=")
            if name in cls._LISTS:
                given.setdefault(name, []).append(value)
            else:
                given[name] = value
        return cls(**given)

    def is_below(self):
        """Whether this process is not the program, but one that it started."""
        own = (os.getpid(), os.getppid()) if os.name == "nt" else (os.getpid(),)
        return int(self.pid) not in own


def start(text):
    """Begin to watch this process as the text of settings says."""
    settings = Settings.decode(text)
    if settings.children or not settings.is_below():
        {"list": _list, "stat": _stat, "trace": _trace}[settings.command](settings)


def _list(settings):
    from ._ending import Ending, flush_streams, on_signal
    from ._output import Output

    output = Output(settings.output or None)

    def report():
        from ._json import as_json
        from ._listing import as_table, collect

        found = collect()
        if settings.is_below() and not (found["patches"] or found["hooks"]):
            return
        text = as_json(found) if settings.json else as_table(found)
        flush_streams()
        output.write(f"{text}\n")

    Ending(_safely(report, output), bool(settings.children), early=True)
    if settings.signal:
        on_signal(int(settings.signal), _safely(report, output))


def _stat(settings):
    from ._ending import Ending, flush_streams, on_signal
    from ._output import Output
    from ._watched import Watched, render, statistics

    output = Output(settings.output or None)
    watched = Watched(settings.patterns, "time", bool(settings.in_place), output)

    def report():
        if settings.is_below() and not watched.called():
            return
        if settings.json:
            from ._json import as_json

            text = as_json(statistics(watched))
        else:
            text = render(watched, int(settings.width), settings.sort)
        flush_streams()
        output.write(f"{text}\n")

    report = _safely(report, output)
    Ending(report, bool(settings.children), forked=watched.begin_anew)
    if settings.signal:
        on_signal(int(settings.signal), report)


def _trace(settings):
    from ._ending import Ending
    from ._measures import SECRETS, TraceOptions
    from ._output import Output
    from ._traces import TraceTree, sink_for
    from ._watched import Watched, unmatched

    output = Output(settings.output or None)
    tree = None if settings.json else TraceTree(output, width=int(settings.width) or None)
    sink = tree or sink_for(settings.json)
    options = TraceOptions(sink, int(settings.length), (*SECRETS, *settings.redact), True)
    watched = Watched(settings.patterns, "trace", bool(settings.in_place), output, options)

    def report():
        if tree is not None:
            tree.finish()
        elif sink.dropped:
            several = "an event" if sink.dropped == 1 else f"{sink.dropped} events"
            output.write(f"wraptrs: {several} could not be written to {settings.json}\n")
        missing = unmatched(watched)
        if missing and not settings.is_below():
            output.write(f"wraptrs: nothing was traced for: {', '.join(missing)}\n")
        for line in watched.refusals():
            output.write(f"wraptrs: {line}\n")

    def label():
        if tree is not None:
            tree.label(f"[{os.getpid()}] ")

    def begin_anew():
        # No lock of ours is asked for: a thread that is not in the fork may have held it.
        if settings.children:
            label()
        else:
            sink.close()

    if settings.children and tree is not None:
        tree.share()
    if settings.is_below():
        label()
    Ending(_safely(report, output), bool(settings.children), forked=begin_anew)


def _safely(report, output):
    """A report whose failure is told and does not change how the program ends."""

    def write():
        try:
            report()
        except Exception as error:
            output.write(f"wraptrs: no report: {type(error).__name__}: {error}\n")

    return write
