"""Guards and the switch in the environment: a refused patch leaves the program as it is."""

from __future__ import annotations

import logging
import sys
import types

import pytest

import wraptrs
from wraptrs import GuardError, PatchSet, fingerprint, only_if, replace, wrap


@pytest.fixture
def module():
    made = types.ModuleType("guarded")
    exec("x = 1\ndef f(): return 1\ndef same(): return 1\ndef g(): return 2\n", made.__dict__)
    sys.modules[made.__name__] = made
    yield made
    del sys.modules[made.__name__]


def double(wrapped, instance, args, kwargs):
    return 2 * wrapped(*args, **kwargs)


def refused(patch, reason):
    assert patch.state == "failed" and isinstance(patch.error, GuardError)
    assert reason in str(patch.error)
    return True


@pytest.fixture
def pretend(monkeypatch):
    """A distribution of some version, without the package that reads requirements."""
    packaging = pytest.importorskip("packaging", reason="what reads requirements is optional")
    versions = {"sometool": "2.5"}

    def version(name):
        if name not in versions:
            raise importlib.metadata.PackageNotFoundError(name)
        return versions[name]

    import importlib.metadata

    monkeypatch.setattr(importlib.metadata, "version", version)
    return packaging


@pytest.mark.parametrize(
    ("requirement", "reason"),
    [
        ("sometool>=2,<3", None),
        ("sometool", None),
        ("sometool>=3", "sometool 2.5 is installed, not >=3"),
        ("othertool>=1", "othertool is not installed"),
    ],
)
def test_version(module, pretend, requirement, reason):
    patch = replace(module, "x", 5, guard=only_if(version=requirement))
    if reason is None:
        assert module.x == 5 and patch.state == "active"
        patch.revert()
    else:
        assert refused(patch, reason) and module.x == 1
        assert not wraptrs.patches()


def test_fingerprint_of_the_target(module):
    print_of_f = fingerprint(module.f)
    assert print_of_f != fingerprint(module.g) and print_of_f == fingerprint(module.f)
    assert print_of_f.startswith(sys.implementation.cache_tag)
    with wrap(module, "f", double, guard=only_if(fingerprint=print_of_f)):
        assert module.f() == 2
    patch = wrap(module, "g", double, guard=only_if(fingerprint=[print_of_f]))
    assert refused(patch, fingerprint(module.g)) and module.g() == 2


def test_fingerprints_tell_bodies_apart():
    made = {}
    exec(
        "def a(): return [x for x in 'ab' if x in {'a', 'b', 'c'}]\n"
        "def b(): return [x for x in 'ab' if x in {'a', 'b', 'd'}]\n"
        "def c(y): return [x for x in 'ab' if x in {'a', 'b', 'c'}]\n",
        made,
    )
    assert len({fingerprint(made[name]) for name in "abc"}) == 3


def test_predicate(module):
    answers = iter([False, True])
    patch = replace(module, "x", 5, guard=only_if(predicate=lambda: next(answers)))
    assert refused(patch, "<lambda> said no")
    patch.apply()
    assert module.x == 5 and patch.state == "active" and patch.error is None
    patch.revert()


def test_an_error_of_the_predicate_is_raised(module):
    def fails():
        raise KeyError("why")

    with pytest.raises(KeyError):
        replace(module, "x", 5, guard=only_if(predicate=fails))
    assert module.x == 1


def test_all_that_is_given_must_hold(module):
    guard = only_if(fingerprint=fingerprint(module.f), predicate=lambda: False)
    assert refused(wrap(module, "f", double, guard=guard), "said no")


def test_it_is_said_once(module, caplog):
    guard = only_if(predicate=lambda: False)
    with caplog.at_level(logging.WARNING, logger="wraptrs"):
        patch = replace(module, "x", "said once", guard=guard)
        patch.apply()
        patch.apply()
    (record,) = [r for r in caplog.records if "guarded:x" in r.getMessage()]
    assert "is not applied" in record.getMessage()


def test_a_set_is_guarded_as_a_whole(module):
    patches = PatchSet(guard=only_if(predicate=lambda: False))
    patches.replace(module, "x", 5)
    assert patches.apply() is patches
    assert refused(patches, "said no") and module.x == 1


def test_a_refused_member_leaves_the_whole_set_out(module):
    patches = PatchSet()
    patches.replace(module, "x", 5)
    member = patches.wrap(module, "f", double)
    member.guard = only_if(predicate=lambda: False)
    patches.apply()
    assert refused(patches, "said no") and module.x == 1 and module.f() == 1


def test_a_deferred_target_is_asked_when_imported(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "guarded_late.py").write_text("def f(): return 1\n")
    asked = []

    def predicate():
        asked.append("guarded_late" in sys.modules)
        return False

    patch = wrap("guarded_late?", "f", double, guard=only_if(predicate=predicate))
    assert asked == [] and patch.state == "pending"
    import guarded_late

    assert asked == [True] and refused(patch, "said no") and guarded_late.f() == 1
    del sys.modules["guarded_late"]


@pytest.mark.parametrize(
    ("value", "owner", "off"),
    [
        ("1", "me", True),
        ("0", "me", False),
        ("", "me", False),
        ("me", "me", True),
        ("you, me", "me", True),
        ("you", "me", False),
    ],
)
def test_the_switch_in_the_environment(module, monkeypatch, value, owner, off):
    monkeypatch.setenv("WRAPTRS_DISABLE", value)
    patch = replace(module, "x", 5, owner=owner)
    patches = PatchSet(owner)
    patches.hotpatch(lambda: 3, module.f)
    patches.apply()
    if off:
        assert refused(patch, "WRAPTRS_DISABLE") and refused(patches, "WRAPTRS_DISABLE")
        assert module.x == 1 and module.f() == 1
    else:
        assert module.x == 5 and module.f() == 3
        patch.revert()
        patches.revert()


def test_what_is_in_force_can_be_reverted_with_the_switch_on(module, monkeypatch):
    patch = replace(module, "x", 5)
    monkeypatch.setenv("WRAPTRS_DISABLE", "1")
    patch.revert()
    assert module.x == 1


@pytest.mark.parametrize(
    ("arguments", "error", "reason"),
    [
        ({}, TypeError, "none was given"),
        ({"predicate": 1}, TypeError, "a callable as predicate"),
    ],
)
def test_bad_guards_are_refused(arguments, error, reason):
    with pytest.raises(error, match=reason):
        only_if(**arguments)


def test_a_bad_requirement_is_refused(pretend):
    with pytest.raises(ValueError, match="cannot read the requirement '>>>'"):
        only_if(version=">>>")


def test_without_the_package_that_reads_requirements(monkeypatch):
    monkeypatch.setitem(sys.modules, "packaging.requirements", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install wraptrs\[guards\]"):
        only_if(version="x>1")


def test_fingerprint_of_no_function():
    with pytest.raises(wraptrs.UnpatchableError):
        fingerprint(object())
