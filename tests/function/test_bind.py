"""Binding: what a wrapper in a class gives through instances, classes, `super()` and by hand."""

from __future__ import annotations

import operator
import sys

import pytest

from support.lib import BoundFunctionWrapper, FunctionWrapper, ObjectProxy, passthrough
from support.outcome import outcome


def witness(wrapped, instance, args, kwargs):
    """A wrapper that reports the instance and arguments it was given, and the real result."""
    return instance, args, kwargs, wrapped(*args, **kwargs)


def wrap(target, wrapper=witness):
    return FunctionWrapper(target, wrapper)


class Meta(type):
    def of_meta(cls, x):
        return cls, x

    of_meta = wrap(of_meta)


class Base(metaclass=Meta):
    @wrap
    def method(self, *args, **kwargs):
        return self, args, kwargs

    @wrap
    @classmethod
    def of_class(cls, *args):
        return cls, args

    @wrap
    @staticmethod
    def static(*args):
        return args

    builtin = wrap(len)
    made = wrap(dict)
    bare = staticmethod(wrap(lambda *args: args))


class Derived(Base):
    def method(self, *args, **kwargs):
        return super().method(*args, **kwargs)

    @classmethod
    def of_class(cls, *args):
        return super().of_class(*args)

    @staticmethod
    def static(*args):
        return super(Derived, Derived).static(*args)


class Silent(Base):
    """Overrides nothing."""


BASE, DERIVED, SILENT = Base(), Derived(), Silent()


@pytest.mark.parametrize(
    "call, expected",
    [
        # through instances
        (lambda: BASE.method(1, k=2), (BASE, (1,), {"k": 2}, (BASE, (1,), {"k": 2}))),
        (lambda: SILENT.method(1), (SILENT, (1,), {}, (SILENT, (1,), {}))),
        (lambda: DERIVED.method(1), (DERIVED, (1,), {}, (DERIVED, (1,), {}))),
        # through the class: the instance is taken out of the arguments
        (lambda: Base.method(BASE, 1), (BASE, (1,), {}, (BASE, (1,), {}))),
        (lambda: Base.method(SILENT, 1), (SILENT, (1,), {}, (SILENT, (1,), {}))),
        (lambda: Silent.method(SILENT), (SILENT, (), {}, (SILENT, (), {}))),
        # an argument that is no instance of the class stays an argument
        (lambda: Base.method("x", 1), (None, ("x", 1), {}, ("x", (1,), {}))),
        (lambda: Silent.method(BASE, 1), (None, (BASE, 1), {}, (BASE, (1,), {}))),
        # class methods have the class as instance
        (lambda: Base.of_class(1), (Base, (1,), {}, (Base, (1,)))),
        (lambda: BASE.of_class(1), (Base, (1,), {}, (Base, (1,)))),
        (lambda: SILENT.of_class(1), (Silent, (1,), {}, (Silent, (1,)))),
        (lambda: Derived.of_class(1), (Derived, (1,), {}, (Derived, (1,)))),
        # static methods have none
        (lambda: Base.static(1), (None, (1,), {}, (1,))),
        (lambda: BASE.static(1), (None, (1,), {}, (1,))),
        (lambda: DERIVED.static(1), (None, (1,), {}, (1,))),
        (lambda: Base.static(BASE), (None, (BASE,), {}, (BASE,))),
        # builtins and classes do not bind
        (lambda: BASE.builtin([1]), (None, ([1],), {}, 1)),
        (lambda: Base.builtin([1]), (None, ([1],), {}, 1)),
        (lambda: BASE.made(a=1), (None, (), {"a": 1}, {"a": 1})),
        (lambda: BASE.bare(1), (None, (1,), {}, (1,))),
        # a metaclass's method has the class as its instance
        (lambda: Base.of_meta(1), (Base, (1,), {}, (Base, 1))),
        (lambda: Meta.of_meta(Base, 1), (Base, (1,), {}, (Base, 1))),
    ],
)
def test_calls(call, expected):
    assert call() == expected


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="classmethod binds its wrapper until 3.12")
def test_classmethod_outside_until_3_12():
    class Holder:
        outside = classmethod(wrap(lambda cls, x: (cls, x)))

    assert Holder.outside(1) == (Holder, (1,), {}, (Holder, 1))


@pytest.mark.skipif(sys.version_info < (3, 13), reason="classmethod calls its wrapper from 3.13 on")
def test_classmethod_outside_from_3_13():
    class Holder:
        outside = classmethod(wrap(lambda cls, x: (cls, x)))

    assert Holder.outside(1) == (None, (Holder, 1), {}, (Holder, 1))


def test_missing_self_is_reported_by_the_target():
    assert outcome(lambda: Base.method()).type is TypeError
    seen = []

    class Holder:
        method = wrap(lambda self: 1, lambda *given: seen.append(given[1:]))

    Holder.method()
    assert seen == [(None, (), {})]  # the wrapper runs all the same


def plain(self, *args):
    return self, args


RAW = wrap(plain)


@pytest.mark.parametrize("arguments", [(BASE,), (BASE, None), (BASE, Base), (BASE, int)])
def test_get_by_hand_with_an_instance(arguments):
    bound = RAW.__get__(*arguments)
    assert type(bound) is BoundFunctionWrapper
    assert bound._self_instance is BASE and bound._self_parent is RAW
    assert bound(1) == (BASE, (1,), {}, (BASE, (1,)))


def test_get_by_hand_for_a_class():
    bound = RAW.__get__(None, Base)
    assert type(bound) is BoundFunctionWrapper
    assert bound._self_instance is None and bound._self_owner is Base
    assert bound(BASE, 1) == (BASE, (1,), {}, (BASE, (1,)))


@pytest.mark.parametrize("arguments", [(), (None,), (None, None), (1, 2, 3)])
def test_get_by_hand_refuses_what_is_no_binding(arguments):
    with pytest.raises(TypeError):
        RAW.__get__(*arguments)


def test_binding_to_none_through_its_own_type():
    bound = RAW.__get__(None, type(None))
    assert bound(1)[1] == (1,)


@pytest.mark.parametrize("target", [len, int, 3, None, operator.itemgetter(1), "text"])
def test_targets_that_do_not_bind_return_the_wrapper(target):
    wrapper = wrap(target)
    assert wrapper.__get__(BASE, Base) is wrapper
    assert wrapper.__get__(None, Base) is wrapper


class Rebind:
    method = wrap(plain)
    of_class = wrap(classmethod(plain))
    static = wrap(staticmethod(plain))
    other = method


class TestRebinding:
    def test_bound_to_an_instance_stays(self):
        bound = Rebind().method
        assert bound.__get__(Rebind(), Rebind) is bound
        assert bound.__get__(None, Rebind) is bound

    def test_taken_from_the_class_binds_from_the_parent(self):
        unbound = Rebind.method
        holder = Rebind()
        bound = unbound.__get__(holder, Rebind)
        assert bound is not unbound and bound._self_instance is holder
        assert bound._self_parent is Rebind.__dict__["method"]
        assert bound(1) == (holder, (1,), {}, (holder, (1,)))
        again = unbound.__get__(None, int)
        assert again is not unbound and again._self_owner is int

    @pytest.mark.parametrize("name", ["of_class", "static"])
    def test_class_and_static_methods_stay(self, name):
        for bound in (getattr(Rebind, name), getattr(Rebind(), name)):
            assert bound.__get__(Rebind(), Rebind) is bound

    def test_moved_to_another_class(self):
        class Elsewhere:
            method = Rebind.method

        elsewhere = Elsewhere()
        assert elsewhere.method(1) == (elsewhere, (1,), {}, (elsewhere, (1,)))

    def test_one_wrapper_under_two_names(self):
        holder = Rebind()
        assert holder.other(2) == holder.method(2) == (holder, (2,), {}, (holder, (2,)))


class Descriptor:
    """A data descriptor that records how it was asked."""

    def __init__(self):
        self.log = []

    def __get__(self, instance, owner):
        self.log.append((instance, owner))
        return lambda *args: ("bound", instance, args)


def test_any_descriptor_is_bound_with_what_python_gives_it():
    descriptor = Descriptor()
    wrapper = wrap(descriptor)
    Holder = type("Holder", (), {"entry": wrapper})
    holder = Holder()
    # taken as a "callable": the call below comes through the instance
    assert holder.entry(1) == (holder, (1,), {}, ("bound", holder, (1,)))
    assert type(Holder.entry) is BoundFunctionWrapper
    assert descriptor.log == [(holder, Holder), (None, Holder)]


@pytest.mark.parametrize("error", [KeyError, AttributeError, KeyboardInterrupt])
def test_error_of_a_descriptor_travels(error):
    raised = error("binding")

    class Failing:
        def __get__(self, instance, owner):
            raise raised

    Holder = type("Holder", (), {"entry": wrap(Failing())})
    for use in (lambda: Holder.entry, lambda: Holder().entry):
        with pytest.raises(error) as caught:
            use()
        assert caught.value is raised


def test_owner_whose_instance_check_fails():
    class Checked(type):
        def __instancecheck__(cls, instance):
            raise KeyError("check")

    class Holder(metaclass=Checked):
        method = wrap(plain)

    with pytest.raises(KeyError, match="check"):
        Holder.method(1)
    assert Holder().method()[0] is not None


def test_an_instance_that_is_a_proxy():
    holder = ObjectProxy(Rebind())
    assert holder.method(1)[1] == (1,)
    assert Rebind.method(holder, 1)[0] is holder  # its __class__ says it is one


def test_set_name_reaches_the_target():
    class Named:
        def __set_name__(self, owner, name):
            self.named = (owner, name)

        def __call__(self):
            return self.named

    named = Named()
    Holder = type("Holder", (), {"entry": FunctionWrapper(named, passthrough)})
    assert named.named == (Holder, "entry")
    type("Holder", (), {"entry": FunctionWrapper(len, passthrough)})  # has none: nothing happens


@pytest.mark.parametrize("error", [KeyError, KeyboardInterrupt])
def test_error_of_set_name_travels(error):
    class Named:
        def __set_name__(self, owner, name):
            raise error(name)

    with pytest.raises((error, RuntimeError)) as caught:  # RuntimeError from it before 3.12
        type("Holder", (), {"entry": wrap(Named())})
    assert error in (type(caught.value), type(caught.value.__cause__))


def test_binding_a_half_made_wrapper_is_refused():
    wrapper = FunctionWrapper.__new__(FunctionWrapper)
    with pytest.raises(AttributeError, match="has no attribute"):
        wrapper.__get__(BASE, Base)
    wrapper.__wrapped__ = plain
    with pytest.raises(AttributeError, match="_self_"):
        wrapper.__get__(BASE, Base)
