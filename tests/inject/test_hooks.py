"""Post-import hooks wait for the module itself, not for a copy of it."""

from __future__ import annotations

import importlib
import sys

import pytest

import wraptrs
from support.modules import Snapshot, fake


@pytest.fixture
def fired():
    return []


def test_a_copy_is_not_what_they_wait_for(site, name, fired):
    site(**{name: "from . import leaf\nimport colorsys", f"{name}__leaf": ""})
    for part in (name, f"{name}.leaf"):
        wraptrs.register_post_import_hook(fired.append, part)
    before = Snapshot()
    copy = wraptrs.inject(name, None, ("colorsys", fake("colorsys")))
    assert fired == []
    wraptrs.patch_of(copy).revert()
    assert before.difference() == []
    module = importlib.import_module(name)
    assert fired == [module.leaf, module]


def test_what_goes_with_the_copy_is_not_either(site, name, fired):
    site(**{name: f"import {name}low", f"{name}low": "import colorsys"})
    wraptrs.register_post_import_hook(fired.append, f"{name}low")
    wraptrs.inject(name, None, ("colorsys", fake("colorsys")))
    assert fired == []
    assert importlib.import_module(f"{name}low") is fired[0]


def test_what_stays_is(site, name, fired):
    site(**{name: f"import {name}low, colorsys", f"{name}low": ""})

    def hook(module):
        import colorsys

        fired.append((module, colorsys))

    wraptrs.register_post_import_hook(hook, f"{name}low")
    import colorsys

    wraptrs.inject(name, None, ("colorsys", fake("colorsys")))
    assert fired == [(sys.modules[f"{name}low"], colorsys)]


def test_finders_of_others_are_asked(site, name, monkeypatch, fired):
    class Finder:
        def find_spec(self, fullname, path=None, target=None):
            fired.append(fullname)

    wraptrs.register_post_import_hook(print, name)
    site(**{name: "import colorsys"})
    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])
    before = Snapshot()
    copy = wraptrs.inject(name, None, ("colorsys", fake("colorsys")))
    assert fired == [name]
    wraptrs.patch_of(copy).revert()
    assert before.difference() == []
