"""A directory of modules to import, for the tests of import hooks and lazy imports."""

from __future__ import annotations

import importlib
import sys

import pytest

from support.lib import NAME
from support.lib import package as wraptrs

importer = importlib.import_module(f"{NAME}.importer")

# Installs the finder before a test works on a copy of sys.meta_path: wrapt does it only once.
wraptrs.register_post_import_hook(print, "hooked_never")


class Site:
    """A directory on sys.path for modules whose names begin with "hooked"."""

    importer = importer

    def __init__(self, path):
        self.path = path

    def write(self, sources=(), **modules):
        """Write files, given by their paths, and modules, given by their names."""
        for name, source in [
            *dict(sources).items(),
            *((f"{name}.py", source) for name, source in modules.items()),
        ]:
            file = self.path / name
            file.parent.mkdir(exist_ok=True, parents=True)
            file.write_text(source)
        importlib.invalidate_caches()

    def hook(self, name):
        """Register a hook; the list that is returned holds the modules it was called with."""
        seen = []
        wraptrs.register_post_import_hook(seen.append, name)
        return seen

    def waiting(self, name):
        """The handles of the hooks that wait for a module."""
        return [h for h in wraptrs.post_import_hooks(name) if h.state in ("pending", "failed")]


@pytest.fixture
def site(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    yield Site(tmp_path)
    for name in [name for name in sys.modules if name.startswith("hooked")]:
        del sys.modules[name]
    for name in [n for n in importer._post_import_hooks if str(n).startswith("hooked")]:
        del importer._post_import_hooks[name]
    importlib.invalidate_caches()
