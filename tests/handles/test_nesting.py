"""Sets in sets, sets in several tasks, and what becomes of them when somebody else ends them."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
import types
import warnings
from functools import partial

import pytest

import wraptrs
from wraptrs import PatchSet, patches, replace, wrap


@pytest.fixture
def module():
    made = types.ModuleType("nested")
    made.x, made.y, made.f = 1, 2, lambda: "f"
    return made


def mark(wrapped, instance, args, kwargs):
    return "marked", wrapped(*args, **kwargs)


def elsewhere(function):
    """Call in another thread and in a context of its own."""
    results = []
    context = contextvars.Context()
    thread = threading.Thread(target=lambda: results.append(context.run(function)))
    thread.start()
    thread.join()
    return results[0]


class TestSetsInSets:
    @pytest.fixture
    def sets(self, module):
        inner, outer = PatchSet("inner"), PatchSet("outer")
        inner.replace(module, "x", 5)
        outer.add(inner)
        outer.replace(module, "y", 6)
        return inner, outer

    def test_the_inner_one_is_left_while_the_outer_one_is_in_force(self, module, sets):
        inner, outer = sets
        with outer:
            with inner:
                assert (module.x, module.y) == (5, 6)
            assert (module.x, module.y) == (5, 6) and inner.state == "active"
        assert (module.x, module.y) == (1, 2) and inner.state == "reverted"

    def test_the_outer_one_is_left_while_the_inner_one_is_in_force(self, module, sets):
        inner, outer = sets
        with inner:
            with outer:
                assert (module.x, module.y) == (5, 6)
            assert (module.x, module.y) == (5, 2) and outer.state == "reverted"
        assert (module.x, module.y) == (1, 2)

    def test_added_while_in_force(self, module):
        inner, outer = PatchSet(), PatchSet()
        inner.replace(module, "x", 5)
        with outer:
            outer.add(inner)
            with inner:
                pass
            assert module.x == 5
        assert module.x == 1

    def test_reverted_by_itself(self, module, sets):
        inner, outer = sets
        with outer:
            inner.revert()
            assert (module.x, module.y) == (1, 6)
        assert (module.x, module.y) == (1, 2)
        with outer:
            assert (module.x, module.y) == (5, 6)
        assert (module.x, module.y) == (1, 2)

    def test_one_that_was_in_force_stays_when_the_outer_one_fails(self, module, sets):
        inner, outer = sets
        outer.replace(module, "absent", 1)
        for apply in (inner.apply, inner.__enter__):
            apply()
            with pytest.raises(wraptrs.PatchSetError):
                outer.apply()
            assert (module.x, module.y) == (5, 2) and inner.state == "active"
            inner.revert()
            assert module.x == 1

    def test_a_member_of_two_sets(self, module, sets):
        inner, first = sets
        second = PatchSet("second")
        second.add(inner)
        with second:
            with first:
                assert module.x == 5
            assert module.x == 5
        assert module.x == 1


def test_a_set_that_is_switched_off_stays_so(module):
    chosen = PatchSet()
    chosen.replace(module, "x", 5)
    chosen.wrap(module, "f", mark)
    chosen.apply().disable().revert()
    with chosen:
        assert (module.x, module.f()) == (1, "f") and not chosen.enabled
        chosen.enable()
        assert (module.x, module.f()) == (5, ("marked", "f"))
    assert (module.x, module.f()) == (1, "f")


def test_a_coroutine_that_never_began():
    chosen = PatchSet()

    @chosen
    async def body():
        raise AssertionError("it began")

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        body().close()

        async def main():
            task = asyncio.ensure_future(body())
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        asyncio.run(main())
        gc.collect()
    assert chosen.state != "active"


class TestInContexts:
    def test_tasks_that_share_a_set(self, module):
        chosen = PatchSet("shared", scope="context")
        chosen.wrap(module, "f", mark)

        @chosen
        async def body(pause):
            await asyncio.sleep(pause)
            return module.f()

        async def block(pause):
            async with chosen:
                await asyncio.sleep(pause)
                async with chosen:
                    await asyncio.sleep(0)
                return module.f()

        async def main():
            tasks = [make(pause) for make in (body, block) for pause in (0.02, 0.04, 0.01)]
            running = asyncio.ensure_future(asyncio.gather(*tasks))
            await asyncio.sleep(0.005)
            return module.f(), len(patches("shared")), await running

        assert asyncio.run(main()) == ("f", 1, [("marked", "f")] * 6)
        assert chosen.state == "reverted" and patches() == ()
        assert type(module.f) is types.FunctionType

    def test_threads_that_share_a_set(self, module):
        chosen = PatchSet(scope="context")
        chosen.replace(module, "f", lambda: "new")
        failures = []

        def work():
            for _ in range(100):
                with chosen:
                    if module.f() != "new":
                        failures.append("not in force")
                if module.f() != "f":
                    failures.append("still in force")

        threads = [
            threading.Thread(target=contextvars.Context().run, args=(work,)) for _ in range(6)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == [] and chosen.state == "reverted" and patches() == ()

    def test_a_failure_in_one_context_leaves_the_other(self, module):
        chosen = PatchSet(scope="context")
        chosen.wrap(module, "f", mark)
        with chosen:
            chosen._members[0]._inner.guard = None
            late = chosen.wrap(module, "f", mark)

            def fail():
                late.apply = lambda: 1 / 0
                with pytest.raises(wraptrs.PatchSetError):
                    chosen.apply()
                del late.apply
                return module.f()

            assert elsewhere(fail) == "f"
            assert chosen.state == "active" and module.f() == ("marked", ("marked", "f"))
        assert module.f() == "f" and patches() == ()

    @pytest.mark.parametrize("way", ["wrap", "replace", "hotwrap", "hotpatch"])
    def test_listed_once_as_the_handle(self, module, way):
        chosen = PatchSet("mine", scope="context")
        arguments = {
            "wrap": (module, "f", mark),
            "replace": (module, "f", lambda: "new"),
            "hotwrap": (module.f, mark),
            "hotpatch": (lambda: "new", module.f),
        }[way]
        patch = getattr(chosen, way)(*arguments)
        with chosen:
            (listed,) = patches()
            assert listed is patch and (patch.kind, patch.state) == (way, "active")
            assert patch.owner == "mine" and patch.location is not None
            del listed, patch
            chosen = None
            gc.collect()
            (listed,) = patches("mine")
            assert (listed.kind, listed.state) == (way, "active")
            assert wraptrs.revert_all("mine") == 1
        assert module.f() == "f" and patches() == ()

    def test_ended_for_all_by_revert_all(self, module):
        patch = wrap(module, "f", mark, scope="context")
        assert elsewhere(wraptrs.revert_all) == 1
        assert patch.state == "reverted" and module.f() == "f"
        assert type(module.f) is types.FunctionType
        patch.apply()
        assert patch.state == "active" and module.f() == ("marked", "f")
        patch.revert()
        assert module.f() == "f" and patches() == ()

    def test_one_that_waits_is_cancelled(self, tmp_path, monkeypatch):
        (tmp_path / "nested_later.py").write_text("def f(): return 'f'\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        patch = wrap("nested_later?", "f", mark, scope="context")
        assert patches() == (patch,) and patch.state == "pending"
        patch.revert()
        assert patches() == () and patch.state == "reverted"
        patch.apply()
        import nested_later

        assert patches() == (patch,) and patch.state == "active"
        assert nested_later.f() == ("marked", "f") and elsewhere(nested_later.f) == "f"
        patch.revert()
        assert nested_later.f() == "f"


def test_a_partial_of_a_plain_function_is_one(module):
    async def awaited():
        return "awaited"

    module.f = awaited
    with pytest.raises(wraptrs.UnfitReplacementError, match="coroutine function"):
        replace(module, "f", partial(lambda: "plain"))
    with replace(module, "f", partial(awaited)):
        assert asyncio.run(module.f()) == "awaited"
