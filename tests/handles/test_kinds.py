"""Values in the places of methods, properties and what a metaclass has."""

from __future__ import annotations

import pytest

import wraptrs
from wraptrs import replace


def wrapper(wrapped, instance, args, kwargs):
    return "wrapped", wrapped(*args, **kwargs)


def test_switched_off_and_on_it_keeps_its_kind():
    class C:
        prop = property(lambda self: "prop")
        static = staticmethod(lambda: "static")
        of_class = classmethod(lambda cls: "class")

    new = {"prop": lambda self: 1, "static": lambda: 2, "of_class": lambda cls: 3}
    handles = [replace(C, name, value) for name, value in new.items()]
    kinds = {name: type(vars(C)[name]) for name in new}
    for handle in handles:
        handle.disable()
        handle.enable()
    assert {name: type(vars(C)[name]) for name in new} == kinds
    assert (C().prop, C.static(), C.of_class()) == (1, 2, 3)
    for handle in handles:
        handle.revert()


def test_buried_over_what_the_metaclass_has():
    class Meta(type):
        def made(cls):
            return "made", cls

    class C(metaclass=Meta):
        pass

    before = dict(vars(C))
    value, layer = replace(C, "made", lambda: "new"), wraptrs.wrap(C, "made", wrapper)
    value.revert()
    assert C.made() == ("wrapped", ("made", C))
    layer.revert()
    assert dict(vars(C)) == before


def test_over_a_function_of_a_class_that_takes_nothing():
    class C:
        def f():
            return "f"

    with replace(C, "f", lambda: "new"):
        assert C.f() == "new"
    with pytest.raises(wraptrs.UnfitReplacementError):
        replace(C, "f", lambda needed: "new")
