"""`PatchSet`: all of it or nothing, deferred members, nesting, and bodies of four kinds."""

from __future__ import annotations

import json
import os
import sys
import types

import pytest

import wraptrs
from wraptrs import PatchSet, PatchSetError, RevertError


@pytest.fixture
def module():
    made = types.ModuleType("set_target")
    exec("x = 1\ny = 2\ndef f(): return 'f'\ndef g(): return 'g'\n", made.__dict__)
    sys.modules[made.__name__] = made
    yield made
    sys.modules.pop(made.__name__, None)


def shout(wrapped, instance, args, kwargs):
    return wrapped(*args, **kwargs).upper()


def full(module):
    """A set with one member of each kind."""
    patches = PatchSet("tests")
    patches.replace(module, "x", 10)
    patches.wrap(module, "f", shout)
    patches.wrap_object(module, "y", lambda value, plus: value + plus, (5,))
    patches.hotpatch(lambda: "hot", module.g)
    patches.item(module.__dict__, "z", 3)
    patches.env("WRAPTRS_TEST_VARIABLE", "on")
    patches.delete(module, "__doc__")
    return patches


def seen(module):
    return (
        module.x,
        module.f(),
        module.y,
        module.g(),
        getattr(module, "z", None),
        os.environ.get("WRAPTRS_TEST_VARIABLE"),
        hasattr(module, "__doc__") and "__doc__" in vars(module),
    )


BEFORE = (1, "f", 2, "g", None, None, True)
AFTER = (10, "F", 7, "hot", 3, "on", False)


def test_every_kind_of_member(module):
    patches = full(module)
    assert seen(module) == BEFORE and patches.state == "pending"
    assert patches.apply() is patches
    assert seen(module) == AFTER and patches.state == "active"
    assert [patch.owner for patch in patches.patches] == ["tests"] * 7
    assert wraptrs.patches("tests") == patches.patches
    patches.revert()
    assert seen(module) == BEFORE and patches.state == "reverted"
    assert wraptrs.patches("tests") == ()
    with patches:
        assert seen(module) == AFTER
    assert seen(module) == BEFORE


def test_apply_and_revert_are_idempotent(module):
    patches = full(module).apply()
    patches.apply()
    assert seen(module) == AFTER
    patches.revert()
    patches.revert()
    assert seen(module) == BEFORE


@pytest.mark.parametrize("position", range(8))
def test_when_one_fails_all_are_gone(module, position):
    patches = full(module)
    failing = PatchSet()
    for index, patch in enumerate(patches.patches):
        if index == position:
            failing.replace(module, "absent", 1)
        failing.add(patch)
    if position == 7:
        failing.replace(module, "absent", 1)
    with pytest.raises(
        PatchSetError, match=f"member {position + 1} of 8, .*absent.*failed"
    ) as caught:
        failing.apply()
    assert isinstance(caught.value.__cause__, wraptrs.PathResolutionError)
    assert caught.value.patch is failing.patches[position]
    assert caught.value.patch.state == "failed" and failing.state == "failed"
    assert seen(module) == BEFORE
    assert not wraptrs.patches("tests")


def test_what_was_active_before_stays_when_the_set_fails(module):
    patches = PatchSet()
    already = patches.replace(module, "x", 10).apply()
    patches.replace(module, "absent", 1)
    with pytest.raises(PatchSetError):
        patches.apply()
    assert module.x == 10 and already.state == "active"
    already.revert()


def test_errors_while_taking_back_are_attached(module):
    class Stubborn:
        """Its attribute can be set once, and not be put back."""

        value = 1

        def __setattr__(self, name, value):
            if value == 1:
                raise RuntimeError("stuck")
            object.__setattr__(self, name, value)

    thing = Stubborn()
    object.__setattr__(thing, "value", 1)
    patches = PatchSet()
    member = patches.replace(thing, "value", 2)
    patches.replace(module, "absent", 1)
    with pytest.raises(PatchSetError) as caught:
        patches.apply()
    (note,) = caught.value.__notes__
    assert "could not be taken back" in note and "stuck" in note
    object.__setattr__(thing, "value", 1)
    with pytest.raises(wraptrs.PatchConflictError):
        member.revert()
    member.revert(leave=True)


def test_reverting_goes_on_and_reports_all_failures(module):
    patches = PatchSet()
    for name in ("x", "y", "f"):
        patches.replace(module, name, lambda: "new", check=False)
    patches.apply()
    module.x = module.f = "drift"
    with pytest.raises(RevertError) as caught:
        patches.revert()
    assert len(caught.value.exceptions) == 2
    assert all(isinstance(error, wraptrs.PatchConflictError) for error in caught.value.exceptions)
    assert "set_target:f" in str(caught.value.exceptions[0])
    if sys.version_info < (3, 11):
        assert "set_target:x" in str(caught.value)
    assert module.y == 2 and module.x == "drift"
    assert [patch.state for patch in patches.patches] == ["active", "reverted", "active"]
    assert patches.state == "active"
    patches.revert(force=True)
    assert (module.x, module.y, module.f()) == (1, 2, "f")


def test_one_failure_is_raised_as_it_is(module):
    patches = PatchSet()
    patches.replace(module, "x", 5)
    patches.apply()
    module.x = 6
    with pytest.raises(wraptrs.PatchConflictError):
        patches.revert()
    patches.revert(leave=True)
    assert module.x == 6 and patches.state == "reverted"


def test_members_added_to_an_active_set_apply_at_once(module):
    with PatchSet() as patches:
        patches.replace(module, "x", 5)
        assert module.x == 5
        with pytest.raises(wraptrs.PathResolutionError):
            patches.replace(module, "absent", 1)
        assert len(patches.patches) == 1
    assert module.x == 1


def test_deferred_members(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "set_late.py").write_text("def f(): return 'f'\nx = 1\n")
    patches = PatchSet("late")
    patches.wrap("set_late?", "f", shout)
    patches.hotwrap("set_late?:f", lambda w, i, a, k: w() + "!")
    patches.replace("json", "late_marker", 1, create=True)
    patches.apply()
    assert [patch.state for patch in patches.patches] == ["pending", "pending", "active"]
    assert {patch.state for patch in wraptrs.patches("late")} == {"pending", "active"}
    import set_late

    assert set_late.f() == "F!"
    patches.revert()
    assert set_late.f() == "f" and not hasattr(json, "late_marker")

    del sys.modules["set_late"]
    patches.apply()
    patches.revert()
    assert [patch.state for patch in patches.patches] == ["reverted"] * 3
    import set_late

    assert set_late.f() == "f"
    del sys.modules["set_late"]


def test_sets_nest(module):
    inner, outer = PatchSet(), PatchSet("outer")
    inner.replace(module, "x", 5)
    outer.add(inner)
    outer.replace(module, "y", 6)
    with outer:
        assert (module.x, module.y) == (5, 6)
        assert inner.state == "active"
    assert (module.x, module.y) == (1, 2) and inner.state == "reverted"
    with pytest.raises(ValueError, match="member of itself"):
        inner.add(outer)
    with pytest.raises(ValueError, match="member of itself"):
        outer.add(outer)


def test_entered_again_while_it_is(module):
    patches = PatchSet()
    patches.replace(module, "x", 5)
    with patches, patches:
        assert module.x == 5
    assert module.x == 1
    with patches:
        with patches:
            pass
        assert module.x == 5
    assert module.x == 1


def test_reverted_when_the_block_raises(module):
    patches = PatchSet()
    patches.replace(module, "x", 5)
    with pytest.raises(KeyError), patches:
        raise KeyError
    assert module.x == 1


def test_disable_and_enable_the_whole(module):
    patches = full(module).apply()
    patches.disable()
    assert seen(module) == BEFORE and patches.state == "active"
    patches.enable()
    assert seen(module) == AFTER
    patches.disable().revert()
    assert seen(module) == BEFORE


def test_bad_members_are_refused(module):
    patches = PatchSet()
    with pytest.raises(TypeError, match="a set takes patches, got a 'int' object"):
        patches.add(1)
    with pytest.raises(TypeError, match="factory for 'x' must be callable"):
        patches.wrap_object(module, "x", 1)
    with pytest.raises(TypeError, match="variables of the environment are str"):
        patches.env("NAME", 1)
    with pytest.raises(TypeError, match="items of a 'tuple' object cannot be set"):
        patches.item((1,), 0, 2)
    assert patches.patches == ()
