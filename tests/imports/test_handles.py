"""The handles of import hooks: states, cancelling, order, listing."""

from __future__ import annotations

import gc
import importlib
import sys
import weakref

import pytest

import wraptrs
from wraptrs import PostImportHook, post_import_hooks, register_post_import_hook


def failing(module):
    raise LookupError(f"no luck with {module.__name__}")


class FailsOnce:
    def __init__(self):
        self.calls = []

    def __call__(self, module):
        self.calls.append(module)
        if len(self.calls) == 1:
            raise LookupError("once")


# States


def test_pending_then_fired(site):
    site.write(hooked_state="")
    handle = register_post_import_hook(print, "hooked_state")
    assert isinstance(handle, PostImportHook)
    assert (handle.state, handle.module, handle.hook) == ("pending", "hooked_state", print)
    assert (handle.priority, handle.repeat, handle.error) == (0, False, None)
    importlib.import_module("hooked_state")
    assert handle.state == "fired"
    assert repr(handle) == "<post-import hook builtins:print for 'hooked_state', fired>"


def test_fired_at_once(site):
    seen = []
    handle = register_post_import_hook(seen.append, "sys")
    assert handle.state == "fired"
    assert seen == [sys]


def test_failed_then_fired(site):
    site.write(hooked_state="")
    hook = FailsOnce()
    handle = register_post_import_hook(hook, "hooked_state")
    with pytest.raises(LookupError) as raised:
        importlib.import_module("hooked_state")
    assert handle.state == "failed"
    assert handle.error is raised.value
    importlib.import_module("hooked_state")
    assert (handle.state, handle.error) == ("fired", None)


def test_the_hooks_beside_a_failed_one_are_pending_again(site):
    site.write(hooked_state="")
    others = [register_post_import_hook(lambda module: None, "hooked_state") for _ in range(2)]
    others[1:1] = [register_post_import_hook(FailsOnce(), "hooked_state")]
    with pytest.raises(LookupError):
        importlib.import_module("hooked_state")
    assert [handle.state for handle in others] == ["pending", "failed", "pending"]
    importlib.import_module("hooked_state")
    assert [handle.state for handle in others] == ["fired"] * 3


def test_what_fails_at_once_is_not_registered(site):
    with pytest.raises(LookupError, match="no luck with sys"):
        register_post_import_hook(failing, "sys")
    assert not post_import_hooks(hook=failing)


# Cancelling


def test_cancelled_before_the_import(site):
    site.write(hooked_cancel="")
    seen = []
    handle = register_post_import_hook(seen.append, "hooked_cancel")
    assert handle.cancel() is True
    assert handle.cancel() is False
    assert handle.state == "cancelled"
    assert handle not in post_import_hooks()
    importlib.import_module("hooked_cancel")
    assert not seen


def test_cancelled_by_a_hook_before_it(site):
    site.write(hooked_cancel="")
    seen = []
    register_post_import_hook(lambda module: later.cancel(), "hooked_cancel")
    later = register_post_import_hook(seen.append, "hooked_cancel")
    importlib.import_module("hooked_cancel")
    assert (later.state, seen) == ("cancelled", [])


def test_cancelled_by_itself(site):
    site.write(hooked_itself="")

    def hook(module):
        assert handle.cancel()
        raise LookupError("and never again")

    handle = register_post_import_hook(hook, "hooked_itself", on_error=lambda *_: None)
    importlib.import_module("hooked_itself")
    assert handle.state == "cancelled"
    assert not post_import_hooks("hooked_itself")


def test_cancelled_by_itself_and_failing(site):
    site.write(hooked_itself_too="")

    def hook(module):
        handle.cancel()
        raise LookupError("all the same")

    handle = register_post_import_hook(hook, "hooked_itself_too")
    with pytest.raises(LookupError, match="all the same"):
        importlib.import_module("hooked_itself_too")
    assert handle.state == "cancelled"
    assert importlib.import_module("hooked_itself_too")


def test_cancelled_after_it_fired(site):
    handle = register_post_import_hook(lambda module: None, "sys")
    assert handle.cancel() is False
    assert handle.state == "fired"


def test_cancelled_after_it_failed(site):
    site.write(hooked_cancel="")
    hook = FailsOnce()
    handle = register_post_import_hook(hook, "hooked_cancel", on_error=lambda *_: None)
    importlib.import_module("hooked_cancel")
    assert handle.cancel() is True
    importlib.reload(sys.modules["hooked_cancel"])
    assert len(hook.calls) == 1


def test_nothing_is_kept_for_what_was_cancelled_or_has_fired(site):
    class Hook:
        def __call__(self, module):
            pass

    for module, end in (("hooked_never", "cancel"), ("sys", None)):
        hook = Hook()
        handle = register_post_import_hook(hook, module, on_error=Hook())
        assert handle.hook is hook
        if end:
            handle.cancel()
        watched = weakref.ref(hook)
        del hook
        gc.collect()
        assert watched() is None
        assert handle.hook is None
        assert "Hook object" in handle.name
        assert module in repr(handle)


# Order and listing


def test_order_of_registration_and_priority(site):
    site.write(hooked_order="")
    order, handles = [], []
    for number, priority in enumerate([0, 5, 0, -1, 5]):
        handles.append(
            register_post_import_hook(
                lambda module, number=number: order.append(number),
                "hooked_order",
                priority=priority,
            )
        )
    assert list(post_import_hooks("hooked_order")) == handles
    importlib.import_module("hooked_order")
    assert order == [1, 4, 0, 2, 3]
    assert list(post_import_hooks("hooked_order")) == handles


def test_a_priority_is_an_integer(site):
    with pytest.raises(TypeError):
        register_post_import_hook(print, "hooked_number", priority="first")
    with pytest.raises(OverflowError):
        register_post_import_hook(print, "hooked_number", priority=2**80)
    assert not post_import_hooks("hooked_number")


def test_the_handle_of_a_decorated_function(site):
    @wraptrs.when_imported("hooked_listed", priority=3)
    def hook(module):
        pass

    (handle,) = post_import_hooks(hook=hook)
    assert (handle.module, handle.priority, handle.state) == ("hooked_listed", 3, "pending")
    assert handle.name == f"{__name__}:{hook.__qualname__}"
    assert post_import_hooks("hooked_listed", hook=print) == ()
    handle.cancel()


def test_names_of_hooks(site):
    by_name = register_post_import_hook("package.module:Class.method", "hooked_named")
    bound = register_post_import_hook([].append, "hooked_named")
    assert by_name.name == "package.module:Class.method"
    assert bound.name == "list.append"
    assert by_name.source is bound.source is None


def test_a_hook_registers_another(site):
    site.write(hooked_first="", hooked_second="")
    handles = []

    def hook(module):
        handles.append(register_post_import_hook(handles.append, "hooked_second"))

    register_post_import_hook(hook, "hooked_first")
    importlib.import_module("hooked_first")
    assert handles[0].state == "pending"
    second = importlib.import_module("hooked_second")
    assert handles[1] is second
    assert handles[0].state == "fired"


# Again and again


def test_a_hook_that_repeats(site):
    site.write(hooked_repeat="value = 1")
    seen = []
    handle = register_post_import_hook(
        lambda module: seen.append(module.__dict__.pop("value")), "hooked_repeat", repeat=True
    )
    module = importlib.import_module("hooked_repeat")
    importlib.reload(module)
    del sys.modules["hooked_repeat"]
    importlib.import_module("hooked_repeat")
    assert (seen, handle.state) == ([1, 1, 1], "fired")
    assert handle.cancel() is True
    importlib.reload(sys.modules["hooked_repeat"])
    assert seen == [1, 1, 1]


def test_a_hook_that_repeats_for_a_module_that_is_there(site):
    site.write(hooked_repeat="")
    module = importlib.import_module("hooked_repeat")
    seen = []
    handle = register_post_import_hook(seen.append, "hooked_repeat", repeat=True)
    assert seen == [module]
    assert importlib.reload(module) is module
    assert seen == [module] * 2
    handle.cancel()


# The handle as an object


def test_a_handle_waits_for_one_module():
    handle = PostImportHook(print, "hooked_one")
    with pytest.raises(RuntimeError, match="one module"):
        handle.__init__(print, "hooked_two")
    with pytest.raises(TypeError, match="by its name"):
        PostImportHook(print, 3)
    with pytest.raises(AttributeError, match="module"):
        PostImportHook.__new__(PostImportHook).module
    with pytest.raises(AttributeError):
        handle.state = "fired"


def test_the_registry_takes_handles_only():
    from wraptrs._hooks import registry

    for method in (registry.add, registry.cancel, registry.claim, registry.finish):
        with pytest.raises(TypeError, match="handle"):
            method(object())
        with pytest.raises(AttributeError, match="module"):
            method(PostImportHook.__new__(PostImportHook))
    assert registry.begin(None) == 0
    assert registry.waiting(3) == []
    assert not registry.cancel(PostImportHook(print, "hooked_unknown"))
