"""A set as a decorator: in force while a body of any of the four kinds runs."""

from __future__ import annotations

import asyncio
import sys
import types

import pytest

from wraptrs import PatchSet


@pytest.fixture
def module():
    made = types.ModuleType("set_target")
    exec("x = 1\ny = 2\ndef f(): return 'f'\ndef g(): return 'g'\n", made.__dict__)
    sys.modules[made.__name__] = made
    yield made
    sys.modules.pop(made.__name__, None)


class TestDecorator:
    @pytest.fixture
    def patches(self, module):
        patches = PatchSet()
        patches.replace(module, "x", 5)
        return patches

    def test_function(self, module, patches):
        @patches
        def body(a, *, b=2):
            """Doc."""
            return module.x, a, b

        assert body(1) == (5, 1, 2) and module.x == 1
        assert body.__doc__ == "Doc." and body.__name__ == "body"

    def test_method(self, module, patches):
        class Case:
            @patches
            def body(self):
                return module.x, self

        case = Case()
        assert case.body() == (5, case) and module.x == 1

    def test_recursion(self, module, patches):
        @patches
        def body(depth):
            return module.x if not depth else body(depth - 1)

        assert body(3) == 5 and module.x == 1

    def test_coroutine(self, module, patches):
        @patches
        async def body():
            before = module.x
            await asyncio.sleep(0)
            return before, module.x

        made = body()
        assert module.x == 1
        assert asyncio.run(made) == (5, 5) and module.x == 1

    def test_generator(self, module, patches):
        @patches
        def body():
            yield module.x
            yield module.x

        made = body()
        assert module.x == 1
        assert next(made) == 5 and module.x == 5
        assert list(made) == [5] and module.x == 1

    def test_async_generator(self, module, patches):
        @patches
        async def body():
            yield module.x
            await asyncio.sleep(0)
            yield module.x

        async def drive():
            return [item async for item in body()]

        assert asyncio.run(drive()) == [5, 5] and module.x == 1

    def test_async_with(self, module, patches):
        async def drive():
            async with patches:
                return module.x

        assert asyncio.run(drive()) == 5 and module.x == 1
