"""Locks in a forked child: no thread is left there that could release those held by others."""

import os
from _thread import RLock
from _weakref import ref

_made = set()  # weak references to the locks made here


def lock():
    """A reentrant lock that is free in a forked child, unless the thread that forks has it."""
    made = RLock()
    _made.add(ref(made, _made.discard))
    return made


def in_child(action):
    """Have something done in each child of a fork, where there are forks."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=action)


@in_child
def _free():
    """Let go of the locks that threads of the parent had."""
    for known in list(_made):
        made = known()
        if made is not None and not made._is_owned():
            made._at_fork_reinit()
