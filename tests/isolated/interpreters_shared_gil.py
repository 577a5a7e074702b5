"""The module works in interpreters that share the GIL, one after another and side by side."""

import sys

from _tools import skip

if sys.version_info >= (3, 14):
    skip("3.14 and later are covered by interpreters_own_gil, without the legacy configuration")

if sys.version_info >= (3, 13):
    import _interpreters as interpreters

    def create():
        return interpreters.create("legacy")
else:
    import _xxsubinterpreters as interpreters

    def create():
        return interpreters.create(isolated=False)


import wraptrs

USE = r"""
import sys
sys.path[:] = PATH
import wraptrs
from wraptrs import FunctionWrapper, ObjectProxy

class Holder:
    method = FunctionWrapper(lambda self, *args: args, lambda w, i, a, k: w(*a, **k))

class Sub(ObjectProxy):
    pass

proxy = Sub([1])
proxy += [2]
assert proxy == [1, 2] and Holder().method(3) == (3,)
try:
    ObjectProxy.__new__(ObjectProxy).missing
except AttributeError:
    pass
else:
    raise AssertionError
def hooked(self, a, *, b=1):
    return a, b

Holder.hooked = hooked
wraptrs.hotwrap(hooked, lambda w, i, a, k: w(*a, **k))
assert Holder().hooked(1) == (1, 1) and hooked(None, 1, b=2) == (1, 2)
kept = [proxy, Holder().method, hooked]
kept.append(kept)
sys.modules.pop("colorsys", None)
seen = []
handle = wraptrs.register_post_import_hook(seen.append, "colorsys")
import colorsys
assert seen == [colorsys] and handle.state == "fired"
wraptrs.register_post_import_hook(seen.append, "never_imported")
assert wraptrs.post_import_hooks("never_imported")
""".replace("PATH", repr(sys.path))


def run(interpreter):
    failed = interpreters.run_string(interpreter, USE)
    assert not failed, failed


for _ in range(5):
    interpreter = create()
    run(interpreter)
    run(interpreter)
    interpreters.destroy(interpreter)

side_by_side = [create() for _ in range(3)]
for _ in range(3):
    for interpreter in side_by_side:
        run(interpreter)
    assert wraptrs.ObjectProxy([1]) == [1]
for interpreter in side_by_side:
    interpreters.destroy(interpreter)
assert wraptrs.FunctionWrapper(len, lambda w, i, a, k: w(*a, **k))("abc") == 3
assert not wraptrs.post_import_hooks("never_imported")
