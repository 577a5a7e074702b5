"""Whose turn it is to change something, where changing it may run code that is not ours.

A metaclass's ``__setattr__``, a guard, a factory, an import: such code may wait for another thread,
and that thread may want to patch as well. Were a lock held meanwhile, both would wait for ever. So
what is changed is taken by a thread: others can change everything else, and for this they wait a
while and no longer. Threads that would wait for each other are told at once.
"""

import sys
from _thread import RLock, get_ident
from _weakref import ref

from . import _forks

PATIENCE = 60.0  # seconds; imports of large packages take some

_waiting = {}  # by thread: the turn it waits for
_turns = {}  # by the id of an object: its turn, and how many have it or wait for it
_counting = _forks.lock()
_process = object()  # another one in each forked child


@_forks.in_child
def _forked():
    global _process
    _process = object()
    _waiting.clear()


class PatchBusyError(RuntimeError):
    """What was to be changed is being changed just now, by another thread or around this call."""


class Turn:
    """The turn to change one thing, for `with`; a thread that has it may take it again.

    ``what`` is the thing, what it is called, or a weak reference to it. Raises PatchBusyError where
    another thread has it for longer than `PATIENCE`, or waits, by whatever way, for this one.
    """

    __slots__ = ("_held", "_lock", "_process", "_thread", "_what", "doing")

    def __init__(self, what):
        self._lock = RLock()
        self._what = what
        self._thread, self._held, self._process = None, None, _process
        self.doing = None  # what is being done by who has it

    def __enter__(self):
        if not self._lock.acquire(False):
            if self._process is not _process:
                self._free()
            self._wait()
        self._thread, self._process = get_ident(), _process
        self._held = (self._held,)  # how often, without sums: those of int may be what is patched

    def __exit__(self, *exception):
        if not self._lock._is_owned():
            raise RuntimeError(f"the turn to change {self._what!r} belongs to another thread")
        (self._held,) = self._held
        if self._held is None:
            self._thread = None
        self._lock.release()

    def _free(self):
        """Let it be taken in a forked child where a thread of the parent had it."""
        with _counting:
            if self._process is not _process:
                self._lock._at_fork_reinit()
                self._thread, self._held, self._process = None, None, _process
                self.doing = None

    def _wait(self):
        me = get_ident()
        _waiting[me] = self
        try:
            if self._waits_for(me):
                raise self._busy("which waits for this thread in turn")
            if not self._lock.acquire(True, PATIENCE):
                raise self._busy(f"for more than {PATIENCE:g} seconds")
        finally:
            del _waiting[me]

    def _waits_for(self, thread):
        """Whether who has the turn waits for one that a thread has, and so on."""
        turn, seen = self, []
        while turn is not None and turn not in seen:
            owner = turn._thread
            if owner == thread:
                return True
            seen.append(turn)
            turn = _waiting.get(owner)
        return False

    def _busy(self, how):
        owner = self._thread
        threads = getattr(sys.modules.get("threading"), "_active", {})
        name = getattr(threads.get(owner), "name", owner)
        what = self._what() if type(self._what) is ref else self._what
        return PatchBusyError(
            f"{what!r} is being changed by the thread {name!r}, {how}: let that thread finish first"
        )


class turn_at:
    """The turn to change an object, whatever its class says of locks; errors as for `Turn`."""

    __slots__ = ("_owner", "_turn")

    def __init__(self, owner):
        self._owner = owner

    def __enter__(self):
        key = id(self._owner)
        with _counting:
            turn, users = _turns.get(key) or (Turn(self._owner), 0)
            _turns[key] = turn, users + 1
        try:
            turn.__enter__()
        except BaseException:
            self._leave()
            raise
        self._turn = turn

    def __exit__(self, *exception):
        self._turn.__exit__()
        self._leave()

    def _leave(self):
        key = id(self._owner)
        with _counting:
            turn, users = _turns.pop(key)
            if users > 1:
                _turns[key] = turn, users - 1


def is_taken(owner):
    """Whether another thread has the turn to change an object right now."""
    turn, _ = _turns.get(id(owner), (None, 0))
    return turn is not None and turn._thread not in (None, get_ident())


class Change:
    """A change of a handle, by whoever has the turn. While it is made, the code that it runs may
    not begin another; ``again`` is for what is a part of it."""

    __slots__ = ("_again", "_doing", "_former", "_patch")

    def __init__(self, patch, doing, again=False):
        self._patch, self._doing, self._again = patch, doing, again

    def __enter__(self):
        patch = self._patch
        patch._turn.__enter__()
        self._former = patch._turn.doing
        if self._former is not None and not self._again:
            patch._turn.__exit__()
            raise PatchBusyError(
                f"{patch!r} cannot be {self._doing} by code that runs while it is "
                f"{self._former}: do that afterwards"
            )
        patch._turn.doing = self._doing

    def __exit__(self, *exception):
        self._patch._turn.doing = self._former
        self._patch._turn.__exit__()
