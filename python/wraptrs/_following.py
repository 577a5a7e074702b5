"""Wrapping by name, with a say in what becomes of those who took the function before."""

from ._handles import Wrap
from ._named import Wrapped
from ._native import resolve_path
from ._references import Rebinding


class Followed(Wrapped):
    """A wrapper around what an attribute holds, whose other holders are listed or rebound.

    ``references`` are the others that were found when it was applied, ``rebound`` those that hold
    the wrapper too.
    """

    def __init__(self, target, path, wrapper, enabled, owner, rebinds):
        super().__init__(target, path, wrapper, enabled, owner)
        self._rebinds = rebinds
        self._others = None

    @property
    def references(self):
        """Who else held the function when this was applied, as `find_references` finds them."""
        return [] if self._others is None else self._others.references

    @property
    def rebound(self):
        """Those of the references that hold the wrapper now."""
        return [] if self._others is None else self._others.rebound

    def _put_on(self, start):
        super()._put_on(start)
        try:
            self._others = others = self._others_of(self._found, self._subject)
            if self._rebinds:
                others.apply()
            else:
                others._look()
        except BaseException:
            self._others = None
            super()._take(False)
            raise

    def _others_of(self, original, layer):
        """The handle of giving the others the wrapper. Everybody who read a static method from its
        class holds the function in it, and gets the wrapper as it is read from there."""
        others = Rebinding(original, layer, owner=self.owner)
        parent = self._place[0]
        if type(original) is staticmethod and isinstance(parent, type):
            others._pairs.append((original.__func__, layer.__get__(None, parent)))
        return others

    def _take_or_leave(self, force, leave):
        if self._others is not None:
            self._others.revert(force, leave)
        super()._take_or_leave(force, leave)


def following(target, path, wrapper, enabled, scope, references, owner):
    """The handle of `wrap` with `references`, not applied yet."""
    if references == "in-place":
        return _in_place(target, path, wrapper, enabled, scope, owner)
    if scope is not None:
        raise ValueError(
            f"references={references!r} is for everybody and scope={scope!r} is not: use "
            "references='in-place', or no scope"
        )
    return Followed(target, path, wrapper, enabled, owner, references == "rebind")


def _in_place(target, path, wrapper, enabled, scope, owner):
    """The handle of wrapping the function itself, so that all who hold it see it."""
    function = f"{target}:{path}" if isinstance(target, str) else resolve_path(target, path)[2]
    if scope is not None:
        from ._scopes import scoped_hotwrap

        return scoped_hotwrap(function, wrapper, enabled, owner)
    return Wrap(function, wrapper, enabled, True, False, owner)
