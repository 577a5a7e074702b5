"""The locks under which modules are executed again: one change of ``sys.modules`` at a time.

Two locks are held. Ours is of the kind that the import system has for each module, so a thread
that waits for it is known to the deadlock detection that spans those locks. The other is the
import lock of the interpreter, which a thread needs to begin any import. Taking that one while
another thread is in the middle of an import would let both wait for each other, the one for the
module, the other for the lock; so it is taken at a moment when nobody else is importing.
"""

import _frozen_importlib
from _imp import acquire_lock, release_lock
from _thread import get_ident
from time import monotonic, sleep

from . import _forks

# How long an import that another thread has begun may take before it is no longer waited for, as
# when the whole program runs inside it.
PATIENCE = 2.0

_lock = _frozen_importlib._ModuleLock("wraptrs.injection")
_depth = 0  # how often the holder of that lock has it
_unending = set()  # imports that took longer than that, as name and thread


@_forks.in_child
def _forked():
    global _lock, _depth
    _unending.clear()
    if _lock.owner not in (None, get_ident()):  # a thread of the parent, which is gone
        _lock, _depth = _frozen_importlib._ModuleLock(_lock.name), 0


class ImportLock:
    """Holds both locks, the second as far as it can be had; reentrant, a new one for each use."""

    def __enter__(self):
        global _depth
        self._quiet = False
        self._alone = _enter()
        if self._alone:
            _depth += 1
            try:
                self._quiet = _depth == 1 and _begin_quiet()
            except BaseException:
                self.__exit__()
                raise
        return self

    def __exit__(self, *exception):
        global _depth
        if self._quiet:
            release_lock()
        if self._alone:
            _depth -= 1
            _lock.release()


def _enter():
    try:
        return _lock.acquire()
    except _frozen_importlib._DeadlockError:
        # The thread that has it waits for a module that this thread is importing. It cannot go on
        # before that is done, so what is changed here is put back before it looks again.
        return False


def _begin_quiet():
    """Take the import lock when no other thread is importing; False where that does not come."""
    until = monotonic() + PATIENCE
    while True:
        acquire_lock()
        imports = _imports_of_others()
        if not imports:
            _unending.clear()
            return True
        release_lock()
        if monotonic() > until:
            _unending.update(imports)
        if imports <= _unending:
            return False
        sleep(0.001)


def _imports_of_others():
    """The imports that other threads are in, as name and thread, but for those that wait for us."""
    me, found = get_ident(), set()
    for reference in list(_frozen_importlib._module_locks.values()):
        lock = reference()
        owner = None if lock is None else lock.owner
        if owner is not None and owner != me and not _waits_for(owner, me):
            found.add((lock.name, owner))
    return found


def _waits_for(thread, other):
    """Whether a thread is blocked by a module lock that, at some remove, another one holds."""
    seen = set()
    while thread not in seen:
        seen.add(thread)
        lock = _frozen_importlib._blocking_on.get(thread)
        if isinstance(lock, list):  # since CPython 3.12, for imports that a collection begins
            lock = lock[-1] if lock else None
        thread = None if lock is None else lock.owner
        if thread is None or thread == other:
            break
    return thread == other
