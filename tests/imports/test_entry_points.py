"""Hooks in the entry points of installed distributions: tiny projects, read as pip leaves them."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import textwrap
import traceback
import zipfile
from pathlib import Path

import pytest

import wraptrs
from wraptrs import discover_post_import_hooks

GROUP = "hooked.group"


class Index:
    """A directory of installed distributions."""

    def __init__(self, site):
        self.site = site

    def install(self, name, entry_points, group=GROUP, **modules):
        """What pip leaves of a project: its modules, metadata and entry points."""
        lines = "".join(f"{target} = {hook}\n" for target, hook in entry_points.items())
        self.site.write(
            {
                f"{name}-1.2.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\n"
                "Version: 1.2\n",
                f"{name}-1.2.dist-info/entry_points.txt": f"[{group}]\n{lines}",
                f"{name}-1.2.dist-info/RECORD": "",
            },
            **modules,
        )


@pytest.fixture
def index(site):
    return Index(site)


def shown(error):
    return "".join(traceback.format_exception(type(error), error, error.__traceback__))


def test_eager(index):
    index.install(
        "hooked_one",
        {"hooked_target": "hooked_one:patch"},
        hooked_one="def patch(module): module.patched = True\n",
        hooked_target="",
    )
    (handle,) = discover_post_import_hooks(GROUP)
    one = sys.modules["hooked_one"]
    assert (handle.module, handle.state, handle.hook) == ("hooked_target", "pending", one.patch)
    assert handle.source == (
        "the entry point 'hooked_target = hooked_one:patch' of the group 'hooked.group' in the "
        "distribution 'hooked_one 1.2'"
    )
    assert importlib.import_module("hooked_target").patched
    assert handle.state == "fired"
    assert discover_post_import_hooks("hooked.nothing") == ()


def test_lazy(index):
    index.install(
        "hooked_one",
        {"hooked_target": "hooked_one:Hooks.patch"},
        hooked_one="class Hooks:\n    def patch(module): module.patched = True\n",
        hooked_target="",
    )
    (handle,) = discover_post_import_hooks(GROUP, lazy=True)
    assert "hooked_one" not in sys.modules
    assert handle.name == "hooked_one:Hooks.patch"
    assert "'hooked_one 1.2'" in handle.source
    assert importlib.import_module("hooked_target").patched
    assert "hooked_one" in sys.modules


def test_lazy_for_a_module_that_is_there(index):
    index.install(
        "hooked_one",
        {"sys": "hooked_one:seen.append"},
        hooked_one="seen = []\n",
    )
    (handle,) = discover_post_import_hooks(GROUP, lazy=True)
    assert handle.state == "fired"
    assert sys.modules["hooked_one"].seen == [sys]


def test_options(index):
    index.install("hooked_one", {"hooked_target": "hooked_one:f"}, hooked_target="")
    told = []
    (handle,) = discover_post_import_hooks(
        GROUP, lazy=True, priority=7, repeat=True, on_error=lambda *_: told.append(_)
    )
    assert (handle.priority, handle.repeat) == (7, True)
    importlib.import_module("hooked_target")
    assert told == [(handle, handle.error)]
    assert isinstance(handle.error, ModuleNotFoundError)
    handle.cancel()


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize(
    ("hook", "source", "error"),
    [
        ("hooked_not_there:patch", None, ModuleNotFoundError),
        ("hooked_bad:missing", "", AttributeError),
        ("hooked_bad:patch", "1 / 0\n", ZeroDivisionError),
        ("hooked_bad:patch", "patch = 3\n", TypeError),
    ],
)
def test_a_hook_that_cannot_be_loaded(index, lazy, hook, source, error):
    modules = {} if source is None else {"hooked_bad": source}
    index.install("hooked_broken", {"hooked_target": hook}, hooked_target="", **modules)
    with pytest.raises(error) as raised:
        discover_post_import_hooks(GROUP, lazy=lazy)
        importlib.import_module("hooked_target")
    text = shown(raised.value)
    assert f"the entry point 'hooked_target = {hook}'" in text
    assert "the distribution 'hooked_broken 1.2'" in text
    assert len(index.site.waiting("hooked_target")) == (1 if lazy else 0)


def test_a_hook_that_fails(index):
    index.install(
        "hooked_broken",
        {"hooked_target": "hooked_bad:patch"},
        hooked_bad="def patch(module): raise LookupError('as it is')\n",
        hooked_target="",
    )
    discover_post_import_hooks(GROUP)
    for _ in range(2):
        with pytest.raises(LookupError, match="as it is") as raised:
            importlib.import_module("hooked_target")
        text = shown(raised.value)
        assert text.count("the distribution 'hooked_broken 1.2'") == 1
        assert "the entry point 'hooked_target = hooked_bad:patch'" in text


def test_one_that_cannot_be_loaded_does_not_stop_the_others(index):
    patch = "def patch(module): module.seen = [*getattr(module, 'seen', []), __name__]\n"
    index.install("hooked_a", {"hooked_target": "hooked_a:patch"}, hooked_a=patch)
    index.install("hooked_b", {"hooked_target": "hooked_b:patch"}, hooked_b="import hooked_c_dep")
    index.install("hooked_c", {"hooked_target": "hooked_c:patch"}, hooked_c=patch, hooked_target="")
    with pytest.raises(ModuleNotFoundError, match="hooked_c_dep") as raised:
        discover_post_import_hooks(GROUP)
    assert "hooked_b 1.2" in shown(raised.value)
    assert sorted(importlib.import_module("hooked_target").seen) == ["hooked_a", "hooked_c"]


def test_one_that_cannot_be_loaded_yet(index):
    """With another policy it waits, and is tried again when the module is imported."""
    index.install("hooked_late", {"hooked_target": "hooked_later:patch"}, hooked_target="")
    with pytest.warns(RuntimeWarning, match=r"hooked_late 1\.2' failed: ModuleNotFoundError"):
        (handle,) = discover_post_import_hooks(GROUP, on_error="warn")
    assert handle.state == "failed"
    index.site.write(hooked_later="def patch(module): module.patched = True\n")
    assert importlib.import_module("hooked_target").patched
    assert handle.state == "fired"


def test_metadata_is_read_when_called(index):
    assert discover_post_import_hooks(GROUP) == ()
    index.install("hooked_new", {"hooked_target": "builtins:repr"}, hooked_target="")
    assert len(discover_post_import_hooks(GROUP)) == 1
    assert len(index.site.waiting("hooked_target")) == 1


# Whole programs


@pytest.fixture
def wheel(tmp_path):
    """The wheel of a project with an entry point, for pip to install."""
    files = {
        "hooked_project.py": "def patch(module):\n    module.patched = __name__\n",
        "hooked_project-3.4.dist-info/METADATA": "Metadata-Version: 2.1\nName: hooked-project\n"
        "Version: 3.4\n",
        "hooked_project-3.4.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
        "hooked_project-3.4.dist-info/entry_points.txt": f"[{GROUP}]\n"
        "colorsys = hooked_project:patch\n",
    }
    record = "hooked_project-3.4.dist-info/RECORD"
    files[record] = "".join(f"{name},,\n" for name in [*files, record])
    path = tmp_path / "hooked_project-3.4-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def child(code, *path):
    home = str(Path(wraptrs.__file__).parents[1])
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([home, *map(str, path)])},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout


PROGRAM = f"""
    import sys, wraptrs
    (handle,) = wraptrs.discover_post_import_hooks({GROUP!r}, lazy=LAZY)
    print("hooked_project" in sys.modules, handle.state)
    import colorsys
    print(colorsys.patched, handle.state, type(colorsys.__loader__).__name__)
    print(handle.source.rpartition(" in ")[2])
"""


@pytest.mark.parametrize("lazy", [False, True])
def test_a_project_that_pip_installed(wheel, tmp_path, lazy):
    pytest.importorskip("pip")
    target = tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--no-index", "--target", target, wheel], check=True)
    assert child(PROGRAM.replace("LAZY", str(lazy)), target).splitlines() == [
        f"{not lazy} pending",
        "hooked_project fired SourceFileLoader",
        "the distribution 'hooked-project 3.4'",
    ]


def test_a_program_with_several_projects(index, tmp_path):
    for name in ("hooked_a", "hooked_b"):
        index.install(
            name,
            {"xml.dom.domreg": f"{name}:patch", "xml.dom": f"{name}:patch"},
            **{name: "def patch(module): print(module.__name__, __name__)\n"},
        )
    program = f"""
        import wraptrs
        assert len(wraptrs.discover_post_import_hooks({GROUP!r}, lazy=True)) == 4
        print("armed")
        import xml.dom
        print("done")
    """
    lines = child(program, tmp_path).splitlines()
    assert sorted(lines[1:3]) == ["xml.dom.domreg hooked_a", "xml.dom.domreg hooked_b"]
    assert sorted(lines[3:5]) == ["xml.dom hooked_a", "xml.dom hooked_b"]
    assert (lines[0], lines[5:]) == ("armed", ["done"])
