"""Patches of built-in types hold in the interpreter that made them, and in no other."""

import sys

from _tools import skip

if sys.version_info >= (3, 14):
    skip("the private module to make interpreters is tried in interpreters_own_gil")

if sys.version_info >= (3, 13):
    import _interpreters as interpreters

    def create():
        return interpreters.create("legacy")
else:
    import _xxsubinterpreters as interpreters

    def create():
        return interpreters.create(isolated=False)


import wraptrs

SHARED = sys.version_info < (3, 12)  # the dicts of static types

INSIDE = r"""
import sys
sys.path[:] = PATH
import array
import wraptrs

SHARED = sys.version_info < (3, 12)
assert hasattr(str, "outside") == SHARED
assert ("a".title() == "patched") == SHARED
assert len(range(2)) == (42 if SHARED else 2)
held = "a".upper
assert held() == "A" == "a".upper()  # what is in a definition is its interpreter's alone
upper = wraptrs.patch_type(str, "upper", lambda self: "inner")
assert held() == "inner" == "a".upper() and upper.mode == "methoddef"
upper.revert()
assert held() == "A" == "a".upper()
wraptrs.patch_type(str, "upper", lambda self: "left to the end")

def refused(cls, name, mode="auto"):
    try:
        wraptrs.patch_type(cls, name, lambda self: 1, mode=mode)
    except wraptrs.UnpatchableError as error:
        return "main one" in str(error)

assert refused(tuple, "__len__") and refused(int, "__matmul__")
if SHARED:
    assert refused(str, "inside") and refused(str, "swapcase", mode="dict")
else:
    wraptrs.patch_type(str, "inside", 2)
    wraptrs.patch_type(str, "lower", lambda self, more=1: "inside")
    assert "".inside == 2 and "A".lower() == "inside"
if array.array.__flags__ & (1 << 9) or not SHARED:  # a type of this interpreter alone
    with wraptrs.patch_type(array.array, "added", 3):
        assert array.array("i").added == 3
""".replace("PATH", repr(sys.path))

# An interpreter that is made while a special method is patched takes the patched slot for its own.
others = [create() for _ in range(3)]
patches = [
    wraptrs.patch_type(str, "outside", 1),
    wraptrs.patch_type(str, "upper", lambda self: "patched"),
    wraptrs.patch_type(str, "title", lambda self: "patched", mode="dict"),
]
others.append(create())  # while no special method is patched, that does no harm
patches.append(wraptrs.patch_type(range, "__len__", lambda self: 42))
for interpreter in others:
    failed = interpreters.run_string(interpreter, INSIDE)
    assert not failed, failed
    interpreters.destroy(interpreter)
    assert not hasattr(str, "inside") and "A".lower() == "a"
    assert ("a".upper(), len(range(0)), str.outside) == ("patched", 42, 1)
for patch in patches:
    patch.revert()
assert ("a".upper(), len(range(0)), hasattr(str, "outside")) == ("A", 0, False)
