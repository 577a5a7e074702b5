"""Another library that leads the calls of a function elsewhere, by the pointer in the function."""

from __future__ import annotations

import contextlib
import ctypes
import types

ENTRY = ctypes.PYFUNCTYPE(
    ctypes.py_object, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p
)


@contextlib.contextmanager
def lead_elsewhere(function, answer):
    """While this lasts, calls of the function give the answer; then its pointer is as it was."""
    entry = ENTRY(lambda *given: answer)
    place = ctypes.c_void_p.from_address(id(function) + offset())
    former, place.value = place.value, ctypes.cast(entry, ctypes.c_void_p).value
    mine = place.value
    try:
        yield
    finally:
        if place.value == mine:
            place.value = former


def offset():
    """Where the pointer lies in a function: `tp_vectorcall_offset` of its type."""
    head = object.__basicsize__ // 8  # then: size, name, two sizes, deallocator, the offset
    return (ctypes.c_ssize_t * (head + 6)).from_address(id(types.FunctionType))[head + 5]
