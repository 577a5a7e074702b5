"""The finder of import hooks: beside others, in front of them, and out of the way."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import sys
import threading

import pytest

from support.lib import NAME, better
from support.lib import package as wraptrs

ImportHookFinder = importlib.import_module(f"{NAME}.importer").ImportHookFinder


def ours():
    return next(each for each in sys.meta_path if isinstance(each, ImportHookFinder))


class Finder:
    """Finds the modules of one directory."""

    def __init__(self, path):
        self.path, self.asked = path, []

    def find_spec(self, name, path=None, target=None):
        self.asked.append(name)
        return importlib.machinery.PathFinder.find_spec(name, [str(self.path)])


@pytest.fixture
def elsewhere(site, tmp_path_factory):
    """A finder of modules that are not on sys.path."""
    folder = tmp_path_factory.mktemp("elsewhere")
    for name in ("hooked_elsewhere", "hooked_bystander"):
        (folder / f"{name}.py").write_text("value = 1")
    return Finder(folder)


def test_a_finder_behind(site, elsewhere):
    sys.meta_path.append(elsewhere)
    seen = site.hook("hooked_elsewhere")
    assert seen == [importlib.import_module("hooked_elsewhere")]


@better("it is not asked")
def test_a_finder_that_was_put_in_front_before_somebody_waited(site, elsewhere):
    sys.meta_path.insert(0, elsewhere)
    seen = site.hook("hooked_elsewhere")
    assert seen == [importlib.import_module("hooked_elsewhere")]
    assert sys.meta_path[:2] == [ours(), elsewhere]


@better("it is not asked")
def test_a_finder_that_is_put_in_front_later(site, elsewhere):
    seen = site.hook("hooked_elsewhere")
    before = list(sys.meta_path)
    sys.meta_path.insert(0, elsewhere)
    with pytest.raises(ImportError):
        importlib.import_module("hooked_that_does_not_exist")
    assert sys.meta_path == [before[0], elsewhere, *before[1:]]
    assert seen == [importlib.import_module("hooked_elsewhere")]
    assert elsewhere.asked == ["hooked_that_does_not_exist", "hooked_elsewhere"]


def test_every_finder_is_asked_while_ours_moves(site):
    class Deaf:
        def __init__(self):
            self.asked = []

        def find_spec(self, name, path=None, target=None):
            self.asked.append(name)

    deaf = [Deaf() for _ in range(4)]
    site.hook("hooked_never_there")
    sys.meta_path[0:0] = deaf[:2]
    sys.meta_path[3:3] = deaf[2:3]
    sys.meta_path.append(deaf[3])
    for name in ("hooked_a", "hooked_never_there", "hooked_b"):
        with pytest.raises(ImportError):
            importlib.import_module(name)
    # Where nobody has the module, the finders behind are asked by ours and then by Python.
    expected = ["hooked_a", "hooked_never_there", "hooked_b"]
    assert [list(dict.fromkeys(each.asked)) for each in deaf] == [expected] * 4
    assert sum(each is ours() for each in sys.meta_path) == 1


def test_a_finder_that_starts_over(site, elsewhere):
    """As import systems that wrap the standard one do."""

    class Restarting:
        def find_spec(self, name, path=None, target=None):
            if not name.startswith("hooked") or self in running:
                return None
            running.append(self)
            try:
                return importlib.util.find_spec(name)
            finally:
                running.remove(self)

    running = []
    sys.meta_path.insert(1, Restarting())
    sys.meta_path.append(elsewhere)
    seen = site.hook("hooked_elsewhere")
    assert seen == [importlib.import_module("hooked_elsewhere")]
    assert ours().in_progress == {}


def test_a_finder_that_fails(site):
    class Failing:
        def find_spec(self, name, path=None, target=None):
            if name == "hooked_fail":
                assert list(ours().in_progress) == ["hooked_fail"]
                raise LookupError("the finder failed")

    sys.meta_path.insert(1, Failing())
    seen = site.hook("hooked_fail")
    with pytest.raises(LookupError, match="the finder failed"):
        importlib.import_module("hooked_fail")
    assert ours().in_progress == {}
    sys.meta_path.pop(1)
    site.write(hooked_fail="")
    assert seen == [importlib.import_module("hooked_fail")]


@better("the search began before the hook was registered")
def test_a_hook_that_is_registered_while_its_module_is_searched(site):
    seen = []

    class Registering:
        def find_spec(self, name, path=None, target=None):
            if name == "hooked_search" and not registered:
                registered.append(True)
                thread = threading.Thread(
                    target=wraptrs.register_post_import_hook, args=(seen.append, name)
                )
                thread.start()
                thread.join(10)

    registered = []
    site.write(hooked_search="")
    site.hook("hooked_other")
    sys.meta_path.insert(1, Registering())
    assert seen == [importlib.import_module("hooked_search")] or seen


def test_what_nobody_waits_for(site):
    site.write(hooked_free="")
    site.hook("hooked_other")
    finder = ours()
    assert finder.find_spec("hooked_free") is None
    assert finder.find_spec("hooked_free", None, None) is None
    assert finder.find_spec(fullname="hooked_free", path=None, target=None) is None
    assert importlib.import_module("hooked_free").__spec__.loader.__class__ is (
        importlib.machinery.SourceFileLoader
    )


@better("the finder is written in Python")
def test_no_python_frame_for_what_nobody_waits_for(site):
    site.write(hooked_free="")
    site.hook("hooked_other")
    frames = set()

    def look(frame, event, argument):
        if event == "call":
            frames.add(frame.f_code.co_filename)

    sys.setprofile(look)
    try:
        import hooked_free  # noqa: F401 - to be imported
    finally:
        sys.setprofile(None)
    assert str(site.path / "hooked_free.py") in frames
    assert not [name for name in frames if NAME in name and "tests" not in name]


@pytest.mark.parametrize("arguments", [(), (1, 2, 3, 4)])
def test_wrong_arguments(site, arguments):
    site.hook("hooked_other")
    with pytest.raises(TypeError):
        ours().find_spec(*arguments)


def test_names_that_are_none(site):
    site.hook("hooked_other")
    for name in (3, None, "\ud800", ""):
        assert ours().find_spec(name) is None


def test_a_finder_of_ones_own(site):
    class Mine(ImportHookFinder):
        pass

    site.write(hooked_mine="")
    seen = site.hook("hooked_mine")
    sys.meta_path[:] = [Mine(), *(f for f in sys.meta_path if type(f) is not ImportHookFinder)]
    assert seen == [importlib.import_module("hooked_mine")]


def test_two_finders(site):
    site.write(hooked_twice="")
    seen = site.hook("hooked_twice")
    second = ImportHookFinder()
    sys.meta_path.insert(0, second)
    module = importlib.import_module("hooked_twice")
    assert seen == [module]
    assert type(module.__spec__.loader) is importlib.machinery.SourceFileLoader
    assert sys.meta_path[0] is second  # they do not race for the first place


@better("it starts over with all finders, and there is a warning of there being none")
def test_meta_path_of_another_kind(site):
    """Somebody may put a tuple there, or nothing at all."""
    site.hook("hooked_other")
    finder, meta_path = ours(), sys.meta_path
    for other in ((), (finder,), []):
        sys.meta_path = other
        try:
            found = finder.find_spec("hooked_other")
        finally:
            sys.meta_path = meta_path
        assert found is None
