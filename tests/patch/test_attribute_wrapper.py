"""wrap_object_attribute: where values come from, where they go, and what is refused."""

from __future__ import annotations

import types

import pytest

from support.lib import better
from support.lib import package as wraptrs


def wrap(cls, attribute, factory=lambda value: ("wrapped", value), **options):
    holder = types.ModuleType("attribute_target")
    holder.Class = cls
    return wraptrs.wrap_object_attribute(holder, f"Class.{attribute}", factory, **options)


class Base:
    default = "base default"

    def __init__(self):
        self._value = 1

    @property
    def value(self):
        """The base's doc."""
        return self._value

    @value.setter
    def value(self, value):
        self._value = value

    @value.deleter
    def value(self):
        self._value = None


class TestInherited:
    @better("the property of a base class is not seen: reads raise")
    def test_property_of_a_base_class(self):
        class Derived(Base):
            pass

        handle = wrap(Derived, "value")
        obj = Derived()
        assert obj.value == ("wrapped", 1)
        obj.value = 2
        assert (obj._value, obj.value) == (2, ("wrapped", 2))
        assert "value" not in vars(obj)
        del obj.value
        assert obj._value is None
        assert Base().value == 1
        assert Derived.value.__doc__ == "The base's doc."
        assert wraptrs.unwrap_object(Derived, "value", handle) is handle
        assert "value" not in vars(Derived)
        assert Derived().value == 1

    @better("the default of a base class is not seen: reads raise")
    def test_default_of_a_base_class(self):
        class Derived(Base):
            pass

        handle = wrap(Derived, "default")
        obj = Derived()
        assert obj.default == ("wrapped", "base default")
        obj.default = "own"
        assert obj.default == ("wrapped", "own")
        wraptrs.unwrap_object(Derived, "default", handle)
        assert Derived.default == "base default"

    @better("the wrapper of a base class is not seen: reads raise")
    def test_stacks_over_the_wrapper_of_a_base_class(self):
        class Own:
            value = 1

        class Derived(Own):
            pass

        below = wrap(Own, "value", lambda value: value + 1)
        above = wrap(Derived, "value", lambda value: value * 10)
        assert (Own().value, Derived().value) == (2, 20)
        wraptrs.unwrap_object(Derived, "value", above)
        assert (Own().value, Derived().value) == (2, 2)
        wraptrs.unwrap_object(Own, "value", below)
        assert (vars(Own)["value"], Derived().value) == (1, 1)

    @better("a slot of a base class is not seen: reads raise")
    def test_slot_of_a_base_class(self):
        class Slotted:
            __slots__ = ("value",)

        class Derived(Slotted):
            __slots__ = ()

        wrap(Derived, "value")
        obj = Derived()
        obj.value = 1
        assert obj.value == ("wrapped", 1)
        del obj.value
        with pytest.raises(AttributeError):
            obj.value


class TestStorage:
    @better("the error is about a missing __dict__")
    def test_no_place_to_store_is_an_attribute_error_naming_the_attribute(self):
        class Slotted:
            __slots__ = ()

        wrap(Slotted, "value")
        obj = Slotted()
        with pytest.raises(AttributeError, match="'Slotted' object has no attribute 'value'"):
            obj.value
        with pytest.raises(AttributeError, match="'Slotted' object has no attribute 'value'"):
            obj.value = 1
        with pytest.raises(AttributeError, match="'Slotted' object has no attribute 'value'"):
            del obj.value

    def test_non_data_descriptor_yields_to_the_instance(self):
        class Class:
            def value(self):
                return "method"

        wrap(Class, "value")
        obj = Class()
        kind, method = obj.value
        assert (kind, method()) == ("wrapped", "method")
        obj.value = 1
        assert obj.value == ("wrapped", 1)
        assert Class.value.__wrapped__(obj) == "method"

    def test_arguments_of_the_factory(self):
        class Class:
            value = 1

        def factory(value, *args, **kwargs):
            return value, args, kwargs

        wrap(Class, "value", factory, args=(2, 3), kwargs={"k": 4})
        assert Class().value == (1, (2, 3), {"k": 4})


class TestUnfit:
    @better("a bare 'not enough values to unpack'")
    @pytest.mark.parametrize("name", ["value", ".value", "Class.", ""])
    def test_name_without_a_class(self, name):
        with pytest.raises(ValueError, match=r"names no class.*'Class.attribute'"):
            wraptrs.wrap_object_attribute("types", name, repr)

    @better("the wrapper is put where it has no effect")
    def test_path_to_something_else_than_a_class(self):
        holder = types.ModuleType("attribute_target")
        holder.instance = Base()
        with pytest.raises(TypeError, match=r"attribute_target:instance.value.*only a class"):
            wraptrs.wrap_object_attribute(holder, "instance.value", repr)
        assert "value" not in vars(holder.instance)

    @better("noticed at the first read")
    def test_factory_that_is_not_callable(self):
        class Class:
            value = 1

        with pytest.raises(TypeError, match=r"attribute_target:Class.value: the factory"):
            wrap(Class, "value", None)
        assert Class.value == 1
