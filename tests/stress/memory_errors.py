"""Each native operation while one allocation after another fails: MemoryError or success, no crash.

Uses CPython's own test module to make the n-th allocation fail. The operations run no Python code:
CPython itself does not survive a failed allocation when it makes a frame, a function or a list.
"""

import copy
import gc
import itertools
import operator
import types
import weakref
from functools import partial

from _tools import skip

import wraptrs

try:
    from _testcapi import remove_mem_hooks, set_nomemory
except ImportError:
    skip("this build of CPython has no _testcapi module to make allocations fail")

DEEPEST = 60  # no operation here allocates more often

wrapper = itertools.chain  # takes anything, and written in C
place = types.ModuleType("place")
place.attribute = len


class Holder:
    method = wraptrs.FunctionWrapper(lambda self: None, wrapper)
    kind = wraptrs.FunctionWrapper(classmethod(len), wrapper)


number = wraptrs.ObjectProxy(12345)
table = wraptrs.ObjectProxy({"key": 1})
values = wraptrs.ObjectProxy([1, 2, 3])
function = wraptrs.FunctionWrapper(len, wrapper)
given = wraptrs.PartialCallableObjectProxy(dict, {"a": 1}, b=2)
holder = Holder()

Meter, native = wraptrs._native._Meter, wraptrs._native
meter = Meter(True, False)
described = ("place:len", ("value",), False, ("secret",), 40, True)
timed = native._instrumented(len, meter)
traced = native._instrumented(dict, Meter(True, True, native._TraceSink(2), described))


def hooked(a=1, *, b=2):
    """Never runs: what wraps it is written in C and does not call it."""


state = native._function_state(hooked)
hook = native._hook(wrapper, hooked, partial(list, (1,)), True)
wraptrs.hotpatch  # learns what calls go to
native._transplant(hooked, native._carry((*state[:9], hook), None))

operations = {
    "timed call": partial(timed, [1]),
    "traced call": partial(traced, {"a": [1, (2,), b"x", 1 << 70]}, secret=3),
    "statistics": meter.read,
    "quantiles": partial(meter.quantiles, 0.5),
    "histogram": meter.buckets,
    "new instrument": partial(native._instrumented, len, meter),
    "new meter": partial(Meter, True, True, None, described),
    "hooked call": partial(hooked, "instance", 1),
    "hooked call with keywords": partial(hooked, "instance", a=1, b=2),
    "hooked call without instance": hooked,
    "hook": partial(native._hook, wrapper, hooked, len, True),
    "carry": partial(native._carry, native._function_state(hooked), "record"),
    "state": partial(native._function_state, hooked),
    "new proxy": partial(wraptrs.ObjectProxy, 1),
    "new wrapper": partial(wraptrs.FunctionWrapper, len, wrapper),
    "new partial": partial(wraptrs.PartialCallableObjectProxy, dict, 1, 2, k=3),
    "initialised again": partial(number.__init__, 12345),
    "add": partial(operator.add, number, 100000),
    "added to": partial(operator.add, 100000, number),
    "in place, rebuilt": partial(operator.iadd, number, 100000),
    "in place, changed": partial(operator.iadd, values, ()),
    "compare": partial(operator.eq, number, 99999),
    "item": partial(operator.getitem, table, "key"),
    "missing item": partial(operator.getitem, table, "missing"),
    "iterate": partial(tuple, values),
    "text": partial(str, number),
    "shown": partial(repr, number),
    "attribute": partial(getattr, number, "real"),
    "missing attribute": partial(getattr, number, "missing", None),
    "own attribute": partial(number.__self_setattr__, "_self_note", 1),
    "own dict": partial(getattr, wraptrs.ObjectProxy(1), "__self_dict__"),
    "class": partial(isinstance, number, int),
    "documentation": partial(getattr, number, "__doc__"),
    "weak reference": partial(weakref.ref, number),
    "call": partial(function, [1], key=2),
    "call with nothing": function,
    "partial call": partial(given, c=3),
    "bind": partial(getattr, holder, "method"),
    "bind through the class": partial(getattr, Holder, "method"),
    "bind a class method": partial(getattr, Holder, "kind"),
    "bound call": holder.method,
    "call through the class": partial(Holder.method, holder),
    "bound attribute": partial(getattr, holder.method, "__self__"),
    "copy": partial(copy.copy, function),
    "resolve": partial(wraptrs.resolve_path, Holder, "method"),
    "resolve nothing": partial(wraptrs.resolve_path, Holder, "missing"),
    "resolve an owner": partial(wraptrs.resolve_owner, Holder, "method"),
    "wrap an object": partial(wraptrs.wrap_object, place, "attribute", wraptrs.ObjectProxy),
}
EXPECTED = (MemoryError, KeyError, AttributeError, TypeError)


def attempt(operation, n):
    """Run operation with its n-th allocation failing; return whether it came that far."""
    set_nomemory(n, n + 1)
    try:
        operation()
    except EXPECTED as error:
        return type(error) is MemoryError
    finally:
        remove_mem_hooks()
    return False


for operation in operations.values():
    attempt(operation, 10**6)  # fills every cache first
gc.disable()
failed = dict.fromkeys(operations, 0)
for n in range(DEEPEST):
    for name, operation in operations.items():
        failed[name] += attempt(operation, n)
gc.enable()
gc.collect()
assert sum(failed.values()) > 20, f"the hook does not work: {failed}"
assert not any(attempt(operation, DEEPEST) for operation in operations.values()), "too few rounds"
assert number == 12345 and values == [1, 2, 3] and table == {"key": 1}
