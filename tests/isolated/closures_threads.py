"""Patching all closures of a factory while other threads make closures and call them: each result
is the old or the new one, and in the end every code object is the one that it was.
"""

from __future__ import annotations

import os
import sys
import threading

from wraptrs import hotpatch, hotwrap

ROUNDS = min(int(os.environ.get("WRAPTRS_STRESS_ROUNDS", "60")), 1000)


def outer(x):
    def factory(y):
        def plain(a, b=0, *, k=1):
            return "old", a, b, k, x, y

        def generator(n):
            for i in range(n):
                yield "old", i, x, y

        return plain, generator

    return factory


def new(a, b=0, *, k=1):
    return "new", a, b, k, 1, 2


def wrapper(wrapped, instance, args, kwargs):
    return wrapped(*args, **kwargs)


def use(older, errors, stop, counts):
    count = 0
    try:
        while not stop.is_set():
            for plain, generator in (older, outer(1)(2)):
                result, steps = plain(3, k=4), list(generator(2))
                if result[1:] != (3, 0, 4, 1, 2) or result[0] not in ("old", "new"):
                    errors.append(result)
                if steps != [("old", 0, 1, 2), ("old", 1, 1, 2)]:
                    errors.append(steps)
                count += 1
    except BaseException as error:
        errors.append(error)
        raise
    finally:
        counts.append(count)


def main():
    older, errors, stop, counts = outer(1)(2), [], threading.Event(), []
    codes = [function.__code__ for function in (outer, *older)]
    arguments = older, errors, stop, counts
    threads = [threading.Thread(target=use, args=arguments) for _ in range(2)]
    sys.setswitchinterval(1e-6)
    for thread in threads:
        thread.start()
    try:
        for number in range(ROUNDS):
            patches = [
                hotwrap(older[0], wrapper, closures="all"),
                hotpatch(new, older[0], closures="all"),
                hotwrap(older[1], wrapper, closures="all"),
            ]
            for patch in patches[:: 1 if number % 2 else -1]:
                patch.revert()
            if errors:
                break
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not errors, errors[:3]
    assert sum(counts) > 0
    assert all(a is b.__code__ for a, b in zip(codes, (outer, *older)))
    made = outer(1)(2)
    assert made[0].__code__ is codes[1] and made[1].__code__ is codes[2]
    print(ROUNDS, "rounds over", sum(counts), "closures")


main()
