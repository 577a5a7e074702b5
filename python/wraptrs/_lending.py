"""What running frames borrow from a function, kept until they are gone.

Frames of CPython 3.11 and later borrow globals and builtins from the function. Where a state with
globals of its own is taken out of a function, they are kept for as long as its code object, which
was made for this one function and so lives on in frames alone.
"""

import sys
from weakref import ref

from ._fields import BUILTINS, CODE, GLOBALS

BORROWED = sys.version_info >= (3, 11)

_lent = {}  # by the id of a weak reference to code: that, and what frames of the code borrow


def lend(former, kept):
    """Keep what running frames of a former state may have borrowed from the function.

    `kept` is a state whose globals and builtins outlive them anyway. Those that the function has
    now need not: with the next change they may go, while the frames run on.
    """
    if not BORROWED:
        return
    if former[GLOBALS] is kept[GLOBALS] and former[BUILTINS] is kept[BUILTINS]:
        return
    watch = ref(former[CODE], _give_back)
    _lent[id(watch)] = watch, former[GLOBALS], former[BUILTINS]


def _give_back(watch):
    _lent.pop(id(watch), None)


def own_code(state, base):
    """A state whose code no other function has, where frames may borrow its globals alone."""
    if BORROWED and (state[GLOBALS] is not base[GLOBALS] or state[BUILTINS] is not base[BUILTINS]):
        return (state[CODE].replace(), *state[1:])
    return state
