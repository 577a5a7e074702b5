"""Random stacks of layers on random functions, compared with closures that ought to do the same.

The model of a patched function is made of ordinary Python: a twin of the function, the replacements
themselves, and closures around them. After each step both give the same results for a number of
calls; after the last revert each field of the function is the object that it was.
"""

from __future__ import annotations

import functools
import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.functions import same, state
from support.lib import package as wraptrs

hotpatch, hotwrap = wraptrs.hotpatch, wraptrs.hotwrap
PatchConflictError = wraptrs.PatchConflictError

BODIES = {
    "plain": "def f({}): return {}",
    "generator": "def f({}):\n  got = yield {}\n  return got",
    "coroutine": "async def f({}): return {}",
    "async generator": "async def f({}):\n  got = yield {}\n  yield got",
}
PARAMETERS = (
    "",
    "a",
    "a, b=1",
    "a=1, *rest",
    "a, /, b=2, *, k=3",
    "*, k",
    "a=0, **more",
    "*r, k=1",
)
CALLS = (
    ((), {}),
    ((1,), {}),
    ((1, 2), {}),
    ((), {"a": 5}),
    ((4,), {"k": 6}),
    ((), {"k": 7}),
    ((1,), {"b": 8, "z": 9}),
)
KIND = st.sampled_from(sorted(BODIES))


def make(kind, parameters, free, word, space=None):
    """A function of a kind that tells its name, its arguments, its closure and its globals."""
    names = [f"v{i}" for i in range(free)]
    result = f"({word!r}, WORD, sorted(locals().items(), key=str), {', '.join(names)})"
    body = BODIES[kind].format(parameters, result).replace("\n", "\n  ")
    space = {"WORD": word} if space is None else space
    exec(f"def outer({', '.join(names)}):\n  {body}\n  return f", space)
    return space["outer"](*range(free))


def run(function, args, kwargs):
    """What a call comes to, driven to its end, or the type of its error."""
    try:
        result = function(*args, **kwargs)
        if inspect.isgenerator(result):
            return [next(result), finish(result)]
        if inspect.iscoroutine(result):
            return finish(result)
        if inspect.isasyncgen(result):
            return [finish(result.__anext__()), finish(result.asend(3)), finish(result.aclose())]
        return result
    except Exception as error:
        return type(error)


def finish(steps):
    try:
        steps.send(3 if inspect.isgenerator(steps) else None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("not finished")


def wrapper_of(word, kind):
    """A wrapper for any kind: it hands through what it gets, with one more positional argument."""

    def wrapper(wrapped, instance, args, kwargs):
        assert instance is None
        return wrapped(*args, **{**kwargs, "z": word} if "z" in kwargs else kwargs)

    return wrapper


def bound(wrapper, below, *args, **kwargs):
    return wrapper(below, None, args, kwargs)


class Stack:
    """The function, its patches, and for each the part of the model that belongs to it."""

    def __init__(self, kind, parameters, free, word="base"):
        self.kind, self.space = kind, {"WORD": word}
        self.function = make(kind, parameters, free, word, self.space)
        self.twin = make(kind, parameters, free, word, dict(self.space))
        self.before, self.patches, self.applied = state(self.function), [], []

    def patch(self, parameters, free, mode):
        word = f"patch {len(self.patches)}"
        new = make(self.kind, parameters, free, word)
        target = functools.partial(new) if mode == "opaque" else new
        mode = "auto" if mode == "opaque" else mode
        self.put(hotpatch(target, self.function, mode=mode), lambda below: new)

    def take(self, other):
        """The behaviour that another function has now, whatever becomes of that later."""
        model = other.model()
        self.put(hotpatch(other.function, self.function), lambda below: model)

    def wrap(self, switched):
        wrapper, on = wrapper_of(f"wrap {len(self.patches)}", self.kind), switched != "off"
        enabled = (lambda: on) if switched is not None else None
        handle = hotwrap(self.function, wrapper, enabled=enabled)
        self.put(handle, lambda below: functools.partial(bound, wrapper, below) if on else below)

    def put(self, handle, model):
        self.patches.append((handle, model))
        self.applied.append(len(self.patches) - 1)

    def switch(self, index, how):
        if not self.patches:
            return
        index %= len(self.patches)
        getattr(self.patches[index][0], how)()
        if how == "revert" and index in self.applied:
            self.applied.remove(index)
        if how == "apply" and index not in self.applied:
            self.applied.append(index)

    def drift(self, attribute, index, force):
        """Somebody else sets something; a step is refused then, or forced."""
        if not self.applied:
            return
        index = self.applied[index % len(self.applied)]
        former = getattr(self.function, attribute)
        values = {"__defaults__": ("theirs",), "__kwdefaults__": {"k": "theirs"}}
        value = values.get(attribute, self.function.__code__.replace(co_name="theirs"))
        setattr(self.function, attribute, value)
        handle = self.patches[index][0]
        if force:
            handle.revert(force=True)
            self.applied.remove(index)
            return
        for step in (handle.revert, lambda: hotwrap(self.function, bound)):
            if attribute == "__kwdefaults__" and step is not handle.revert:
                continue  # which took the record away: to a new patch this is another function
            with pytest.raises(PatchConflictError):
                step()
            assert getattr(self.function, attribute) is value and handle.state == "active"
        setattr(self.function, attribute, former)

    def model(self):
        below = self.twin
        for index in self.applied:
            handle, model = self.patches[index]
            if handle.enabled:
                below = model(below)
        return below

    def compare(self):
        below = self.model()
        for args, kwargs in CALLS:
            assert run(self.function, args, kwargs) == run(below, args, kwargs), (args, kwargs)
        assert [handle.state for handle, _ in self.patches] == [
            "active" if index in self.applied else "reverted" for index in range(len(self.patches))
        ]


INDEX = st.integers(0, 7)
FREE = st.sampled_from([0, 1, 3])
STEPS = st.one_of(
    st.tuples(
        st.just("patch"),
        st.sampled_from(PARAMETERS),
        FREE,
        st.sampled_from(["auto", "trampoline", "opaque"]),
    ),
    st.tuples(st.just("wrap"), st.sampled_from([None, "on", "off"])),
    st.tuples(
        st.just("switch"),
        INDEX,
        st.sampled_from(["revert", "apply", "enable", "disable"]),
    ),
    st.tuples(
        st.just("drift"),
        st.sampled_from(["__defaults__", "__kwdefaults__", "__code__"]),
        INDEX,
        st.booleans(),
    ),
)


@given(
    KIND,
    st.sampled_from(PARAMETERS),
    FREE,
    st.lists(STEPS, max_size=12),
    st.permutations(range(12)),
)
def test_a_stack_does_what_its_model_does(kind, parameters, free, steps, order):
    stack = Stack(kind, parameters, free)
    for name, *rest in steps:
        getattr(stack, name)(*rest)
        stack.compare()
    for index in order:
        if index < len(stack.patches):
            stack.switch(index, "revert")
            stack.compare()
    assert same(stack.before, state(stack.function))
    assert stack.function.__dict__ == {}


WORLD = st.tuples(st.integers(0, 2), st.one_of(st.integers(0, 2), STEPS))


@given(KIND, st.lists(st.sampled_from(PARAMETERS), min_size=3, max_size=3), st.lists(WORLD))
def test_functions_that_take_on_each_other(kind, parameters, steps):
    stacks = [Stack(kind, given, index, f"base {index}") for index, given in enumerate(parameters)]
    for index, step in steps:
        stack = stacks[index]
        if isinstance(step, int):
            if step != index:
                stack.take(stacks[step])
        else:
            getattr(stack, step[0])(*step[1:])
        for each in stacks:
            each.compare()
    for stack in stacks:
        for index in range(len(stack.patches)):
            stack.switch(index, "revert")
    for stack in stacks:
        stack.compare()
        assert same(stack.before, state(stack.function))
