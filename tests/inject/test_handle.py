"""What an injection reports, its handle, and what it refuses."""

from __future__ import annotations

import importlib
import sys
import warnings

import pytest

import wraptrs
from support.modules import Snapshot, fake


class TestReport:
    def test_who_picked_up_what(self, site, name):
        site(
            **{
                name: f"import colorsys\nfrom . import leaf\nimport {name}past",
                f"{name}__leaf": "from cmd import Cmd",
                f"{name}past": "import colorsys",
            }
        )
        importlib.import_module(f"{name}past")
        pairs = [("colorsys", fake("colorsys")), ("cmd", fake("cmd", Cmd=1)), ("csv", fake("csv"))]
        with pytest.warns(wraptrs.InjectionWarning) as seen:
            copy = wraptrs.inject(name, None, *pairs, verify=True)
        message = str(seen[0].message)
        assert f"{name} never imported csv" in message
        assert f"reaches the usual colorsys through {name}past" in message
        assert seen[0].filename == __file__
        report = wraptrs.patch_of(copy).report
        assert report.picked_up == {"colorsys": (name,), "cmd": (f"{name}.leaf",)}
        assert report.never_imported == ("csv",)
        assert report.bypassed == {"colorsys": (f"{name}past",)}
        assert "csv never imported" in repr(report)

    def test_nothing_to_say(self, site, name):
        site(**{name: "import colorsys"})
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            wraptrs.inject(name, None, ("colorsys", fake("colorsys")), verify=True)

    def test_on_a_later_call(self, site, name):
        site(**{name: ""})
        wraptrs.inject(name, None, ("colorsys", fake("colorsys")))
        with pytest.warns(wraptrs.InjectionWarning, match="never imported colorsys"):
            wraptrs.inject(name, {}, ("colorsys", fake("colorsys")), verify=True)


class TestHandle:
    def test_what_it_says(self, site, name):
        site(**{name: "import colorsys"})
        usual = importlib.import_module(name)
        copy = wraptrs.inject(name, None, ("colorsys", fake("colorsys")))
        handle = wraptrs.patch_of(copy)
        assert isinstance(handle, wraptrs.Injection)
        assert (handle.target, handle.kind, handle.state) == (name, "inject", "active")
        assert handle.original is usual
        assert handle.replacement is handle.module is copy
        assert handle.location.startswith(__file__)
        assert handle.revert().state == "reverted"

    def test_a_new_copy_after_undoing(self, site, name):
        site(**{name: "import colorsys"})
        first = wraptrs.inject(name, None, ("colorsys", "first"))
        wraptrs.patch_of(first).revert()
        assert wraptrs.inject(name, None, ("colorsys", "second")).colorsys == "second"

    def test_applied_again_it_puts_the_same_copy(self, site, name):
        site(**{name: "import colorsys\na = 1"})
        mine = {}
        with wraptrs.Injection(name, mine, ("colorsys", "other")) as handle:
            copy = handle.module
            assert mine["a"] == 1
        assert handle.state == "reverted"
        assert "__patched_module_" + name not in sys.modules
        assert mine == {}
        handle.apply()
        assert wraptrs.inject(name, None) is copy
        assert mine["a"] == 1

    def test_another_copy_in_its_place(self, site, name):
        site(**{name: "import colorsys"})
        handle = wraptrs.Injection(name, None, ("colorsys", "other")).apply().revert()
        wraptrs.inject(name, None, ("colorsys", "another"))
        with pytest.raises(wraptrs.PatchConflictError, match="was injected again"):
            handle.apply()

    def test_names_given_later_have_a_handle_of_their_own(self, site, name):
        site(**{name: "a = 1"})
        copy = wraptrs.inject(name, None, ("colorsys", "other"))
        mine = {}
        handle = wraptrs.Injection(name, mine).apply()
        assert handle.module is copy
        handle.revert()
        assert mine == {}
        assert sys.modules["__patched_module_" + name] is copy


class TestSet:
    def test_all_or_nothing(self, site, name):
        site(**{name: "import colorsys", f"{name}bad": "1 / 0"})
        mine, before = {}, Snapshot()
        patches = wraptrs.PatchSet("mine")
        patch = patches.inject(name, mine, ("colorsys", "other"))
        with patches:
            assert patch.module.colorsys == mine["colorsys"] == "other"
            assert patch.owner == "mine"
            assert patch in wraptrs.patches("mine")
        assert before.difference() == []
        patches.inject(f"{name}bad", None, ("colorsys", "other"))
        with pytest.raises(wraptrs.PatchSetError, match="ZeroDivisionError"):
            patches.apply()
        assert mine == {}
        assert before.difference() == []

    def test_listed_and_taken_back_by_owner(self, site, name):
        site(**{name: "import colorsys"})
        before = Snapshot()
        with wraptrs.owned_by("somebody"):
            copy = wraptrs.inject(name, None, ("colorsys", "other"))
        assert wraptrs.patches("somebody") == (wraptrs.patch_of(copy),)
        wraptrs.revert_all("somebody")
        assert before.difference() == []


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((1, None), TypeError, "the name of a module"),
        (("", None), ValueError, "the full name"),
        (("a..b", None), ValueError, "the full name"),
        (("sys", None), ValueError, "cannot copy sys"),
        (("builtins", None), ValueError, "cannot copy builtins"),
        (("wraptrs.injection", None), ValueError, "cannot copy wraptrs"),
        (("cmd", []), TypeError, "new_globals must be a dict"),
        (("cmd", None, "colorsys"), TypeError, r"pairs \(name, module\)"),
        (("cmd", None, ("colorsys",)), TypeError, r"pairs \(name, module\)"),
        (("cmd", None, (1, "colorsys")), TypeError, r"pairs \(name, module\)"),
    ],
)
def test_bad_arguments(arguments, error, message):
    before = Snapshot()
    with pytest.raises(error, match=message):
        wraptrs.inject(*arguments)
    assert before.difference() == []
