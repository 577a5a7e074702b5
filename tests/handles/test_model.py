"""Patches applied, stacked and reverted at random, beside a model of what must stand where."""

from __future__ import annotations

import types

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import wraptrs
from wraptrs import MISSING
from wraptrs._places import own

ABSENT = object()


class Targets:
    """Fresh owners of every sort, and the attributes that are patched on them."""

    def __init__(self):
        class Meta(type):
            flag = "meta"

        class Base(metaclass=Meta):
            inherited = "inherited"

            def method(self):
                return "method"

            def other(self):
                return "other"

            def again(self):
                return "again"

            @staticmethod
            def static():
                return "static"

            @classmethod
            def build(cls):
                return "build"

            @property
            def prop(self):
                return "prop"

        class Slotted(Base):
            __slots__ = ("slot",)

        class Child(Base):
            own = "own"

        module = types.ModuleType("model")
        module.value, module.function = "value", lambda: "function"
        thing, slotted = Child(), Slotted()
        thing.mine, slotted.slot = "mine", "slot"
        self.values = [
            (module, "value"),
            (module, "absent"),
            (Base, "inherited"),
            (Child, "inherited"),
            (Child, "own"),
            (Child, "flag"),
            (thing, "mine"),
            (thing, "own"),
            (slotted, "slot"),
        ]
        self.functions = [
            (module, "function"),
            (Base, "method"),
            (Child, "other"),
            (Base, "static"),
            (Child, "build"),
            (Child, "prop"),
            (thing, "again"),
        ]
        self.owners = [module, Meta, Base, Child, thing]
        self.slotted = slotted

    def snapshot(self):
        dicts = [dict(vars(owner)) for owner in self.owners]
        return [*dicts, getattr(self.slotted, "slot", ABSENT)]


def call(owner, attribute):
    """What a user of a function, method or property gets."""
    if attribute == "prop":
        return owner().prop
    if isinstance(owner, type) and attribute in ("method", "other"):
        owner = owner()
    return getattr(owner, attribute)()


class Patches(RuleBasedStateMachine):
    @initialize()
    def start(self):
        self.targets = Targets()
        self.before = self.targets.snapshot()
        self.stacks = {}  # by place: handles with what each adds, the oldest first
        self.handles = []
        self.originals, self.effects = {}, {}
        for place in self.targets.functions:
            self.originals[self.key(place)] = call(*place)

    @staticmethod
    def key(place):
        return id(place[0]), place[1]

    def note(self, place, handle, effect):
        self.stacks.setdefault(self.key(place), (place, []))[1].append([handle, effect])
        self.handles.append((place, handle))
        self.effects[id(handle)] = effect

    @rule(index=st.integers(0, 8), number=st.integers(0, 3))
    def replace_value(self, index, number):
        place = self.targets.values[index]
        # Deleting what is not there changes nothing, and a value is told from others by identity.
        there = own(*place) is not MISSING
        value = MISSING if number == 3 and there else f"new {number} {len(self.handles)}"
        handle = wraptrs.replace(*place, value, create=True)
        self.note(place, handle, value)

    @rule(index=st.integers(0, 6))
    def replace_function(self, index):
        place = self.targets.functions[index]
        number = len(self.handles)
        owner, attribute = place
        takes_self = isinstance(owner, type) and attribute != "static"
        new = (lambda self: number) if takes_self else (lambda: number)
        handle = wraptrs.replace(*place, new)
        self.note(place, handle, lambda below: number)

    @rule(index=st.integers(0, 6))
    def wrap_function(self, index):
        place = self.targets.functions[index]
        number = len(self.handles)

        def wrapper(wrapped, instance, args, kwargs):
            return number, wrapped(*args, **kwargs)

        handle = wraptrs.wrap(*place, wrapper)
        self.note(place, handle, lambda below: (number, below))

    @precondition(lambda self: self.handles)
    @rule(data=st.data())
    def revert(self, data):
        place, handle = data.draw(st.sampled_from(self.handles))
        handle.revert()
        stack = self.stacks[self.key(place)][1]
        stack[:] = [entry for entry in stack if entry[0] is not handle]

    @precondition(lambda self: self.handles)
    @rule(data=st.data())
    def apply_again(self, data):
        place, handle = data.draw(st.sampled_from(self.handles))
        if handle.state == "active":
            return
        effect = self.effects[id(handle)]
        handle.apply()
        self.stacks[self.key(place)][1].append([handle, effect])

    @precondition(lambda self: self.handles)
    @rule(data=st.data())
    def switch(self, data):
        _, handle = data.draw(st.sampled_from(self.handles))
        if handle.state == "active" and handle.kind == "wrap":
            (handle.disable if handle.enabled else handle.enable)()

    @invariant()
    def what_stands_is_what_the_model_says(self):
        for place, stack in getattr(self, "stacks", {}).values():
            if place in self.targets.values:
                if stack:
                    expected = stack[-1][1]
                    assert own(*place) is expected
                continue
            result = self.originals[self.key(place)]
            for handle, effect in stack:
                if handle.kind == "replace" or handle.enabled:
                    result = effect(result)
            assert call(*place) == result

    def teardown(self):
        if not hasattr(self, "targets"):
            return
        for _, handle in reversed(self.handles):
            handle.revert()
        assert self.targets.snapshot() == self.before
        assert not [p for p in wraptrs.patches() if p in {handle for _, handle in self.handles}]


TestPatches = Patches.TestCase
TestPatches.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
