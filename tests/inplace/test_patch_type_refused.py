"""What of a built-in type is not patched, and that it says why and changes nothing."""

from __future__ import annotations

import functools
import re
import sys
import threading
from types import CodeType, CoroutineType

import pytest

from support.child import run_child
from support.lib import native
from support.lib import package as wraptrs
from wraptrs import _refusals

patch_type, MISSING = wraptrs.patch_type, wraptrs.MISSING

REFUSED = [
    (str, "__new__", "makes instances without it"),
    (list, "__del__", "weakref.finalize"),
    (list, "__init__", "vectorcall"),
    (type(lambda: 0), "__call__", "calls of the patch"),
    (type, "__call__", "vectorcall"),
    (type(list.append), "__get__", "calls of the patch"),
    (object, "__len__", "every class"),
    (object, "__repr__", "every class"),
    (str, "__doc__", "metaclass"),
    (str, "__class__", "metaclass"),
    (str, "__name__", "metaclass"),
    (str, "__eq__", "exact str"),
    (str, "__hash__", "exact str"),
    (str, "__format__", "exact str"),
    (bool, "__bool__", "exact bool"),
    (list, "__iter__", "exact list"),
    (type, "__instancecheck__", "exact type"),
    (dict, "__missing__", "exact dict"),
    (str, "__float__", "exact str"),
    (str, "__fspath__", "exact str"),
    (int, "__str__", "exact int"),
    (float, "__floor__", "exact float"),
    (complex, "__complex__", "exact complex"),
    (complex, "__format__", "exact complex"),
    (memoryview, "__buffer__", "exact memoryview"),
    (CoroutineType, "__await__", "exact coroutine"),
    (property, "__get__", "exact property"),
    (super, "__init__", "exact super|vectorcall"),
    (int, "__get__", "taking the patch back"),
    (bool, "__get__", "taking the patch back"),
    (bool, "__ne__", "taking the patch back"),
    (bytes, "__eq__", "taking the patch back"),
    (bytes, "__hash__", "taking the patch back"),
    (CodeType, "__eq__", "taking the patch back"),
    (type(None), "__set__", "taking the patch back"),
    (str, "__set__", "taking the patch back"),
    (tuple, "__delete__", "taking the patch back"),
    (type, "__getattr__", "taking the patch back"),
    (type(vars(type)), "__iter__", "taking the patch back"),
    (type(_ for _ in ()), "__iter__", "taking the patch back"),
    (functools.partial, "__init__", "taking the patch back"),
    (type(threading.RLock()), "__getattribute__", "taking the patch back"),
    (type(vars(type(lambda: 0))["__closure__"]), "__get__", "calls of the patch"),
]


@pytest.mark.parametrize("cls, name, reason", REFUSED)
def test_refuses_what_would_not_be_seen_and_says_why(cls, name, reason):
    before = vars(cls).get(name)
    with pytest.raises(wraptrs.UnpatchableError, match=reason) as caught:
        patch_type(cls, name, lambda *args: None)
    assert name in str(caught.value) and repr(cls) in str(caught.value)
    assert vars(cls).get(name) is before


@pytest.mark.skipif(sys.version_info < (3, 11), reason="nothing is specialised before 3.11")
@pytest.mark.parametrize(
    "cls, name",
    [
        (int, "__add__"),
        (int, "__rsub__"),
        (float, "__mul__"),
        (str, "__lt__"),
        (list, "__getitem__"),
        (dict, "__getitem__"),
        (dict, "__setitem__"),
        (int, "__le__"),
        (tuple, "__getitem__"),
    ],
)
def test_refuses_what_the_interpreter_specialises(cls, name):
    with pytest.raises(wraptrs.UnpatchableError, match=r"specialises|exact"):
        patch_type(cls, name, lambda *args: None)


@pytest.mark.skipif(sys.version_info >= (3, 11), reason="specialised since 3.11")
def test_operators_work_where_nothing_is_specialised():
    # In a process of its own: other threads of this one may add, too.
    run_child(
        code="""
from wraptrs import patch_type
def add(a, b):
    return a + b
with patch_type(int, "__add__", lambda self, other: "sum"):
    found = [add(1, 2) for _ in range(100)]
assert found == ["sum"] * 100 and add(1, 2) == 3
"""
    )


def test_every_specialised_opcode_was_thought_of():
    """A new one may go past a type: extend the table in _refusals, or the list here."""
    harmless = re.compile(
        # Looked up by the version of a type or a function, which a patch changes.
        r"CALL_.*|PRECALL_.*|LOAD_ATTR_.*|LOAD_METHOD_.*|STORE_ATTR_.*|LOAD_SUPER_ATTR_.*"
        r"|BINARY_SUBSCR_GETITEM|BINARY_OP_SUBSCR_GETITEM|TO_BOOL_ALWAYS_TRUE|SEND_GEN.*"
        # By the iterator that `__iter__` gave, or by a slot that a patch changes.
        r"|SEND_VIRTUAL|SEND_ASYNC_GEN|GET_ITER_SELF"
        # No types at all.
        r"|.*_ADAPTIVE|.*_QUICK|.*__.*|RESUME_.*|JUMP_.*|LOAD_GLOBAL_.*|LOAD_CONST_.*|LOAD_FAST.*"
        r"|STORE_FAST.*|FOR_ITER_.*|UNPACK_SEQUENCE_TWO_TUPLE"
    )
    known = [
        name
        for name in _refusals.opcodes()
        if harmless.fullmatch(name) or _refusals.specialised([name])
    ]
    assert sorted(known) == sorted(_refusals.opcodes())


def test_debug_builds_are_respected(monkeypatch):
    monkeypatch.setattr(sys, "gettotalrefcount", lambda: 0, raising=False)
    monkeypatch.setattr(sys, "version_info", (3, 14, 0))
    monkeypatch.setattr(_refusals, "_STATIC_BUILTIN", 1 << 12)  # that every type has: it is ready
    with pytest.raises(wraptrs.UnpatchableError, match="debug build"):
        patch_type(str, "added", 1)


def test_bad_input():
    with pytest.raises(TypeError, match="takes a class"):
        patch_type("str", "upper", 1)
    with pytest.raises(TypeError, match="name of an attribute"):
        patch_type(str, "", 1)
    with pytest.raises(AttributeError, match="nothing_there"):
        patch_type(str, "nothing_there", MISSING)
    for function, args in [
        (native._set_type_entry, (1, "a", 1)),
        (native._set_type_entry, (str, 1, 1)),
        (native._type_slots, (1,)),
        (native._set_type_slot, (1, 1, 1)),
        (native._set_type_slot, (str, 1000, 1)),
        (native._set_type_slot, (str, "1", 1)),
        (native._set_type_slot, (str, 1, -1)),
        (native._update_type_slots, (1, "__len__", None, ())),
        (native._update_type_slots, (str, 1, None, ())),
        (native._update_type_slots, (str, "__len__", None, ())),
    ]:
        with pytest.raises((TypeError, ValueError, OverflowError)):
            function(*args)
    with pytest.raises(KeyError):
        native._set_type_entry(str, "nothing_there")


def test_what_can_be_patched_comes_back_however_it_fails():
    """Special methods that fail, lie or are gone, of all kinds of types, one after the other."""
    run_child(code=FAILING)


FAILING = """
import array, collections, datetime, functools, re, threading, types, weakref
import wraptrs
from wraptrs._native import _type_slots

def fail(*args, **kwargs):
    raise LookupError

def lie(*args, **kwargs):
    return 5

types = [str, int, bool, float, bytes, tuple, list, dict, set, type, type(None), property, super,
         slice, range, functools.partial, weakref.ref, datetime.date, re.Pattern, array.array,
         collections.deque, types.FunctionType, types.MethodType, types.CodeType, types.FrameType,
         types.ModuleType, types.GeneratorType, types.CoroutineType, types.MappingProxyType,
         types.GetSetDescriptorType, types.MemberDescriptorType, type(threading.RLock()),
         type(threading.Lock()), zip, map, filter, enumerate, reversed, BaseException]
names = "len getitem setitem contains iter next call eq hash bool init repr str get set delete"
names += " getattr getattribute setattr add index enter exit"
for cls in types:
    for name in names.split():
        name = f"__{name}__"
        for value in (fail, lie, None, 5, wraptrs.MISSING):
            before = _type_slots(cls), list(type.__dict__["__dict__"].__get__(cls).items())
            try:
                patch = wraptrs.patch_type(cls, name, value)
            except wraptrs.UnpatchableError:
                continue
            except AttributeError as error:
                if value is not wraptrs.MISSING:
                    raise
                continue
            patch.revert()
            after = _type_slots(cls), list(type.__dict__["__dict__"].__get__(cls).items())
            if before[0] != after[0] or sorted(before[1], key=str) != sorted(after[1], key=str):
                raise AssertionError((cls, name, value))
"""
