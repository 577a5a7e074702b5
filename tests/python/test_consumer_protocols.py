"""C code that reads proxies: what goes through the abstract protocols works as on wrapt.

Libraries that walk trees of dicts, lists and tuples, and the C parts of the standard library, ask
for a length, an item or an iterator and never for the exact type. ``ctypes.pythonapi`` calls the
very functions that such extensions call.
"""

from __future__ import annotations

import array
import collections
import collections.abc
import ctypes
import functools
import heapq
import itertools
import json
import math
import operator
import pickle
import struct

import pytest

from support.lib import ObjectProxy


def proxy(obj):
    return ObjectProxy(obj)


def positional(*args):
    return args


def keywords(**kwargs):
    return kwargs


CASES = {
    "list": lambda: (list(proxy((1, 2))), [1, 2]),
    "tuple": lambda: (tuple(proxy([1, 2])), (1, 2)),
    "set": lambda: (set(proxy([1, 1])), {1}),
    "dict": lambda: (dict(proxy({"a": 1})), {"a": 1}),
    "dict of pairs": lambda: (dict(proxy([proxy(("a", 1))])), {"a": 1}),
    "dict.update": lambda: ({"a": 0, "b": 0, **proxy({"b": 1})}, {"a": 0, "b": 1}),
    "positional": lambda: (positional(*proxy([1, 2])), (1, 2)),
    "keywords": lambda: (keywords(**proxy({"a": 1})), {"a": 1}),
    "slice assignment": lambda: (slice_assigned(proxy([7, 8])), [7, 8]),
    "index": lambda: ([3, 4, 5][proxy(1)], 4),
    "slice": lambda: ([3, 4, 5][proxy(1) : proxy(3)], [4, 5]),
    "range": lambda: (range(proxy(3)), range(3)),
    "sorted": lambda: (sorted(proxy([2, 1])), [1, 2]),
    "sum": lambda: (sum(proxy([proxy(1), 2])), 3),
    "max": lambda: (max(proxy([proxy(1), 3])), 3),
    "zip": lambda: (list(zip(proxy("ab"), proxy([1, 2]))), [("a", 1), ("b", 2)]),
    "str.join": lambda: (",".join(proxy(["a", "b"])), "a,b"),
    "bytes": lambda: (bytes(proxy([65, 66])), b"AB"),
    "format_map": lambda: ("{a}".format_map(proxy({"a": 1})), "1"),
    "format": lambda: (f"{proxy(255):#x}", "0xff"),
    "divmod": lambda: (divmod(proxy(7), proxy(2)), (3, 1)),
    "struct of int": lambda: (struct.pack("<i", proxy(7)), struct.pack("<i", 7)),
    "struct of float": lambda: (struct.pack("<d", proxy(0.5)), struct.pack("<d", 0.5)),
    "array": lambda: (array.array("i", proxy([1, 2])), array.array("i", [1, 2])),
    "math.sqrt": lambda: (math.sqrt(proxy(4)), 2.0),
    "math.fsum": lambda: (math.fsum(proxy([0.5, proxy(0.25)])), 0.75),
    "math.gcd": lambda: (math.gcd(proxy(6), proxy(4)), 2),
    "itertools.chain": lambda: (list(itertools.chain(proxy([1]), proxy((2,)))), [1, 2]),
    "itertools.product": lambda: (list(itertools.product(proxy("a"), proxy([1]))), [("a", 1)]),
    "itertools.islice": lambda: (list(itertools.islice(proxy("abc"), proxy(2))), ["a", "b"]),
    "itertools.accumulate": lambda: (list(itertools.accumulate(proxy([1, 2]))), [1, 3]),
    "itemgetter": lambda: (operator.itemgetter("a", "b")(proxy({"a": 1, "b": 2})), (1, 2)),
    "attrgetter": lambda: (operator.attrgetter("real")(proxy(3)), 3),
    "methodcaller": lambda: (operator.methodcaller("upper")(proxy("a")), "A"),
    "length_hint": lambda: (operator.length_hint(proxy([1, 2])), 2),
    "countOf": lambda: (operator.countOf(proxy([1, 1]), 1), 2),
    "reduce": lambda: (functools.reduce(operator.add, proxy([[1], [2]])), [1, 2]),
    "heapq.merge": lambda: (list(heapq.merge(proxy([1, 3]), proxy([2]))), [1, 2, 3]),
    "Counter": lambda: (collections.Counter(proxy("aab")), {"a": 2, "b": 1}),
    "deque": lambda: (collections.deque(proxy([1, 2])), collections.deque([1, 2])),
    "pickle of its state": lambda: (pickle.loads(pickle.dumps(dict(proxy({1: 2})))), {1: 2}),
    "json without C": lambda: (json_in_python(proxy({"a": proxy([proxy({})])})), '{"a": [{}]}'),
    "class": lambda: (proxy({}).__class__, dict),
    "isinstance": lambda: (isinstance(proxy([]), list), True),
    "Mapping": lambda: (isinstance(proxy({}), collections.abc.Mapping), True),
    "Sequence": lambda: (isinstance(proxy(()), collections.abc.Sequence), True),
}


def slice_assigned(values):
    result = [1, 2, 3]
    result[:] = values
    return result


def json_in_python(value):
    """The encoder that asks isinstance; the one in C wants exact types, of wrapt's proxies too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json.encoder, "c_make_encoder", None)
        return json.dumps(value)


@pytest.mark.parametrize("name", CASES)
def test_of_the_interpreter_and_its_library(name):
    found, expected = CASES[name]()
    assert found == expected


@pytest.mark.parametrize(
    "call, error",
    [
        (json.dumps, TypeError),
        (heapq.heapify, TypeError),
        (b"".join, TypeError),
        (lambda value: struct.pack("1s", value), struct.error),
    ],
    ids=["json", "heapq", "bytes.join", "struct"],
)
@pytest.mark.parametrize("value", [{"a": 1}, [1], (1,), b"b"], ids=repr)
def test_exact_types_are_asked_for_as_on_wrapt(call, error, value):
    """Where C code insists on the exact type, a proxy is refused and not misread."""
    with pytest.raises(error):
        call(proxy(value))


def api(name, result, *arguments):
    function = getattr(ctypes.pythonapi, name)
    function.restype, function.argtypes = result, arguments
    return function


OBJECT, SIZE, INT = ctypes.py_object, ctypes.c_ssize_t, ctypes.c_int

TREES = [{"a": 1, "b": [2]}, [1, (2,), {}], (1, "b"), collections.OrderedDict(a=1)]


@pytest.mark.parametrize("tree", TREES, ids=lambda tree: type(tree).__name__)
class TestAbstractProtocols:
    def both(self, function, tree, *args):
        found = function(proxy(tree), *args)
        assert found == function(tree, *args)
        return found

    def test_size_and_iteration(self, tree):
        assert self.both(api("PyObject_Size", SIZE, OBJECT), tree) == len(tree)
        assert self.both(api("PySequence_List", OBJECT, OBJECT), tree) == list(tree)
        assert self.both(api("PySequence_Tuple", OBJECT, OBJECT), tree) == tuple(tree)
        iterator = api("PyObject_GetIter", OBJECT, OBJECT)(proxy(tree))
        assert list(iterator) == list(tree)
        fast = api("PySequence_Fast", OBJECT, OBJECT, ctypes.c_char_p)
        assert list(fast(proxy(tree), b"not iterable")) == list(tree)

    def test_items(self, tree):
        get = api("PyObject_GetItem", OBJECT, OBJECT, OBJECT)
        for key in tree if isinstance(tree, dict) else range(len(tree)):
            assert get(proxy(tree), key) is tree[key]
        contains = api("PySequence_Contains", INT, OBJECT, OBJECT)
        assert self.both(contains, tree, "b") == ("b" in tree)

    def test_mapping_views(self, tree):
        if not isinstance(tree, dict):
            with pytest.raises(AttributeError, match="has no attribute 'keys'"):
                api("PyMapping_Keys", OBJECT, OBJECT)(proxy(tree))
            return
        assert self.both(api("PyMapping_Keys", OBJECT, OBJECT), tree) == list(tree)
        assert self.both(api("PyMapping_Items", OBJECT, OBJECT), tree) == list(tree.items())
        get = api("PyMapping_GetItemString", OBJECT, OBJECT, ctypes.c_char_p)
        assert self.both(get, tree, b"a") == 1

    def test_class_and_instance_checks(self, tree):
        attribute = api("PyObject_GetAttrString", OBJECT, OBJECT, ctypes.c_char_p)
        assert attribute(proxy(tree), b"__class__") is type(tree)
        instance = api("PyObject_IsInstance", INT, OBJECT, OBJECT)
        assert instance(proxy(tree), type(tree)) == 1
        # What a proxy claims to be in C does not depend on its target: programs unwrap by these.
        assert api("PySequence_Check", INT, OBJECT)(proxy(tree)) == 0
        assert api("PyMapping_Check", INT, OBJECT)(proxy(tree)) == 1
        assert instance(proxy(tree), ObjectProxy) == 1
        assert attribute(proxy(tree), b"__wrapped__") is tree
