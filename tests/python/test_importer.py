"""Import hooks: every kind of module, half-imported ones, and hooks that fail."""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import zipfile

import pytest

from support.lib import better
from support.lib import package as wraptrs

# Kinds of modules


@better("without a loader nothing reports the import")
def test_namespace_package(site):
    (site.path / "hooked_namespace").mkdir()
    seen = site.hook("hooked_namespace")
    import hooked_namespace

    assert seen == [hooked_namespace]
    assert type(hooked_namespace.__spec__) is importlib.machinery.ModuleSpec
    importlib.import_module("hooked_namespace")
    assert len(seen) == 1


@better("without a loader nothing reports the import")
def test_namespace_package_imported_for_its_module(site):
    site.write({"hooked_space/part.py": "value = 1"})
    seen, inner = site.hook("hooked_space"), site.hook("hooked_space.part")
    import hooked_space.part

    assert seen == [hooked_space]
    assert inner == [hooked_space.part]


@better("the hook gets the module that was replaced")
def test_module_that_puts_something_else_in_its_place(site):
    site.write(
        hooked_self="import sys\nclass Other: value = 1\nsys.modules[__name__] = Other()\n",
    )
    seen = site.hook("hooked_self")
    import hooked_self

    assert seen == [hooked_self]
    assert hooked_self.value == 1


def test_package_and_submodule(site):
    site.write({"hooked_pack/__init__.py": "from . import sub\n", "hooked_pack/sub.py": ""})
    order = []
    for name in ("hooked_pack", "hooked_pack.sub"):
        wraptrs.register_post_import_hook(lambda module: order.append(module.__name__), name)
    importlib.import_module("hooked_pack.sub")
    assert order == ["hooked_pack.sub", "hooked_pack"]


def test_zipped_module(site):
    with zipfile.ZipFile(site.path / "bundle.zip", "w") as bundle:
        bundle.writestr("hooked_zipped.py", "value = 1")
    sys.path.insert(0, str(site.path / "bundle.zip"))
    seen = site.hook("hooked_zipped")
    try:
        import hooked_zipped
    finally:
        sys.path.remove(str(site.path / "bundle.zip"))
    assert seen == [hooked_zipped]


class OnlyExec(importlib.abc.Loader):
    def create_module(self, spec):
        return None

    def exec_module(self, module):
        module.value = "executed"


class Finder:
    def __init__(self, name, loader):
        self.name, self.loader = name, loader

    def find_spec(self, fullname, path=None, target=None):
        if fullname == self.name:
            return importlib.util.spec_from_loader(fullname, self.loader)
        return None


def test_loader_and_spec_are_the_real_ones(site):
    loader = OnlyExec()
    sys.meta_path.append(Finder("hooked_exec", loader))
    shown = []
    wraptrs.register_post_import_hook(
        lambda module: shown.extend([module.__loader__, module.__spec__.loader]), "hooked_exec"
    )
    import hooked_exec

    shown += [hooked_exec.__loader__, hooked_exec.__spec__.loader]
    assert all(each is loader for each in shown)
    assert len(shown) == 4
    assert hooked_exec.value == "executed"


def test_a_finder_placed_in_front_later(site):
    loader = OnlyExec()
    seen = site.hook("hooked_front")
    sys.meta_path.insert(0, Finder("elsewhere", loader))
    sys.meta_path.append(Finder("hooked_front", loader))
    import hooked_front

    assert seen == [hooked_front]


@better("the search starts over with all finders")
def test_finders_are_asked_once(site):
    asked = []

    class Counting(Finder):
        def find_spec(self, fullname, path=None, target=None):
            asked.append(fullname)
            return super().find_spec(fullname, path, target)

    site.hook("hooked_once")
    sys.meta_path.insert(0, Counting("elsewhere", None))
    sys.meta_path.append(Counting("hooked_once", OnlyExec()))
    importlib.import_module("hooked_once")
    assert asked == ["hooked_once"] * 2


@better("it is installed once only")
def test_the_finder_returns_after_somebody_took_it_away(site):
    site.hook("hooked_first")
    sys.meta_path[:] = [
        finder for finder in sys.meta_path if type(finder).__name__ != "ImportHookFinder"
    ]
    site.write(hooked_second="")
    seen = site.hook("hooked_second")
    import hooked_second

    assert seen == [hooked_second]


def test_a_spec_found_by_hand_can_be_executed(site):
    site.write(hooked_hand="value = 1")
    seen = site.hook("hooked_hand")
    spec = importlib.util.find_spec("hooked_hand")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert seen == [module]
    assert type(spec.loader) is importlib.machinery.SourceFileLoader


@better("its own loader stays in the spec")
@pytest.mark.skipif(sys.version_info >= (3, 12), reason="the old protocol ended with 3.11")
def test_loader_of_the_old_protocol(site, recwarn):
    import types

    class Old:
        def find_module(self, fullname, path=None):
            return self if fullname == "hooked_old" else None

        def load_module(self, name):
            module = sys.modules[name] = types.ModuleType(name)
            return module

    finder = Old()
    sys.meta_path.append(finder)
    seen = site.hook("hooked_old")
    import hooked_old

    assert seen == [hooked_old]
    assert hooked_old.__loader__ is hooked_old.__spec__.loader is finder


def test_a_loader_may_make_what_takes_no_attributes(site):
    class Sealed:
        __slots__ = ("__spec__",)
        __name__ = "hooked_sealed"

    class Sealing(OnlyExec):
        def create_module(self, spec):
            return Sealed()

        def exec_module(self, module):
            pass

    loader = Sealing()
    sys.meta_path.append(Finder("hooked_sealed", loader))
    seen = site.hook("hooked_sealed")
    module = importlib.import_module("hooked_sealed")
    assert seen == [module]
    assert module.__spec__.loader is loader


def test_a_module_nobody_finds(site):
    site.hook("hooked_nowhere")
    with pytest.raises(ModuleNotFoundError, match="hooked_nowhere"):
        importlib.import_module("hooked_nowhere")
    site.write(hooked_nowhere="")
    assert importlib.import_module("hooked_nowhere")
    assert "hooked_nowhere" not in site.importer._post_import_hooks


# Ways to register


def test_decorator_gives_the_function_back(site):
    site.write(hooked_decorated="")

    @wraptrs.when_imported("hooked_decorated")
    def hook(module):
        module.patched = True

    assert importlib.import_module("hooked_decorated").patched
    assert hook.__name__ == "hook"


def test_entry_points_of_an_installed_distribution(site):
    site.write(
        {
            "hooked-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: hooked\nVersion: 1.0\n",
            "hooked-1.0.dist-info/entry_points.txt": "[hooked.group]\n"
            "hooked_entered = hooked_hooks:patch\n",
        },
        hooked_hooks="def patch(module): module.patched = True\n",
        hooked_entered="",
    )
    wraptrs.discover_post_import_hooks("hooked.group")
    wraptrs.discover_post_import_hooks("hooked.nothing")
    assert importlib.import_module("hooked_entered").patched


def test_search_for_a_loader_by_the_old_name(site):
    site.write(hooked_loader="")
    finder = next(f for f in sys.meta_path if type(f).__name__ == "ImportHookFinder")
    assert finder.find_module("hooked_loader") is None
    site.hook("hooked_loader")
    assert finder.find_module("hooked_loader").get_filename().endswith("hooked_loader.py")


# Bad input


@better("its form is looked at when it fires")
@pytest.mark.parametrize("hook", ["module", "module:", ":function", "module:a..b"])
def test_string_hook_of_another_form(site, hook):
    with pytest.raises(ValueError, match="'module:function'"):
        wraptrs.register_post_import_hook(hook, "hooked_string")
    assert "hooked_string" not in site.importer._post_import_hooks


@better("it fails when it fires, or never")
@pytest.mark.parametrize(("hook", "name"), [(None, "hooked_bad"), (3, "sys"), (print, sys)])
def test_what_can_never_be_called_is_refused_at_once(hook, name):
    with pytest.raises(TypeError, match="must be"):
        wraptrs.register_post_import_hook(hook, name)


def test_dotted_function_in_a_string_hook(site):
    site.write(
        hooked_strings="class Hooks:\n    seen = []\n",
        hooked_by_string="",
    )
    wraptrs.register_post_import_hook("hooked_strings:Hooks.seen.append", "hooked_by_string")
    assert "hooked_strings" not in sys.modules
    import hooked_by_string

    assert sys.modules["hooked_strings"].Hooks.seen == [hooked_by_string]


# wrapt's registry, as tools handle it


def test_hooks_are_put_into_the_registry_by_hand(site):
    site.write(hooked_by_hand="", hooked_by_list="")
    hooks, seen = site.importer._post_import_hooks, []
    site.hook("hooked_never_there")  # has the finder installed
    hooks.setdefault("hooked_by_hand", []).append(seen.append)
    hooks["hooked_by_list"] = [seen.append, seen.append]
    assert {"hooked_by_hand", "hooked_by_list"} <= set(hooks)
    modules = [importlib.import_module(name) for name in ("hooked_by_hand", "hooked_by_list")]
    assert seen == [modules[0], modules[1], modules[1]]


def test_hooks_are_taken_out_of_the_registry_by_hand(site):
    site.write(hooked_out="")
    hooks = site.importer._post_import_hooks
    seen = site.hook("hooked_out")
    other = []
    wraptrs.register_post_import_hook(other.append, "hooked_out")
    kept = hooks["hooked_out"]
    assert kept == [seen.append, other.append]
    kept.remove(seen.append)
    assert hooks["hooked_out"] == [other.append]
    module = importlib.import_module("hooked_out")
    assert (seen, other) == ([], [module])
    assert hooks.get("hooked_out") is None
    assert hooks.pop("hooked_out", "default") == "default"
    with pytest.raises(KeyError):
        hooks.pop("hooked_out")
    with pytest.raises(KeyError):
        hooks["hooked_out"]
