"""Import hooks: when they run in imports that are under way, and what follows when one fails."""

import importlib
import importlib.machinery
import importlib.util
import sys
import threading

import pytest

from support.lib import NAME, better
from support.lib import package as wraptrs

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
    site.write(hooked_late=LATE, hooked_whole="import hooked_late\nvalue = 'whole'\n")
    import hooked_whole

    assert sys.modules["hooked_late"].seen == ["whole"]
    assert type(hooked_whole.__spec__) is importlib.machinery.ModuleSpec
    assert not hooked_whole.__spec__._initializing


@better("the hook gets the unfinished module")
def test_deferred_patch_of_a_module_that_is_being_imported(site):
    site.write(
        hooked_patcher=f"import {NAME} as wraptrs\n"
        "def wrapper(wrapped, instance, args, kwargs): return wrapped(*args, **kwargs) + 1\n"
        "wraptrs.wrap_function_wrapper('hooked_target?', 'function', wrapper)\n",
        hooked_target="import hooked_patcher\ndef function(): return 1\n",
    )
    import hooked_target

    assert hooked_target.function() == 2


@better("the hook gets the unfinished module")
def test_hook_keeps_waiting_when_the_import_fails(site):
    site.write(hooked_late=LATE, hooked_whole="import hooked_late\nraise LookupError('midway')\n")
    with pytest.raises(LookupError, match="midway"):
        importlib.import_module("hooked_whole")
    site.write(hooked_whole="value = 'second attempt'\n")
    sys.modules.pop("hooked_whole", None)
    importlib.import_module("hooked_whole")
    assert sys.modules["hooked_late"].seen == ["second attempt"]


def test_hook_registered_by_a_hook_of_the_same_module_runs_at_once(site):
    site.write(hooked_nest="")
    order = []

    def outer(module):
        wraptrs.register_post_import_hook(lambda module: order.append("inner"), "hooked_nest")
        order.append("outer")

    wraptrs.register_post_import_hook(outer, "hooked_nest")
    importlib.import_module("hooked_nest")
    assert order == ["inner", "outer"]


@better("the hook gets the unfinished module")
def test_another_thread_registers_during_the_import(site):
    site.write(
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


@better("the hook gets the unfinished module")
def test_two_hooks_wait_for_one_module(site):
    site.write(
        hooked_late=LATE,
        hooked_later=LATE,
        hooked_whole="import hooked_late, hooked_later\nvalue = 'whole'\n",
    )
    importlib.import_module("hooked_whole")
    for name in ("hooked_late", "hooked_later"):
        assert (name, sys.modules[name].seen) == (name, ["whole"])


def test_a_spec_that_cannot_be_watched(site):
    """A spec of another kind tells nothing, so the hook runs at once rather than never."""

    class Spec:
        __slots__ = ("_initializing",)

    module = sys.modules["hooked_slots"] = type(sys)("hooked_slots")
    module.__spec__ = Spec()
    module.__spec__._initializing = True
    assert site.hook("hooked_slots") == [module]


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
        (site.path / "hooked_fail").mkdir()
    else:
        site.write(hooked_fail=source)
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
    assert "hooked_fail" not in site.importer._post_import_hooks


@better("the hook gets the unfinished module")
def test_hooks_that_wait_for_the_end_of_an_import_can_fail_too(site):
    site.write(
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
    site.write(hooked_errors="")
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
    site.write(hooked_interrupt="")
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
    site.write(hooked_notify="")
    seen = site.hook("hooked_notify")
    wraptrs.register_post_import_hook(failing_once(LookupError("once")), "hooked_notify")
    module = type(sys)("hooked_notify")
    with pytest.raises(LookupError, match="once"):
        wraptrs.notify_module_loaded(module)
    wraptrs.notify_module_loaded(module)
    assert module.patched
    assert seen == [module]


def test_a_failing_hook_leaves_a_reloaded_module_in_place(site):
    site.write(hooked_again="")
    wraptrs.register_post_import_hook(failing_once(LookupError("once")), "hooked_again")
    spec = importlib.machinery.PathFinder.find_spec("hooked_again", [str(site.path)])
    module = sys.modules["hooked_again"] = importlib.util.module_from_spec(spec)
    with pytest.raises(LookupError, match="once"):
        importlib.reload(module)
    assert sys.modules["hooked_again"] is module


@better("all hooks after it, and itself, are gone")
def test_one_error_object_from_several_hooks(site):
    site.write(hooked_same="")
    error = LookupError("same")
    for _ in range(3):
        wraptrs.register_post_import_hook(failing_once(error), "hooked_same")
    with pytest.raises(LookupError) as raised:
        importlib.import_module("hooked_same")
    assert raised.value is error
    assert error.__context__ is None
    assert importlib.import_module("hooked_same").patched
