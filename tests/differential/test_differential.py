"""Random programs through wrapt's classes and ours agree in value, type and exception.

wrapt is the oracle here: without it the file is skipped. The profile of `tests/conftest.py` says
how many programs are tried (HYPOTHESIS_PROFILE=thorough for many).
"""

from __future__ import annotations

import copy
import types

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wraptrs
from support.operations import BINARY, COMPARE, INPLACE, OPERANDS, UNARY
from support.outcome import outcome
from support.twins import comparable

wrapt = pytest.importorskip("wrapt", reason="wrapt is what these programs are compared with")

LIBRARIES = (wrapt, wraptrs)
PROXY_NAMES = ["BaseObjectProxy", "ObjectProxy", "CallableObjectProxy"]


def agree(program, *arguments):
    """Run program(library, *arguments) on both and compare what each step gave."""
    expected, got = (
        [comparable(step) for step in program(library, *arguments)] for library in LIBRARIES
    )
    assert got == expected


atoms = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-50, 50),
    st.floats(-50, 50),
    st.text(max_size=4),
    st.binary(max_size=4),
    st.complex_numbers(max_magnitude=9),
    st.fractions(-9, 9, max_denominator=9),
)
containers = st.one_of(
    st.lists(atoms, max_size=4),
    st.tuples(atoms, atoms),
    st.sets(st.integers(0, 9), max_size=4),
    st.frozensets(st.integers(0, 9), max_size=4),
    st.dictionaries(st.text(max_size=2), atoms, max_size=3),
    st.just(range(5)),
)
values = st.one_of(atoms, containers)
samples = st.sampled_from(sorted(OPERANDS)).map(lambda name: OPERANDS[name]())


def copied(value):
    """A fresh value, so that in-place operations of one library do not show in the other."""
    return copy.deepcopy(value)


operand = st.one_of(values, samples)


@given(st.sampled_from(PROXY_NAMES), st.sampled_from(sorted(UNARY)), operand)
def test_unary(kind, slot, value):
    agree(lambda lib: [outcome(UNARY[slot], getattr(lib, kind)(value))])


@given(
    st.sampled_from(PROXY_NAMES),
    st.sampled_from(sorted({*BINARY, *COMPARE})),
    operand,
    operand,
    st.sampled_from(["left", "right", "both"]),
)
def test_binary(kind, slot, left, right, side):
    operation = BINARY.get(slot) or COMPARE[slot]

    def program(lib):
        proxy = getattr(lib, kind)
        first = proxy(copied(left)) if side != "right" else copied(left)
        second = proxy(copied(right)) if side != "left" else copied(right)
        return [outcome(operation, first, second)]

    agree(program)


@given(
    st.sampled_from(PROXY_NAMES),
    operand,
    st.booleans(),
    st.lists(
        st.tuples(
            st.sampled_from(sorted(set(INPLACE) - {"nb_inplace_power", "nb_inplace_lshift"})),
            operand,
        ),
        max_size=4,
    ),
)
def test_inplace(kind, target, wrap_right, steps):
    def program(lib):
        proxy = getattr(lib, kind)(copied(target))
        seen = []
        for slot, right in steps:
            right = copied(right)
            step = outcome(
                INPLACE[slot], proxy, lib.BaseObjectProxy(right) if wrap_right else right
            )
            seen.append(step)
            if step.kind == "value":
                seen.append(outcome(lambda step=step, proxy=proxy: step.raw is proxy))
                proxy = step.raw
                seen.append(outcome(lambda proxy=proxy: getattr(proxy, "__wrapped__", "none")))
                if len(repr(getattr(proxy, "__wrapped__", proxy))) > 1000:
                    break  # growing products end the program, not the machine
        return seen

    agree(program)


class Target:
    """Doc."""

    klass = "class attribute"

    def __init__(self):
        self.x = 1

    def __call__(self, *args, **kwargs):
        return args, kwargs

    @property
    def prop(self):
        return "prop"

    @property
    def failing(self):
        raise KeyError("failing")

    def __enter__(self):
        return "entered"

    def __exit__(self, *error):
        return True


def function(a, b=2, *args, c=3, **kwargs):
    """Function doc."""
    return a, b, args, c, kwargs


ATTRIBUTES = [
    "x",
    "y",
    "klass",
    "prop",
    "failing",
    "_self_x",
    "_self_y",
    "_self",
    "__doc__",
    "__module__",
    "__name__",
    "__qualname__",
    "__annotations__",
    "__wrapped__",
    "__dict__",
    "__class__",
    "__self_dict__",
    "__object_proxy__",
    "__weakref__",
    "placed",
    "__call__",
    "__enter__",
    "__wrapped_setattr_fixups__",
    "local",
    "guarded",
    "__signature__",
    "__defaults__",
    "",
]
ACTIONS = ["get", "set", "del", "has", "own", "dir", "self_setattr", "vars"]
TARGETS = {
    "object": Target,
    "function": lambda: lambda a, b=1: (a, b),
    "list": lambda: [1, 2],
    "class": lambda: type("Made", (), {"x": 1, "__doc__": "made"}),
    "int": lambda: 5,
    "module": lambda: types.ModuleType("made", "docs"),
}


def subclass(proxy, overridden):
    namespace = {"placed": "on the class"}
    if overridden:
        namespace.update(
            local=property(lambda self: self._self_x),
            guarded=property(lambda self: "guarded", lambda self, value: None),
            __getattr__=lambda self, name: ("asked", proxy.__getattr__(self, name)),
        )
    return type("Sub", (proxy,), namespace)


@given(
    st.sampled_from(PROXY_NAMES),
    st.booleans(),
    st.booleans(),
    st.sampled_from(sorted(TARGETS)),
    st.lists(st.tuples(st.sampled_from(ACTIONS), st.sampled_from(ATTRIBUTES), values), max_size=12),
)
def test_attribute_programs(kind, derived, overridden, target, steps):
    def program(lib):
        proxy = getattr(lib, kind)
        bare = TARGETS[target]()
        obj = (subclass(proxy, overridden) if derived else proxy)(bare)
        do = {
            "get": lambda name, value: plain(getattr(obj, name)),
            "set": lambda name, value: setattr(obj, name, copied(value)),
            "del": lambda name, value: delattr(obj, name),
            "has": lambda name, value: hasattr(obj, name),
            "own": lambda name, value: name in obj.__self_dict__ and name.startswith("_self_"),
            "dir": lambda name, value: name in dir(obj),
            "self_setattr": lambda name, value: obj.__self_setattr__(name, copied(value)),
            "vars": lambda name, value: sorted(vars(obj)),
        }
        seen = []
        for action, name, value in steps:
            if action != "get" and name in (
                "__class__",
                "__wrapped__",
                "__dict__",
                "__object_proxy__",
            ):
                continue  # these have tests of their own; here they would only compare messages
            seen.append(outcome(do[action], name, value))
        seen.append(outcome(lambda: sorted(getattr(bare, "__dict__", {}))))
        return seen

    def plain(value):
        """Without what names the library: classes, own dicts and bound methods."""
        if callable(value) or isinstance(value, (dict, type)) or hasattr(value, "keys"):
            return type(value).__name__
        return value

    agree(program)


names = st.text(max_size=3) | st.sampled_from(
    ["self", "wrapped", "instance", "args", "a", "b", "c"]
)
keywords = st.dictionaries(names, atoms, max_size=3)
positional = st.lists(atoms, max_size=4)


@given(positional, keywords, positional, keywords, st.booleans())
def test_calls(stored, stored_kw, args, kwargs, nested):
    def program(lib):
        target = lib.CallableObjectProxy(function) if nested else function
        partial = lib.PartialCallableObjectProxy(target, *stored, **stored_kw)
        wrapper = lib.FunctionWrapper(partial, lambda w, i, a, k: (i, a, k, w(*a, **k)))
        return [
            outcome(callee, *args, **kwargs)
            for callee in (lib.CallableObjectProxy(target), partial, wrapper)
        ]

    agree(program)
