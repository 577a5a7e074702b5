"""Many threads read, call, rebind, replace and mutate the same proxies and wrappers at once.

Runs everywhere; it means most on a free-threaded build, where the module also must not have turned
the GIL on again.
"""

import sys
import threading
import time

from _tools import FREE_THREADED

import wraptrs
from wraptrs import FunctionWrapper, ObjectProxy, PartialCallableObjectProxy

if FREE_THREADED:
    assert not sys._is_gil_enabled(), "importing wraptrs turned the GIL on"

THREADS = 6
SECONDS = 0.4


def passthrough(wrapped, instance, args, kwargs):
    return wrapped(*args, **kwargs)


class Target(list):
    """A list that can be weakly referenced and has attributes."""

    def __iadd__(self, other):
        return Target([*self[-5:], *other])


class Slotted(ObjectProxy):
    __slots__ = ("_self_slot",)


class Shared:
    """What all threads of one round share."""

    def __init__(self):
        self.proxy = Slotted(Target([1]))
        self.wrapper = FunctionWrapper(lambda *args: args, passthrough)
        self.partial = PartialCallableObjectProxy(lambda *args, **kwargs: (args, kwargs), 1)

        class Holder:
            method = FunctionWrapper(lambda self, *args: args, passthrough)
            cached = wraptrs.lru_cache(maxsize=None)(lambda self, x: (id(self), x))
            total = 0

            @wraptrs.synchronized
            def counted(self):
                before = self.total
                self.total += 1
                return self.total - before

        self.holder, self.Holder = Holder(), Holder


def set_wrapped(shared):
    shared.proxy.__wrapped__ = Target([len(shared.proxy)])


def reinit(shared):
    shared.proxy.__init__(Target([2]))
    shared.wrapper.__init__(lambda *args: args, passthrough, lambda: True)
    shared.partial.__init__(lambda *args, **kwargs: (args, kwargs), [1], key=[2])


def inplace(shared):
    proxy = shared.proxy
    proxy += [3]
    assert proxy is shared.proxy


def calls(shared):
    assert shared.wrapper(1, 2) == (1, 2)
    assert shared.partial(5)[0][-1] == 5
    assert shared.holder.method(4) == (4,)
    assert shared.Holder.method(shared.holder, 4) == (4,)


def reads(shared):
    proxy = shared.proxy
    assert proxy.__class__ is Target and isinstance(proxy, Target)
    len(proxy), repr(proxy), proxy * 2, proxy == [1], proxy.copy(), dir(proxy), bool(proxy)
    shared.wrapper.__name__, shared.wrapper._self_enabled, shared.partial._self_kwargs
    shared.wrapper.__wrapped__, shared.partial._self_args


def own_attributes(shared):
    shared.proxy._self_x = [1]
    shared.proxy._self_slot = [2]
    shared.proxy.__self_dict__.pop("_self_x", None)
    shared.holder.method._self_count = [3]
    shared.holder.method.__name__, shared.Holder.method._self_count


def caches(shared):
    own = shared.Holder()
    for holder in (own, shared.holder, own):
        assert holder.cached(7) == (id(holder), 7)
        assert holder.cached.cache_info().misses <= THREADS


def locks(shared):
    for holder in (shared.holder, shared.Holder()):
        assert holder.counted() == 1


def made_methods(shared):
    function = wraptrs.synchronized(lambda self: 1)
    shared.Holder.late = function
    Place = type("Place", (), {"late": function})
    assert Place().late() == shared.holder.late() == 1


def subclass_swaps(shared):
    Sub = type("Sub", (FunctionWrapper,), {})
    Sub.__call__ = lambda self, *args: args
    assert Sub(len, passthrough)(3) == (3,)
    shared.Holder.extra = Sub(lambda self: 1, passthrough)
    assert shared.holder.extra() == 1


ACTIONS = [
    set_wrapped,
    reinit,
    inplace,
    calls,
    reads,
    own_attributes,
    caches,
    locks,
    made_methods,
    subclass_swaps,
]
FAILURES = []


def run(actions):
    shared, end = Shared(), time.monotonic() + SECONDS
    barrier = threading.Barrier(THREADS)

    def work(offset):
        barrier.wait()
        try:
            turn = offset
            while time.monotonic() < end:
                actions[turn % len(actions)](shared)
                turn += 1
        except BaseException as error:
            FAILURES.append(f"{[a.__name__ for a in actions]}: {error!r}")

    threads = [threading.Thread(target=work, args=(i,)) for i in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not FAILURES, FAILURES[0]


sys.setswitchinterval(1e-5)
run(ACTIONS)
for first in ACTIONS:
    run([first])
run([set_wrapped, reads])
run([reinit, calls])
run([inplace, set_wrapped, reinit])
if FREE_THREADED:
    assert not sys._is_gil_enabled(), "using wraptrs turned the GIL on"
assert wraptrs.ObjectProxy(1) == 1
