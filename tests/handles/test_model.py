"""Patches applied, stacked and reverted at random, beside a model of what must stand where."""

from __future__ import annotations

import types

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import wraptrs
from wraptrs import MISSING
from wraptrs._items import Item
from wraptrs._places import own

ABSENT = object()


class Targets:
    """Fresh owners of every sort, and the attributes that are patched on them."""

    def __init__(self):
        class Meta(type):
            flag = "meta"

            def made(cls):
                return "made"

            def of_child(cls):
                return "of child"

            @property
            def shown(cls):
                return "shown"

        class Base(metaclass=Meta):
            inherited = "inherited"

            def method(self):
                return "method"

            def other(self):
                return "other"

            def again(self):
                return "again"

            def __len__(self):
                return 7

            @staticmethod
            def static():
                return "static"

            @classmethod
            def build(cls):
                return "build"

            @property
            def prop(self):
                return "prop"

        class Slots:
            __slots__ = ("deep", "empty", "inherited", "slot")

        class Slotted(Slots):
            __slots__ = ()

        class Child(Base):
            own = "own"

        module = types.ModuleType("model")
        module.value, module.function = "value", lambda: "function"
        module.__getattr__ = serve
        thing, slotted = Child(), Slotted()
        thing.mine, slotted.slot = "mine", "slot"
        slotted.deep, slotted.inherited = "deep", "inherited"
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
            (slotted, "empty"),
            (Meta, "flag"),
            (module, "served"),
        ]
        self.functions = [
            (module, "function"),
            (Base, "method"),
            (Child, "other"),
            (Base, "static"),
            (Child, "build"),
            (Child, "prop"),
            (thing, "again"),
            (Meta, "made"),
            (Child, "of_child"),
            (Meta, "shown"),
            (module, "served_function"),
            (Child, "__len__"),
            (Slots, "deep"),
            (Slotted, "inherited"),
        ]
        self.bound = [(Base, "static"), (Child, "of_child")]
        self.mapping = {"there": 1}
        self.owners = [module, Meta, Base, Child, thing, Slots, Slotted]
        self.slotted = slotted
        self.of_meta = Child

    def snapshot(self):
        dicts = [dict(vars(owner)) for owner in self.owners]
        slots = [
            getattr(self.slotted, name, ABSENT) for name in type(self.slotted).__base__.__slots__
        ]
        return [*dicts, *slots, dict(self.mapping)]

    def call(self, owner, attribute):
        """What a user of a function, method or property gets."""
        if attribute == "prop":
            return owner().prop
        if attribute in ("deep", "inherited"):
            return getattr(self.slotted, attribute)
        if attribute == "shown":
            return self.of_meta.shown
        if attribute == "made":
            return self.of_meta.made()
        if attribute == "__len__":
            return owner.__len__(owner())
        if isinstance(owner, type) and attribute in ("method", "other"):
            owner = owner()
        return getattr(owner, attribute)()


def serve(name):
    """The ``__getattr__`` of the module."""
    if name == "served":
        return "served"
    if name == "served_function":
        return served_function
    raise AttributeError(name)


def served_function():
    return "served"


class Patches(RuleBasedStateMachine):
    @initialize()
    def start(self):
        self.targets = Targets()
        self.before = self.targets.snapshot()
        self.stacks = {}  # by place: handles with what each adds, the oldest first
        self.handles = []
        self.originals, self.effects = {}, {}
        for place in self.targets.functions:
            self.originals[self.key(place)] = self.targets.call(*place)

    @staticmethod
    def key(place):
        return id(place[0]), place[1]

    def note(self, place, handle, effect):
        self.stacks.setdefault(self.key(place), (place, []))[1].append([handle, effect])
        self.handles.append((place, handle))
        self.effects[id(handle)] = effect

    @rule(index=st.integers(0, 11), number=st.integers(0, 3))
    def replace_value(self, index, number):
        place = self.targets.values[index]
        # Deleting what is not there changes nothing, and a value is told from others by identity.
        there = own(*place) is not MISSING
        value = MISSING if number == 3 and there else f"new {number} {len(self.handles)}"
        handle = wraptrs.replace(*place, value, create=True)
        self.note(place, handle, value)

    @rule(key=st.sampled_from(["there", "absent"]), number=st.integers(0, 3))
    def put_item(self, key, number):
        mapping = self.targets.mapping
        value = MISSING if number == 3 and key in mapping else f"new {number} {len(self.handles)}"
        self.note((mapping, key), Item(mapping, key, value).apply(), value)

    @rule(index=st.integers(0, 11))
    def replace_function(self, index):
        place = self.targets.functions[index]
        number = len(self.handles)
        owner, attribute = place
        takes_self = isinstance(owner, type) and (owner, attribute) not in self.targets.bound
        new = (lambda self: number) if takes_self else (lambda: number)
        handle = wraptrs.replace(*place, new)
        self.note(place, handle, lambda below: number)

    @rule(index=st.integers(0, 13))
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
        place, handle = data.draw(st.sampled_from(self.handles))
        if handle.state != "active":
            return
        on = not handle.enabled
        (handle.enable if on else handle.disable)()
        if handle.kind != "wrap":  # it is out, and comes back on top
            stack = self.stacks[self.key(place)][1]
            stack[:] = [entry for entry in stack if entry[0] is not handle]
            stack += [[handle, self.effects[id(handle)]]] if on else []

    @invariant()
    def what_stands_is_what_the_model_says(self):
        for place, stack in getattr(self, "stacks", {}).values():
            owner, attribute = place
            if owner is self.targets.mapping:
                if stack:
                    assert owner.get(attribute, MISSING) is stack[-1][1]
                continue
            if place in self.targets.values:
                if stack:
                    assert own(*place) is stack[-1][1]
                continue
            result = self.originals[self.key(place)]
            for handle, effect in stack:
                if handle.kind == "replace" or handle.enabled:
                    result = effect(result)
            assert self.targets.call(*place) == result

    def teardown(self):
        if not hasattr(self, "targets"):
            return
        for _, handle in reversed(self.handles):
            handle.revert()
        assert self.targets.snapshot() == self.before
        assert not [p for p in wraptrs.patches() if p in {handle for _, handle in self.handles}]


TestPatches = Patches.TestCase
TestPatches.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
