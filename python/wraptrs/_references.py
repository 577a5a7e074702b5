"""Finding who else holds an object, and giving those holders another one.

A patch at an attribute reaches those who ask for the attribute. ``from example import function``,
a callback that was registered, a default argument, a partial took the function before, and keep it.
"""

from . import _forks
from ._patch import Patch, PatchConflictError
from ._referrers import Referrers
from ._spots import ABSENT
from ._uses import used_by
from ._ways import Reference, Ways

USED = "the replacement itself uses it under this name"
_SHARED = (type(None), bool, int, float, complex, str, bytes, type(...), type(NotImplemented))

_searching = _forks.lock()  # two searches at a time would find each other
_in_force = set()  # rebindings: what they changed could not be changed back without them


def find_references(obj):
    """Find who holds an object: in which module, class, function, instance or container.

    Looks at everything that the garbage collector knows, so it takes a while: some tens of
    milliseconds in a small program. Names come out for modules, classes and functions, and for what
    these hold, however deep. Frames of running calls, their local variables among them, are left
    out, and so are references of this package: layers, handles, ``__wrapped__`` of a wrapper.

    Returns a list of `Reference`, which keeps no function and no instance alive. Raises TypeError
    for None, numbers, strings and bytes, which are shared by value.

    Behaviour: the idea is that of ``gc.get_referrers``.
    """
    if type(obj) in _SHARED or (type(obj) is tuple and not obj):
        raise TypeError(
            f"{obj!r} is shared by value, so nobody in particular holds it: give a function, a "
            "class or another object of its own"
        )
    with _searching:
        search = Referrers(obj)
        holders = search.holders()
        ways = Ways(search)
        search.own(ways.found)
        for holder in holders:
            ways.add(holder)
        order = sorted(ways.found.values(), key=lambda found: (found[2].startswith("<"), found[2]))
        return [Reference(*found) for found in order]


def rebind(old, new, *, where=None, owner=None):
    """Make those who hold one object hold another, as far as they can be changed.

    Changed are module globals, class attributes (in a static method, class method or property
    too), closures, defaults, instance attributes, lists, deques, dict values, sets. Tuples, bound
    methods, partials and what `find_references` gives a ``reason`` for are not; neither is what
    ``new`` itself uses to reach ``old``, which would otherwise call itself. ``where`` is called
    with each `Reference` that could be changed and tells whether it shall be.

    Returns the handle, a `Patch` of kind "rebind": ``references`` are all that were found,
    ``rebound`` those that were changed. On revert a holder gets ``old`` back if it still holds
    ``new``; `PatchConflictError` names those that hold something else by then. Where one cannot be
    changed after all, the error is passed on and the others hold ``old`` again.

    Raises TypeError as `find_references` does, ValueError where both are the same object.
    """
    return Rebinding(old, new, where, owner).apply()


class Rebinding(Patch):
    """The holders of one object hold another."""

    kind = "rebind"

    def __init__(self, old, new, where=None, owner=None):
        if old is new:
            raise ValueError(f"{old!r} cannot be rebound to itself")
        if where is not None and not callable(where):
            raise TypeError(f"where must be a callable that takes a Reference, got {where!r}")
        super().__init__(old, owner)
        self.replacement = new
        self.references = []
        self._pairs = [(old, new)]
        self._where = where
        self._done = ()

    @property
    def name(self):
        """The name of the object that others held."""
        module, name = (getattr(self.target, n, None) for n in ("__module__", "__qualname__"))
        return f"{module}:{name}" if type(name) is str else repr(self.target)

    @property
    def original(self):
        """The object that others held."""
        return self.target

    @property
    def rebound(self):
        """The references that hold the replacement now, as far as this handle knows."""
        return [reference for reference, _, _ in self._done]

    def _find(self):
        """All references, each with what it holds and what it would get."""
        found = []
        for old, new in self._pairs:
            references = find_references(old)
            for reference in used_by(new, references):
                reference.reason = USED
            found += ((reference, old, new) for reference in references)
        return found

    def _look(self):
        """Only list the references."""
        self.references = [reference for reference, _, _ in self._find()]

    def _is_wanted(self, reference):
        return reference.rebindable and (self._where is None or self._where(reference))

    def _put(self):
        found, done = self._find(), []
        try:
            for reference, old, new in found:
                if self._is_wanted(reference) and _exchange(reference, old, new):
                    done.append((reference, old, new))
        except BaseException:
            for reference, old, new in reversed(done):
                _exchange(reference, new, old)
            raise
        self.references, self._done = [reference for reference, _, _ in found], tuple(done)
        _in_force.add(self)

    def _take(self, force):
        left = []
        for reference, old, new in reversed(self._done):
            if _exchange(reference, new, old) or _passed_on(reference, old, new):
                continue
            if not any(reference._place.get() is fine for fine in (ABSENT, old)):
                left.insert(0, (reference, old, new))
        if force:
            for reference, old, _ in reversed(left):
                reference._place.put(old)
        elif left:
            self._done = tuple(left)
            paths = ", ".join(reference.path for reference in self.rebound)
            raise PatchConflictError(
                f"somebody else changed what held {self.name} and was rebound: {paths}; all others "
                "hold it again. Revert with force=True to overwrite, with leave=True to let it be"
            )
        self._give_up()

    def _give_up(self):
        self._done = ()
        _in_force.discard(self)


def _passed_on(reference, old, new):
    """Whether another rebinding came on top, which will put back what this one would have."""
    for other in tuple(_in_force):
        for index, (above, beneath, top) in enumerate(other._done):
            same = above.path == reference.path and above.holder is reference.holder
            if same and beneath is new and above._place.get() is top:
                changed = above, old, top
                other._done = (*other._done[:index], changed, *other._done[index + 1 :])
                return True
    return False


def _exchange(reference, expected, value):
    """Put a value where the expected one stands; tell whether it stood there."""
    if reference._place.get() is not expected:
        return False
    reference._place.put(value)
    return True
