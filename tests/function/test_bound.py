"""BoundFunctionWrapper: its fields, the attributes shared with its parent, making one by hand."""

from __future__ import annotations

import pytest

from support.lib import (
    BoundFunctionWrapper,
    FunctionWrapper,
    FunctionWrapperBase,
    better,
    passthrough,
)


def witness(wrapped, instance, args, kwargs):
    return instance, args, kwargs, wrapped(*args, **kwargs)


def make_class(wrapper=witness, enabled=None):
    class Holder:
        def method(self, *args):
            """Method's docstring."""
            return args

        method.marked = "on the function"

    Holder.method = FunctionWrapper(Holder.method, wrapper, enabled)
    return Holder


class TestFields:
    def test_of_a_bound_wrapper(self):
        Holder = make_class(enabled=True)
        raw, holder = Holder.__dict__["method"], Holder()
        bound = holder.method
        assert bound._self_instance is holder
        assert bound._self_wrapper is witness
        assert bound._self_enabled is True
        assert bound._self_binding == "function"
        assert bound._self_parent is raw
        assert bound._self_owner is Holder
        assert bound.__self__ is holder and bound.__func__ is raw.__wrapped__

    @pytest.mark.parametrize("name", ["instance", "wrapper", "binding", "parent", "owner"])
    def test_fields_are_read_only(self, name):
        Holder = make_class()
        for wrapper in (Holder.__dict__["method"], Holder().method, Holder.method):
            before = getattr(wrapper, "_self_" + name)
            with pytest.raises(AttributeError):
                setattr(wrapper, "_self_" + name, 1)
            with pytest.raises(AttributeError):
                delattr(wrapper, "_self_" + name)
            assert getattr(wrapper, "_self_" + name) is before

    @better("its native wrapper has no switch that can be turned later")
    def test_the_switch_can_be_turned(self):
        Holder = make_class()
        wrapper = Holder.__dict__["method"]
        wrapper._self_enabled = False
        assert wrapper._self_enabled is False and Holder().method._self_enabled is False
        with pytest.raises(AttributeError, match="cannot delete '_self_enabled'"):
            del wrapper._self_enabled

    @pytest.mark.parametrize(
        "name", ["instance", "wrapper", "enabled", "binding", "parent", "owner"]
    )
    @pytest.mark.parametrize("cls", [FunctionWrapper, BoundFunctionWrapper, FunctionWrapperBase])
    def test_unset_fields_are_absent_and_fall_to_the_target(self, cls, name):
        wrapper = cls.__new__(cls)
        with pytest.raises(AttributeError):
            getattr(wrapper, "_self_" + name)

        class Target:
            pass

        wrapper.__wrapped__ = Target
        with pytest.raises(AttributeError):
            getattr(wrapper, "_self_" + name)
        setattr(Target, "_self_" + name, "target's")
        assert getattr(wrapper, "_self_" + name) == "target's"


class TestAttributes:
    def test_self_attributes_live_on_the_parent(self):
        Holder = make_class()
        raw, holder = Holder.__dict__["method"], Holder()
        holder.method._self_count = 1
        assert raw._self_count == holder.method._self_count == Holder.method._self_count == 1
        assert "_self_count" in raw.__self_dict__
        Holder.method._self_count += 1
        assert holder.method._self_count == 2

    def test_own_then_parent_then_target(self):
        Holder = make_class()
        raw = Holder.__dict__["method"]
        bound = Holder().method
        assert bound.marked == "on the function"
        raw._self_level = "parent"
        assert bound._self_level == "parent"
        raw.__self_setattr__("marked", "on the parent")
        assert bound.marked == "on the parent"
        bound.__self_setattr__("marked", "on the bound")
        assert bound.marked == "on the bound" and raw.marked == "on the parent"

    @pytest.mark.parametrize("name", ["other", "__name__", "__doc__", "__module__", "__qualname__"])
    def test_other_names_cannot_be_written(self, name):
        Holder = make_class()
        bound = Holder().method
        before = getattr(Holder.__dict__["method"].__wrapped__, name, None)
        with pytest.raises(AttributeError):
            setattr(bound, name, "x")
        with pytest.raises((AttributeError, TypeError)):
            delattr(bound, name)
        assert getattr(Holder.__dict__["method"].__wrapped__, name, None) == before

    def test_names_of_the_target(self):
        bound = make_class()().method
        assert bound.__name__ == "method" and bound.__doc__ == "Method's docstring."
        assert bound.__qualname__.endswith("Holder.method")
        with pytest.raises(AttributeError):
            bound.missing

    def test_parent_that_fails_with_another_error(self):
        class Parent(FunctionWrapper):
            @property
            def trouble(self):
                raise KeyError("parent")

        class Holder:
            method = Parent(lambda self: 1, witness)

        with pytest.raises(KeyError, match="parent"):
            Holder().method.trouble

    def test_parent_given_by_hand_takes_the_writes(self):
        parent = FunctionWrapper(len, witness)
        bound = BoundFunctionWrapper(len, None, witness, None, "callable", parent, list)
        bound._self_note = 1
        assert parent._self_note == 1

    def test_without_a_parent_writes_stay(self):
        bound = BoundFunctionWrapper(len, None, witness)
        bound._self_note = 1
        assert bound._self_note == 1 and bound.__self_dict__["_self_note"] == 1
        del bound._self_note
        assert not hasattr(bound, "_self_note")


def function(*args):
    return args


class Owner:
    """An owner whose instances a class-level call recognises."""


OWNER = Owner()


class TestByHand:
    def test_three_to_seven_arguments(self):
        everything = (function, OWNER, witness, True, "function", None, Owner)
        defaults = (None, "callable", None, None)
        for count in range(3, 8):
            bound = BoundFunctionWrapper(*everything[:count])
            expected = everything[:count] + defaults[count - 3 :]
            assert (
                bound.__wrapped__,
                bound._self_instance,
                bound._self_wrapper,
                bound._self_enabled,
                bound._self_binding,
                bound._self_parent,
                bound._self_owner,
            ) == expected
            assert bound(1) == (OWNER, (1,), {}, (1,))

    def test_keywords(self):
        bound = BoundFunctionWrapper(
            wrapped=function,
            instance=OWNER,
            wrapper=witness,
            enabled=None,
            binding="classmethod",
            parent=None,
            owner=Owner,
        )
        assert bound._self_binding == "classmethod"
        assert bound(1) == (None, (1,), {}, (1,))  # a class method asks the target's __self__

    @pytest.mark.parametrize("binding", ["function", "callable"])
    def test_without_an_instance_the_first_argument_may_be_it(self, binding):
        bound = BoundFunctionWrapper(function, None, witness, None, binding, None, Owner)
        assert bound(OWNER, 1) == (OWNER, (1,), {}, (OWNER, 1))
        assert bound("x", 1) == (None, ("x", 1), {}, ("x", 1))
        assert bound() == (None, (), {}, ())

    @pytest.mark.parametrize(
        "binding", ["classmethod", "staticmethod", "instancemethod", "builtin", "class"]
    )
    def test_other_bindings_ask_the_target_for_its_self(self, binding):
        class Target:
            __self__ = "target's self"

            def __call__(self, *args):
                return args

        bound = BoundFunctionWrapper(Target(), OWNER, witness, None, binding, None, Owner)
        assert bound(1) == ("target's self", (1,), {}, (1,))
        bound = BoundFunctionWrapper(function, OWNER, witness, None, binding, None, Owner)
        assert bound(1) == (None, (1,), {}, (1,))

    @pytest.mark.parametrize("binding", ["classmethod", "staticmethod"])
    def test_error_of_the_targets_self_travels(self, binding):
        class Target:
            @property
            def __self__(self):
                raise KeyError("self")

        with pytest.raises(KeyError, match="self"):
            BoundFunctionWrapper(Target(), None, witness, None, binding)(1)

    @better("isinstance() is asked about the owner None")
    def test_without_an_owner_nothing_is_taken_for_an_instance(self):
        assert BoundFunctionWrapper(function, None, passthrough)(OWNER, 1) == (OWNER, 1)

    @better("it takes any object and compares it as a string later")
    @pytest.mark.parametrize("binding", ["", "Function", "method", 3, None, object()])
    def test_unknown_bindings_are_refused(self, binding):
        with pytest.raises((ValueError, TypeError), match="binding"):
            BoundFunctionWrapper(function, None, witness, None, binding)

    def test_binding_without_a_usable_parent(self):
        bound = BoundFunctionWrapper(function, None, witness)
        assert bound.__get__(OWNER, Owner)(1) == (OWNER, (1,), {}, (OWNER, 1))
        parent = BoundFunctionWrapper(function, None, witness, None, "function", object(), Owner)
        with pytest.raises(AttributeError, match="__wrapped__"):
            parent.__get__(OWNER, Owner)

    def test_foreign_parent_with_a_target(self):
        class Parent:
            """Not a proxy, but it has the one attribute that is asked for."""

        parent = Parent()
        parent.__wrapped__ = function
        bound = BoundFunctionWrapper(function, None, witness, None, "function", parent, Owner)
        assert bound.__get__(OWNER, Owner)(1) == (OWNER, (1,), {}, (OWNER, 1))

    def test_parent_whose_target_does_not_bind(self):
        parent = FunctionWrapper(len, witness)
        bound = BoundFunctionWrapper(len, None, witness, None, "callable", parent, Owner)
        with pytest.raises(AttributeError, match="__get__"):
            bound.__get__(OWNER, Owner)


def test_bound_wrappers_are_equal_and_hash_like_methods():
    holder = make_class()()
    assert holder.method == holder.method
    assert hash(holder.method) == hash(holder.method)
    assert len({holder.method, holder.method}) == 1


def test_a_bound_wrapper_keeps_its_instance_alive():
    Holder = make_class()
    bound = Holder().method
    assert type(bound._self_instance) is Holder
    assert bound(1)[1:] == ((1,), {}, (1,))


def test_iter_is_absent_on_wrappers():
    with pytest.raises(TypeError, match="not iterable"):
        iter(FunctionWrapper(len, passthrough))
