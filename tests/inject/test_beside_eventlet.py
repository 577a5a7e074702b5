"""The same calls of eventlet's patcher and of ours, where eventlet is installed."""

from __future__ import annotations

import importlib
import sys
import types

import pytest

import wraptrs

pytest.importorskip("eventlet", reason="eventlet is not installed; the session `greens` has it")
# It says on import that its end is near.
patcher = importlib.import_module("eventlet.patcher")


@pytest.fixture(params=[patcher, wraptrs], ids=["eventlet", "wraptrs"])
def library(request):
    return request.param


OTHER = types.ModuleType("colorsys")


def state(names):
    return {name: sys.modules.get(name) for name in names}


def test_inject(site, name, library):
    site(**{name: "import colorsys\n__version__ = '1'\n_hidden = 2"})
    import colorsys

    mine = {"__name__": "mine", "__file__": "here"}
    copy = library.inject(name, mine, ("colorsys", OTHER))
    assert copy.colorsys is mine["colorsys"] is OTHER
    assert (mine["__name__"], mine["__file__"]) == ("mine", "here")
    assert (mine["__version__"], mine["_hidden"]) == ("1", 2)
    assert state([name, "colorsys"]) == {name: None, "colorsys": colorsys}
    assert sys.modules["__patched_module_" + name] is copy
    assert library.inject(name, None, ("colorsys", None)) is copy


def test_a_module_of_a_package(site, name, library):
    site(**{name: "", f"{name}__leaf": "import colorsys"})
    package = importlib.import_module(name)
    usual = importlib.import_module(f"{name}.leaf")
    copy = library.inject(f"{name}.leaf", None, ("colorsys", OTHER))
    assert copy.__name__ == f"{name}.leaf"
    assert copy is not usual
    assert state([name, f"{name}.leaf"]) == {name: package, f"{name}.leaf": usual}
    # What eventlet leaves behind.
    assert (package.leaf is usual) == (library is wraptrs)


def test_a_package_with_submodules(site, name, library):
    site(**{name: "from . import leaf", f"{name}__leaf": "import colorsys"})
    usual = importlib.import_module(name)
    copy = library.inject(name, None, ("colorsys", OTHER))
    assert copy.leaf.colorsys is OTHER
    assert sys.modules[name] is usual
    assert (sys.modules[f"{name}.leaf"] is usual.leaf) == (library is wraptrs)


def test_an_error(site, name, library):
    site(**{name: "import colorsys\n1 / 0"})
    import colorsys

    with pytest.raises(ZeroDivisionError):
        library.inject(name, None, ("colorsys", OTHER))
    names = [name, "colorsys", "__patched_module_" + name]
    assert state(names) == dict.fromkeys(names) | {"colorsys": colorsys}


def test_an_entry_that_is_gone(site, name, library):
    site(**{name: "import sys\ndel sys.modules['nowhere']"})
    library.inject(name, None, ("nowhere", OTHER))
    assert "nowhere" not in sys.modules


def test_duplicates(site, name, library):
    site(**{name: "import colorsys"})
    import colorsys

    pairs = [("colorsys", None), ("colorsys", OTHER)]
    assert library.inject(name, None, *pairs).colorsys is OTHER
    assert sys.modules["colorsys"] is colorsys


def test_import_patched(site, name, library):
    site(**{name: "import colorsys, cmd"})
    copy = library.import_patched(name, ("cmd", OTHER), colorsys=OTHER)
    assert copy.colorsys is copy.cmd is OTHER


def test_the_default_modules(site, name, library):
    names = ["os", "select", "selectors", "socket", "ssl", "queue", "_thread", "threading", "time"]
    site(**{name: "import " + ", ".join(names)})
    copy = library.inject(name, {})
    green = {found: getattr(copy, found).__name__ for found in names}
    special = {"queue": "eventlet.green.Queue", "_thread": "eventlet.green.thread"}
    assert green == {found: f"eventlet.green.{found}" for found in names} | special


def test_patch_function(library):
    def function(argument, *, key):
        import colorsys

        return colorsys, argument, key

    import colorsys

    assert library.patch_function(function, ("colorsys", OTHER))(1, key=2) == (OTHER, 1, 2)
    assert function(1, key=2) == (colorsys, 1, 2)


def test_original(library):
    import threading

    copy = library.original("threading")
    assert copy is not threading is sys.modules["threading"]
    assert sys.modules["__original_module_threading"] is copy
    assert "__original_module__thread" in sys.modules
    assert library.original("threading") is copy
