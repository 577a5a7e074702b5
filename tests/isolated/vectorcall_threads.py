"""Hooks put into functions and taken out while other threads call them as fast as they can: each
call is wrapped or plain, whatever its arguments; functions die while they are hooked.
"""

from __future__ import annotations

import gc
import itertools
import os
import sys
import threading

from _tools import skip

from wraptrs import hotpatch, hotwrap

if sys.version_info[:2] == (3, 11):
    skip("CPython 3.11 does not look at the pointer")

ROUNDS = int(os.environ.get("WRAPTRS_STRESS_ROUNDS", "2000"))


def plain(a, b=2, *, c=3):
    return ("plain", a + b + c)


def recursive(n):
    return ("plain", n) if n == 0 else recursive(n - 1)


def generator(n):
    yield from (("plain", i) for i in range(n))


async def coroutine(n):
    return ("plain", n)


class Holder:
    def method(self, a, **kwargs):
        return ("plain", a + len(kwargs))

    @property
    def attribute(self):
        return ("plain", 5)

    def __getitem__(self, a):
        return ("plain", a)

    @classmethod
    def cm(cls, a):
        return ("plain", a)


TARGETS = [plain, recursive, generator, coroutine, Holder.method, Holder.attribute]
TARGETS += [Holder.__getitem__, Holder.cm]


def wrapper(wrapped, instance, args, kwargs):
    result = wrapped(*args, **kwargs)
    return ("wrapped", result[1]) if type(result) is tuple else result


def replacement(a, b=2, *, c=3):
    return ("replaced", a + b + c)


def await_it(waiting):
    try:
        waiting.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("the coroutine waits")


def use(holder, pair, named):
    """What each call gives, beside what its second part has to be."""
    bound = holder.method
    yield from ((plain(1), 6), (plain(1, c=1), 4), (plain(*pair, **named), 8), (plain(a=2), 7))
    yield from ((holder.method(1), 1), (bound(1, x=2), 2), (Holder.method(holder, 3), 3))
    yield from ((recursive(3), 0), (holder.attribute, 5), (holder[4], 4), (Holder.cm(6), 6))
    yield from zip(generator(3), (0, 1, 2))
    yield await_it(coroutine(7)), 7


def call(stop, errors, counts):
    holder, count = Holder(), 0
    while not stop.is_set():
        for (word, value), wanted in use(holder, (1, 2), {"c": 5}):
            count += 1
            if word not in ("plain", "wrapped", "replaced") or value != wanted:
                errors.append((word, value, wanted))
                return
    counts.append(count)


def dying(number):
    """A function that is garbage while its own call runs."""

    def closure(a):
        return (closure, a)

    hotwrap(closure, wrapper if number % 2 else lambda *given: wrapper(*given))
    return next(map(closure, [number]))[1]


def patch(first, errors):
    """Puts hooks in and takes them out; two threads do this to the same functions."""
    ways = itertools.cycle(["vectorcall", "vectorcall", "trampoline", "vectorcall"])
    for number in range(first, ROUNDS, 2):
        target = TARGETS[number % len(TARGETS)]
        one = hotwrap(target, wrapper, mode=next(ways))
        two = hotwrap(plain, wrapper, mode="vectorcall", enabled=lambda: True)
        three = hotpatch(replacement, plain, mode="vectorcall")
        for handle in (one, two, three)[:: 1 if number % 3 else -1]:
            handle.revert()
        if dying(number) != number:
            errors.append(number)
        if number % 500 == 0:
            gc.collect()
        if errors:
            return


def guarded(work, errors):
    def run(*args):
        try:
            work(*args)
        except BaseException as error:
            errors.append(error)
            raise

    return run


def main():
    errors, counts, stop = [], [], threading.Event()
    before = [(f.__code__, f.__kwdefaults__) for f in (plain, recursive, generator, coroutine)]
    sys.setswitchinterval(1e-6)
    threads = [
        threading.Thread(target=guarded(call, errors), args=(stop, errors, counts)) for _ in "abc"
    ]
    patchers = [threading.Thread(target=guarded(patch, errors), args=(i, errors)) for i in (0, 1)]
    for thread in threads + patchers:
        thread.start()
    for thread in patchers:
        thread.join()
    stop.set()
    for thread in threads:
        thread.join()
    assert not errors, errors[:3]
    assert len(counts) == len(threads) and min(counts) > 0
    after = [(f.__code__, f.__kwdefaults__) for f in (plain, recursive, generator, coroutine)]
    assert all(a is b for one, two in zip(before, after) for a, b in zip(one, two))
    assert [word for (word, _), _ in use(Holder(), (1, 2), {"c": 5})] == ["plain"] * 15
    print(3 * ROUNDS, "changes over", sum(counts), "calls")


main()
