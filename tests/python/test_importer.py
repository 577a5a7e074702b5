"""Import hooks: every kind of module, half-imported ones, and hooks that fail."""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import threading
import zipfile

import pytest

from support.lib import NAME, better
from support.lib import package as wraptrs

importer = importlib.import_module(f"{NAME}.importer")

# Installs the finder before a test works on a copy of sys.meta_path: wrapt does it only once.
wraptrs.register_post_import_hook(print, "hooked_never")


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A directory on sys.path; modules named hooked* are forgotten after the test."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("hooked")]:
        del sys.modules[name]
    for name in [n for n in importer._post_import_hooks if str(n).startswith("hooked")]:
        del importer._post_import_hooks[name]
    importlib.invalidate_caches()


def write(site, **sources):
    write_files(site, {f"{name}.py": source for name, source in sources.items()})


def write_files(site, sources):
    for name, source in sources.items():
        path = site / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(source)
    importlib.invalidate_caches()


def hook_for(name):
    """Registers a hook; the list it returns holds the modules the hook was called with."""
    seen = []
    wraptrs.register_post_import_hook(seen.append, name)
    return seen


# Kinds of modules


@better("without a loader nothing reports the import")
def test_namespace_package(site):
    (site / "hooked_namespace").mkdir()
    seen = hook_for("hooked_namespace")
    import hooked_namespace

    assert seen == [hooked_namespace]
    assert type(hooked_namespace.__spec__) is importlib.machinery.ModuleSpec
    importlib.import_module("hooked_namespace")
    assert len(seen) == 1


@better("without a loader nothing reports the import")
def test_namespace_package_imported_for_its_module(site):
    write_files(site, {"hooked_space/part.py": "value = 1"})
    seen, inner = hook_for("hooked_space"), hook_for("hooked_space.part")
    import hooked_space.part

    assert seen == [hooked_space]
    assert inner == [hooked_space.part]


@better("the hook gets the module that was replaced")
def test_module_that_puts_something_else_in_its_place(site):
    write(
        site,
        hooked_self="import sys\nclass Other: value = 1\nsys.modules[__name__] = Other()\n",
    )
    seen = hook_for("hooked_self")
    import hooked_self

    assert seen == [hooked_self]
    assert hooked_self.value == 1


def test_package_and_submodule(site):
    write_files(site, {"hooked_pack/__init__.py": "from . import sub\n", "hooked_pack/sub.py": ""})
    order = []
    for name in ("hooked_pack", "hooked_pack.sub"):
        wraptrs.register_post_import_hook(lambda module: order.append(module.__name__), name)
    importlib.import_module("hooked_pack.sub")
    assert order == ["hooked_pack.sub", "hooked_pack"]


def test_zipped_module(site):
    with zipfile.ZipFile(site / "bundle.zip", "w") as bundle:
        bundle.writestr("hooked_zipped.py", "value = 1")
    sys.path.insert(0, str(site / "bundle.zip"))
    seen = hook_for("hooked_zipped")
    try:
        import hooked_zipped
    finally:
        sys.path.remove(str(site / "bundle.zip"))
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
    seen = hook_for("hooked_front")
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

    hook_for("hooked_once")
    sys.meta_path.insert(0, Counting("elsewhere", None))
    sys.meta_path.append(Counting("hooked_once", OnlyExec()))
    importlib.import_module("hooked_once")
    assert asked == ["hooked_once"] * 2


@better("it is installed once only")
def test_the_finder_returns_after_somebody_took_it_away(site):
    hook_for("hooked_first")
    sys.meta_path[:] = [
        finder for finder in sys.meta_path if type(finder).__name__ != "ImportHookFinder"
    ]
    write(site, hooked_second="")
    seen = hook_for("hooked_second")
    import hooked_second

    assert seen == [hooked_second]


def test_a_spec_found_by_hand_can_be_executed(site):
    write(site, hooked_hand="value = 1")
    seen = hook_for("hooked_hand")
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
    seen = hook_for("hooked_old")
    import hooked_old

    assert seen == [hooked_old]
    assert hooked_old.__loader__ is hooked_old.__spec__.loader is finder


# Half-imported modules

LATE = f"""
import {NAME} as wraptrs
seen = []
def hook(module):
    seen.append(module.value)
wraptrs.register_post_import_hook(hook, "hooked_whole")
"""


@better("the hook gets the unfinished module")
def test_hook_waits_for_a_module_that_is_being_imported(site):
    write(site, hooked_late=LATE, hooked_whole="import hooked_late\nvalue = 'whole'\n")
    import hooked_whole

    assert sys.modules["hooked_late"].seen == ["whole"]
    assert type(hooked_whole.__spec__) is importlib.machinery.ModuleSpec
    assert not hooked_whole.__spec__._initializing


@better("the hook gets the unfinished module")
def test_deferred_patch_of_a_module_that_is_being_imported(site):
    write(
        site,
        hooked_patcher=f"import {NAME} as wraptrs\n"
        "def wrapper(wrapped, instance, args, kwargs): return wrapped(*args, **kwargs) + 1\n"
        "wraptrs.wrap_function_wrapper('hooked_target?', 'function', wrapper)\n",
        hooked_target="import hooked_patcher\ndef function(): return 1\n",
    )
    import hooked_target

    assert hooked_target.function() == 2


@better("the hook gets the unfinished module")
def test_hook_keeps_waiting_when_the_import_fails(site):
    write(site, hooked_late=LATE, hooked_whole="import hooked_late\nraise LookupError('midway')\n")
    with pytest.raises(LookupError, match="midway"):
        importlib.import_module("hooked_whole")
    write(site, hooked_whole="value = 'second attempt'\n")
    sys.modules.pop("hooked_whole", None)
    importlib.import_module("hooked_whole")
    assert sys.modules["hooked_late"].seen == ["second attempt"]


def test_hook_registered_by_a_hook_of_the_same_module_runs_at_once(site):
    write(site, hooked_nest="")
    order = []

    def outer(module):
        wraptrs.register_post_import_hook(lambda module: order.append("inner"), "hooked_nest")
        order.append("outer")

    wraptrs.register_post_import_hook(outer, "hooked_nest")
    importlib.import_module("hooked_nest")
    assert order == ["inner", "outer"]


@better("the hook gets the unfinished module")
def test_another_thread_registers_during_the_import(site):
    write(
        site,
        hooked_slow="import sys\ngate = sys.modules['hooked_gate']\ngate.begun.set()\n"
        "gate.go_on.wait(5)\nvalue = 'done'\n",
        hooked_gate="import threading\nbegun, go_on = threading.Event(), threading.Event()\n",
    )
    import hooked_gate

    seen = []
    thread = threading.Thread(target=importlib.import_module, args=("hooked_slow",))
    thread.start()
    try:
        assert hooked_gate.begun.wait(5)
        wraptrs.register_post_import_hook(lambda module: seen.append(module.value), "hooked_slow")
        assert not seen
    finally:
        hooked_gate.go_on.set()
        thread.join(5)
    assert seen == ["done"]


# Hooks that fail


def failing_once(error):
    errors = [error]

    def hook(module):
        if errors:
            raise errors.pop()
        module.patched = True

    return hook


@better("all hooks after it, and itself, are gone")
@pytest.mark.parametrize("source", ["", None], ids=["module", "namespace package"])
def test_a_failing_hook_neither_stops_the_others_nor_is_forgotten(site, source):
    if source is None:
        (site / "hooked_fail").mkdir()
    else:
        write(site, hooked_fail=source)
    before, after = [], []
    wraptrs.register_post_import_hook(before.append, "hooked_fail")
    wraptrs.register_post_import_hook(failing_once(LookupError("broken")), "hooked_fail")
    wraptrs.register_post_import_hook(after.append, "hooked_fail")

    with pytest.raises(LookupError, match="broken"):
        importlib.import_module("hooked_fail")
    assert "hooked_fail" not in sys.modules
    assert len(before) == len(after) == 1

    # The module of the second attempt is another one: all hooks have work to do.
    import hooked_fail

    assert hooked_fail.patched
    assert before[1] is after[1] is hooked_fail
    assert "hooked_fail" not in importer._post_import_hooks


@better("the hook gets the unfinished module")
def test_hooks_that_wait_for_the_end_of_an_import_can_fail_too(site):
    write(
        site,
        hooked_whole="import hooked_late\nvalue = 1\n",
        hooked_late=f"import {NAME} as wraptrs\ncalls = []\ndef hook(module):\n"
        "    calls.append(module)\n    if len(calls) == 1: raise LookupError('late')\n"
        "wraptrs.register_post_import_hook(hook, 'hooked_whole')\n",
    )
    with pytest.raises(LookupError, match="late"):
        importlib.import_module("hooked_whole")
    assert "hooked_whole" not in sys.modules
    import hooked_whole

    assert sys.modules["hooked_late"].calls[1] is hooked_whole


@better("the first ends the round")
def test_further_errors_are_shown_with_the_first(site):
    write(site, hooked_errors="")
    for number in range(3):
        wraptrs.register_post_import_hook(failing_once(LookupError(number)), "hooked_errors")
    with pytest.raises(LookupError) as raised:
        importlib.import_module("hooked_errors")
    error, numbers = raised.value, []
    while error is not None:
        numbers.append(error.args[0])
        error = error.__context__
    assert numbers == [0, 1, 2]


@better("all hooks are gone")
def test_an_interrupt_ends_the_round_but_loses_no_hook(site):
    write(site, hooked_interrupt="")
    seen = []
    wraptrs.register_post_import_hook(failing_once(KeyboardInterrupt()), "hooked_interrupt")
    wraptrs.register_post_import_hook(seen.append, "hooked_interrupt")
    with pytest.raises(KeyboardInterrupt):
        importlib.import_module("hooked_interrupt")
    assert not seen
    import hooked_interrupt

    assert hooked_interrupt.patched
    assert seen == [hooked_interrupt]


@better("all hooks are gone")
def test_notify_keeps_the_failed_hook_only(site):
    write(site, hooked_notify="")
    seen = hook_for("hooked_notify")
    wraptrs.register_post_import_hook(failing_once(LookupError("once")), "hooked_notify")
    module = type(sys)("hooked_notify")
    with pytest.raises(LookupError, match="once"):
        wraptrs.notify_module_loaded(module)
    wraptrs.notify_module_loaded(module)
    assert module.patched
    assert seen == [module]


# Bad input


@better("its form is looked at when it fires")
@pytest.mark.parametrize("hook", ["module", "module:", ":function", "module:a..b"])
def test_string_hook_of_another_form(hook):
    with pytest.raises(ValueError, match="'module:function'"):
        wraptrs.register_post_import_hook(hook, "hooked_string")
    assert "hooked_string" not in importer._post_import_hooks


@better("it fails when it fires, or never")
@pytest.mark.parametrize(("hook", "name"), [(None, "hooked_bad"), (3, "sys"), (print, sys)])
def test_what_can_never_be_called_is_refused_at_once(hook, name):
    with pytest.raises(TypeError, match="must be"):
        wraptrs.register_post_import_hook(hook, name)


def test_dotted_function_in_a_string_hook(site):
    write(
        site,
        hooked_strings="class Hooks:\n    seen = []\n",
        hooked_by_string="",
    )
    wraptrs.register_post_import_hook("hooked_strings:Hooks.seen.append", "hooked_by_string")
    assert "hooked_strings" not in sys.modules
    import hooked_by_string

    assert sys.modules["hooked_strings"].Hooks.seen == [hooked_by_string]
