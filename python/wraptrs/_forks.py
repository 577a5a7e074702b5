"""Locks in a forked child: no thread is left there that could release those held by others."""

import os
from _thread import RLock


def lock():
    """A reentrant lock that is free in a forked child, unless the thread that forks has it."""
    made = RLock()
    in_child(lambda: free(made))
    return made


def free(lock):
    """Let go of a lock that a thread of the parent had."""
    if not lock._is_owned():
        lock._at_fork_reinit()


def in_child(action):
    """Have something done in each child of a fork, where there are forks."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=action)
