"""unwrap_object and the chain functions, beyond what wrapt's own tests state."""

from __future__ import annotations

import functools
import types

import pytest

from support.lib import better, passthrough
from support.lib import package as wraptrs


@pytest.fixture
def module():
    module = types.ModuleType("unwrap_target")
    module.function = lambda: "original"
    return module


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0), (0, 2, 1)], ids=str)
def test_layers_leave_in_any_order(module, order):
    original = module.function
    handles = [
        wraptrs.wrap_function_wrapper(
            module, "function", lambda wrapped, i, a, k, n=n: f"{n}({wrapped()})"
        )
        for n in range(3)
    ]
    left = [0, 1, 2]
    for index in order:
        assert wraptrs.unwrap_object(module, "function", handles[index]) is handles[index]
        left.remove(index)
        expected = functools.reduce(lambda text, n: f"{n}({text})", left, "original")
        assert module.function() == expected
    assert module.function is original


def test_buried_layer_of_a_value_proxy_and_an_attribute_wrapper(module):
    class Class:
        value = 1

    module.Class = Class
    handles = [
        wraptrs.wrap_object_attribute(module, "Class.value", lambda value, n=n: value + n)
        for n in (10, 100, 1000)
    ]
    wraptrs.unwrap_object(Class, "value", handles[1])
    assert Class().value == 1011


@better("the layer is looked for in the bound method")
def test_layer_on_the_class_can_be_named_through_an_instance():
    class Class:
        def method(self):
            return 1

    original = vars(Class)["method"]
    handle = wraptrs.wrap_function_wrapper(Class, "method", passthrough)
    assert wraptrs.unwrap_object(Class(), "method", handle) is handle
    assert vars(Class)["method"] is original


def test_instance_layer_does_not_touch_the_class():
    class Class:
        def method(self):
            return 1

    obj = Class()
    on_class = wraptrs.wrap_function_wrapper(Class, "method", passthrough)
    on_obj = wraptrs.wrap_function_wrapper(obj, "method", passthrough)
    assert wraptrs.unwrap_object(obj, "method", on_obj) is on_obj
    assert not vars(obj)
    assert vars(Class)["method"] is on_class


@better("a TypeError that speaks of find_wrapper only")
def test_no_handle(module):
    with pytest.raises(TypeError, match=r"no handle given for unwrap_target:function.*deferred"):
        wraptrs.unwrap_object(module, "function", None)


@better("the repr of the handle stands where the reason should")
def test_not_found_names_target_and_reason(module):
    handle = wraptrs.wrap_function_wrapper(module, "function", passthrough)
    wraptrs.unwrap_object(module, "function", handle)
    with pytest.raises(wraptrs.WrapperNotFoundError, match=r"unwrap_target:function.*removed"):
        wraptrs.unwrap_object(module, "function", handle)


@better("the module's repr stands for its name")
def test_buried_under_a_closure_names_what_lies_above(module):
    handle = wraptrs.wrap_function_wrapper(module, "function", passthrough)
    module.function = closure = functools.wraps(module.function)(lambda: None)
    match = r"cannot unwrap unwrap_target:function.*type function"
    with pytest.raises(wraptrs.WrapperNotOutermostError, match=match):
        wraptrs.unwrap_object(module, "function", handle)
    assert module.function is closure


def test_closure_as_handle(module):
    original = module.function
    module.function = closure = functools.wraps(original)(lambda: "closure")
    assert wraptrs.unwrap_object(module, "function", closure) is closure
    assert module.function is original


def test_missing_target(module):
    handle = wraptrs.wrap_function_wrapper(module, "function", passthrough)
    with pytest.raises(wraptrs.WrapperNotFoundError):
        wraptrs.unwrap_object(module, "absent", handle)
    assert wraptrs.unwrap_object(module, "absent", handle, missing_ok=True) is None
    with pytest.raises(wraptrs.TargetModuleNotFoundError):
        wraptrs.unwrap_object("no_such_module", "function", handle, missing_ok=True)
    assert module.function is handle


@better("the object itself is shown, and its repr is run")
def test_deep_chain_does_not_run_the_repr_of_the_object():
    class Link:
        def __init__(self, wrapped):
            self.__wrapped__ = wrapped

        def __repr__(self):
            raise RuntimeError("the repr was run")

    chain = None
    for _ in range(5):
        chain = Link(chain)
    with pytest.raises(wraptrs.WrapperChainTooDeepError, match=r"more than 3 .*'Link'"):
        list(wraptrs.wrapper_chain(chain, limit=3))
    assert wraptrs.unwrapped(chain, limit=6) is None


@better("wrapt leaves a copy of the inherited function on the derived class")
@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (2, 0, 1)])
def test_layers_over_an_inherited_method_leave_nothing_behind(order):
    class Base:
        def method(self):
            return "method"

    class Derived(Base):
        pass

    handles = [wraptrs.wrap_function_wrapper(Derived, "method", passthrough) for _ in range(3)]
    for index in order:
        wraptrs.unwrap_object(Derived, "method", handles[index])
    assert "method" not in vars(Derived)
    assert Derived().method() == "method"
