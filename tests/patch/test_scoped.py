"""scoped_function_wrapper: one block, one layer."""

from __future__ import annotations

import asyncio
import types

import pytest

from support.lib import better, passthrough
from support.lib import package as wraptrs


def patched(wrapped, instance, args, kwargs):
    return "patched"


@pytest.fixture
def module():
    module = types.ModuleType("scoped_target")
    module.function = lambda: "original"
    return module


class TestReuse:
    @better("an AttributeError about the internals of contextlib")
    def test_second_entry_says_what_to_do(self, module):
        scope = wraptrs.scoped_function_wrapper(module, "function", patched)
        with scope:
            assert module.function() == "patched"
        with pytest.raises(RuntimeError, match="scoped_target:function was used already"), scope:
            pytest.fail("entered twice")
        assert module.function() == "original"

    @better("an AttributeError about the internals of contextlib")
    def test_entry_while_inside(self, module):
        scope = wraptrs.scoped_function_wrapper(module, "function", patched)
        with scope:
            with pytest.raises(RuntimeError, match="was used already"):
                scope.__enter__()
            assert module.function() == "patched"
        assert module.function() == "original"


class TestUnfit:
    @better("noticed at the first call of the function")
    def test_wrapper_is_refused_at_once(self, module):
        with pytest.raises(TypeError, match="cannot wrap scoped_target:function"):
            wraptrs.scoped_function_wrapper(module, "function", 5)
        assert module.function() == "original"

    @better("noticed on entry")
    def test_deferred_target_is_refused_at_once(self):
        with pytest.raises(ValueError, match="question mark"):
            wraptrs.scoped_function_wrapper("scoped_target?", "function", patched)

    def test_missing_target_is_reported_on_entry(self, module):
        scope = wraptrs.scoped_function_wrapper(module, "absent", patched)
        with pytest.raises(wraptrs.PathResolutionError, match="absent"), scope:
            pytest.fail("entered")

    @better("the argument was renamed to target")
    def test_module_is_accepted_with_a_warning(self, module):
        with pytest.warns(DeprecationWarning, match="'module' of scoped_function_wrapper"):
            scope = wraptrs.scoped_function_wrapper(module=module, name="function", wrapper=patched)
        with scope:
            assert module.function() == "patched"

    @better("the wrapper is never called")
    def test_function_wrapper_result_as_wrapper(self, module):
        wrapper = wraptrs.function_wrapper(patched)
        with wraptrs.scoped_function_wrapper(module, "function", wrapper):
            assert module.function() == "patched"


class TestDecorating:
    def test_each_call_is_a_scope(self, module):
        @wraptrs.scoped_function_wrapper(module, "function", patched)
        def body(argument):
            return argument, module.function()

        assert [body(1), body(2)] == [(1, "patched"), (2, "patched")]
        assert module.function() == "original"

    @better("the patch is gone before the body runs")
    def test_coroutine_function(self, module):
        @wraptrs.scoped_function_wrapper(module, "function", patched)
        async def body():
            await asyncio.sleep(0)
            return module.function()

        assert asyncio.run(body()) == "patched"
        assert module.function() == "original"


def test_scopes_may_overlap(module):
    original = module.function
    first = wraptrs.scoped_function_wrapper(module, "function", passthrough)
    second = wraptrs.scoped_function_wrapper(module, "function", patched)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert module.function() == "patched"
    second.__exit__(None, None, None)
    assert module.function is original
