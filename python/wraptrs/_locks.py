"""The thread locks behind ``synchronized``, kept on the object they guard where that is possible.

They must not stand in the way of copying or pickling the object, so a copy of a lock is a new lock.
Objects that take no attribute get a lock that exists only while somebody holds or awaits it.
"""

import _thread

from . import _forks


class ContextRLock(_thread.RLock):
    """A reentrant lock that copies and pickles as a new one: a copy of its object shares no state
    with the object, so it need not wait for it either."""

    __slots__ = ()

    def __reduce__(self):
        return ContextRLock, ()

    def __copy__(self):
        return ContextRLock()

    def __deepcopy__(self, memo):
        return ContextRLock()


# Reentrant: a collection while it is held may run a finalizer that needs a lock itself.
guard = _forks.lock()


def attach(context, name, make):
    """The lock kept on `context` under `name`, made if missing; None if `context` takes none.

    Only the object's own dict is asked: neither a class's lock nor a base class's is inherited.
    """
    with guard:
        try:
            namespace = vars(context)
        except TypeError:
            return None
        lock = namespace.get(name)
        if lock is not None:
            return lock
        lock = make()
        if type(namespace) is dict:
            # Past any __setattr__: frozen instances refuse, and others put it elsewhere.
            namespace[name] = lock
        if vars(context).get(name) is not lock:
            try:
                setattr(context, name, lock)
            except (AttributeError, TypeError):
                return None
        return lock


_in_use = {}


class _Use:
    """A lock that is dropped with its last user, and how many there are."""

    __slots__ = ("count", "lock")

    def __init__(self, lock):
        self.lock = lock
        self.count = 0


def _enter_use(key, make):
    with guard:
        use = _in_use.get(key)
        if use is None:
            use = _in_use[key] = _Use(make())
        use.count += 1
        return use.lock


def _leave_use(key):
    with guard:
        use = _in_use[key]
        use.count -= 1
        if not use.count:
            del _in_use[key]


def _used_lock(key):
    if key not in _in_use:
        raise RuntimeError("cannot release a lock of synchronized() that is not held")
    return _in_use[key].lock


class PassingRLock:
    """The reentrant lock of an object that nothing can be attached to.

    The object's identity is safe as a key for as long as the lock has a user, since this keeps
    the object alive.
    """

    __slots__ = ("_context", "_key")

    def __init__(self, context):
        self._context = context
        self._key = ("thread", id(context))

    def acquire(self):
        lock = _enter_use(self._key, ContextRLock)
        try:
            return lock.acquire()
        except BaseException:
            _leave_use(self._key)
            raise

    def release(self):
        _used_lock(self._key).release()
        _leave_use(self._key)

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()


def lock_of(context):
    """The lock that serialises the threads using `context`."""
    try:
        return context.__dict__["_synchronized_lock"]
    except (AttributeError, KeyError):
        return attach(context, "_synchronized_lock", ContextRLock) or PassingRLock(context)
