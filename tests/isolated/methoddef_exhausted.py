"""More C functions than there are thunks: the rest is refused, and what was patched still works.

Definitions made at run time, as some binding generators make them, are written by hand here.
"""

from __future__ import annotations

import gc
import time

from _tools import skip

try:
    import ctypes
except ImportError:
    skip("ctypes is needed to make definitions")

from wraptrs import UnpatchableError, _native, hotpatch, hotwrap

SIZE = 4 * ctypes.sizeof(ctypes.c_void_p)
make = ctypes.pythonapi.PyCMethod_New
make.restype = ctypes.py_object
make.argtypes = [ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p, ctypes.c_void_p]


def functions(count):
    """Functions like time.time, each with a definition of its own."""
    address, _ = _native._definition(time.time)
    memory = (ctypes.c_char * (SIZE * count))()
    for number in range(count):
        ctypes.memmove(ctypes.addressof(memory) + number * SIZE, address, SIZE)
    start = ctypes.addressof(memory)
    return memory, [make(start + number * SIZE, time, None, None) for number in range(count)]


def patch_all(made):
    patches = []
    for number, function in enumerate(made):
        try:
            patches.append(hotpatch(lambda number=number: number, function))
        except UnpatchableError as error:
            assert "as many C functions" in str(error), error
            return patches
    raise AssertionError("there is no end")


def main():
    memory, made = functions(1200)
    patches = patch_all(made)
    assert 1000 < len(patches) < 1100
    assert [function() for function in made[: len(patches)]] == list(range(len(patches)))
    assert all(function() > 1.6e9 for function in made[len(patches) :])
    for patch in patches:
        patch.revert()
    assert all(function() > 1.6e9 for function in made)
    # Each has its thunk for good: patching them again takes none.
    again = [hotwrap(function, lambda wrapped, *rest: (wrapped(),)) for function in made[:500]]
    assert all(type(function()) is tuple for function in made[:500])
    for patch in again:
        patch.revert()
    del patches, again, made
    gc.collect()
    # The memory of definitions that are gone serves others: of another C function, which is asked.
    other, _ = _native._definition(time.monotonic)
    ctypes.memmove(memory, other, SIZE)
    function = make(ctypes.addressof(memory), time, None, None)
    before = time.monotonic()
    try:
        hotpatch(lambda: -1.0, function)
    except UnpatchableError:
        assert before <= function() <= time.monotonic()
    else:
        raise AssertionError("a thunk of another C function was taken")
    # Other conventions have thunks of their own.
    with hotpatch(lambda *args: -1, _native._definition_samples()[8]) as patch:
        assert patch.function(1) == -1


main()
