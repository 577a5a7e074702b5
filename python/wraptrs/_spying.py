"""A set of patches that can put spies on functions: what the fixtures of the plugin give."""

from ._named import IN_TARGET
from ._sets import PatchSet
from .spies import Spy


class SpyingSet(PatchSet):
    """A `PatchSet` with `spy`."""

    def __init__(self, owner=None):
        super().__init__(owner)
        self._spies = []

    def spy(self, target, name=None, *, references=None):
        """Put a spy on a function: calls go through, and the spy remembers them.

        ``target``, ``name`` and ``references`` are as for `PatchSet.wrap`; target and name may be
        one string, "package.module:Class.method". Returns the `Spy`.
        """
        spy = Spy()
        place = (target, spy, IN_TARGET) if name is None else (target, name, spy)
        spy.patch = self.wrap(*place, references=references)
        self._spies.append(spy)
        return spy

    def finish(self):
        """Revert everything, and forget what the spies have seen. What others changed meanwhile is
        left as it is, after the error that says so."""
        try:
            self.revert()
        except BaseException:
            self.revert(leave=True)
            raise
        finally:
            for spy in self._spies:
                spy.reset()
