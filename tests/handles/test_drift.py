"""Changes that somebody else made meanwhile, and owners that die with a patch on them."""

from __future__ import annotations

import gc
import sys
import types
import weakref

import pytest

import wraptrs
from wraptrs import PatchConflictError, replace


@pytest.fixture
def module():
    made = types.ModuleType("handles_target")
    exec("x = 1\ndef f(a, b=2): return a, b\n", made.__dict__)
    sys.modules[made.__name__] = made
    yield made
    del sys.modules[made.__name__]


class TestDrift:
    def test_is_reported_and_nothing_changes(self, module):
        handle = replace(module, "x", 5)
        assert not handle.drifted
        module.x = 99
        assert handle.drifted
        with pytest.raises(PatchConflictError, match=r"handles_target:x.*99") as caught:
            handle.revert()
        assert "leave=True" in str(caught.value) and "force=True" in str(caught.value)
        assert module.x == 99 and handle.state == "active"
        handle.revert(leave=True)
        assert module.x == 99 and handle.state == "reverted"
        module.x = 1

    def test_force_puts_back_what_was_there(self, module):
        handle = replace(module, "x", 5)
        module.x = 99
        handle.revert(force=True)
        assert module.x == 1

    def test_under_a_mock(self, module):
        from unittest import mock

        wrapped = wraptrs.wrap(module, "f", lambda w, i, a, k: "layer")
        with mock.patch.object(module, "f", lambda a: "mock"):
            with pytest.raises(PatchConflictError):
                wrapped.revert()
            wrapped.revert(leave=True)
            assert module.f(1) == "mock"
        # The mock put our layer back, which does nothing any more.
        assert module.f(1) == (1, 2)
        del module.f

    def test_deleted_by_somebody_else(self, module):
        handle = replace(module, "x", 5)
        del module.x
        with pytest.raises(PatchConflictError, match="nothing stands there"):
            handle.revert()
        handle.revert(force=True)
        assert module.x == 1


def test_a_class_that_nobody_holds_is_collected():
    class Short:
        def method(self):
            return __class__

    replace(Short, "method", lambda self: 1)
    alive = weakref.ref(Short)
    del Short
    gc.collect()
    assert alive() is None


def test_a_module_that_nobody_holds_is_collected():
    made = types.ModuleType("short")
    made.x = 1
    replace(made, "x", 2)
    alive = weakref.ref(made)
    del made
    gc.collect()
    assert alive() is None
