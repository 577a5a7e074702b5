"""Every forwarded slot of the native table as a Python operation, and operands to try it on.

OPERATIONS is keyed by the slot's C name; `tests/proxy/test_slots.py` fails when the native table
has a row that is missing here, so a new slot cannot go untested.
"""

from __future__ import annotations

import decimal
import fractions
import operator
import warnings


def _delitem(obj, key):
    del obj[key]
    return obj


def _setitem(obj, key):
    obj[key] = "set"
    return obj


def _power3(base, exponent):
    return pow(base, exponent, 7)


def _index(obj):
    """CPython 3.9 warns when an `__index__` slot hands on a bool, as every forwarding slot does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return int(operator.index(obj))


def _next(iterator):
    return next(iterator), list(iterator)


UNARY = {
    "nb_negative": operator.neg,
    "nb_positive": operator.pos,
    "nb_absolute": abs,
    "nb_invert": operator.invert,
    "nb_bool": bool,
    "nb_int": int,
    "nb_float": float,
    "nb_index": _index,
    "sq_length": operator.length_hint,
    "mp_length": len,
    "tp_str": str,
    "tp_hash": hash,
}

BINARY = {
    "nb_add": operator.add,
    "nb_subtract": operator.sub,
    "nb_multiply": operator.mul,
    "nb_matrix_multiply": operator.matmul,
    "nb_true_divide": operator.truediv,
    "nb_floor_divide": operator.floordiv,
    "nb_remainder": operator.mod,
    "nb_divmod": divmod,
    "nb_power": operator.pow,
    "nb_lshift": operator.lshift,
    "nb_rshift": operator.rshift,
    "nb_and": operator.and_,
    "nb_xor": operator.xor,
    "nb_or": operator.or_,
}

INPLACE = {
    "nb_inplace_add": operator.iadd,
    "nb_inplace_subtract": operator.isub,
    "nb_inplace_multiply": operator.imul,
    "nb_inplace_matrix_multiply": operator.imatmul,
    "nb_inplace_true_divide": operator.itruediv,
    "nb_inplace_floor_divide": operator.ifloordiv,
    "nb_inplace_remainder": operator.imod,
    "nb_inplace_power": operator.ipow,
    "nb_inplace_lshift": operator.ilshift,
    "nb_inplace_rshift": operator.irshift,
    "nb_inplace_and": operator.iand,
    "nb_inplace_xor": operator.ixor,
    "nb_inplace_or": operator.ior,
}

#: in-place slot -> the dunder that decides between mutation and rebuilding
INPLACE_DUNDER = {
    slot: "__i{}__".format(
        {
            "matrix_multiply": "matmul",
            "subtract": "sub",
            "multiply": "mul",
            "remainder": "mod",
            "true_divide": "truediv",
            "floor_divide": "floordiv",
            "power": "pow",
        }.get(slot[len("nb_inplace_") :], slot[len("nb_inplace_") :])
    )
    for slot in INPLACE
}

COMPARE = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

#: the proxy is always on the left
KEYED = {
    "sq_contains": lambda obj, key: key in obj,
    "mp_subscript": operator.getitem,
    "mp_ass_subscript": _setitem,
    "mp_ass_subscript (delete)": _delitem,
    "nb_power (modulo)": _power3,
}

#: rows outside the base group, tried on the types that claim them
OTHER = {
    "tp_iter": list,
    "tp_iternext": _next,
    "tp_call": None,
    "tp_repr": None,
    "tp_richcompare": None,
    "am_await": None,
    "am_aiter": None,
    "am_anext": None,
    "tp_getattro": None,
    "tp_setattro": None,
    "tp_descr_get": None,
    "tp_descr_set": None,
}

OPERATIONS = {**UNARY, **BINARY, **INPLACE, **KEYED, **OTHER}


class Algebra:
    """Answers every operator with a record of what was called, so a wrong forward shows."""

    def __init__(self, name="A"):
        self.name = name

    def __repr__(self):
        return f"<{self.name}>"

    def __eq__(self, other):
        return isinstance(other, Algebra) and self.name == other.name

    def __hash__(self):
        return 77

    def __bool__(self):
        return False

    def __len__(self):
        return 5

    def __int__(self):
        return 11

    def __index__(self):
        return 12

    def __float__(self):
        return 1.5

    def __contains__(self, key):
        return key == "in"

    def __getitem__(self, key):
        if isinstance(key, int) and key > 2:
            raise IndexError(key)  # iteration falls back on this method and has to end
        return ("getitem", key)

    def __setitem__(self, key, value):
        self.name = f"setitem {key!r} {value!r}"

    def __delitem__(self, key):
        self.name = f"delitem {key!r}"


class Mutable(Algebra):
    """As Algebra, with in-place operators that return the object itself."""


class Refusing:
    """Answers NotImplemented to everything."""

    def __repr__(self):
        return "<refusing>"


class Failure(Exception):
    """Raised by every operator of Failing."""


class Failing:
    """Raises from every operator."""

    def __repr__(self):
        return "<failing>"


def _fill():
    names = [slot[3:] for slot in BINARY]
    short = {
        "subtract": "sub",
        "multiply": "mul",
        "matrix_multiply": "matmul",
        "true_divide": "truediv",
        "floor_divide": "floordiv",
        "remainder": "mod",
        "power": "pow",
    }

    def record(name):
        # a left operand of its own is handed the proxy, as Python hands over any object
        return lambda self, *args: (
            name,
            self.name,
            repr([getattr(arg, "__wrapped__", arg) for arg in args]),
        )

    def mutate(name):
        def method(self, *args):
            self.name = f"{name} {[getattr(arg, '__wrapped__', arg) for arg in args]!r}"
            return self

        return method

    def fail(name):
        def method(self, *args):
            raise Failure(name)

        return method

    unary = ["neg", "pos", "abs", "invert"]
    binary = [short.get(n, n) for n in names]
    for name in [*unary, *binary, *("r" + n for n in binary)]:
        dunder = f"__{name}__"
        setattr(Algebra, dunder, record(name))
        setattr(Refusing, dunder, lambda self, *args: NotImplemented)
        setattr(Failing, dunder, fail(name))
    for name in binary:
        if name == "divmod":
            continue
        setattr(Mutable, f"__i{name}__", mutate("i" + name))
        setattr(Refusing, f"__i{name}__", lambda self, *args: NotImplemented)
        setattr(Failing, f"__i{name}__", fail("i" + name))
    for name in [
        "bool",
        "len",
        "int",
        "index",
        "float",
        "contains",
        "getitem",
        "setitem",
        "delitem",
        "hash",
        "str",
        "lt",
        "le",
        "eq",
        "ne",
        "gt",
        "ge",
    ]:
        setattr(Failing, f"__{name}__", fail(name))


_fill()


class Loud(int):
    """A subclass of int whose reflected operators must win over int's own."""

    def __radd__(self, other):
        return ("radd", int(other))

    def __rsub__(self, other):
        return ("rsub", int(other))

    def __rmul__(self, other):
        return ("rmul", int(other))


#: for keys and unary use only: a power or shift by it would not end
HUGE = 10**30

#: name -> factory; every call gives a fresh object, since operations may change it
OPERANDS = {
    "int": lambda: 6,
    "zero": lambda: 0,
    "negative": lambda: -3,
    "bool": lambda: True,
    "float": lambda: 2.5,
    "complex": lambda: 1 + 2j,
    "str": lambda: "text",
    "bytes": lambda: b"bytes",
    "bytearray": lambda: bytearray(b"array"),
    "list": lambda: [3, 1, 2],
    "tuple": lambda: (1, 2),
    "set": lambda: {1, 2},
    "frozenset": lambda: frozenset({2, 3}),
    "dict": lambda: {1: "one", "a": 2},
    "none": lambda: None,
    "decimal": lambda: decimal.Decimal("1.25"),
    "fraction": lambda: fractions.Fraction(3, 4),
    "algebra": Algebra,
    "mutable": lambda: Mutable("M"),
    "refusing": Refusing,
    "failing": Failing,
    "loud": lambda: Loud(4),
    "range": lambda: range(3),
    "type": lambda: int,
}
