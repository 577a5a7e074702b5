"""Subclasses that take attribute access over: properties, descriptors, `__getattr__` and kin."""

from __future__ import annotations

import pytest

from support.lib import PROXIES, TYPES, ObjectProxy, build


class Target:
    """Target's docstring."""

    value = "target"

    def __init__(self):
        self.data = 1


class Trouble(Exception):
    """Not an AttributeError."""


@pytest.mark.parametrize("cls", PROXIES)
class TestProperty:
    def test_property_wins_over_the_target(self, cls):
        class Sub(cls):
            @property
            def value(self):
                return "proxy over " + self.__wrapped__.value

        assert Sub(Target()).value == "proxy over target"

    def test_attribute_error_inside_falls_to_the_target(self, cls):
        class Sub(cls):
            @property
            def value(self):
                raise AttributeError("inner")

            @property
            def absent(self):
                raise AttributeError("inner")

        assert Sub(Target()).value == "target"
        with pytest.raises(AttributeError, match="'Target' object has no attribute 'absent'"):
            Sub(Target()).absent

    @pytest.mark.parametrize(
        "error", [Trouble, KeyError, RuntimeError, KeyboardInterrupt, StopIteration, GeneratorExit]
    )
    def test_any_other_error_travels(self, cls, error):
        raised = error("mine")

        class Sub(cls):
            @property
            def value(self):
                raise raised

        with pytest.raises(error) as caught:
            Sub(Target()).value
        assert caught.value is raised

    def test_subclass_of_attribute_error_falls_through_too(self, cls):
        class Mine(AttributeError):
            """Still an AttributeError."""

        class Sub(cls):
            @property
            def value(self):
                raise Mine

        assert Sub(Target()).value == "target"

    def test_setter_and_deleter(self, cls):
        log = []

        class Sub(cls):
            @property
            def data(self):
                return "got"

            @data.setter
            def data(self, value):
                log.append(("set", value))

            @data.deleter
            def data(self):
                log.append("deleted")

        target = Target()
        proxy = Sub(target)
        proxy.data = 9
        del proxy.data
        assert log == [("set", 9), "deleted"] and target.data == 1

    def test_read_only_property_refuses_and_keeps_the_target(self, cls):
        class Sub(cls):
            data = property(lambda self: "fixed")

        target = Target()
        with pytest.raises(AttributeError):
            Sub(target).data = 2
        with pytest.raises(AttributeError):
            del Sub(target).data
        assert target.data == 1


@pytest.mark.parametrize("cls", TYPES)
class TestMethods:
    def test_getattr_sees_only_what_is_nowhere_on_the_proxy(self, cls):
        asked = []

        class Sub(cls):
            here = 1

            def __getattr__(self, name):
                asked.append(name)
                return super().__getattr__(name)

        def target():
            """Doc."""

        target.there = 2
        proxy = build(Sub, target)
        proxy._self_mine = 3
        asked.clear()
        assert (proxy.here, proxy._self_mine, proxy.there) == (1, 3, 2)
        assert asked == ["there"]
        with pytest.raises(AttributeError):
            proxy.absent

    def test_getattr_may_invent(self, cls):
        class Sub(cls):
            def __getattr__(self, name):
                return "invented " + name

        assert build(Sub, print).anything == "invented anything"

    @pytest.mark.parametrize("error", [Trouble, KeyboardInterrupt])
    def test_getattr_error_travels(self, cls, error):
        class Sub(cls):
            def __getattr__(self, name):
                if name.startswith("wanted"):
                    raise error(name)
                return super().__getattr__(name)

        proxy = build(Sub, print)
        with pytest.raises(error, match="wanted_name"):
            proxy.wanted_name

    def test_getattribute_sees_everything(self, cls):
        asked = []

        class Sub(cls):
            def __getattribute__(self, name):
                asked.append(name)
                return super().__getattribute__(name)

        proxy = build(Sub, print)
        asked.clear()
        assert proxy.__wrapped__ is print
        assert proxy.__name__ == "print"
        with pytest.raises(AttributeError):
            proxy.absent
        assert asked == ["__wrapped__", "__name__", "absent"]

    def test_setattr_and_delattr_with_super(self, cls):
        log = []

        class Sub(cls):
            def __setattr__(self, name, value):
                log.append((name, value))
                super().__setattr__(name, value)

            def __delattr__(self, name):
                log.append(name)
                super().__delattr__(name)

        def target():
            """Doc."""

        proxy = build(Sub, target)
        log.clear()
        proxy._self_x = 1
        proxy.__name__ = "renamed"
        del proxy._self_x
        del proxy.__doc__
        assert log == [("_self_x", 1), ("__name__", "renamed"), "_self_x", "__doc__"]
        assert target.__name__ == "renamed" and target.__doc__ is None

    def test_object_getattribute_by_hand(self, cls):
        proxy = build(cls, print)
        assert object.__getattribute__(proxy, "__wrapped__") is print
        with pytest.raises(AttributeError):
            object.__getattribute__(proxy, "__text_signature__")

    @pytest.mark.parametrize("bad", [1, None, b"name"])
    def test_names_that_are_no_strings(self, cls, bad):
        proxy = build(cls, print)
        for use in (
            lambda: getattr(proxy, bad),
            lambda: setattr(proxy, bad, 1),
            lambda: delattr(proxy, bad),
        ):
            with pytest.raises(TypeError):
                use()

    def test_string_subclass_names(self, cls):
        class Name(str):
            def __eq__(self, other):
                return str.__eq__(self, other)

            __hash__ = str.__hash__

        def target():
            """Doc."""

        proxy = build(cls, target)
        setattr(proxy, Name("_self_x"), 1)
        assert getattr(proxy, Name("_self_x")) == 1
        assert getattr(proxy, Name("__name__")) == "target"
        assert getattr(proxy, Name("__doc__")) == "Doc."


class DocDescriptor:
    def __init__(self, log):
        self.log = log

    def __get__(self, instance, owner):
        return "of the class" if instance is None else f"doc of {type(instance).__name__}"

    def __set__(self, instance, value):
        self.log.append(value)

    def __delete__(self, instance):
        self.log.append("deleted")


@pytest.mark.parametrize("cls", PROXIES)
class TestDocDescriptor:
    def test_consulted_for_instances_and_inherited(self, cls):
        log = []

        class Sub(cls):
            __doc__ = DocDescriptor(log)

        class Deeper(Sub):
            """A docstring in between does not hide the descriptor."""

        target = Target()
        assert Sub(target).__doc__ == "doc of Sub"
        assert Deeper(target).__doc__ == "doc of Deeper"
        assert Deeper.__doc__.startswith("A docstring")
        proxy = Deeper(target)
        proxy.__doc__ = "written"
        del proxy.__doc__
        assert log == ["written", "deleted"]
        assert Target.__doc__ == "Target's docstring."

    def test_plain_docstring_of_the_subclass_is_not_the_instances(self, cls):
        class Sub(cls):
            """About the subclass."""

        assert Sub.__doc__ == "About the subclass."
        assert Sub(Target()).__doc__ == "Target's docstring."

    def test_error_from_the_descriptor_travels(self, cls):
        class Sub(cls):
            @property
            def __doc__(self):
                raise Trouble("doc")

        with pytest.raises(Trouble, match="doc"):
            Sub(Target()).__doc__

    def test_read_only_descriptor(self, cls):
        class Sub(cls):
            @property
            def __doc__(self):
                return "fixed"

        proxy = Sub(Target())
        with pytest.raises(AttributeError):
            proxy.__doc__ = "x"
        assert proxy.__doc__ == "fixed"


def test_dict_property_of_a_subclass_is_used():
    class Sub(ObjectProxy):
        @property
        def __dict__(self):
            return {"only": "this"}

    assert vars(Sub(Target())) == {"only": "this"}


def test_wrapped_is_reachable_through_super():
    class Sub(ObjectProxy):
        @property
        def target(self):
            return super().__wrapped__

    assert Sub(5).target == 5
