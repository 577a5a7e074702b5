"""Patches in force in one context only: the current task or thread, and the tasks it starts.
Threads that it starts are in it where they inherit context variables (``thread_inherit_context``).

The change itself is made once, for all who are in such a scope, and asks a context variable at each
call whether the caller is in one.
"""

from _contextvars import ContextVar
from types import FunctionType

from ._handles import Wrap
from ._named import Wrapped
from ._patch import Patch
from ._turns import Change


class Scoped(Patch):
    """A wrapper that only the contexts it was applied in are given; others get the original."""

    _stays = True

    def __init__(self, make, kind, replacement, owner=None):
        self._make = make
        self._renew(kind, owner)
        super().__init__(self._inner.target, owner)
        self.kind = kind
        self.replacement = replacement

    def _renew(self, kind, owner):
        """Begin with a change that no context has entered."""
        self._here = ContextVar("wraptrs.scoped", default=False)
        self._inner = inner = self._make(self._here.get)
        inner.kind, inner.owner = kind, owner
        self._entered = 0

    @property
    def name(self):
        """As that of the same patch without a scope."""
        return self._inner.name

    @property
    def state(self):
        """As that of the same patch without a scope, for all contexts together."""
        return self._inner.state if self._entered else self._stage

    @property
    def original(self):
        """What callers outside of the scope get."""
        return self._inner.original

    def apply(self):
        """Put the change in force in this context."""
        with self._turn:
            if not self._here.get():
                if not self._entered:
                    self._inner.guard, self._inner.owner = self.guard, self.owner
                    super().apply()
                    if self._stage == "failed":
                        return self
                token = []  # true once it holds the token, by which the variable is taken back
                token.append(self._here.set(token))
                self._entered += 1
        return self

    def revert(self, force=False, leave=False):
        """End the change for this context; the last one takes it out. See `Patch.revert`."""
        with self._turn:
            if self._here.get():
                if self._entered == 1:
                    with Change(self, "reverted"):
                        self._inner.revert(force, leave)
                        self._inner._shown_as = None
                        self._stage = "reverted"
                self._entered -= 1
                self._leave_context()
        return self

    def _is_applied(self):
        return bool(self._here.get()) if self._entered else super()._is_applied()

    def _end(self, force, leave):
        with self._turn:
            self._inner.revert(force, leave)
            self._stage = "reverted"
            self._renew(self.kind, self.owner)

    def _enlist(self):
        """The list tells of the change that is made for all."""

    def _leave_context(self):
        try:
            self._here.reset(self._here.get().pop())
        except (ValueError, IndexError):
            self._here.set(False)  # entered in the context that this one is a copy of

    def _put(self):
        inner = self._inner
        inner._shown_as = self
        try:
            inner.apply()
            if inner.state == "failed":
                raise inner.error
        except BaseException:
            inner._shown_as = None
            raise
        return inner.state == "active"

    def _switch(self, on):
        if on:
            self._inner.enable()
        else:
            self._inner.disable()


def scoped_wrap(target, path, wrapper, enabled, owner):
    """As `Wrapped`, for the current context."""

    def make(here):
        return Wrapped(target, path, wrapper, _both(here, enabled), owner)

    return Scoped(make, "wrap", wrapper, owner)


def scoped_value(target, path, value, owner):
    """As `Value`, for the current context: for what is called, and for properties."""
    if not (callable(value) or isinstance(value, (staticmethod, classmethod, property))):
        raise TypeError(
            f"cannot replace {target}:{path} by {value!r} in one context: reading an attribute "
            f"does not ask who reads it; replace a function or a property, or use no scope"
        )

    def make(here):
        return Wrapped(target, path, _instead(value), here, owner)

    return Scoped(make, "replace", value, owner)


def scoped_hotwrap(target, wrapper, enabled, owner):
    """As `hotwrap`, for the current context."""

    def make(here):
        return Wrap(target, wrapper, _both(here, enabled), True, False, owner)

    return Scoped(make, "hotwrap", wrapper, owner)


def scoped_hotpatch(target, replacement, owner):
    """As `hotpatch`, for the current context."""

    def make(here):
        return Wrap(target, _instead(replacement), here, True, False, owner)

    return Scoped(make, "hotpatch", replacement, owner)


def _both(here, enabled):
    """A switch that is on where the context is, and the user's switch."""
    if enabled is None:
        return here
    if callable(enabled):
        return lambda: here() and enabled()
    return here if enabled else False


def _instead(value):
    """A wrapper that calls the value in place of what is wrapped."""
    if isinstance(value, property):
        value = value.fget
    kind, function = type(value), getattr(value, "__func__", value)
    binds = kind is classmethod or kind is FunctionType

    def replaced(wrapped, instance, args, kwargs):
        if binds and instance is not None:
            return function(instance, *args, **kwargs)
        return function(*args, **kwargs)

    return replaced
