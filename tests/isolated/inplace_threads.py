"""Patching in place while other threads call, recurse, and drive generators and coroutines: each
result is the old or the new one, in hot loops and with threads switching as often as they can.
"""

from __future__ import annotations

import gc
import os
import sys
import threading

from wraptrs import hotpatch, hotwrap

ROUNDS = int(os.environ.get("WRAPTRS_STRESS_ROUNDS", "200"))
WAYS = ["auto", "trampoline", "auto", "trampoline", "auto"]
SOURCE = """
def outer(cell, other):
    def plain(a, b=0): return (WORD, a, cell)
    def recursive(n): return (WORD, 0, cell) if n == 0 else recursive(n - 1)
    def generator(n):
        for i in range(n): yield (WORD, i, cell)
    async def coroutine(n): return (WORD, n, cell)
    class Thing:
        def method(self, a): return (WORD, a, cell)
    return plain, recursive, generator, coroutine, Thing.method
"""
OTHER = SOURCE.replace("a, b=0", "a, b=1, *, k=2").replace("cell)\n", "(other, cell)[1])\n")


def make(word, source):
    """Functions of all kinds in a namespace of their own."""
    space = {"WORD": word}
    exec(source, space)
    return space["outer"](word, word)


def use(functions, errors, stop):
    plain, recursive, generator, coroutine, method = functions
    count = 0
    while not stop.is_set():
        results = [plain(1), recursive(5), method(None, 3), *generator(3)]
        running = coroutine(4)
        try:
            running.send(None)
        except StopIteration as end:
            results.append(end.value)
        count += len(results)
        for word, value, cell in results:
            if word != cell or word not in ("old", "new") or not isinstance(value, int):
                errors.append((word, value, cell))
    return count


def wrapper(wrapped, instance, args, kwargs):
    return wrapped(*args, **kwargs)


def state(function):
    return function.__code__, function.__closure__, function.__defaults__, function.__kwdefaults__


def main():
    old, errors, stop, counts = make("old", SOURCE), [], threading.Event(), []
    before = [state(function) for function in old]

    def call():
        try:
            counts.append(use(old, errors, stop))
        except BaseException as error:
            errors.append(error)
            raise

    threads = [threading.Thread(target=call) for _ in range(3)]
    sys.setswitchinterval(1e-6)
    for thread in threads:
        thread.start()
    try:
        for number in range(ROUNDS):
            new = make("new", OTHER)  # its namespace goes with the patches, while frames run
            mode = ("auto", "trampoline")[number % 2]
            patches = [hotpatch(n, o, mode=mode) for n, o in zip(new, old)]
            patches += [hotwrap(o, wrapper, mode=WAYS[number % 5]) for o in old[number % 3 :]]
            del new
            for patch in patches[:: 1 if number % 4 < 2 else -1]:
                patch.revert()
            del patches
            if number % 100 == 0:
                gc.collect()
            if errors:
                break
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not errors, errors[:3]
    assert sum(counts) > 0
    after = [state(function) for function in old]
    assert all(a is b for one, two in zip(before, after) for a, b in zip(one, two))
    print(ROUNDS, "rounds over", sum(counts), "calls")


main()
