"""WeakFunctionProxy: what it refuses, and what it keeps."""

import gc
import weakref

import pytest

from support.lib import better
from support.lib import package as wraptrs


class Items(list):
    pass


@better("the proxy is dead at once, or the error speaks of weak references")
@pytest.mark.parametrize(
    "method",
    [Items().append, {1}.add, [].append, dict.fromkeys],
    ids=["list subclass", "set", "list", "class method"],
)
def test_methods_of_builtin_types_are_refused_at_once(method):
    with pytest.raises(TypeError, match="built-in type"):
        wraptrs.WeakFunctionProxy(method)


def test_builtin_functions_are_no_methods():
    assert wraptrs.WeakFunctionProxy(len)([1]) == 1


@better("the attribute makes it a method")
def test_callable_with_a_self_of_its_own():
    class Call:
        __self__ = 3

        def __call__(self):
            return 4

    call = Call()
    assert wraptrs.WeakFunctionProxy(call)() == 4


def test_a_falsy_instance_is_alive():
    class Empty(list):
        __hash__ = object.__hash__

        def size(self):
            return len(self)

    empty = Empty()
    proxy = wraptrs.WeakFunctionProxy(empty.size)
    assert proxy() == 0


def test_neither_function_nor_instance_is_kept():
    class Owner:
        def method(self):
            return self

    owner = Owner()
    proxy = wraptrs.WeakFunctionProxy(owner.method)
    assert proxy() is owner
    reference = weakref.ref(owner)
    del owner
    gc.collect()
    assert reference() is None
    with pytest.raises(ReferenceError, match="no longer exists"):
        proxy()


def test_callback_runs_once_for_function_and_instance():
    class Owner:
        def method(self):
            return 1

    calls = []
    owner = Owner()
    proxy = wraptrs.WeakFunctionProxy(owner.method, calls.append)
    del owner, Owner
    gc.collect()
    assert len(calls) == 1
    assert calls[0] is proxy
    assert proxy._self_expired


@wraptrs.decorator
def seen_by(wrapped, instance, args, kwargs):
    return instance, wrapped(*args, **kwargs)


def test_wrapped_methods_bind_again():
    class Owner:
        @seen_by
        def method(self):
            return self

        @seen_by
        @classmethod
        def of_class(cls):
            return cls

    owner = Owner()
    assert wraptrs.WeakFunctionProxy(owner.method)() == (owner, owner)
    assert wraptrs.WeakFunctionProxy(Owner.of_class)() == (Owner, Owner)
    assert wraptrs.WeakFunctionProxy(Owner.method)(owner) == (owner, owner)


def test_a_wrapped_function_is_referred_to_itself():
    function = seen_by(lambda: 1)
    assert wraptrs.WeakFunctionProxy(function)() == (None, 1)
