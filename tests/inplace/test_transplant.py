"""Replacing a function in place by another function: the state moves over, and comes back."""

from __future__ import annotations

import asyncio
import copy
import functools
import inspect
import pickle
import sys
import traceback
import types
import typing
import warnings
import weakref

import pytest

from support.functions import enclosing, same, state
from support.inplace import MODES, moved
from support.lib import package as wraptrs

hotpatch, hotwrap = wraptrs.hotpatch, wraptrs.hotwrap


def sample(a, b=2):
    """A function that pickles by name."""
    return a + b


def test_every_holder_of_the_function_sees_it():
    class Holder:
        def method(self, value=1):
            return "old", value

    holder = Holder()
    bound, table, part = holder.method, [Holder.method], functools.partial(Holder.method, holder)

    def default(callback=Holder.method):
        return callback(holder)

    with hotpatch(lambda self, value=7: ("new", value), Holder.method):
        calls = [bound, lambda: table[0](holder), part, default, holder.method]
        assert [call() for call in calls] == [("new", 7)] * 5
    assert [call() for call in calls] == [("old", 1)] * 5


@moved("the signature is found by __wrapped__")
def test_what_identifies_the_function_stays():
    def target(a):
        """Documented."""

    target.mark = 1
    before = hash(target), weakref.ref(target), target.__dict__
    with hotpatch(lambda a: 1, target):
        assert (hash(target), weakref.ref(target), target.__dict__) == before
        assert target.__dict__ is before[2] and target.__dict__ == {"mark": 1}
        assert (target.__name__, target.__doc__) == ("target", "Documented.")
        assert target.__qualname__.endswith("<locals>.target") and target.__module__ == __name__


@pytest.mark.parametrize("mode", MODES)
def test_pickles_and_copies_by_name(mode):
    with hotpatch(lambda a: 1, sample, mode=mode):
        assert pickle.loads(pickle.dumps(sample)) is sample
        assert copy.deepcopy(sample) is sample is copy.copy(sample)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("old", [0, 1, 3, 300])
@pytest.mark.parametrize("new", [0, 1, 3, 300])
def test_closures_of_any_size(old, new, mode):
    target, replacement = enclosing(old), enclosing(new)
    before = state(target)
    with hotpatch(replacement, target, mode=mode):
        assert target(1) == replacement(1) == 1 + sum(range(new))
        assert target.__code__.co_freevars == () or len(target.__closure__) > 0
    assert same(before, state(target))
    assert target() == sum(range(old))


@pytest.mark.parametrize("mode", MODES)
def test_defaults_are_those_of_the_replacement(mode):
    def target(a=1, *, k=2):
        return a, k

    def replacement(a, b=5, *, k=6):
        return a, b, k

    with hotpatch(replacement, target, mode=mode):
        assert target(1) == (1, 5, 6)
        assert target(1, 2, k=3) == target(b=2, a=1, k=3) == (1, 2, 3)
        with pytest.raises(TypeError, match="missing 1 required positional argument: 'a'"):
            target()
        with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
            target(1, z=1)
    assert target() == (1, 2)


def test_parameters_may_have_any_names():
    """Templates have names of their own, which must not be mixed up with those of parameters."""

    async def target():
        yield "old"

    async def new(N, Stop, Exit, Any, P=5, *, W=6, O=7, E=8, B=9):  # noqa: E741 on purpose
        got = yield N, Stop, Exit, Any, P, W, O, E, B
        yield got

    async def use():
        running = target(1, 2, 3, 4, W=0)
        return [await running.__anext__(), await running.asend("sent")]

    for mode in MODES:
        with hotpatch(new, target, mode=mode):
            assert asyncio.run(use()) == [(1, 2, 3, 4, 5, 0, 7, 8, 9), "sent"]


@pytest.mark.parametrize("name", ["class", "__debug__", "a b", ".0"])
def test_parameters_of_code_made_by_tools_may_have_names_that_source_cannot(name):
    def target():
        return "old"

    def new(a, b=2):
        return "new", a, b

    def factory():
        def inner(a, b):
            return "old", a, b

        return inner

    def renamed(code):
        return code.replace(co_varnames=(name, *code.co_varnames[1:]))

    new.__code__ = renamed(new.__code__)
    for mode in MODES:
        with hotpatch(new, target, mode=mode):
            assert target(1) == target(*(1,), b=2) == ("new", 1, 2)
            assert target(**{name: 1}) == ("new", 1, 2)
    consts = factory.__code__.co_consts
    consts = tuple(renamed(c) if isinstance(c, types.CodeType) else c for c in consts)
    factory.__code__ = factory.__code__.replace(co_consts=consts)
    with wraptrs.hotwrap(factory(), lambda w, i, a, k: ("wrapped", *w(*a, **k)), closures="all"):
        assert factory()(1, 3) == ("wrapped", "old", 1, 3)


@pytest.mark.parametrize("mode", MODES)
def test_signature_and_hints_are_those_of_the_replacement(mode):
    def target(a):
        pass

    def replacement(a: int, /, b: str = "x", *rest: float, key: bool = True, **more: bytes) -> None:
        return a, b, rest, key, more

    expected = inspect.signature(replacement), typing.get_type_hints(replacement)
    before = inspect.signature(target)
    with hotpatch(replacement, target, mode=mode):
        assert (inspect.signature(target), typing.get_type_hints(target)) == expected
        assert target(1, "y", 2, key=0, c=3) == (1, "y", (2,), 0, {"c": 3})
    assert inspect.signature(target) == before


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters came with 3.12")
def test_type_parameters_follow():
    space = {}
    exec("def replacement[T](a: T) -> T: return a", space)

    def target(a):
        pass

    with hotpatch(space["replacement"], target):
        assert target.__type_params__ == space["replacement"].__type_params__ != ()
    assert target.__type_params__ == ()


@pytest.mark.skipif(sys.version_info < (3, 14), reason="annotations are lazy from 3.14 on")
def test_lazy_annotations_stay_lazy():
    space = {}
    source = "def replacement(a: not_there): return a"
    exec(compile(source, "<test>", "exec", dont_inherit=True), space)  # no __future__ of this file

    def target(a):
        pass

    with hotpatch(space["replacement"], target):
        with pytest.raises(NameError):
            target.__annotations__
        space["not_there"] = int
        assert target.__annotations__ == {"a": int}


def test_globals_and_builtins_are_those_of_the_replacement():
    space = {"__builtins__": {"len": lambda it: "my len"}, "NAME": "theirs"}
    exec("def replacement(): return NAME, len(())", space)

    def target():
        return "old"

    with hotpatch(space["replacement"], target) as patch:
        assert target() == ("theirs", "my len")
        assert patch.original() == "old"
    assert target() == "old"


@pytest.mark.parametrize("mode", MODES)
def test_locals_of_patched_frames_can_be_read(mode):
    def replacement(a):
        frame = sys._getframe()
        while frame is not None:
            dict(frame.f_locals)
            frame = frame.f_back
        raise ValueError(a)

    for count in (0, 2, 40):
        with hotpatch(replacement, enclosing(count), mode=mode) as patch:
            with pytest.raises(ValueError) as caught:
                patch.function(3)
            shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
            assert "a" in "".join(shown.format())


def test_super_means_the_class_of_the_target():
    class Base:
        def who(self):
            return "base"

    class Target(Base):
        def who(self):
            return "target", super().who()

    class Plain(Base):
        def who(self):
            return "plain"

    class Elsewhere(Base):
        def who(self):
            return "new", super().who(), __class__

    for cls in (Target, Plain):
        with hotpatch(Elsewhere.who, cls.who):
            assert cls().who() == ("new", "base", cls)
    assert Target().who() == ("target", "base")

    def bare(self):
        return super().who()

    with pytest.raises(TypeError, match="was not written in a class"):
        hotpatch(bare, Target.who)

    def explicit(self):
        return super(Target, self).who()

    with hotpatch(explicit, Target.who):
        assert Target().who() == "base"


@moved("a frame is added")
def test_no_frame_is_added_and_warnings_blame_the_caller():
    def target():
        pass

    def replacement():
        warnings.warn("blame", UserWarning, stacklevel=2)
        return sys._getframe(1)

    with hotpatch(replacement, target), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert target() is sys._getframe()
    assert caught[0].filename == __file__
