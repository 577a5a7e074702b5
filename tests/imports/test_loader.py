"""Import hooks: what makes modules, lazily, twice, from elsewhere, or not at all."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import runpy
import sys
import sysconfig
import types
import zipfile
from pathlib import Path

import pytest

from support.child import run_child
from support.lib import NAME, better
from support.lib import package as wraptrs


def is_ours(loader):
    return type(loader).__name__ == "_ImportHookChainedLoader"


def shows_its_own_loader(module):
    loaders = [module.__spec__.loader]
    if hasattr(module, "__loader__"):
        loaders.append(module.__loader__)
    return not any(map(is_ours, loaders))


# Frozen, built-in and extension modules


@pytest.mark.parametrize("name", ["__hello__", "__phello__", "__phello__.spam"])
def test_frozen_modules(site, name, capsys):
    for each in [each for each in sys.modules if each.startswith(("__hello__", "__phello__"))]:
        del sys.modules[each]
    seen = site.hook(name)
    try:
        module = importlib.import_module(name)
        assert seen == [module]
        assert module.__spec__.loader is importlib.machinery.FrozenImporter
        assert shows_its_own_loader(module)
    finally:
        for each in [each for each in sys.modules if each.startswith(("__hello__", "__phello__"))]:
            del sys.modules[each]


def test_modules_written_in_c():
    """In an interpreter of its own, where they were not imported before."""
    names = ["_bisect", "_json", "xxlimited", "_testcapi", "_heapq", "array", "_statistics"]
    result = run_child(
        code=f"""
        import importlib, sys
        import {NAME} as wraptrs
        seen, absent, tried = [], [], []
        for name in {names}:
            if name in sys.modules:
                continue
            wraptrs.register_post_import_hook(seen.append, name)
            try:
                tried.append(importlib.import_module(name))
            except ImportError:
                absent.append(name)
        assert seen == tried and tried, (seen, tried)
        for module in tried:
            loader = module.__spec__.loader
            kind = loader if isinstance(loader, type) else type(loader)
            assert kind.__name__ in ("BuiltinImporter", "ExtensionFileLoader"), loader
            assert module.__loader__ is loader or module.__loader__ == loader
        print(sorted({{type(module.__spec__.loader).__name__ for module in tried}}))
        """
    )
    assert result.stdout.strip(), result.stderr


@pytest.mark.skipif(not sysconfig.get_config_var("EXT_SUFFIX"), reason="no extension modules")
def test_an_extension_module_from_a_file(site, tmp_path):
    found = importlib.util.find_spec("_testmultiphase") or importlib.util.find_spec("_json")
    if found is None or not found.has_location:
        pytest.skip("this Python has no extension modules in files")
    name = found.name
    former = sys.modules.pop(name, None)
    try:
        seen = site.hook(name)
        module = importlib.import_module(name)
        assert seen == [module]
        assert type(module.__loader__) is importlib.machinery.ExtensionFileLoader
        assert shows_its_own_loader(module)
    finally:
        if former is not None:
            sys.modules[name] = former


# Lazy loading


def lazily(spec):
    """As the documentation of LazyLoader has it."""
    loader = importlib.util.LazyLoader(spec.loader)
    spec.loader = loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    loader.exec_module(module)
    return module


@pytest.mark.parametrize("when", ["before", "between"])
def test_lazily_loaded_module(site, when):
    """The hook runs when the module does, and does not make it."""
    site.write(hooked_lazy="import sys\nsys.hooked_runs.append(1)\nvalue = 1\n")
    sys.hooked_runs, seen = [], []
    if when == "before":
        wraptrs.register_post_import_hook(lambda m: seen.append(m.value), "hooked_lazy")
    module = lazily(importlib.util.find_spec("hooked_lazy"))
    if when == "between":
        if NAME == "wrapt":
            pytest.skip("wrapt runs the hook at once, which executes the module")
        wraptrs.register_post_import_hook(lambda m: seen.append(m.value), "hooked_lazy")
    assert (seen, sys.hooked_runs) == ([], [])
    assert module.value == 1
    assert (seen, sys.hooked_runs) == ([1], [1])
    assert type(module) is types.ModuleType
    assert shows_its_own_loader(module)


class LazyFinder:
    """A finder that has everything in a directory loaded lazily."""

    def __init__(self, path):
        self.path = path

    def find_spec(self, name, path=None, target=None):
        spec = importlib.machinery.PathFinder.find_spec(name, [str(self.path)])
        if spec is not None and spec.loader is not None:
            spec.loader = importlib.util.LazyLoader(spec.loader)
        return spec


@better("the hook runs at once, which executes the module")
def test_a_finder_of_lazy_modules(site):
    site.write(hooked_lazy="import sys\nsys.hooked_runs.append(1)\nvalue = 1\n")
    sys.hooked_runs, seen = [], []
    wraptrs.register_post_import_hook(lambda m: seen.append(m.value), "hooked_lazy")
    sys.meta_path.append(LazyFinder(site.path))
    sys.meta_path[:] = [
        finder for finder in sys.meta_path if finder is not importlib.machinery.PathFinder
    ]
    import hooked_lazy

    assert (seen, sys.hooked_runs) == ([], [])
    assert hooked_lazy.value == 1
    assert (seen, sys.hooked_runs) == ([1], [1])
    assert type(hooked_lazy.__loader__) is importlib.machinery.SourceFileLoader
    assert shows_its_own_loader(hooked_lazy)


# Modules that are run rather than imported


@better("the loader of the hooks stays in the spec")
def test_runpy(site):
    site.write(
        {"hooked_package/__init__.py": "", "hooked_package/__main__.py": "SPEC = __spec__\n"},
        hooked_script="LOADER, SPEC = __loader__, __spec__\n",
    )
    seen = site.hook("hooked_script"), site.hook("hooked_package.__main__")
    names = runpy.run_module("hooked_script", run_name="__main__")
    assert type(names["LOADER"]) is importlib.machinery.SourceFileLoader
    assert names["SPEC"].loader is names["LOADER"]
    names = runpy.run_module("hooked_package")
    assert type(names["SPEC"].loader) is importlib.machinery.SourceFileLoader
    # They were not imported; whoever imports them now has the hooks called.
    assert seen == ([], [])
    assert seen[0] == [importlib.import_module("hooked_script")] or seen[0]


def test_zipped_program(site):
    bundle = site.path / "hooked_program.zip"
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr(
            "__main__.py",
            f"import {NAME} as wraptrs\nseen = []\n"
            "wraptrs.register_post_import_hook(seen.append, 'hooked_part')\n"
            "import hooked_part\nassert seen == [hooked_part]\n"
            "print(type(hooked_part.__loader__).__name__)\n",
        )
        archive.writestr("hooked_part.py", "value = 1")
    assert run_child(str(bundle)).stdout.strip() == "zipimporter"


# Reloading


def test_a_pending_hook_fires_when_the_module_is_reloaded(site):
    site.write(hooked_reload="value = 1")
    module = importlib.import_module("hooked_reload")
    del sys.modules["hooked_reload"]
    seen = site.hook("hooked_reload")
    sys.modules["hooked_reload"] = module
    assert importlib.reload(module) is module
    assert seen == [module]
    assert shows_its_own_loader(module)
    importlib.reload(module)
    assert len(seen) == 1


# Entries of sys.modules


def test_an_entry_that_is_none(site):
    """It blocks the import, and tells nobody that the module is there."""
    site.write(hooked_blocked="")
    sys.modules["hooked_blocked"] = None
    seen = site.hook("hooked_blocked")
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("hooked_blocked")
    assert not seen
    del sys.modules["hooked_blocked"]
    import hooked_blocked

    assert seen == [hooked_blocked]


@better("the hook is called, though there is no module")
@pytest.mark.parametrize("end", ["sys.modules[__name__] = None", "del sys.modules[__name__]"])
def test_a_module_that_takes_itself_away(site, end):
    site.write(hooked_away=f"import sys\n{end}\n")
    seen = site.hook("hooked_away")
    try:
        assert importlib.import_module("hooked_away") is None
    except KeyError:
        assert end.startswith("del")
    assert not seen
    site.write(hooked_away="value = 'this time it stays'\n")
    sys.modules.pop("hooked_away", None)
    assert seen == [importlib.import_module("hooked_away")]


def test_a_hook_that_replaces_the_module(site):
    site.write(hooked_replaced="")
    other = types.SimpleNamespace(value=1)
    wraptrs.register_post_import_hook(
        lambda module: sys.modules.update({module.__name__: other}), "hooked_replaced"
    )
    import hooked_replaced

    assert hooked_replaced is other


# Circles


def test_two_modules_that_import_each_other(site):
    site.write(
        hooked_chicken="import hooked_egg\nwhole = True\n",
        hooked_egg="import hooked_chicken\nwhole = True\n",
    )
    order = []
    for name in ("hooked_chicken", "hooked_egg"):
        wraptrs.register_post_import_hook(
            lambda module: order.append((module.__name__, module.whole)), name
        )
    importlib.import_module("hooked_chicken")
    assert order == [("hooked_egg", True), ("hooked_chicken", True)]


def test_a_package_whose_hook_imports_its_submodule(site):
    site.write({"hooked_pack/__init__.py": "", "hooked_pack/sub.py": "value = 1"})
    inner = site.hook("hooked_pack.sub")
    wraptrs.register_post_import_hook(
        lambda module: importlib.import_module("hooked_pack.sub"), "hooked_pack"
    )
    package = importlib.import_module("hooked_pack")
    assert inner == [package.sub]


# Loaders by themselves


def test_loaders_forward_what_they_do_not_know(site):
    site.write(hooked_source="value = 1\n")
    seen = site.hook("hooked_source")
    spec = importlib.util.find_spec("hooked_source")
    assert isinstance(spec.loader, importlib.machinery.SourceFileLoader)
    assert spec.loader.get_source("hooked_source") == "value = 1\n"
    assert spec.loader.path == str(site.path / "hooked_source.py")
    assert not hasattr(spec.loader, "no_such_method")
    assert Path(spec.origin).name == "hooked_source.py"
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert seen == [module]
    assert shows_its_own_loader(module)


def test_a_module_made_and_never_executed(site):
    site.write(hooked_made="")
    seen = site.hook("hooked_made")
    importlib.util.module_from_spec(importlib.util.find_spec("hooked_made"))
    assert not seen
    assert seen == [importlib.import_module("hooked_made")]


class OnlyLoads:
    """A loader of the protocol before Python 3.4, found by a finder of the present one."""

    def load_module(self, name):
        module = sys.modules[name] = types.ModuleType(name)
        module.value = 1
        return module


@better("its own loader stays in the spec, and a failed hook is forgotten")
@pytest.mark.filterwarnings("ignore::ImportWarning", "ignore::DeprecationWarning")
@pytest.mark.skipif(sys.version_info >= (3, 15), reason="the old protocol of loaders is gone")
@pytest.mark.parametrize("fails", [False, True])
def test_a_loader_with_load_module_only(site, fails):
    class Finder:
        def find_spec(self, name, path=None, target=None):
            if name == "hooked_old":
                return importlib.machinery.ModuleSpec(name, OnlyLoads())
            return None

    sys.meta_path.append(Finder())
    seen = []

    def hook(module):
        seen.append(module)
        if fails and len(seen) == 1:
            raise LookupError("once")

    wraptrs.register_post_import_hook(hook, "hooked_old")
    if fails:
        with pytest.raises(LookupError, match="once"):
            importlib.import_module("hooked_old")
        assert "hooked_old" not in sys.modules
    module = importlib.import_module("hooked_old")
    assert seen[-1] is module
    assert type(module.__spec__.loader) is OnlyLoads
    assert shows_its_own_loader(module)
