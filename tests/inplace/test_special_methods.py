"""Methods that the interpreter itself calls, at sites that are hot all the while (20, 30): those of
metaclasses and descriptors too, and generators and coroutines that are driven.
"""

from __future__ import annotations

import pytest

from support.inplace import MODES
from support.lib import package as wraptrs

ROUNDS = 100


class Meta(type):
    def __call__(cls, *args):
        return "old" if args else type.__call__(cls)

    def __getitem__(cls, key):
        return "old"

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return "old"

    def __len__(cls):
        return 1

    def __instancecheck__(cls, instance):
        return True

    def __prepare__(name, bases):
        return {"prepared": "old"}


class Descriptor:
    def __get__(self, instance, owner=None):
        return "old"

    def __set__(self, instance, value):
        instance.__dict__["log"] = "old"

    def __delete__(self, instance):
        instance.__dict__["log"] = "old"

    def __set_name__(self, owner, name):
        type.__setattr__(owner, "named", "old")


class Base:
    def __init_subclass__(cls):
        cls.derived = "old"


class Thing(metaclass=Meta):
    field = Descriptor()

    def __init__(self):
        self.log = "old"

    def __setitem__(self, key, value):
        self.log = "old"

    def __delitem__(self, key):
        self.log = "old"

    def __bool__(self):
        return True

    def __hash__(self):
        return 1

    def __lt__(self, other):
        return "old"

    def __radd__(self, other):
        return "old"

    def __neg__(self):
        return "old"

    def __index__(self):
        return 0

    def __next__(self):
        return "old"

    def __str__(self):
        return "old"

    def __format__(self, form):
        return "old"

    def __class_getitem__(cls, key):
        return "old"

    def __await__(self):
        return "old"
        yield

    def generator(self):
        yield "old"

    async def coroutine(self):
        return "old"

    async def async_generator(self):
        yield "old"

    @property
    def prop(self):
        return "old"

    @prop.setter
    def prop(self, value):
        self.log = "old"

    @prop.deleter
    def prop(self):
        self.log = "old"


class Reading:
    def __getattribute__(self, name):
        return "old"


class Made:
    def __new__(cls):
        return "old"


class Mapping(dict):
    def __missing__(self, key):
        return "old"


class Typed:
    def __class_getitem__(cls, key):
        return "old"


thing, reading, mapping = Thing(), Reading(), Mapping()


def logged(action):
    def site():
        thing.__dict__["log"] = None
        action(thing)
        return thing.__dict__["log"]

    return site


def done(coroutine):
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value


def set_item(it):
    it[0] = 1


def del_item(it):
    del it[0]


def set_field(it):
    it.field = 1


def del_field(it):
    del it.field


def set_prop(it):
    it.prop = 1


def del_prop(it):
    del it.prop


def driven():
    for item in thing.generator():
        answered = item
    return answered


def delegated():
    def outer():
        yield from thing.generator()

    return next(outer())


async def awaiting(what):
    return await what()


async def first():
    [item] = [item async for item in thing.async_generator()]
    return item


def log_new(self, *rest):
    self.__dict__["log"] = "new"


def log_new_on(self, instance, *rest):
    instance.__dict__["log"] = "new"


def named_new(self, owner, name):
    type.__setattr__(owner, "named", "new")


def derived_new(cls):
    cls.derived = "new"


def answer(*args):
    return "new"


def generate(*args):
    yield "new"


async def coroutine(*args):
    return "new"


async def async_generate(*args):
    yield "new"


def wait(self):
    return "new"
    yield


def giving(value):
    return lambda *args: value


CASES = {
    "meta call": (Meta.__call__, lambda: Thing(1), answer),
    "meta getitem": (Meta.__getitem__, lambda: Thing[0], answer),
    "meta getattr": (Meta.__getattr__, lambda: Thing.missing, answer),
    "meta len": (Meta.__len__, lambda: ("new", "old")[len(Thing)], giving(0)),
    "instancecheck": (
        Meta.__instancecheck__,
        lambda: "old" if isinstance(1, Thing) else "new",
        giving(False),
    ),
    "prepare": (
        Meta.__prepare__,
        lambda: Meta("Class", (), Meta.__prepare__("Class", ())).prepared,
        giving({"prepared": "new"}),
    ),
    "descriptor get": (Descriptor.__get__, lambda: thing.field, answer),
    "descriptor set": (Descriptor.__set__, logged(set_field), log_new_on),
    "descriptor delete": (Descriptor.__delete__, logged(del_field), log_new_on),
    "set_name": (
        Descriptor.__set_name__,
        lambda: type("Class", (), {"field": Descriptor()}).named,
        named_new,
    ),
    "init_subclass": (
        vars(Base)["__init_subclass__"],
        lambda: type("Derived", (Base,), {}).derived,
        derived_new,
    ),
    "init": (Thing.__init__, lambda: Thing().log, log_new),
    "new": (Made.__new__, Made, answer),
    "getattribute": (Reading.__getattribute__, lambda: reading.anything, answer),
    "missing": (Mapping.__missing__, lambda: mapping[0], answer),
    "class_getitem": (vars(Typed)["__class_getitem__"], lambda: Typed[0], answer),
    "setitem": (Thing.__setitem__, logged(set_item), log_new),
    "delitem": (Thing.__delitem__, logged(del_item), log_new),
    "bool": (Thing.__bool__, lambda: "old" if thing else "new", giving(False)),
    "hash": (Thing.__hash__, lambda: {1: "old", 2: "new"}[hash(thing)], giving(2)),
    "lt": (Thing.__lt__, lambda: thing < 1, answer),
    "gt": (Thing.__lt__, lambda: 1 > thing, answer),  # noqa: SIM300 - reflected
    "radd": (Thing.__radd__, lambda: 1 + thing, answer),
    "neg": (Thing.__neg__, lambda: -thing, answer),
    "index": (Thing.__index__, lambda: ("old", "new")[thing], giving(1)),
    "next": (Thing.__next__, lambda: next(thing), answer),
    "str": (Thing.__str__, lambda: str(thing), answer),
    "format": (Thing.__format__, lambda: f"{thing}", answer),
    "await": (Thing.__await__, lambda: done(awaiting(lambda: thing)), wait),
    "generator": (Thing.generator, driven, generate),
    "yield from": (Thing.generator, delegated, generate),
    "coroutine": (Thing.coroutine, lambda: done(awaiting(thing.coroutine)), coroutine),
    "async for": (Thing.async_generator, lambda: done(first()), async_generate),
    "property": (Thing.__dict__["prop"], lambda: thing.prop, answer),
    "setter": (Thing.__dict__["prop"].fset, logged(set_prop), log_new),
    "deleter": (Thing.__dict__["prop"].fdel, logged(del_prop), log_new),
}


def enclosed(new):
    """The same with free variables, more than the target has."""
    one = two = new

    def closure(*args):
        return (one or two)(*args)

    return closure


def hot(site):
    return {site() for _ in range(ROUNDS)}


def changes(target, new):
    """One patch after the other, in each way that there is for the target."""
    for mode in MODES:
        yield wraptrs.hotpatch(new, target, mode=mode)
    if new in (answer, log_new) or new.__name__ == "<lambda>":
        yield wraptrs.hotpatch(enclosed(new), target)

    def wrapper(wrapped, instance, args, kwargs):
        assert callable(wrapped) and not kwargs
        return new(*args) if instance is None else new(instance, *args)

    for mode in ("auto", "trampoline"):
        yield wraptrs.hotwrap(target, wrapper, mode=mode)


@pytest.mark.parametrize("case", CASES)
def test_sites_follow_there_and_back(case):
    target, site, new = CASES[case]
    assert hot(site) == {"old"}
    for patch in changes(target, new):
        assert hot(site) == {"new"}, patch
        patch.disable()
        assert hot(site) == {"old"}, patch
        patch.enable()
        assert hot(site) == {"new"}, patch
        patch.revert()
        assert hot(site) == {"old"}, patch
