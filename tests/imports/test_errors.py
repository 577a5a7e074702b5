"""What follows when an import hook fails: an exception, a warning, or what the user says."""

from __future__ import annotations

import importlib
import sys

import pytest

from wraptrs import post_import_hooks, register_post_import_hook


def failing(module):
    raise LookupError(f"no luck with {module.__name__}")


def test_an_error_as_a_warning(site):
    site.write(hooked_warn="value = 1")
    after = site.hook("hooked_warn")
    handle = register_post_import_hook(failing, "hooked_warn", on_error="warn")
    with pytest.warns(RuntimeWarning, match=r"hook .*failing .*'hooked_warn' failed: LookupError"):
        module = importlib.import_module("hooked_warn")
    assert after == [module]
    assert (handle.state, str(handle.error)) == ("failed", "no luck with hooked_warn")
    # It waits on, and only it: the module stays, so the others are done.
    with pytest.warns(RuntimeWarning):
        importlib.reload(module)
    assert after == [module]


def test_an_error_that_a_callable_takes(site):
    site.write(hooked_taken="")
    told = []
    handle = register_post_import_hook(
        failing, "hooked_taken", on_error=lambda *arguments: told.append(arguments)
    )
    importlib.import_module("hooked_taken")
    assert told == [(handle, handle.error)]
    assert type(handle.error) is LookupError


def test_an_error_of_what_takes_the_error(site):
    site.write(hooked_taken="")

    def on_error(handle, error):
        raise KeyError("worse")

    register_post_import_hook(failing, "hooked_taken", on_error=on_error)
    with pytest.raises(KeyError, match="worse") as raised:
        importlib.import_module("hooked_taken")
    assert type(raised.value.__context__) is LookupError


def test_a_warning_that_is_an_error(site):
    site.write(hooked_warn="")
    register_post_import_hook(failing, "hooked_warn", on_error="warn")
    with pytest.raises(RuntimeWarning, match="no luck"):  # as pytest is set up here
        importlib.import_module("hooked_warn")


def test_an_error_at_once_that_is_taken(site):
    told = []
    handle = register_post_import_hook(failing, "sys", on_error=lambda *_: told.append(1))
    assert (handle.state, told) == ("failed", [1])
    handle.cancel()


@pytest.mark.parametrize("on_error", ["ignore", None, 3])
def test_what_is_no_policy(site, on_error):
    with pytest.raises(ValueError, match="on_error must be"):
        register_post_import_hook(print, "hooked_policy", on_error=on_error)
    assert not post_import_hooks("hooked_policy")


def test_a_string_hook_that_is_not_there(site):
    site.write(hooked_string="", hooked_strings="")
    for text in ("hooked_no_such_module:function", "hooked_strings:function"):
        handle = register_post_import_hook(text, "hooked_string", on_error=lambda *_: None)
        importlib.import_module("hooked_string")
        assert handle.state == "failed"
        assert isinstance(handle.error, (ImportError, AttributeError))
        handle.cancel()
        del sys.modules["hooked_string"]
