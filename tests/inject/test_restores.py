"""After an injection and its undoing all is as before; what was loaded on the way is sorted out."""

from __future__ import annotations

import importlib
import sys

import pytest

import wraptrs
from support.modules import Snapshot, fake


class TestPutBack:
    def check(self, name, *pairs, error=None):
        """Inject and undo; nothing at all has changed before and after the undoing."""
        before = Snapshot()
        if error is not None:
            with pytest.raises(error):
                wraptrs.inject(name, {}, *pairs)
            assert before.difference() == []
            return
        copy = wraptrs.inject(name, {}, *pairs)
        assert before.difference() == ["__patched_module_" + name]
        wraptrs.patch_of(copy).revert()
        assert before.difference() == []
        assert wraptrs.patch_of(copy) is None

    @pytest.mark.parametrize("loaded", [True, False])
    def test_module(self, site, name, loaded):
        site(**{name: "import colorsys"})
        if loaded:
            importlib.import_module(name)
        self.check(name, ("colorsys", fake("colorsys")))

    @pytest.mark.parametrize("loaded", [[], ["", ".a"], ["", ".a", ".a.deep", ".b"]])
    def test_package(self, site, name, loaded):
        site(
            **{
                name: "from . import a, b\nimport colorsys",
                f"{name}__a": "from . import deep",
                f"{name}__a__deep": "from .. import b\nimport colorsys",
                f"{name}__b": "import colorsys",
            }
        )
        for part in loaded:
            importlib.import_module(name + part)
        self.check(name, ("colorsys", fake("colorsys")))

    @pytest.mark.parametrize("loaded", [[], [""], ["", ".a"]])
    def test_submodule(self, site, name, loaded):
        site(**{name: "", f"{name}__a": "from . import b\nimport colorsys", f"{name}__b": ""})
        for part in loaded:
            importlib.import_module(name + part)
        if loaded:
            importlib.import_module(name + ".b")  # has to do with nothing, so it would stay
            self.check(f"{name}.a", ("colorsys", fake("colorsys")))
            return
        wraptrs.inject(f"{name}.a", {}, ("colorsys", fake("colorsys")))
        assert f"{name}.a" not in sys.modules
        assert not hasattr(sys.modules[name], "a")

    def test_attribute_of_the_package_that_is_no_module(self, site, name):
        site(**{name: "leaf = 'a function, say'", f"{name}__leaf": "import colorsys"})
        importlib.import_module(name)
        self.check(f"{name}.leaf", ("colorsys", fake("colorsys")))

    def test_given_modules_absent_before(self, site, name):
        site(**{name: "import nowhere, nowhere.below"})
        package = fake("nowhere", below=None)
        self.check(name, ("nowhere", package), ("nowhere.below", fake("nowhere.below")))

    def test_duplicates(self, site, name):
        site(**{name: "import colorsys"})
        self.check(name, ("colorsys", fake("one")), ("colorsys", fake("two")))

    def test_entries_that_the_import_removes(self, site, name):
        site(
            **{
                name: """
                    import sys, colorsys, nowhere
                    del sys.modules["colorsys"], sys.modules["nowhere"]
                """
            }
        )
        self.check(name, ("colorsys", fake("colorsys")), ("nowhere", fake("nowhere")))

    def test_entries_that_the_import_replaces(self, site, name):
        site(**{name: "import sys\nsys.modules['colorsys'] = sys"})
        self.check(name, ("colorsys", fake("colorsys")))

    def test_entry_none_stays(self, site, name):
        site(**{name: "import blocked"})
        sys.modules["blocked"] = None
        self.check(name, ("blocked", fake("blocked")))
        assert sys.modules["blocked"] is None

    @pytest.mark.parametrize("error", ["ZeroDivisionError", "KeyboardInterrupt", "SystemExit"])
    def test_errors(self, site, name, error):
        site(**{name: f"from . import a\nraise {error}", f"{name}__a": "import colorsys"})
        kind = getattr(__import__("builtins"), error)
        self.check(name, ("colorsys", fake("colorsys")), error=kind)

    def test_error_where_it_was_loaded(self, site, name):
        site(**{name: "import colorsys\ncolorsys.here", f"{name}__a": ""})
        sys.modules[name] = fake(name)
        self.check(name, ("colorsys", fake("colorsys")), error=AttributeError)

    def test_a_module_that_is_not_there(self, name):
        self.check(name, ("colorsys", fake("colorsys")), error=ModuleNotFoundError)

    def test_somebody_elses_import_function_stays(self, site, name, monkeypatch):
        builtins = __import__("builtins")
        usual, calls = builtins.__import__, []

        def theirs(*args, **kwargs):
            calls.append(args[0])
            return usual(*args, **kwargs)

        monkeypatch.setattr(builtins, "__import__", theirs)
        site(**{name: "import colorsys"})
        self.check(name, ("colorsys", fake("colorsys")))
        assert "colorsys" in calls

    def test_an_import_function_that_the_module_installs(self, site, name, monkeypatch):
        builtins = __import__("builtins")
        monkeypatch.setattr(builtins, "__import__", builtins.__import__)
        source = """
            import builtins
            usual = builtins.__import__
            def theirs(*args): return usual(*args)
            builtins.__import__ = theirs
        """
        site(**{name: source, f"{name}a": "import colorsys"})
        theirs = wraptrs.inject(name, None, ("cmd", None)).theirs
        assert builtins.__import__ is theirs
        other = fake("colorsys")
        assert wraptrs.inject(f"{name}a", None, ("colorsys", other)).colorsys is other
        assert builtins.__import__ is theirs
        import colorsys

        assert colorsys is not other


class TestNewDependencies:
    """What is imported for the first time under an injection."""

    def test_what_got_a_given_module_goes(self, site, name):
        site(
            **{
                name: f"import {name}top",
                f"{name}top": f"import {name}low",
                f"{name}low": "import colorsys",
            }
        )
        before = Snapshot()
        copy = wraptrs.inject(name, None, ("colorsys", "other"))
        top = getattr(copy, name + "top")
        assert getattr(top, name + "low").colorsys == "other"
        assert before.difference() == ["__patched_module_" + name]
        assert importlib.import_module(f"{name}low").colorsys is sys.modules["colorsys"]

    def test_also_by_other_ways_than_a_statement(self, site, name):
        site(
            **{
                name: f"import {name}low, {name}raw",
                f"{name}low": "import importlib\nfound = importlib.import_module('colorsys')",
                f"{name}raw": "import sys\nfound = sys.modules['colorsys']",
            }
        )
        wraptrs.inject(name, None, ("colorsys", fake("colorsys")))
        assert f"{name}low" not in sys.modules
        assert f"{name}raw" not in sys.modules

    def test_what_has_nothing_to_do_with_it_stays(self, site, name):
        site(**{name: f"import {name}low, colorsys", f"{name}low": "class Error(Exception): pass"})
        copy = wraptrs.inject(name, None, ("colorsys", "other"))
        assert sys.modules[f"{name}low"] is getattr(copy, name + "low")

    def test_unless_all_new_ones_are_to_go(self, site, name):
        site(**{name: f"import {name}low", f"{name}low": ""})
        wraptrs.inject(name, None, ("colorsys", "other"), isolate=True)
        assert f"{name}low" not in sys.modules

    def test_submodules_go_with_their_package(self, site, name):
        site(
            **{
                name: f"from {name}p import a, b",
                f"{name}p": "import colorsys",
                f"{name}p__a": "",
                f"{name}p__b": "import colorsys",
            }
        )
        before = Snapshot()
        wraptrs.inject(name, None, ("colorsys", "other"))
        assert before.difference() == ["__patched_module_" + name]

    def test_a_submodule_that_goes_leaves_its_package(self, site, name):
        site(
            **{
                name: f"from {name}p import a, b",
                f"{name}p": "b = 'was here'",
                f"{name}p__a": "",
                f"{name}p__b": "import colorsys",
            }
        )
        package = importlib.import_module(f"{name}p")
        site(**{name: f"import {name}p.a, {name}p.b", f"{name}p": "", f"{name}p__b": ""})
        site(**{f"{name}p__b": "import colorsys", f"{name}p__a": ""})
        wraptrs.inject(name, None, ("colorsys", "other"))
        assert package.b == "was here"
        assert package.a is sys.modules[f"{name}p.a"]
