"""The native registry does what the plain one does, whatever is asked of it in whatever order."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from wraptrs import PostImportHook
from wraptrs._native import _hook_registry


def _load(name):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


model = _load("_model")
NAMES = ["hooked_model_a", "hooked_model_b"]


class Comparison(RuleBasedStateMachine):
    """Every step is done to both; every answer is the same."""

    hooks = Bundle("hooks")
    rounds = Bundle("rounds")

    def __init__(self):
        super().__init__()
        self.plain = model.Registry()
        self.native = type(_hook_registry)()
        self.pairs = {}

    def native_of(self, handle):
        return None if handle is None else self.pairs[handle]

    @rule(
        target=hooks,
        name=st.sampled_from(NAMES),
        priority=st.integers(-2, 2),
        repeat=st.booleans(),
    )
    def add(self, name, priority, repeat):
        handle = model.Handle(name, priority, repeat)
        self.pairs[handle] = PostImportHook(print, name, priority, "raise", repeat)
        self.plain.add(handle)
        self.native.add(self.pairs[handle])
        return handle

    @rule(handle=hooks)
    def add_again(self, handle):
        self.plain.add(handle)
        self.native.add(self.pairs[handle])

    @rule(handle=hooks)
    def cancel(self, handle):
        assert self.plain.cancel(handle) == self.native.cancel(self.pairs[handle])

    @rule(handle=hooks, good=st.booleans())
    def claim(self, handle, good):
        claimed = self.plain.claim(handle)
        assert claimed == self.native.claim(self.pairs[handle])
        if claimed:
            self.plain.finish(handle, good)
            self.native.finish(self.pairs[handle], good)

    @rule(target=rounds, name=st.sampled_from(NAMES))
    def begin(self, name):
        turns = self.plain.begin(name), self.native.begin(name)
        assert bool(turns[0]) == bool(turns[1])
        return name, turns, bool(turns[0])

    @rule(turn=rounds, good=st.booleans())
    def call_next(self, turn, good):
        name, turns, begun = turn
        if begun:
            handle = self.plain.next(name, turns[0])
            assert self.native_of(handle) is self.native.next(name, turns[1])
            if handle is not None:
                self.plain.finish(handle, good)
                self.native.finish(self.pairs[handle], good)

    @rule(turn=rounds, undone=st.booleans())
    def end(self, turn, undone):
        name, turns, begun = turn
        if begun:
            done = self.plain.end(name, turns[0], undone)
            ended = self.native.end(name, turns[1], undone)
            assert [self.pairs[handle] for handle in done] == ended

    @invariant()
    def same(self):
        for name in NAMES:
            waiting = [self.pairs[handle] for handle in self.plain.waiting(name)]
            assert waiting == self.native.waiting(name)
            assert self.plain.waits(name) == self.native.waits(name)
            assert self.plain.is_firing(name) == self.native.is_firing(name)
        assert self.plain.names() == self.native.names()
        assert [self.pairs[handle] for handle in self.plain.all()] == self.native.all()
        for handle, native in self.pairs.items():
            assert handle.state == native.state


test_registry = Comparison.TestCase


def test_many_modules():
    handles = [PostImportHook(print, f"hooked_many_{number}") for number in range(1000)]
    for handle in handles:
        _hook_registry.add(handle)
    names = [name for name in _hook_registry.names() if name.startswith("hooked_many_")]
    assert names == [handle.module for handle in handles]
    for handle in handles[::2] + handles[1::2]:
        assert handle.cancel()
    assert not [name for name in _hook_registry.names() if name.startswith("hooked_many_")]


@pytest.mark.parametrize("wrong", [(), (1, 2, 3, 4)])
def test_what_it_is_not_given(wrong):
    with pytest.raises(TypeError):
        _hook_registry.add(*wrong)
    with pytest.raises(TypeError):
        _hook_registry.connect(*wrong[:2])
    with pytest.raises(TypeError):
        _hook_registry.connect(1, 2, 3)
