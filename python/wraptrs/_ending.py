"""When a program ends: a report at the right moment, once in each process that shall give one."""

import os
import sys


class Ending:
    """Has a report written when this process ends, however that comes about.

    ``early`` is when the threads of the program have ended and before its exit functions, which
    may take patches back; otherwise it is after them. ``children`` says whether processes that are
    forked off report as well, each for itself; ``forked`` is called in each when it begins.

    A process that is ended by ``os._exit`` or by a signal without a handler reports nothing.
    """

    def __init__(self, report, children, *, early=False, forked=None):
        import atexit
        import threading

        self._report = report
        self._early = early
        self._children = children
        self._forked = forked
        self._done = False
        self._join = threading._shutdown
        # The interpreter calls this by its name before it runs exit functions, and so does
        # multiprocessing in a process that runs none.
        threading._shutdown = self._after_threads
        atexit.register(self._finish)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._in_child)

    def _after_threads(self, *args):
        try:
            return self._join(*args)
        finally:
            if self._early:
                self._finish()

    def _in_child(self):
        self._early = True
        self._done = not self._children
        if self._forked is not None:
            self._forked()

    def _finish(self):
        if not self._done:
            self._done = True
            self._report()


def on_signal(number, report):
    """Write a report whenever a signal arrives; a handler that the program sets replaces this.

    By signals that ask a program to end, it ends then.
    """
    import _signal

    former = _signal.getsignal(number)
    ends = [getattr(_signal, name, None) for name in ("SIGTERM", "SIGHUP", "SIGQUIT")]

    def handle(signal, frame):
        report()
        # Of those that the interpreter itself sets, such as KeyboardInterrupt's, none is lost.
        if callable(former):
            former(signal, frame)
        elif former == _signal.SIG_DFL and number in ends:
            _signal.signal(number, former)
            os.kill(os.getpid(), number)

    _signal.signal(number, handle)


def flush_streams():
    """Have what the program wrote so far stand before what comes now."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # closed, None, or somebody's own
            continue
