"""Which modules stand in for others where none are named."""

from __future__ import annotations

import importlib.util

import pytest

import wraptrs
from wraptrs import _greens


@pytest.fixture
def provider():
    def provide():
        return [("colorsys", "green")]

    wraptrs.register_green_modules(provide)
    yield provide
    if provide in _greens._providers:
        wraptrs.unregister_green_modules(provide)


def test_every_function_asks_it(site, name, provider):
    def function():
        import colorsys

        return colorsys

    site(**{name: "import colorsys", f"{name}b": "import colorsys"})
    assert wraptrs.inject(name, {}).colorsys == "green"
    assert wraptrs.import_patched(f"{name}b").colorsys == "green"
    assert wraptrs.patch_function(function)() == "green"


def test_the_last_one_registered_is_asked(site, name, provider):
    @wraptrs.register_green_modules
    def other():
        yield "colorsys", "other"

    site(**{name: "import colorsys", f"{name}b": "import colorsys"})
    assert wraptrs.import_patched(name).colorsys == "other"
    wraptrs.unregister_green_modules(other)
    assert wraptrs.import_patched(f"{name}b").colorsys == "green"


def test_it_is_not_asked_without_need(site, name, provider):
    site(**{name: "import colorsys"})
    copy = wraptrs.inject(name, None, ("colorsys", "given"))
    assert copy.colorsys == "given"
    wraptrs.unregister_green_modules(provider)
    assert wraptrs.inject(name, None) is copy


def test_one_that_gives_none(provider):
    nothing = wraptrs.register_green_modules(list)
    with pytest.raises(LookupError, match="gave none"):
        wraptrs.inject("colorsys", None)
    wraptrs.unregister_green_modules(nothing)


def test_nobody_provides(monkeypatch):
    monkeypatch.setattr(_greens, "_READY", {"no_such_library": None})
    with pytest.raises(LookupError, match="register_green_modules"):
        wraptrs.inject("colorsys", None)


def test_wrong_use():
    with pytest.raises(TypeError, match="must be callable"):
        wraptrs.register_green_modules([])
    with pytest.raises(LookupError, match="no registered provider"):
        wraptrs.unregister_green_modules(test_wrong_use)


def test_the_ready_ones_name_libraries():
    assert set(_greens._READY) == {"eventlet", "gevent"}
    if not importlib.util.find_spec("eventlet"):
        pytest.skip("eventlet is not installed; the session `greens` has it")
    assert {"socket", "time", "threading"} <= dict(_greens._READY["eventlet"]()).keys()
