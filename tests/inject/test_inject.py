"""inject() and import_patched(): what the copy is and gets, and which names go out."""

from __future__ import annotations

import importlib
import sys

import pytest

import wraptrs
from support.modules import Snapshot, fake


class TestCopy:
    def test_it_holds_the_given_module_and_the_usual_one_keeps_the_usual(self, site, name):
        site(**{name: "import colorsys\nfrom colorsys import rgb_to_hls as convert"})
        usual = importlib.import_module(name)
        import colorsys

        other = fake("colorsys", rgb_to_hls="other")
        copy = wraptrs.inject(name, None, ("colorsys", other))
        assert copy is not usual
        assert copy.colorsys is other
        assert copy.convert == "other"
        assert usual.colorsys is colorsys
        assert sys.modules[name] is usual
        assert sys.modules["colorsys"] is colorsys
        assert copy.__name__ == name
        assert copy.__spec__.name == name

    def test_it_is_kept_under_a_name_of_its_own(self, site, name):
        site(**{name: "import colorsys"})
        first = wraptrs.inject(name, None, ("colorsys", fake("colorsys")))
        assert sys.modules["__patched_module_" + name] is first
        assert wraptrs.inject(name, None, ("colorsys", fake("another"))) is first
        assert wraptrs.import_patched(name) is first
        assert name not in sys.modules

    def test_import_patched_takes_keywords(self, site, name):
        site(**{name: "import colorsys, cmd"})
        one, two = fake("colorsys"), fake("cmd")
        copy = wraptrs.import_patched(name, ("colorsys", one), cmd=two)
        assert (copy.colorsys, copy.cmd) == (one, two)

    def test_the_last_of_several_for_one_name_is_used(self, site, name):
        site(**{name: "import colorsys"})
        import colorsys

        last = fake("colorsys")
        pairs = [("colorsys", fake("colorsys")), ("colorsys", fake("colorsys")), ("colorsys", last)]
        assert wraptrs.inject(name, None, *pairs).colorsys is last
        assert sys.modules["colorsys"] is colorsys

    def test_none_makes_the_import_fail(self, site, name):
        site(**{name: "try:\n    import colorsys\nexcept ImportError:\n    colorsys = 'missing'"})
        assert wraptrs.inject(name, None, ("colorsys", None)).colorsys == "missing"

    def test_a_module_that_replaces_itself(self, site, name):
        site(**{name: "import sys\nsys.modules[__name__] = type(sys)('another')"})
        assert wraptrs.inject(name, None, ("colorsys", fake("colorsys"))).__name__ == "another"
        assert name not in sys.modules

    def test_a_dotted_name_gives_the_leaf(self, site, name):
        site(**{name: "", f"{name}__leaf": "import colorsys"})
        other = fake("colorsys")
        copy = wraptrs.inject(f"{name}.leaf", None, ("colorsys", other))
        assert copy.__name__ == f"{name}.leaf"
        assert copy.colorsys is other

    def test_a_dotted_name_may_be_given(self, site, name):
        site(**{name: "from xml import dom\nimport xml.dom as again\nfrom xml.dom import Node"})
        import xml.dom

        usual = xml.dom
        other = fake("xml.dom", Node="other")
        copy = wraptrs.inject(name, None, ("xml.dom", other))
        assert (copy.dom, copy.again, copy.Node) == (other, other, "other")
        assert xml.dom is usual is sys.modules["xml.dom"]

    def test_a_submodule_of_the_package_itself_may_be_given(self, site, name):
        site(**{name: "from . import leaf\nfrom .leaf import who", f"{name}__leaf": "who = 1"})
        importlib.import_module(name)
        copy = wraptrs.inject(name, None, (f"{name}.leaf", fake("leaf", who="other")))
        assert copy.who == "other"
        assert sys.modules[f"{name}.leaf"].who == 1

    def test_submodules_are_executed_again(self, site, name):
        site(**{name: "from . import leaf", f"{name}__leaf": "import colorsys"})
        usual = importlib.import_module(name)
        other = fake("colorsys")
        copy = wraptrs.inject(name, None, ("colorsys", other))
        assert copy.leaf is not usual.leaf
        assert copy.leaf.colorsys is other
        assert sys.modules[f"{name}.leaf"] is usual.leaf

    def test_injections_nest(self, site, name):
        site(
            **{
                f"{name}a": "import colorsys, cmd",
                f"{name}b": f"""
                    import wraptrs, colorsys
                    inner = wraptrs.inject({name + "a"!r}, None, ("cmd", "inner"))
                """,
            }
        )
        before = Snapshot()
        copy = wraptrs.inject(f"{name}b", None, ("colorsys", "outer"))
        assert (copy.colorsys, copy.inner.colorsys, copy.inner.cmd) == ("outer", "outer", "inner")
        wraptrs.patch_of(copy).revert()
        wraptrs.patch_of(copy.inner).revert()
        assert before.difference() == []

    def test_a_module_that_injects_itself(self, site, name):
        site(**{name: "import wraptrs\nwraptrs.inject(__name__, None, ('cmd', None))"})
        with pytest.raises(ImportError, match=f"{name} is being injected already"):
            wraptrs.inject(name, None, ("cmd", None))
        assert name not in sys.modules


class TestNewGlobals:
    SOURCE = """
        '''The docstring of the module.'''
        __version__ = "1"
        __all__ = ["visible"]
        visible, _hidden = 1, 2
        count: int = 3
    """

    def test_all_names_but_those_of_one_module(self, site, name):
        site(**{name: self.SOURCE})
        mine = {"__name__": "mine", "__file__": "here", "__doc__": "my own", "visible": 0}
        copy = wraptrs.inject(name, mine, ("cmd", None))
        assert mine == {
            "__name__": "mine",
            "__file__": "here",
            "__doc__": "my own",
            "visible": 1,
            "_hidden": 2,
            "count": 3,
            "__version__": "1",
            "__all__": copy.__all__,
        }

    def test_a_docstring_where_there_is_none(self, site, name):
        site(**{name: self.SOURCE})
        mine = {"__doc__": None}
        wraptrs.inject(name, mine, ("cmd", None))
        assert mine["__doc__"] == "The docstring of the module."

    def test_later_calls_give_the_names_too(self, site, name):
        site(**{name: self.SOURCE})
        wraptrs.inject(name, None, ("cmd", None))
        mine = {}
        wraptrs.inject(name, mine, ("cmd", None))
        assert mine["visible"] == 1

    def test_names_made_on_demand(self, site, name):
        site(
            **{
                name: """
                    def __dir__(): return ["made", "promised"]
                    def __getattr__(name):
                        if name == "made":
                            import colorsys
                            return colorsys
                        raise AttributeError(name)
                """
            }
        )
        mine = {}
        wraptrs.inject(name, mine, ("colorsys", "other"))
        assert mine == {"made": "other"}

    def test_an_error_on_the_way_leaves_nothing(self, site, name):
        site(
            **{
                name: """
                    visible = 1
                    def __dir__(): return ["visible", "broken"]
                    def __getattr__(name): raise ZeroDivisionError
                """
            }
        )
        mine, before = {}, Snapshot()
        with pytest.raises(ZeroDivisionError):
            wraptrs.inject(name, mine, ("cmd", None))
        assert mine == {}
        assert before.difference() == []

    def test_undone_where_they_still_stand(self, site, name):
        site(**{name: "a = b = c = 1"})
        mine = {"a": 0, "b": 0}
        copy = wraptrs.inject(name, mine, ("cmd", None))
        mine["b"] = "changed by somebody else"
        wraptrs.patch_of(copy).revert()
        assert mine == {"a": 0, "b": "changed by somebody else"}
