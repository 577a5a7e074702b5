"""Patches applied and reverted leave no memory and no reference behind, however they end."""

from __future__ import annotations

import tracemalloc
import types

from _tools import check_flat, check_references, collecting

import wraptrs
from wraptrs import MISSING, PatchSet


def wrapper(wrapped, instance, args, kwargs):
    return wrapped(*args, **kwargs)


class Target:
    def method(self):
        return 1

    @property
    def prop(self):
        return 1


module = types.ModuleType("target")
module.function, module.value = (lambda: 1), object()
new_value, new_function = object(), (lambda: 2)


def whole_set():
    patches = PatchSet("leaks")
    patches.wrap(Target, "method", wrapper)
    patches.wrap(Target, "prop", wrapper)
    patches.replace(module, "value", new_value)
    patches.replace(module, "value", MISSING)
    patches.hotwrap(module.function, wrapper)
    patches.item(module.__dict__, "item", new_value)
    with patches:
        wraptrs.patches()


def failing_set():
    patches = PatchSet()
    patches.replace(module, "value", new_value)
    patches.wrap(module, "absent", wrapper)
    try:
        patches.apply()
    except wraptrs.PatchSetError:
        pass
    else:
        raise AssertionError("the set was applied")


def found_again():
    wraptrs.wrap_function_wrapper(Target, "method", wrapper)
    wraptrs.replace(module, "function", new_function)
    wraptrs.revert_all()


def scoped():
    with wraptrs.wrap(module, "function", wrapper, scope="context"):
        module.function()


def buried():
    low = wraptrs.replace(module, "function", new_function)
    high = wraptrs.wrap(module, "function", wrapper)
    low.revert()
    high.revert()


def never_reverted():
    class Short:
        def method(self):
            return __class__

    wraptrs.replace(Short, "method", new_function, check=False)
    wraptrs.wrap(Short, "method", wrapper)


def cancelled():
    wraptrs.wrap("never_imported_target?", "f", wrapper).revert()


OPERATIONS = (whole_set, failing_set, found_again, scoped, buried, never_reverted, cancelled)
KEPT = [Target, module, module.value, new_value, new_function, wrapper, module.function]


def main():
    for operation in OPERATIONS:
        check_references(operation.__name__, operation, KEPT)
    tracemalloc.start()
    for operation in OPERATIONS:
        if operation is never_reverted:
            # As many of what died may still be listed as lived at once, which without the GIL is
            # what the collector left to itself lets pile up; many rounds tell that from a leak.
            check_flat(operation.__name__, collecting(operation), 8000)
        else:
            check_flat(operation.__name__, operation, 1000)
    assert wraptrs.patches() == ()


main()
