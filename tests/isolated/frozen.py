"""Patching what `gc.freeze` has set aside, as servers do before they fork: closures that share the
code, the class of a method that its name does not lead to, and the way back for all of them.
"""

from __future__ import annotations

import gc

from wraptrs import find_references, hotpatch, hotwrap


def outer(n):
    def inner():
        return "old", n

    return inner


def make():
    class Holder:
        def method(self):
            return "old"

        @staticmethod
        def static():
            return "old"

    return Holder


def binding(wrapped, instance, args, kwargs):
    return instance, args, wrapped(*args, **kwargs)


kept = {"first": outer(1), "list": [outer(2)]}
Holder, Other = make(), make()
held = object()
attributes = {"held": held}


def closures():
    """Found in a module, a container and the variables of a call that runs."""
    local = outer(3)
    gc.collect()
    gc.freeze()
    assert gc.get_freeze_count() > 0
    younger = outer(4)

    def results():
        functions = kept["first"], kept["list"][0], local, younger, outer(5)
        return [function() for function in functions]

    old = [("old", n) for n in range(1, 6)]
    for change in (
        lambda: hotpatch(lambda: "new", kept["first"], closures="all"),
        lambda: hotwrap(younger, lambda *call: "new", closures="all"),
    ):
        patch = change()
        assert results() == ["new"] * 5, results()
        patch.disable()
        assert results() == old, results()
        patch.enable()
        born = outer(6)
        gc.collect()
        gc.freeze()
        assert [*results(), born()] == ["new"] * 6, results()
        patch.revert()
        assert [*results(), born()] == [*old, ("old", 6)], results()
        assert born.__code__ is kept["first"].__code__ is outer(7).__code__


def classes():
    holder, other = Holder(), Other()
    with hotwrap(Holder.method, binding):
        assert holder.method() == (holder, (), "old"), holder.method()
        assert other.method() == "old"
    with hotwrap(Holder.static, binding):
        assert holder.static() == (None, (), "old"), holder.static()


def references():
    gc.collect()
    gc.freeze()
    found = {reference.path for reference in find_references(held)}
    assert found == {"__main__.held", "__main__.attributes['held']"}, found


closures()
classes()
references()
print("ok")
