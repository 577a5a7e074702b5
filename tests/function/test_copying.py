"""Function wrappers are copied and pickled as functions and methods are.

wrapt 2.5.2 refuses all of it with NotImplementedError.
"""

from __future__ import annotations

import collections.abc
import copy
import pickle

import pytest

from support.lib import better
from support.lib import package as wraptrs


@wraptrs.decorator
def passed(wrapped, instance, args, kwargs):
    return wrapped(*args, **kwargs)


@passed
def function(value):
    return value


class Holder:
    def __init__(self, value=0):
        self.value = value

    @passed
    def method(self):
        return self

    @passed
    @classmethod
    def kind(cls):
        return cls

    @passed
    @staticmethod
    def plain():
        return "plain"


class Derived(Holder):
    pass


PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def revived(obj, protocol=pickle.HIGHEST_PROTOCOL):
    return pickle.loads(pickle.dumps(obj, protocol))


@better("refuses to pickle")
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_function_pickles_by_name(protocol):
    assert revived(function, protocol) is function


@better("refuses to copy")
def test_a_function_is_copied_as_itself():
    assert copy.copy(function) is function
    assert copy.deepcopy(function) is function
    table = {"callback": function}
    assert copy.deepcopy(table)["callback"] is function


@better("refuses everything, with another error")
def test_a_function_that_is_not_found_by_its_name_is_refused():
    @passed
    def local():
        return None

    with pytest.raises((AttributeError, pickle.PicklingError), match="local"):
        pickle.dumps(local)


@better("refuses everything, with another error")
def test_a_wrapper_under_another_wrapper_is_not_taken_for_it():
    inner = function.__wrapped__
    layer = wraptrs.FunctionWrapper(inner, passed._self_wrapper)
    with pytest.raises(pickle.PicklingError, match="not the same object"):
        pickle.dumps(layer)


@better("refuses to pickle")
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_bound_method_pickles_with_its_instance(protocol):
    result = revived(Derived(5).method, protocol)()
    assert type(result) is Derived
    assert result.value == 5


@better("refuses to pickle")
@pytest.mark.parametrize("holder", [Holder, Derived, Derived()])
def test_class_and_static_methods_pickle_with_what_they_were_reached_through(holder):
    assert revived(holder.kind)() is holder.kind()
    assert revived(holder.plain)() == "plain"


@better("refuses to copy")
def test_a_bound_method_is_copied_as_a_bound_method_is():
    instance = Holder([1])
    assert copy.copy(instance.method)() is instance
    twin = copy.deepcopy(instance.method)()
    assert twin is not instance
    assert twin.value == [1]
    assert twin.value is not instance.value


@better("refuses to copy")
def test_a_deep_copy_of_an_instance_and_its_stored_method_stay_together():
    instance = Holder()
    instance.callback = instance.method
    twin = copy.deepcopy(instance)
    assert twin.callback() is twin


def test_other_proxies_still_leave_copying_to_derived_classes():
    for operation in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(NotImplementedError):
            operation(wraptrs.CallableObjectProxy(len))


@better("function wrappers are no ObjectProxy since 2.0")
def test_wrappers_are_object_proxies_but_not_iterable():
    for wrapper in (function, Holder().method):
        assert isinstance(wrapper, wraptrs.ObjectProxy)
        assert not hasattr(wrapper, "__iter__")
        assert not isinstance(wrapper, collections.abc.Iterable)
        with pytest.raises(TypeError, match="not iterable"):
            iter(wrapper)


@better("names the type only")
def test_repr_names_the_function():
    assert repr(wraptrs.FunctionWrapper(function, passed._self_wrapper)).endswith(
        f": {__name__}.function>"
    )
