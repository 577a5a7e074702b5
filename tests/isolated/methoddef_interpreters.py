"""What an interpreter puts into a C function is seen by that one alone, and goes with it."""

from __future__ import annotations

import os
import sys
import threading
import time

from _tools import skip

if sys.version_info >= (3, 13):
    import _interpreters as interpreters
else:
    try:
        import _xxsubinterpreters as interpreters
    except ImportError:
        skip("this CPython has no interpreters to make")

from wraptrs import _definitions, hotpatch, hotwrap

USE = """
import sys
sys.path[:] = PATH
import math, time, wraptrs
from time import time as imported
def check():
    assert (imported(), "x".upper(), math.gcd(4, 6)) == (7.0, "mine", ("wrapped", 2))
assert imported() > 1.6e9 and "x".upper() == "X" and math.gcd(4, 6) == 2
for turn in range(100):
    patches = [
        wraptrs.hotpatch(lambda: 7.0, time.time),
        wraptrs.hotpatch(lambda text: "mine", str.upper),
        wraptrs.hotwrap(math.gcd, lambda wrapped, i, args, kwargs: ("wrapped", wrapped(*args))),
    ]
    check()
    if turn < 99 or not KEEP:
        for patch in patches[:: -1 if turn % 2 else 1]:
            patch.revert()
        assert imported() > 1.6e9 and "x".upper() == "X"
"""


def create():
    for arguments, keywords in (("isolated",), {}), ((), {"isolated": True}), ((), {}):
        try:
            return interpreters.create(*arguments, **keywords)
        except TypeError:
            continue
    raise AssertionError


def run(keep, failures, during=None):
    try:
        interpreter = create()
        try:
            space = USE.replace("PATH", repr(sys.path)).replace("KEEP", repr(keep))
            failed = interpreters.run_string(interpreter, space)
            if failed:
                failures.append(getattr(failed, "formatted", str(failed)))
            elif during is not None:
                during()
        finally:
            interpreters.destroy(interpreter)
    except Exception as error:
        failures.append(repr(error))


def untouched():
    assert time.time() > 1.6e9 and "x".upper() == "X"


def main():
    failures = []
    for keep in (False, True):  # with True the interpreter ends while its patches stand
        run(keep, failures, untouched)
        untouched()
    assert not failures, failures[0]

    with hotpatch(lambda: -1.0, time.time) as patch:
        run(True, failures, lambda: time.time() == -1.0 or failures.append("not ours"))
        assert time.time() == -1.0 and patch.state == "active"
    untouched()
    assert not failures, failures[0]

    debugged = sys.flags.dev_mode or os.environ.get("PYTHONMALLOC", "").endswith("debug")
    at_once = 1 if debugged else 4
    # Before 3.12 interpreters that are made in other threads hang, without any extension module.
    for _ in range(3 if sys.version_info >= (3, 12) else 0):
        threads = [threading.Thread(target=run, args=(True, failures)) for _ in range(at_once)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            with hotwrap(str.upper, lambda wrapped, i, args, kwargs: wrapped() + "!"):
                assert "x".upper() == "X!"
            untouched()
            time.sleep(0.001)
        for thread in threads:
            thread.join()
    assert not failures, failures[0]
    assert not _definitions._records
    untouched()


main()
