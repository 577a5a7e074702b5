"""C functions patched and reverted while other threads call them in hot loops: each result is the
old or the new one, and what was put there is not freed under a caller.
"""

from __future__ import annotations

import gc
import math
import os
import re
import sys
import threading
import time

from wraptrs import _definitions, hotpatch, hotwrap

ROUNDS = 50 * int(os.environ.get("WRAPTRS_STRESS_ROUNDS", "200"))
PATTERN, PAIR = re.compile("b"), "a b"
TARGETS = (time.gmtime, math.gcd, str.upper, str.split, dict.get, re.Pattern.search)
OLD = (1970, 2, "X", ["a", "b"], 2, (1, 2))


def use(errors, stop, counts):
    upper, table = "x".upper, {1: 2}
    count = 0
    while not stop.is_set():
        results = (
            time.gmtime(0),
            math.gcd(4, 6),
            upper(),
            PAIR.split(maxsplit=1),
            table.get(1),
            PATTERN.search("ab", pos=0),
        )
        count += len(results)
        for number, result in enumerate(results):
            if type(result) is tuple and result[0] == "new":
                continue
            result = result[0] if number == 0 else result.span() if number == 5 else result
            if result != OLD[number]:
                errors.append((number, result))
    counts.append(count)


def change(number):
    """A patch or a wrapper that nobody but the definition holds, on one of the functions."""
    target, fresh = TARGETS[number % len(TARGETS)], [number]
    if number % 3:
        return hotpatch(lambda *args, **kwargs: ("new", fresh), target)
    return hotwrap(target, lambda wrapped, instance, args, kwargs: ("new", wrapped, fresh))


def main():
    errors, stop, counts = [], threading.Event(), []

    def call():
        try:
            use(errors, stop, counts)
        except BaseException as error:
            errors.append(error)
            raise

    threads = [threading.Thread(target=call) for _ in range(3)]
    sys.setswitchinterval(1e-5)
    for thread in threads:
        thread.start()
    try:
        for number in range(ROUNDS):
            first = change(number)
            if number % 5 == 0:
                second = change(number + len(TARGETS))
                first.revert()
                first = second
            first.revert()
            if number % 5000 == 0:
                gc.collect()
            if errors:
                break
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not errors, errors[:3]
    assert sum(counts) > 0 and not _definitions._records
    assert (time.gmtime(0)[0], math.gcd(4, 6), "x".upper(), PAIR.split()) == OLD[:4]
    print(ROUNDS, "rounds over", sum(counts), "calls")


main()
