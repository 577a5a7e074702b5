"""wrap_function_wrapper over descriptors that are read: they stay what they are, setter and all."""

from __future__ import annotations

import abc
import collections
import functools
import gc
import inspect
import operator
import sys
import weakref

import pytest

from support.lib import better, passthrough
from support.lib import package as wraptrs


def doubled(wrapped, instance, args, kwargs):
    return wrapped(*args, **kwargs) * 2


class Plain:
    """Everything a class can hold that is read, or binds, in a way of its own."""

    __slots__ = ("__dict__", "slot")

    def __init__(self):
        self.log = []

    @property
    def prop(self):
        """The property's doc."""
        return self._prop

    @prop.setter
    def prop(self, value):
        self.log.append("set")
        self._prop = value

    @prop.deleter
    def prop(self):
        self.log.append("del")
        del self._prop

    taken = property(operator.attrgetter("_prop"))

    @functools.cached_property
    def cached(self):
        """The cached property's doc."""
        self.log.append("computed")
        return 21

    def method(self, *args):
        return self, args

    partial = functools.partialmethod(method, 1)

    @functools.singledispatchmethod
    def dispatched(self, value):
        return "object"

    @dispatched.register
    def _(self, value: int):
        return "int"


@pytest.fixture
def cls():
    """A copy of Plain that a test may patch."""
    names = {k: v for k, v in vars(Plain).items() if k not in ("__dict__", "__weakref__", "slot")}
    return type("Copied", (), names)


@pytest.fixture
def seen():
    return []


@pytest.fixture
def recorder(seen):
    def wrapper(wrapped, instance, args, kwargs):
        seen.append((wrapped.__name__, instance, args, kwargs))
        return doubled(wrapped, instance, args, kwargs)

    return wrapper


class TestProperty:
    @better("a read gives a wrapper, and assignment shadows the property")
    def test_reads_run_the_wrapper_and_the_rest_stays(self, cls, recorder, seen):
        original = vars(cls)["prop"]
        handle = wraptrs.wrap_function_wrapper(cls, "prop", recorder)
        obj = cls()
        obj.prop = 4
        assert obj.prop == 8
        assert seen == [("prop", obj, (), {})]
        del obj.prop
        assert obj.log == ["set", "del"]
        assert isinstance(vars(cls)["prop"], property)
        assert inspect.isdatadescriptor(vars(cls)["prop"])
        assert vars(cls)["prop"].__doc__ == cls.prop.__doc__ == "The property's doc."
        assert wraptrs.unwrap_object(cls, "prop", handle) is handle
        assert vars(cls)["prop"] is original

    @better("a read gives a wrapper")
    def test_read_only_stays_read_only(self, cls, recorder):
        wraptrs.wrap_function_wrapper(cls, "taken", recorder)
        obj = cls()
        obj._prop = "x"
        assert obj.taken == "xx"
        with pytest.raises(AttributeError):
            obj.taken = 1

    @better("a read gives a wrapper")
    def test_getter_that_is_no_function_gets_the_instance_too(self, cls, recorder, seen):
        wraptrs.wrap_function_wrapper(cls, "taken", recorder)
        obj = cls()
        obj._prop = 1
        assert obj.taken == 2
        assert [(entry[1], entry[2]) for entry in seen] == [(obj, ())]

    @better("a read gives a wrapper")
    def test_no_frame_between_reader_and_wrapper(self, cls):
        wraptrs.wrap_function_wrapper(cls, "prop", lambda w, i, a, k: sys._getframe(1))
        assert cls().prop is sys._getframe()

    @better("a read gives a wrapper")
    def test_layers_stack_and_leave_in_any_order(self, cls):
        layers = [
            wraptrs.wrap_function_wrapper(cls, "prop", lambda w, i, a, k, n=n: f"{n}({w()})")
            for n in "abc"
        ]
        obj = cls()
        obj.prop = 0
        assert obj.prop == "c(b(a(0)))"
        wraptrs.unwrap_object(cls, "prop", layers[1])
        assert obj.prop == "c(a(0))"
        wraptrs.unwrap_object(cls, "prop", layers[0])
        obj.prop = 1
        assert obj.prop == "c(1)"
        wraptrs.unwrap_object(cls, "prop", layers[2])
        assert obj.prop == 1

    @better("a read gives a wrapper")
    def test_inherited_property_is_wrapped_for_the_subclass_only(self, cls, recorder):
        derived = type("Derived", (cls,), {})
        handle = wraptrs.wrap_function_wrapper(derived, "prop", recorder)
        base, obj = cls(), derived()
        base.prop = obj.prop = 1
        assert (base.prop, obj.prop) == (1, 2)
        wraptrs.unwrap_object(derived, "prop", handle)
        assert "prop" not in vars(derived)

    @better("a read gives a wrapper")
    def test_subclass_of_property_keeps_its_kind(self, recorder):
        class Special(property):
            note = "kept"

            def __get__(self, instance, owner=None):
                return ("special", super().__get__(instance, owner))

        class Holder:
            @Special
            def value(self):
                return 1

        vars(Holder)["value"].extra = "also kept"
        wraptrs.wrap_function_wrapper(Holder, "value", recorder)
        assert Holder().value == ("special", 2)
        layer = vars(Holder)["value"]
        assert isinstance(layer, Special)
        assert (layer.note, layer.extra) == ("kept", "also kept")

    @better("nothing is refused")
    def test_property_without_getter_is_refused(self):
        class Holder:
            value = property(None, lambda self, value: None)

        original = vars(Holder)["value"]
        with pytest.raises(TypeError, match=r"'value' of .*Holder: it has no getter"):
            wraptrs.wrap_function_wrapper(Holder, "value", passthrough)
        assert vars(Holder)["value"] is original

    @better("a read gives a wrapper")
    def test_switch(self, cls):
        switch = []
        patch = wraptrs.patch_function_wrapper(cls, "prop", enabled=lambda: bool(switch))
        patch(doubled)
        obj = cls()
        obj.prop = 1
        assert obj.prop == 1
        switch.append(True)
        assert obj.prop == 2

    @better("a read gives a wrapper, so isinstance of the result fails")
    def test_abstract_stays_abstract(self):
        class Base(abc.ABC):
            @property
            @abc.abstractmethod
            def value(self):
                """To be defined."""

        wraptrs.wrap_function_wrapper(Base, "value", passthrough)
        assert isinstance(vars(Base)["value"], property)
        assert type(vars(Base)["value"]).__get__ is property.__get__
        assert vars(Base)["value"].__isabstractmethod__


class TestCachedProperty:
    @better("a read gives a wrapper")
    def test_result_of_the_wrapper_is_cached(self, cls, recorder, seen):
        original = vars(cls)["cached"]
        handle = wraptrs.wrap_function_wrapper(cls, "cached", recorder)
        obj = cls()
        assert [obj.cached, obj.cached] == [42, 42]
        assert seen == [("cached", obj, (), {})]
        assert obj.log == ["computed"]
        assert obj.__dict__["cached"] == 42
        assert isinstance(vars(cls)["cached"], functools.cached_property)
        assert cls.cached.__doc__ == "The cached property's doc."
        assert wraptrs.unwrap_object(cls, "cached", handle) is handle
        assert vars(cls)["cached"] is original
        assert cls().cached == 21

    @better("a read gives a wrapper")
    def test_buried_layer_leaves(self, cls):
        below = wraptrs.wrap_function_wrapper(cls, "cached", doubled)
        wraptrs.wrap_function_wrapper(cls, "cached", doubled)
        assert cls().cached == 84
        wraptrs.unwrap_object(cls, "cached", below)
        assert cls().cached == 42


class TestSlot:
    @better("a read gives a wrapper, and assignment fails")
    def test_slot_stays_a_slot(self, recorder, seen):
        class Slotted:
            __slots__ = ("value",)

        original = vars(Slotted)["value"]
        handle = wraptrs.wrap_function_wrapper(Slotted, "value", recorder)
        obj = Slotted()
        with pytest.raises(AttributeError):
            obj.value
        obj.value = 3
        assert obj.value == 6
        assert seen[-1] == ("value", obj, (), {})
        del obj.value
        assert not hasattr(obj, "value")
        assert inspect.ismemberdescriptor(Slotted.value)
        assert inspect.isdatadescriptor(vars(Slotted)["value"])
        above = wraptrs.wrap_function_wrapper(Slotted, "value", doubled)
        obj.value = 1
        assert obj.value == 4
        wraptrs.unwrap_object(Slotted, "value", handle)
        assert obj.value == 2
        wraptrs.unwrap_object(Slotted, "value", above)
        assert vars(Slotted)["value"] is original

    @better("a read gives a wrapper")
    def test_field_of_a_named_tuple(self):
        point = collections.namedtuple("Point", "x y")
        wraptrs.wrap_function_wrapper(point, "x", doubled)
        assert point(2, 3).x == 4
        assert point(2, 3) == (2, 3)


@better("they are not of this kind")
@pytest.mark.parametrize("name", ["prop", "cached", "field"])
def test_layers_taken_off_are_collected(cls, name):
    class Holder(cls):
        __slots__ = ("field",)

    layer = wraptrs.wrap_function_wrapper(Holder, name, passthrough)
    assert type(layer) is not wraptrs.FunctionWrapper
    assert wraptrs.unwrap_object(Holder, name, layer) is layer
    alive = weakref.ref(layer)
    del layer
    for _ in range(3):  # one round may not do on a free-threaded build
        gc.collect()
    assert alive() is None


class TestOtherDescriptors:
    def test_partialmethod(self, cls, seen, recorder):
        wraptrs.wrap_function_wrapper(cls, "partial", passthrough)
        obj = cls()
        assert obj.partial(2) == cls.partial(obj, 2) == (obj, (1, 2))
        assert isinstance(vars(cls)["partial"], functools.partialmethod)

    def test_singledispatchmethod(self, cls):
        wraptrs.wrap_function_wrapper(cls, "dispatched", doubled)
        obj = cls()
        assert (obj.dispatched(1), obj.dispatched("")) == ("intint", "objectobject")
        assert isinstance(vars(cls)["dispatched"], functools.singledispatchmethod)
        obj.dispatched.register(float, lambda self, value: "float")
        assert obj.dispatched(1.0) == "floatfloat"

    @better("the setter is lost: assignment shadows the descriptor")
    def test_data_descriptor_of_callables_keeps_its_setter(self):
        class Callback:
            def __set_name__(self, owner, name):
                self.name = "_" + name

            def __get__(self, instance, owner=None):
                return self if instance is None else getattr(instance, self.name)

            def __set__(self, instance, value):
                setattr(instance, self.name, value)

            def __delete__(self, instance):
                delattr(instance, self.name)

        class Holder:
            callback = Callback()

        wraptrs.wrap_function_wrapper(Holder, "callback", doubled)
        holder = Holder()
        holder.callback = lambda: 2
        assert holder.callback() == 4
        assert "callback" not in vars(holder)
        del holder.callback
        assert not vars(holder)

    def test_property_of_an_instance_is_a_value(self, cls):
        obj = cls()
        obj.prop = lambda: 3
        obj.attribute = property(lambda self: 1)
        wraptrs.wrap_function_wrapper(obj, "attribute", passthrough)
        assert isinstance(obj.attribute, property)
