"""Subclasses of the function wrappers: the bound class built, overridden calls and bindings."""

from __future__ import annotations

import copy
import pickle

import pytest

from support.lib import (
    BoundFunctionWrapper,
    FunctionWrapper,
    FunctionWrapperBase,
    ObjectProxy,
    better,
    passthrough,
)


def function(self, *args):
    return self, args


def attach(wrapper):
    return type("Holder", (), {"method": wrapper})


class MyBound(BoundFunctionWrapper):
    pass


class MyWrapper(FunctionWrapper):
    __bound_function_wrapper__ = MyBound


class TestBoundClass:
    def test_class_attribute_decides(self):
        Holder = attach(MyWrapper(function, passthrough))
        assert type(Holder().method) is MyBound
        assert type(Holder.method) is MyBound
        assert type(Holder.method.__get__(Holder(), Holder)) is MyBound

    def test_a_plain_subclass_builds_the_plain_bound_wrapper(self):
        Sub = type("Sub", (FunctionWrapper,), {})
        assert type(attach(Sub(function, passthrough))().method) is BoundFunctionWrapper

    @better("its C class has no such attribute, only its pure one")
    def test_the_default_can_be_read(self):
        assert FunctionWrapper.__bound_function_wrapper__ is BoundFunctionWrapper

    def test_any_callable_may_build_it(self):
        given = []

        class Sub(FunctionWrapper):
            @property
            def __bound_function_wrapper__(self):
                return lambda *args: given.append(args) or "built"

        wrapper = Sub(function, passthrough, False)
        Holder = attach(wrapper)
        holder = Holder()
        assert holder.method == "built"
        (args,) = given
        assert len(args) == 7
        assert args[0].__self__ is holder
        assert args[1:] == (holder, passthrough, False, "function", wrapper, Holder)

    @pytest.mark.parametrize(
        "value, error", [(3, TypeError), (None, TypeError), (lambda: 1, TypeError)]
    )
    def test_unusable_values(self, value, error):
        Sub = type("Sub", (FunctionWrapper,), {"__bound_function_wrapper__": value})
        with pytest.raises(error):
            attach(Sub(function, passthrough))().method

    def test_error_of_the_lookup_travels_but_for_attribute_error(self):
        class Sub(FunctionWrapper):
            error = KeyError

            @property
            def __bound_function_wrapper__(self):
                raise self.error("bound class")

        Holder = attach(Sub(function, passthrough))
        with pytest.raises(KeyError, match="bound class"):
            Holder().method
        Sub.error = AttributeError
        assert type(Holder().method) is BoundFunctionWrapper

    def test_error_of_its_construction_travels(self):
        class Failing(BoundFunctionWrapper):
            def __init__(self, *args):
                raise KeyError("constructing")

        Sub = type("Sub", (FunctionWrapper,), {"__bound_function_wrapper__": Failing})
        with pytest.raises(KeyError, match="constructing"):
            attach(Sub(function, passthrough))().method

    def test_extra_state_in_the_bound_class(self):
        class Counting(BoundFunctionWrapper):
            def __init__(self, *args, **kwargs):
                super().__init__(*args, **kwargs)
                self.__self_setattr__("seen", len(args))

        Sub = type("Sub", (FunctionWrapper,), {"__bound_function_wrapper__": Counting})
        assert attach(Sub(function, passthrough))().method.seen == 7


class TestOverrides:
    def test_call(self):
        class Sub(FunctionWrapper):
            def __call__(self, *args, **kwargs):
                return "outer", super().__call__(*args, **kwargs)

        wrapper = Sub(lambda *args: args, passthrough)
        assert wrapper(1) == ("outer", (1,))
        holder = attach(Sub(function, passthrough))()
        assert holder.method(1) == (holder, (1,))  # the bound class has a call of its own

    def test_call_of_the_bound_class(self):
        class Bound(BoundFunctionWrapper):
            def __call__(self, *args, **kwargs):
                return "outer", super().__call__(*args, **kwargs)

        Sub = type("Sub", (FunctionWrapper,), {"__bound_function_wrapper__": Bound})
        holder = attach(Sub(function, passthrough))()
        assert holder.method(1) == ("outer", (holder, (1,)))

    def test_get(self):
        class Sub(FunctionWrapper):
            def __get__(self, instance, owner=None):
                bound = super().__get__(instance, owner)
                bound._self_touched = (instance, owner)
                return bound

        Holder = attach(Sub(function, passthrough))
        holder = Holder()
        assert holder.method(1) == (holder, (1,))
        assert holder.method._self_touched == (holder, Holder)
        assert Holder.method._self_touched == (None, Holder)

    def test_get_that_builds_the_bound_wrapper_itself(self):
        class Sub(FunctionWrapper):
            def __get__(self, instance, owner):
                return MyBound(
                    self.__wrapped__.__get__(instance, owner),
                    instance,
                    self._self_wrapper,
                    self._self_enabled,
                    self._self_binding,
                    self,
                    owner,
                )

        holder = attach(Sub(function, passthrough))()
        assert type(holder.method) is MyBound and holder.method(1) == (holder, (1,))

    def test_init_with_other_arguments(self):
        class Sub(FunctionWrapper):
            def __init__(self, label, wrapped):
                super().__init__(wrapped, self.run)
                self._self_label = label

            def run(self, wrapped, instance, args, kwargs):
                return self._self_label, wrapped(*args, **kwargs)

        assert Sub("label", lambda x: x)(3) == ("label", 3)

    def test_call_assigned_to_the_class_later(self):
        Sub = type("Sub", (FunctionWrapper,), {})
        wrapper = Sub(lambda: "plain", passthrough)
        assert wrapper() == "plain"
        Sub.__call__ = lambda self: "assigned"
        assert wrapper() == "assigned"
        del Sub.__call__
        assert wrapper() == "plain"


class TestBaseClass:
    def test_the_shared_base_can_be_used_directly(self):
        wrapper = FunctionWrapperBase(lambda *args: args, None, passthrough)
        assert wrapper(1) == (1,)
        assert wrapper._self_binding == "callable"

    def test_families(self):
        holder = attach(FunctionWrapper(function, passthrough))()
        raw = type(holder).__dict__["method"]
        assert isinstance(raw, FunctionWrapperBase) and isinstance(raw, FunctionWrapper)
        assert isinstance(holder.method, FunctionWrapperBase)
        assert not isinstance(holder.method, FunctionWrapper)


def module_level(*args):
    return args


class Recipe(FunctionWrapper):
    """A wrapper that says how to copy and pickle itself."""

    def __copy__(self):
        return Recipe(self.__wrapped__, self._self_wrapper, self._self_enabled)

    def __reduce__(self):
        return Recipe, (self.__wrapped__, self._self_wrapper, self._self_enabled)

    def __reduce_ex__(self, protocol):
        return self.__reduce__()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_recipe_for_pickling_is_followed(protocol):
    restored = pickle.loads(pickle.dumps(Recipe(module_level, passthrough, True), protocol))
    assert type(restored) is Recipe and restored(1) == (1,)
    assert restored._self_enabled is True and restored._self_wrapper is passthrough
    assert type(copy.copy(restored)) is Recipe


def test_wrapping_a_proxy_reaches_the_object():
    proxied = ObjectProxy(module_level)
    wrapper = FunctionWrapper(proxied, lambda wrapped, *rest: wrapped)
    assert wrapper() is proxied
    assert wrapper.__name__ == "module_level"
