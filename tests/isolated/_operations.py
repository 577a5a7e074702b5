"""Everything that can be done to each type, as named operations for the leak scripts to repeat.

Each operation undoes nothing and keeps nothing: after it, all it made must be gone.
"""

from __future__ import annotations

import gc
import math
import weakref

import _decorated
import _hooked
import _measured
from _things import (
    CHANGING,
    HOLDER,
    PARTIAL,
    PROXIES,
    SHARED,
    THING,
    WRAPPER,
    BadHook,
    Holder,
    Lazy,
    Thing,
    expect,
    fails,
    function,
    passthrough,
)

import wraptrs
from wraptrs import (
    BoundFunctionWrapper,
    CallableObjectProxy,
    FunctionWrapper,
    ObjectProxy,
    PartialCallableObjectProxy,
)


def _proxy_operations(cls):
    proxy = SHARED[cls]
    numbers = cls(12.5)
    container = cls({"a": 1})

    def attributes():
        proxy.value, proxy.__dict__, proxy.__class__, proxy.__doc__, proxy.__module__
        proxy.extra = object()
        del proxy.extra
        proxy._self_x = object()
        del proxy._self_x
        proxy.__self_setattr__("placed", object())
        del proxy.__self_dict__["placed"]
        dir(proxy), repr(proxy), hasattr(proxy, "missing"), isinstance(proxy, Thing)

    def attribute_errors():
        expect(AttributeError, getattr, proxy, "missing")
        expect(KeyError, getattr, proxy, "failing")
        expect(AttributeError, delattr, proxy, "missing")
        expect(AttributeError, delattr, proxy, "_self_missing")
        expect(TypeError, delattr, proxy, "__wrapped__")
        expect(TypeError, proxy.__self_setattr__, 1)

    def operators():
        numbers + 1000.5, 1000.5 + numbers, numbers + numbers, numbers**2, divmod(numbers, 3)
        -numbers, abs(numbers), int(numbers), float(numbers), bool(numbers), hash(numbers)
        numbers == 12.5, numbers < 100, numbers < 5, str(numbers), format(numbers, ".3f")
        round(numbers, 1), math.floor(numbers), complex(numbers)
        "a" in container, container["a"], len(container)
        container["b"] = object()
        del container["b"]

    def operator_errors():
        expect(TypeError, lambda: numbers + "text")
        expect(TypeError, lambda: "text" + numbers)
        expect(KeyError, lambda: proxy - 1)
        expect(KeyError, lambda: container["missing"])
        expect(TypeError, len, numbers)
        expect(TypeError, lambda: numbers[0])
        expect(TypeError, pow, numbers, 2, cls(3))
        expect(TypeError, lambda: numbers < "text")

    def inplace():
        count = cls(100000)
        count += 1
        count *= 3
        items = cls([1])
        items += [2]
        items *= 2
        thing = cls(Thing())
        thing += 1

    def inplace_errors():
        count = cls(100000)
        expect(TypeError, count.__iadd__, "text")
        expect(KeyError, BadHook(1).__iadd__, 1)
        expect(TypeError, cls([1]).__iadd__, 3)

    def construction():
        cls(THING), cls([1]), cls(wrapped=object())
        cls.__new__(cls)
        expect(TypeError, cls)
        expect(TypeError, cls, 1, 2)
        expect(AttributeError, len, cls.__new__(cls))

    def reinit():
        fresh = cls([1])
        fresh.__init__([2])
        fresh.__wrapped__ = [3]
        expect(TypeError, fresh.__init__)

    def subclassing():
        Sub = type("Sub", (cls,), {"__slots__": ("_self_x",), "level": 1})
        instance = Sub([1])
        instance._self_x = instance
        instance.level = 2
        gc.collect()

    def weak():
        fresh = cls([1])
        weakref.ref(fresh, lambda ref: None)
        keep = weakref.ref(fresh, lambda ref: None)
        del fresh
        assert keep() is None

    def methods():
        expect(NotImplementedError, cls.__copy__, proxy)
        expect(NotImplementedError, cls.__reduce__, proxy)
        cls(int).__mro_entries__(()), isinstance(3, cls(int)), issubclass(bool, cls(int))
        cls[int]
        with cls(memoryview(b"abc")) as view:
            view[0]
        expect(AttributeError, numbers.__enter__)
        list(reversed(cls([1, 2]))), bytes(cls(b"abc"))

    local = dict(locals())
    return {
        f"{cls.__name__}: {name}": operation
        for name, operation in local.items()
        if callable(operation) and name not in ("cls", "proxy", "numbers", "container")
    }


def calls():
    for target in (WRAPPER, PARTIAL, SHARED[CallableObjectProxy]):
        target(), target(1, 2), target(1, key=object()), target(*range(20))


def bound_calls():
    for name in ("method", "of_class", "static", "disabled", "dynamic", "layered"):
        for owner in (HOLDER, Holder):
            bound = getattr(owner, name)
            (
                bound(),
                bound(1, 2),
                bound(key=object()),
                bound(HOLDER, 1),
                bound.__get__(HOLDER, Holder),
            )


def failing_calls():
    expect(LookupError, HOLDER.failing, 1, key=2)
    expect(LookupError, Holder.failing, HOLDER)
    expect(LookupError, FunctionWrapper(fails, passthrough), 1)
    expect(TypeError, FunctionWrapper(None, passthrough))
    expect(TypeError, lambda: WRAPPER(**{1: 2}))
    expect(TypeError, PartialCallableObjectProxy, 3)
    expect(TypeError, PartialCallableObjectProxy)
    expect(LookupError, PartialCallableObjectProxy(fails, 1), 2)
    expect(LookupError, CallableObjectProxy(fails), k=1)
    expect(LookupError, FunctionWrapper(function, passthrough, fails))


def failing_construction():
    expect(TypeError, FunctionWrapper)
    expect(TypeError, FunctionWrapper, len, passthrough, None, 4)
    expect(TypeError, FunctionWrapper, function, 3)
    expect(TypeError, WRAPPER.__init__, function, 3)
    expect(ValueError, BoundFunctionWrapper, function, None, passthrough, None, "unknown")
    expect(AttributeError, FunctionWrapper.__new__(FunctionWrapper))


def bound_attributes():
    bound = HOLDER.method
    bound._self_x = object()
    bound._self_x, bound.__name__, bound.__doc__, bound._self_parent, bound._self_owner, repr(bound)
    expect(AttributeError, setattr, bound, "other", 1)
    expect(AttributeError, getattr, bound, "missing")
    expect(AttributeError, setattr, bound, "_self_parent", 1)
    del Holder.__dict__["method"]._self_x
    hash(bound), bound == HOLDER.method


def by_hand():
    BoundFunctionWrapper(function, HOLDER, passthrough, None, "callable", WRAPPER, Holder)(1)
    BoundFunctionWrapper(function, None, passthrough, None, "function", None, Holder)(HOLDER)
    BoundFunctionWrapper.__new__(BoundFunctionWrapper)


def bound_subclass():
    Bound = type("Bound", (BoundFunctionWrapper,), {})
    Sub = type("Sub", (FunctionWrapper,), {"__bound_function_wrapper__": Bound})
    Owner = type("Owner", (), {"method": Sub(function, passthrough)})
    assert type(Owner().method) is Bound
    Owner().method(1)
    gc.collect()


def cycles():
    proxies = [cls(Thing()) for cls in PROXIES]
    proxies += [
        FunctionWrapper(function, passthrough),
        PartialCallableObjectProxy(function, proxies),
    ]
    for proxy in proxies:
        proxy._self_all = proxies
    gc.collect()


def changes():
    proxy, wrapper, partial = CHANGING
    proxy.__init__(Thing())
    proxy.__wrapped__ = Thing()
    wrapper.__init__(lambda: 1, passthrough, lambda: True)
    wrapper.__wrapped__ = function
    partial.__init__(function, object(), key=object())


def lazies():
    lazy = Lazy(None)
    assert len(lazy) == 2
    Lazy(None)
    expect(AttributeError, len, Lazy.__new__(ObjectProxy))


def resurrection():
    kept = []

    class Phoenix(ObjectProxy):
        def __del__(self):
            kept.append(self)

    Phoenix([1])
    kept.clear()
    gc.collect()


def set_name():
    type("Owner", (), {"entry": FunctionWrapper(function, passthrough)})
    gc.collect()


def signatures():
    str(PARTIAL.__signature__)
    PARTIAL._self_args, PARTIAL._self_kwargs


OPERATIONS = {
    operation.__name__: operation
    for operation in (
        calls,
        bound_calls,
        failing_calls,
        failing_construction,
        bound_attributes,
        by_hand,
        bound_subclass,
        cycles,
        changes,
        lazies,
        resurrection,
        set_name,
        signatures,
    )
}
for _cls in PROXIES:
    OPERATIONS.update(_proxy_operations(_cls))
OPERATIONS.update(_decorated.OPERATIONS)
OPERATIONS.update(_measured.OPERATIONS)
OPERATIONS.update(_hooked.OPERATIONS)

#: long-lived objects that every operation must leave with the references they had
WITNESSES = [
    THING,
    Thing,
    function,
    passthrough,
    fails,
    HOLDER,
    Holder,
    WRAPPER,
    PARTIAL,
    Lazy,
    BadHook,
    *SHARED.values(),
    *PROXIES,
    FunctionWrapper,
    BoundFunctionWrapper,
    PartialCallableObjectProxy,
    wraptrs,
    *_decorated.WITNESSES,
    *_measured.WITNESSES,
]

#: operations after which None has other counts too: each new type moves entries of the type cache,
#: whose empty entries hold None
MAKES_TYPES = (
    {"bound_subclass", "resurrection", "set_name"}
    | _decorated.MAKES_TYPES
    | {name for name in OPERATIONS if name.endswith(": subclassing")}
)
