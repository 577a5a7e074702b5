"""Targets and hooks that change the very proxy that is using them, in random programs.

Every method of the target may swap the target, run `__init__` again, drop the last other reference
or collect, before it answers. Whatever comes out is an answer or an exception; never a crash.
"""

import gc
import operator
import random
import time

from _tools import settle

from wraptrs import (
    BaseObjectProxy,
    BoundFunctionWrapper,
    CallableObjectProxy,
    FunctionWrapper,
    ObjectProxy,
    PartialCallableObjectProxy,
)

SECONDS = 6
SEED = 20240607
choose = random.Random(SEED)
current = []  # the proxies in use, innermost last


def meddle():
    """Change what is being used."""
    if not current or choose.random() < 0.4:
        return
    victim = choose.choice(current)
    action = choose.randrange(6)
    if action == 0:
        victim.__wrapped__ = make_target()
    elif action == 1:
        reinit(victim)
    elif action == 2:
        victim.__self_dict__.clear()
    elif action == 3:
        gc.collect(0)
    elif action == 4:
        victim._self_note = victim
    elif len(current) < 6:
        use(victim)


def passthrough(wrapped, instance, args, kwargs):
    meddle()
    return wrapped(*args, **kwargs)


def enabled():
    meddle()
    return choose.random() < 0.8


def reinit(victim):
    if isinstance(victim, FunctionWrapper):
        victim.__init__(make_target(), passthrough, choose.choice([None, True, enabled]))
    elif isinstance(victim, BoundFunctionWrapper):
        victim.__init__(make_target(), Meddler(), passthrough, enabled, "function", None, Meddler)
    else:
        victim.__init__(make_target())


def meddling(answer):
    def method(self, *args, **kwargs):
        meddle()
        return answer() if callable(answer) else answer

    return method


ANSWERS = {
    "__call__": 1,
    "__len__": 2,
    "__hash__": 3,
    "__bool__": True,
    "__int__": 4,
    "__float__": 5.0,
    "__index__": 6,
    "__repr__": "repr",
    "__str__": "str",
    "__format__": "format",
    "__dir__": list,
    "__contains__": True,
    "__getitem__": 7,
    "__setitem__": None,
    "__delitem__": None,
    "__enter__": 8,
    "__exit__": None,
    "__iter__": lambda: iter([1]),
    "__round__": 1,
    "__eq__": True,
    "__lt__": False,
    "__get__": lambda: Meddler(),
    "__set_name__": None,
    "__reversed__": list,
    "__bytes__": b"",
    "__complex__": 1j,
    "__neg__": 1,
    "__abs__": 1,
    **{
        f"__{prefix}{name}__": lambda: Meddler()
        for name in ("add", "sub", "mul", "matmul", "and", "or", "pow", "divmod")
        for prefix in ("", "r", "i")
        if prefix + name != "idivmod"
    },
}
Meddler = type("Meddler", (), {name: meddling(answer) for name, answer in ANSWERS.items()})
Meddler.__self__ = property(meddling(lambda: Meddler))
Meddler.prop = property(meddling(9))


def make_target():
    return choose.choice(
        [Meddler, lambda: meddling(1).__get__(Meddler()), lambda: [1], lambda: len]
    )()


USES = [
    lambda p: p(),
    lambda p: p(1, k=2),
    len,
    hash,
    bool,
    int,
    float,
    operator.index,
    repr,
    str,
    format,
    dir,
    lambda p: 1 in p,
    lambda p: p[0],
    lambda p: operator.setitem(p, 0, 1),
    lambda p: operator.delitem(p, 0),
    lambda p: p + 1,
    lambda p: 1 + p,
    lambda p: p - p,
    lambda p: operator.iadd(p, 1),
    lambda p: operator.imul(p, p),
    lambda p: operator.ipow(p, 2),
    lambda p: operator.imatmul(p, 1),
    lambda p: divmod(p, 2),
    lambda p: p == 1,
    lambda p: p < 1,
    lambda p: p.prop,
    lambda p: p.missing,
    lambda p: setattr(p, "prop", 1),
    lambda p: p.__doc__,
    lambda p: p.__class__,
    lambda p: p.__name__,
    lambda p: isinstance(p, list),
    round,
    complex,
    lambda p: p.__enter__(),
    lambda p: p.__get__(Meddler(), Meddler)(1),
    lambda p: p.__get__(None, Meddler)(Meddler()),
    lambda p: p.__set_name__(int, "x"),
    list,
    lambda p: p.__wrapped__,
    lambda p: p._self_binding,
    lambda p: -p,
    abs,
    lambda p: p | p,
    bytes,
    lambda p: setattr(p, "__wrapped__", make_target()),
    reversed,
]
EXPECTED = (
    TypeError,
    AttributeError,
    ValueError,
    NotImplementedError,
    IndexError,
    KeyError,
    RecursionError,
    OverflowError,
)


def use(proxy):
    current.append(proxy)
    try:
        choose.choice(USES)(proxy)
    except EXPECTED:
        pass
    finally:
        current.pop()


class Lazy(ObjectProxy):
    def __wrapped_factory__(self):
        """Only its presence counts."""

    def __wrapped_get__(self):
        meddle()
        return make_target()


def make():
    return choose.choice(
        [
            lambda: BaseObjectProxy(make_target()),
            lambda: ObjectProxy(make_target()),
            lambda: CallableObjectProxy(make_target()),
            lambda: Lazy(None),
            lambda: PartialCallableObjectProxy(Meddler(), Meddler(), key=Meddler()),
            lambda: FunctionWrapper(make_target(), passthrough, choose.choice([None, enabled])),
            lambda: BoundFunctionWrapper(
                make_target(), None, passthrough, enabled, "function", None, Meddler
            ),
            lambda: FunctionWrapper.__new__(FunctionWrapper),
            lambda: ObjectProxy.__new__(ObjectProxy),
        ]
    )()


end, programs = time.monotonic() + SECONDS, 0
while programs < 100 or time.monotonic() < end:
    for _ in range(choose.randrange(1, 12)):
        use(make())
    shared = make()
    for _ in range(choose.randrange(1, 12)):
        use(shared)
    programs += 1
settle()
