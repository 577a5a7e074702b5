"""Wrapping a function in place: what the wrapper gets, and what the function keeps."""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
import sys
import traceback

import pytest

from support.functions import same, state
from support.inplace import moved
from support.lib import package as wraptrs

hotpatch, hotwrap = wraptrs.hotpatch, wraptrs.hotwrap
pytestmark = pytest.mark.usefixtures("wrap_mode")


class Recorder:
    """A wrapper that passes calls through and remembers them."""

    def __init__(self):
        self.calls = []

    def __call__(self, wrapped, instance, args, kwargs):
        self.calls.append((instance, args, kwargs))
        return wrapped(*args, **kwargs)


def test_a_function_is_given_its_arguments_as_they_came():
    def function(a, b=2, *, c=3):
        return a, b, c

    recorder = Recorder()
    with hotwrap(function, recorder):
        assert function(1) == (1, 2, 3)
        assert function(b=5, a=4, c=6) == (4, 5, 6)
        with pytest.raises(TypeError, match=r"function\(\) missing 1 required"):
            function()
        with pytest.raises(TypeError, match="unexpected keyword argument 'I'"):
            function(1, I=2)
    assert recorder.calls == [
        (None, (1,), {}),
        (None, (), {"a": 4, "b": 5, "c": 6}),
        (None, (), {}),
        (None, (1,), {"I": 2}),
    ]
    assert function(1) == (1, 2, 3) and len(recorder.calls) == 4


def make_class():
    """A class that no name leads to."""

    class Local:
        def method(self, a, b=2):
            return self, a, b

        @classmethod
        def cm(cls, a):
            return cls, a

        @staticmethod
        def sm(a):
            return a

        @property
        def prop(self):
            return self

        short = lambda self: self  # noqa: E731 a lambda has no name of its own in the class

    return Local


class Global(make_class()):
    def method(self, a, b=2):
        return self, a, b

    @classmethod
    def cm(cls, a):
        return cls, a

    @staticmethod
    def sm(a):
        return a

    @property
    def prop(self):
        return self

    short = lambda self: self  # noqa: E731 as above

    class Inner:
        def method(self):
            return self


@pytest.mark.parametrize("cls", [Global, make_class()], ids=["named", "local"])
def test_methods_are_bound(cls):
    recorder, thing = Recorder(), cls()
    taken = thing.method
    patches = [hotwrap(target, recorder) for target in (cls.method, cls.cm, cls.sm, cls.short)]
    patches.append(wraptrs.hotwrap(cls.prop, recorder))  # not in each mode on each version
    assert thing.method(1) == taken(1) == cls.method(thing, 1) == (thing, 1, 2)
    assert cls.method(self=thing, a=1) == (thing, 1, 2)
    assert cls.method(None, 1) == (None, 1, 2)
    assert thing.cm(3) == cls.cm(3) == (cls, 3)
    assert thing.sm(4) == cls.sm(4) == 4
    assert thing.prop is thing and thing.short() is thing
    assert recorder.calls == [
        *[(thing, (1,), {})] * 3,
        (None, (), {"self": thing, "a": 1}),
        (None, (None, 1), {}),
        *[(cls, (3,), {})] * 2,
        *[(None, (4,), {})] * 2,
        *[(thing, (), {})] * 2,
    ]
    for patch in patches:
        patch.revert()
    assert thing.method(1) == (thing, 1, 2) and len(recorder.calls) == 11


def test_wrapped_is_bound_and_can_be_called_any_number_of_times():
    seen = []

    def wrapper(wrapped, instance, args, kwargs):
        seen.append((wrapped.__self__ is instance, wrapped.__name__))
        return [wrapped(*args, **kwargs) for _ in range(3)]

    with hotwrap(Global.method, wrapper) as patch:
        thing = Global()
        assert thing.method(1) == [(thing, 1, 2)] * 3
        assert patch.original(thing, 1) == (thing, 1, 2)
    assert seen == [(True, "method")]


def test_dunders_and_inner_classes():
    class Thing:
        def __new__(cls, *args):
            return super().__new__(cls)

        def __init__(self, value):
            self.value = value

        def __init_subclass__(cls):
            cls.marked = True

        def __class_getitem__(cls, item):
            return item

        def __call__(self, x):
            return x

    for _ in range(100):
        assert Thing(1).value == 1
    recorder = Recorder()
    names = ["__new__", "__init__", "__init_subclass__", "__class_getitem__", "__call__"]
    patches = [wraptrs.hotwrap(getattr(Thing, name), recorder) for name in names]
    for _ in range(100):
        assert Thing(2).value == 2
    assert [call[1] for call in recorder.calls[:2]] == [(Thing, 2), (2,)]
    del recorder.calls[:]
    derived = type("Derived", (Thing,), {})
    assert derived.marked and Thing["item"] == "item" and Thing(1)(5) == 5
    assert [call[0] for call in recorder.calls[:2]] == [derived, Thing]
    for patch in reversed(patches):
        patch.revert()
    assert Thing(3).value == 3 and len(recorder.calls) == 5
    inner = Global.Inner()
    with hotwrap(Global.Inner.method, recorder):
        inner.method()
    assert recorder.calls[-1] == (inner, (), {})


def test_methods_that_their_names_do_not_lead_to(wrap_mode):
    """Accessors of properties, and what dataclasses make, in classes that no name leads to."""
    seen = []

    def wrapper(wrapped, instance, args, kwargs):
        seen.append((type(instance), len(args)))
        return wrapped(*args, **kwargs)

    @dataclasses.dataclass(order=True)
    class Data:
        x: int

        @property
        def prop(self):
            return self.x

        @prop.setter
        def prop(self, value):
            self.x = value

    skips_init = wrap_mode == "vectorcall" and sys.version_info >= (3, 13)
    skips_getters = wrap_mode == "vectorcall" and sys.version_info[:2] == (3, 14)
    first = [] if skips_init else [Data.__init__]
    last = [] if skips_getters else [Data.prop]
    functions = [*first, Data.__eq__, Data.__repr__, Data.__lt__, Data.prop.fset, *last]
    with contextlib.ExitStack() as stack:
        for function in functions:
            stack.enter_context(hotwrap(function, wrapper))
        data = Data(1)
        data.prop = 2
        assert data == Data(2) and not data < data and data.prop == 2
        assert repr(data).endswith("Data(x=2)")
    made = () if skips_init else (1, 1)
    got = () if skips_getters else (0,)
    assert sorted(seen, key=str) == [(Data, n) for n in sorted((*made, *got, 1, 1, 1, 0))]


def test_what_can_be_asked_of_the_function_stays():
    def function(a: int, b: str = "x", *, key: float = 1.0) -> bool:
        """Documented."""

    function.mark = 1
    before = state(function), inspect.signature(function), inspect.getsource(function)
    patch = hotwrap(function, Recorder())
    assert inspect.signature(function) == before[1] and inspect.getsource(function) == before[2]
    assert function.__doc__ == "Documented." and function.__annotations__ is before[0][6]
    assert function.mark == 1 and function.__name__ == "function"
    assert inspect.getsource(function.__code__).strip().startswith("def function")
    patch.revert()
    assert same(before[0], state(function)) and function.__dict__ == {"mark": 1}


@moved("another frame is added")
def test_a_traceback_of_a_trampoline_shows_one_frame_more_at_the_def():
    def function():
        raise ValueError

    wrapped = wraptrs.hotwrap(function, Recorder(), mode="trampoline")
    with pytest.raises(ValueError) as e, wrapped:
        function()
    frames = traceback.extract_tb(e.value.__traceback__)
    assert [frame.name for frame in frames[1:]] == ["function", "__call__", "function"]
    assert frames[1].line == "def function():" and frames[1].filename == __file__
    text = "".join(traceback.format_exception(ValueError, e.value, e.value.__traceback__))
    assert "def function():\n" in text


def test_enabled_is_asked_at_each_call():
    def function():
        return "old"

    switch = []
    wrapper = lambda wrapped, instance, args, kwargs: "wrapped"  # noqa: E731 short on purpose
    with hotwrap(function, wrapper, enabled=lambda: bool(switch)):
        assert function() == "old"
        switch.append(1)
        assert function() == "wrapped"
    with hotwrap(function, wrapper, enabled=False) as patch:
        assert function() == "old"
        patch.enable()
        assert function() == "wrapped"
    with hotwrap(Global.method, wrapper, enabled=lambda: False):
        thing = Global()
        assert thing.method(1) == Global.method(thing, 1) == Global.method(a=1, self=thing)


def test_recursion_and_locals_in_wrapped_frames():
    def function(n):
        frame = sys._getframe()
        while frame is not None:
            dict(frame.f_locals)
            frame = frame.f_back
        return n if n == 0 else function(n - 1) + 1

    recorder = Recorder()
    with hotwrap(function, recorder):
        assert function(5) == 5
    assert len(recorder.calls) == 6


def test_unfit_arguments_are_refused():
    def function():
        pass

    with pytest.raises(TypeError, match="takes the target and then a wrapper: got a 'int'"):
        hotwrap(function, 3)
    with pytest.raises(TypeError, match="takes a callable and then the target: got a 'str'"):
        hotpatch("x", function)
    with pytest.raises(ValueError, match="mode must be one of"):
        hotpatch(len, function, mode="magic")
    with pytest.raises(ValueError, match="kind must be None"):
        hotpatch(len, function, kind="magic")
    with pytest.raises(ValueError, match="by itself"):
        hotpatch(function, function)
    assert function.__kwdefaults__ is None
