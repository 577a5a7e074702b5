"""The functions that ``stat`` and ``trace`` of the command line watch, found as modules come in.

A pattern that cannot be followed is told and left out: the program must run as it would without.
"""

import os
import sys
from time import perf_counter

from ._instruments import InstrumentSet
from ._patch import module_target
from ._patterns import is_pattern
from ._tables import render_table

OWNER = "python -m wraptrs"
_SHOWN = 3


class Watched:
    """Instruments for patterns, in modules that are imported already and in those that will be."""

    def __init__(self, patterns, kind, in_place, output, options=None):
        from .instruments import _attach

        def make(target, name=None):
            return _attach(kind, target, name, in_place, OWNER, options)

        self.patterns = tuple(dict.fromkeys(patterns))
        self.begun = perf_counter()
        self.pid = os.getpid()
        self._output = output
        self._refused = []  # what patterns mean and cannot be watched, and why
        sink = options and options.sink
        self._set = InstrumentSet((), kind, make, sink, OWNER).apply()
        self._set._refused = self._refuse
        for pattern in self.patterns:
            self._watch(pattern)

    def stats(self):
        """What was counted of each function so far."""
        return self._set.stats()

    def called(self):
        """Whether there was any call."""
        return any(row.calls for row in self.stats())

    def begin_anew(self):
        """Count from the beginning, in a process that was forked off."""
        self.begun = perf_counter()
        self.pid = os.getpid()
        self._set.reset()

    def unseen(self):
        """Names of modules that were waited for, and are there without having been imported."""
        from .importer import post_import_hooks

        found = {name for watch in self._set._watches for name in watch.missed()}
        found.update(hook.module for hook in post_import_hooks() if hook.state == "pending")
        return found

    def refusals(self):
        """Lines that say which functions of patterns cannot be watched, the first of them."""
        lines = [f"cannot watch {name}: {error}" for name, error in self._refused[:_SHOWN]]
        more = len(self._refused) - _SHOWN
        return [*lines, f"cannot watch {more} more"] if more > 0 else lines

    def _refuse(self, name, error):
        self._refused.append((name, error))

    def _watch(self, pattern):
        from .importer import register_post_import_hook

        module, _, path = module_target(pattern)
        if is_pattern(module) or is_pattern(path):
            # Waiting, whether or not it is imported: a module of the program's may come later.
            self._set._put_pattern(f"{module}?:{path}")
            return

        def attach(found):
            try:
                holder, attribute, _ = _resolved(found, path)
                self._set._hold((id(holder), attribute), found, path)
            except AttributeError:
                self._output.write(f"wraptrs: cannot watch {pattern}: there is no such thing\n")
            except Exception as error:
                self._output.write(f"wraptrs: cannot watch {pattern}: {error}\n")

        register_post_import_hook(attach, module)


def _resolved(module, path):
    from ._native import resolve_path

    return resolve_path(module, path)


def unmatched(watched):
    """The patterns for which no function was found, each with what may be the reason."""
    from fnmatch import fnmatchcase

    own = _names_of_the_program(sys.modules.get("__main__"))
    unseen = watched.unseen()
    names = [stats.name for stats in watched.stats()]
    missing = []
    for pattern in watched.patterns:
        if any(fnmatchcase(name, pattern) for name in names):
            continue
        module, _, _ = module_target(pattern)
        there = [name for name in list(sys.modules) if fnmatchcase(name, module)]
        if there and unseen.issuperset(there):  # as what mypyc compiles
            missing.append(f"{pattern} (put into sys.modules without an import)")
        elif there:
            missing.append(pattern)
        elif any(fnmatchcase(name, module) for name in own):
            missing.append(f"{pattern} (the program itself cannot be watched)")
        else:
            missing.append(f"{pattern} (never imported)")
    return missing


def _names_of_the_program(main):
    """What others would import the program's own script by; ``__file__`` may be gone by now."""
    script = (getattr(sys, "argv", None) or [""])[0]
    names = getattr(getattr(main, "__spec__", None), "name", None), _stem(script)
    return [name for name in names if isinstance(name, str)]


def _stem(path):
    return os.path.splitext(os.path.basename(path))[0] if isinstance(path, str) else None


def statistics(watched):
    """The statistics as plain data that JSON can hold, the largest total first."""
    rows = sorted(watched.stats(), key=lambda row: -(row.total or 0))
    return {
        "pid": watched.pid,
        "seconds": round(perf_counter() - watched.begun, 6),
        "functions": [row.as_dict() for row in rows],
        "unmatched": unmatched(watched),
        "refused": {name: str(error) for name, error in watched._refused},
    }


def render(watched, width, sort):
    """The statistics as text for people."""
    elapsed = perf_counter() - watched.begun
    rows = watched.stats()
    called = [row for row in rows if row.calls]
    lines = ["", f"calls in process {watched.pid}, {elapsed:.3f} s:", ""]
    lines.append(render_table(called, width=width or 10_000, sort=sort) if called else "none")
    lines.append("")
    if len(called) < len(rows):
        idle = len(rows) - len(called)
        lines.append(
            "1 function was watched, and not called."
            if len(rows) == 1
            else f"{len(rows)} functions were watched, {idle} of them not called."
        )
    flying = [f"{row.name} ({row.in_flight})" for row in called if row.in_flight]
    for title, names in (
        ("calls that have not ended", flying),
        ("nothing was found for", unmatched(watched)),
    ):
        lines += [f"{title}: {name}" for name in names]
    lines += watched.refusals()
    return "\n".join(lines).rstrip()
