"""Which kinds of target bind at all, and which bind a second time."""

from __future__ import annotations

import types

import pytest

from support.lib import FunctionWrapper, passthrough


def wrap(target):
    return FunctionWrapper(target, passthrough)


def test_a_class_does_not_bind_even_if_its_metaclass_would():
    class Binding(type):
        def __get__(cls, instance, owner):
            raise AssertionError("not to be asked")

    wrapper = wrap(Binding("Made", (), {}))
    Holder = type("Holder", (), {"entry": wrapper})
    assert Holder().entry is wrapper is Holder.entry


@pytest.mark.skipif(
    not hasattr(types.MethodType, "__get__"), reason="methods of 3.11 are no descriptors"
)
def test_a_bound_method_taken_from_the_class_binds_again():
    class Plain:
        def method(self):
            """Bound before it is wrapped."""

    Holder = type("Holder", (), {"entry": wrap(Plain().method)})
    taken = Holder.entry
    assert taken._self_binding == "instancemethod"
    again = taken.__get__(Holder(), Holder)
    assert again is not taken and again._self_parent is vars(Holder)["entry"]
