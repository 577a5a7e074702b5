"""Whose turn it is to change something, where changing it may run code that is not ours.

A metaclass's ``__setattr__``, a guard, a factory, an import: such code may wait for another thread,
and that thread may want to patch as well. Were a lock held meanwhile, both would wait for ever. So
what is changed is taken by a thread: others can change everything else, and for this they wait a
while and no longer. Threads that would wait for each other are told at once.
"""

import sys
from _functools import partial
from _thread import RLock, get_ident
from _weakref import ref

from . import _forks
from ._native import _turn_give_back, _turn_take

PATIENCE = 60.0  # seconds; imports of large packages take some

_waiting = {}  # by thread: the turn it waits for
_turns = {}  # by the id of an object: a weak reference to its turn, which keeps the object
_counting = _forks.lock()


@_forks.in_child
def _forked():
    Turn.process = object()
    _waiting.clear()


class PatchBusyError(RuntimeError):
    """What was to be changed is being changed just now, by another thread or around this call."""


class Turn:
    """The turn to change one thing, for `with`; a thread that has it may take it again.

    ``what`` is the thing, what it is called, or a weak reference to it. Raises PatchBusyError where
    another thread has it for longer than `PATIENCE`, or waits, by whatever way, for this one.
    """

    __slots__ = ("__weakref__", "_held", "_lock", "_process", "_thread", "_what", "doing")

    process = object()  # another one in each forked child

    def __init__(self, what):
        self._lock = RLock()
        self._what = what
        self._thread, self._process = None, self.process  # that took it last
        self._held = None  # nested in a tuple as often as it was taken
        self.doing = None  # what is being done by who has it

    # Native, so that no signal falls between taking it and the block that gives it back.
    __enter__ = property(lambda self: partial(_turn_take, self))
    __exit__ = property(lambda self: partial(_turn_give_back, self))

    def _free(self):
        """Let it be taken in a forked child where a thread of the parent had it."""
        with _counting:
            if self._process is not self.process:
                self._lock._at_fork_reinit()
                self._thread, self._held, self._process = None, None, self.process
                self.doing = None

    def _wait(self):
        if self._process is not self.process:
            self._free()
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


def turn_at(owner):
    """The turn to change an object, whatever its class says of locks."""
    key = id(owner)
    with _counting:
        turn = _turn_of(key)
        if turn is None:
            turn = Turn(owner)
            _turns[key] = ref(turn, partial(_forget, key))
    return turn


def _turn_of(key):
    known = _turns.get(key)
    return None if known is None else known()


def _forget(key, watch):
    with _counting:
        if _turns.get(key) is watch:
            del _turns[key]


def is_taken(owner):
    """Whether another thread has the turn to change an object right now."""
    turn = _turn_of(id(owner))
    return turn is not None and turn._thread not in (None, get_ident())


class Change:
    """A change of a handle, by who has its turn. While it is made, the code that it runs may not
    begin another; ``again`` is for what is a part of it."""

    __slots__ = ("_again", "_doing", "_former", "_patch")

    def __init__(self, patch, doing, again=False):
        self._patch, self._doing, self._again = patch, doing, again

    def __enter__(self):
        turn = self._patch._turn
        self._former = turn.doing
        if self._former is not None and not self._again:
            raise PatchBusyError(
                f"{self._patch!r} cannot be {self._doing} by code that runs while it is "
                f"{self._former}: do that afterwards"
            )
        turn.doing = self._doing

    def __exit__(self, *exception):
        self._patch._turn.doing = self._former
