"""Every row of the native slot table does to a proxy what the operation does to the bare object."""

from __future__ import annotations

import operator

import pytest

from support.lib import (
    IS_WRAPT,
    PROXIES,
    BaseObjectProxy,
    CallableObjectProxy,
    FunctionWrapper,
    ObjectProxy,
    native,
    passthrough,
)
from support.operations import (
    BINARY,
    COMPARE,
    HUGE,
    INPLACE,
    INPLACE_DUNDER,
    KEYED,
    OPERANDS,
    OPERATIONS,
    UNARY,
)
from support.outcome import outcome

#: the left operand formats a proxy as it formats any object: no slot of ours is asked
ASKS_NO_SLOT = {("nb_remainder", "str"), ("nb_remainder", "bytes"), ("nb_remainder", "bytearray")}

CLASSES = [BaseObjectProxy, ObjectProxy]


def table():
    """Rows of the native table; wrapt has none, so its rows are the operations known here."""
    if IS_WRAPT:
        return [("base", "any", slot, "") for slot in {**UNARY, **BINARY, **INPLACE, **KEYED}]
    return [tuple(row) for row in native._slot_table()]


def slot_name(row):
    return row[2][3:] if row[2].startswith("Py_") else row[2]


def test_every_row_of_the_table_is_tried_here():
    rows = [slot_name(row) for row in table()]
    assert rows, "the table is empty"
    assert set(rows) <= set(OPERATIONS), sorted(set(rows) - set(OPERATIONS))


def test_every_operator_has_a_row():
    rows = {slot_name(row) for row in table()}
    missing = {*UNARY, *BINARY, *INPLACE} - rows - {"sq_length", "tp_str", "tp_hash"}
    assert not missing, sorted(missing)


def test_groups_are_known():
    assert {row[0] for row in table()} <= {
        "base",
        "iter",
        "next",
        "call",
        "await",
        "aiter",
        "anext",
    }


@pytest.mark.parametrize("operand", OPERANDS)
@pytest.mark.parametrize("slot", UNARY)
@pytest.mark.parametrize("cls", CLASSES)
def test_unary(cls, slot, operand):
    make, operation = OPERANDS[operand], UNARY[slot]
    bare = make()
    assert outcome(operation, cls(bare)) == outcome(operation, bare)


@pytest.mark.parametrize("left", OPERANDS)
@pytest.mark.parametrize("slot", BINARY)
def test_binary(slot, left):
    operation, make_left = BINARY[slot], OPERANDS[left]
    for right, make_right in OPERANDS.items():
        expected = outcome(operation, make_left(), make_right())
        results = {
            "left": outcome(operation, ObjectProxy(make_left()), make_right()),
            "both": outcome(operation, ObjectProxy(make_left()), BaseObjectProxy(make_right())),
        }
        if (slot, left) not in ASKS_NO_SLOT:
            results["right"] = outcome(operation, make_left(), ObjectProxy(make_right()))
        for side, result in results.items():
            assert result == expected, (left, right, side)


@pytest.mark.parametrize("left", OPERANDS)
@pytest.mark.parametrize("sign", COMPARE)
def test_compare(sign, left):
    """Values agree; of an error only the type, since the proxy's own type may be named in it."""
    operation, make_left = COMPARE[sign], OPERANDS[left]
    for right, make_right in OPERANDS.items():
        first, second = make_left(), make_right()
        expected = outcome(operation, first, second, messages=False)
        for side, operands in {
            "left": (ObjectProxy(first), second),
            "right": (first, ObjectProxy(second)),
            "both": (ObjectProxy(first), BaseObjectProxy(second)),
        }.items():
            result = outcome(operation, *operands, messages=False)
            assert result == expected, (left, right, side)


KEYS = {name: OPERANDS[name] for name in ("int", "str", "none", "list", "algebra", "negative")}
KEYS["huge"] = lambda: HUGE


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("operand", OPERANDS)
@pytest.mark.parametrize("slot", KEYED)
def test_keyed(slot, operand, key):
    operation = KEYED[slot]
    expected = outcome(operation, OPERANDS[operand](), KEYS[key]())
    proxied = ObjectProxy(OPERANDS[operand]())

    def run():
        result = operation(proxied, KEYS[key]())
        return proxied.__wrapped__ if result is proxied else result

    assert outcome(run) == expected


@pytest.mark.parametrize("cls", PROXIES)
def test_slice_keys(cls):
    proxy = cls([0, 1, 2, 3])
    assert proxy[1:3] == [1, 2] and type(proxy[1:3]) is list
    proxy[::2] = "ab"
    del proxy[1:2]
    assert proxy == ["a", "b", 3]


@pytest.mark.parametrize("left", OPERANDS)
@pytest.mark.parametrize("slot", INPLACE)
def test_inplace(slot, left):
    """A target with the in-place method is changed and the proxy kept; otherwise it is rebuilt."""
    operation, make_left = INPLACE[slot], OPERANDS[left]
    mutates = hasattr(make_left(), INPLACE_DUNDER[slot])
    bare = operation if mutates else BINARY["nb_" + slot[len("nb_inplace_") :]]
    for right, make_right in OPERANDS.items():
        for wrap_right in (False, True):
            expected = outcome(bare, make_left(), make_right())
            target = make_left()
            proxy = ObjectProxy(target)
            other = BaseObjectProxy(make_right()) if wrap_right else make_right()
            result = outcome(operation, proxy, other)
            where = (left, right, wrap_right)
            if expected.kind == "error":
                assert result == expected, where
                assert type(proxy) is ObjectProxy and proxy.__wrapped__ is target, where
                continue
            assert result.kind == "value", where
            assert outcome(lambda: result.raw.__wrapped__) == expected, where  # noqa: B023 - called at once
            if mutates:
                assert result.raw is proxy, where
            else:
                assert result.raw is not proxy and type(result.raw) is ObjectProxy, where
                assert proxy.__wrapped__ is target, where


@pytest.mark.parametrize("slot", INPLACE)
def test_inplace_with_the_proxy_on_the_right_only(slot):
    """Only what is left may be changed in place; CPython then asks the proxy for the plain row."""
    operation, bare = INPLACE[slot], BINARY["nb_" + slot[len("nb_inplace_") :]]
    for left, make_left in OPERANDS.items():
        operate = operation if hasattr(make_left(), INPLACE_DUNDER[slot]) else bare
        if ("nb_" + slot[len("nb_inplace_") :], left) in ASKS_NO_SLOT:
            continue
        if left in ("list", "bytearray"):
            continue  # their C code asks the right side's nb_add first: tried below
        for right, make_right in OPERANDS.items():
            expected = outcome(operate, make_left(), make_right())
            result = outcome(operation, make_left(), ObjectProxy(make_right()))
            assert (result.kind, result.type) == (expected.kind, expected.type), (left, right)


def test_list_and_bytearray_take_a_proxied_right_side():
    values = [1]
    values += ObjectProxy([2])
    assert values == [1, 2] and type(values) is list
    array = bytearray(b"a")
    array += ObjectProxy(b"b")
    assert array == b"ab"
    values *= ObjectProxy(2)
    assert values == [1, 2, 1, 2]


class Custom(ObjectProxy):
    pass


class ByProperty(ObjectProxy):
    __object_proxy__ = property(lambda self: type(self))


class ByMethod(ObjectProxy):
    def __object_proxy__(self, value):
        made = ByMethod(value)
        made._self_by = "method"
        return made


class ByClass(BaseObjectProxy):
    __object_proxy__ = list


@pytest.mark.parametrize("slot", [s for s in INPLACE if s != "nb_inplace_matrix_multiply"])
@pytest.mark.parametrize(
    "cls, expected",
    [
        (BaseObjectProxy, BaseObjectProxy),
        (CallableObjectProxy, BaseObjectProxy),
        (ObjectProxy, ObjectProxy),
        (Custom, ObjectProxy),
        (ByProperty, ByProperty),
        (ByMethod, ByMethod),
    ],
)
def test_object_proxy_decides_the_rebuilt_type(cls, expected, slot):
    result = INPLACE[slot](cls(9), 2)
    assert type(result) is expected
    assert result.__wrapped__ == INPLACE[slot](9, 2)
    assert getattr(result, "_self_by", None) == ("method" if cls is ByMethod else None)


def test_object_proxy_may_be_anything_callable():
    assert ByClass("ab").__iadd__("c") == ["a", "b", "c"]


def test_function_wrapper_rebuilds_as_a_base_proxy():
    class Addable:
        def __call__(self):
            return 1

        def __add__(self, other):
            return ("sum", other)

    wrapper = FunctionWrapper(Addable(), passthrough)
    wrapper += 1
    assert type(wrapper) is BaseObjectProxy and wrapper == ("sum", 1)


def test_inplace_method_may_return_another_object():
    class Replacing:
        def __iadd__(self, other):
            return ["replaced", other]

    proxy = kept = ObjectProxy(Replacing())
    proxy += 1
    assert proxy is kept
    assert proxy.__wrapped__ == ["replaced", 1]


def test_augmented_assignment_rebinds_the_name():
    count = alias = ObjectProxy(1)
    count += 1
    count *= 5
    assert (count, alias) == (10, 1)
    items = alias = ObjectProxy([])
    items += [1]
    items *= 2
    assert items is alias and alias == [1, 1]


def test_power_with_a_proxied_modulo_is_refused():
    for operands in ((5, 2, ObjectProxy(7)), (ObjectProxy(5), 2, ObjectProxy(7))):
        with pytest.raises(TypeError):
            pow(*operands)
    assert pow(ObjectProxy(5), ObjectProxy(2), 7) == 4


def test_repr_names_both_types_and_addresses():
    target = [1]
    text = repr(Custom(target))
    assert "Custom" in text and "list" in text and hex(id(target)) in text


def test_rich_comparison_result_is_not_forced_to_bool():
    class Lazy:
        def __lt__(self, other):
            return ("lt", other)

    assert (ObjectProxy(Lazy()) < 3) == ("lt", 3)
    assert operator.gt(3, ObjectProxy(Lazy())) == ("lt", 3)
