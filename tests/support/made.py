"""Modules made of source text, for tests that patch by name."""

from __future__ import annotations

import sys
import types


def made_modules():
    """Gives a function that makes modules, and takes them away at the end: a fixture's body."""
    made = []

    def make(name, source, **names):
        new = types.ModuleType(name)
        sys.modules[name] = new
        made.append(name)
        new.__dict__.update(names)
        exec(compile(source, f"<{name}>", "exec", dont_inherit=True), new.__dict__)
        return new

    yield make
    for name in made:
        sys.modules.pop(name).__dict__.clear()
