"""Patches applied together: all of them or none, and taken back together."""

from ._failures import add_note, revert_each
from ._guards import GuardError
from ._handles import Replacement, Wrap
from ._items import Item, Variable
from ._missing import MISSING
from ._named import IN_TARGET, Value, named
from ._patch import Patch
from ._temporary import patched_while_running
from ._turns import PatchBusyError
from ._verbs import check_scope, replacing, wrapping


class PatchSetError(RuntimeError):
    """A set was not applied: one member failed, its cause, and the others were taken back.

    ``patch`` is that member.
    """

    patch = None


class PatchSet(Patch):
    """Patches that are applied whole or not at all.

    The methods that name a change add it and return its handle; in a set that is in force, it is
    applied at once. ``owner`` labels the members that have none; ``guard`` is a condition, made by
    `only_if`, that the whole set is applied under; ``scope="context"`` puts the members in force
    for the current task or thread only. Members that wait for an import belong to the set, and
    reverting it cancels them.

    A context manager, sync and async, that may be entered again while it is; and a decorator of
    functions, coroutine functions, generators and async generators, in force while the body runs.
    """

    kind = "set"
    _stays = True

    def __init__(self, owner=None, *, guard=None, scope=None):
        super().__init__(None, owner)
        check_scope(scope)
        self.guard = guard
        self._scope = scope
        self._entered_here = None if scope is None else _entered_by_context()
        self._members = []
        self._entered = 0  # by how many with statements, and sets that this is a member of
        self._held = []  # the members that are sets and were entered by this one

    @property
    def name(self):
        """The owner, and how many members there are."""
        return f"{self.owner or 'no owner'} with {len(self._members)} members"

    @property
    def patches(self):
        """The handles of the members, in the order of applying."""
        return tuple(self._members)

    def add(self, patch):
        """Add any patch, another set included. Returns it.

        Raises TypeError for what is none, ValueError for a set that would contain itself; in a set
        in force, what applying it raises, and it is not added then.
        """
        if not isinstance(patch, Patch):
            raise TypeError(f"a set takes patches, got a '{type(patch).__name__}' object")
        if isinstance(patch, PatchSet) and (patch is self or self in patch._all()):
            raise ValueError(f"{patch!r} cannot be a member of itself")
        with self._turn:
            if self._turn.doing == "reverted":
                raise PatchBusyError(f"{self!r} takes no members while it is reverted")
            if patch.owner is None:
                patch.owner = self.owner
            if self._stage == "active":
                self._join(patch)
            self._members.append(patch)
        return patch

    def replace(self, target, name, value=IN_TARGET, *, create=False, check=True):
        """Add what the function `replace` would do."""
        arguments = target, name, value, create, check, self._scope, None, self.owner
        return self.add(replacing(*arguments))

    def wrap(self, target, name, wrapper=IN_TARGET, *, enabled=None, references=None):
        """Add what the function `wrap` would do."""
        arguments = target, name, wrapper, enabled, self._scope, None, references, self.owner
        return self.add(wrapping(*arguments))

    def wrap_object(self, target, name, factory, args=(), kwargs=None):
        """Add what the function `wrap_object` would do."""
        self._refuse_scope("wrap_object")
        if not callable(factory):
            raise TypeError(f"the factory for {name!r} must be callable, got {factory!r}")
        keywords = {} if kwargs is None else kwargs

        def make(original):
            return factory(original, *args, **keywords)

        patch = Value(target, name, None, make=make, check=False, owner=self.owner)
        patch.kind = "wrap_object"
        return self.add(patch)

    def delete(self, target, name=None):
        """Add taking an attribute away; the target may be "module:path" alone."""
        self._refuse_scope("delete")
        if name is None:
            target, name, _ = named("delete", target, MISSING, IN_TARGET)
        return self.add(Value(target, name, MISSING, owner=self.owner))

    def hotpatch(
        self, replacement, target, *, mode="auto", kind=None, clear_caches=False, closures="this"
    ):
        """Add what the function `hotpatch` would do."""
        if self._scope is not None:
            from ._scopes import scoped_hotpatch

            return self.add(scoped_hotpatch(target, replacement, self.owner))
        arguments = target, replacement, mode, kind, True, clear_caches, self.owner, closures
        return self.add(Replacement(*arguments))

    def hotwrap(
        self, target, wrapper, *, enabled=None, mode="auto", clear_caches=False, closures="this"
    ):
        """Add what the function `hotwrap` would do."""
        if self._scope is not None:
            from ._scopes import scoped_hotwrap

            return self.add(scoped_hotwrap(target, wrapper, enabled, self.owner))
        arguments = target, wrapper, enabled, True, clear_caches, self.owner, mode, closures
        return self.add(Wrap(*arguments))

    def inject(self, module_name, new_globals=None, *additional_modules, isolate=False):
        """Add what the function `inject` would do; the copy is the `module` of the patch."""
        self._refuse_scope("inject")
        from .injection import Injection

        options = {"isolate": isolate, "owner": self.owner}
        return self.add(Injection(module_name, new_globals, *additional_modules, **options))

    def item(self, mapping, key, value):
        """Add an item of a mapping, or a place of a list; MISSING takes it away."""
        self._refuse_scope("item")
        return self.add(Item(mapping, key, value, self.owner))

    def env(self, name, value):
        """Add a variable of the environment; MISSING takes it away."""
        self._refuse_scope("env")
        return self.add(Variable(name, value, self.owner))

    def __call__(self, function):
        """Decorate a function: the set is in force while its body runs."""
        return patched_while_running(function, lambda: self)

    def __enter__(self):
        with self._turn:
            self.apply()
            self._count(1)
        return self

    def __exit__(self, *exception):
        with self._turn:
            if self._count(-1) <= 0:
                self.revert()

    async def __aenter__(self):
        return self.__enter__()

    async def __aexit__(self, *exception):
        self.__exit__(*exception)

    def revert(self, force=False, leave=False):
        """Revert the members, the last first, going on after failures; see `Patch.revert`.

        Raises the one error, or a RevertError of several; those members stay active.
        """
        with self._turn:
            super().revert(force, leave)
            self._stay()
        return self

    def _count(self, change):
        """Count who has entered this set, in this context if it is limited to one."""
        if self._entered_here is None:
            self._entered += change
            return self._entered
        self._entered_here.set(self._entered_here.get() + change)
        return self._entered_here.get()

    def _is_applied(self):
        if self._scope is not None and not all(patch._is_applied() for patch in self._members):
            return False
        return super()._is_applied()

    def _stay(self):
        """A set that is limited to one context is in force while it is in any."""
        if self._scope is not None and any(patch.state == "active" for patch in self._members):
            self._stage = "active"

    def _put(self):
        done, was_active = [], self._active_sets()
        for number, patch in enumerate(self._members, 1):
            if patch._is_applied() and not isinstance(patch, PatchSet):
                continue
            try:
                self._join(patch)
                if patch.state == "failed":
                    raise patch.error
            except BaseException as error:
                others = self._undo(done, was_active)
                if isinstance(error, GuardError):
                    self._refused = error
                    return
                raise self._failure(number, patch, error, others) from error
            done.append(patch)
        if not self.enabled:
            self._switch(False)

    def _join(self, patch):
        """Apply a member; one that is a set is entered, so that nobody else's exit reverts it."""
        if not isinstance(patch, PatchSet):
            patch.apply()
            return
        with patch._turn:
            patch.apply()
            if patch.state == "active":
                patch._count(1)
                self._held.append(patch)

    def _part(self, patch):
        """Let go of a member; tell whether it is to be reverted, as nobody else has entered it."""
        if not isinstance(patch, PatchSet):
            return True
        with patch._turn:
            held = patch in self._held
            if held:
                self._held.remove(patch)
            return patch._count(-1 if held else 0) <= 0

    def _active_sets(self):
        return [
            patch
            for patch in self._members
            if isinstance(patch, PatchSet) and patch.state == "active"
        ]

    def _undo(self, done, was_active):
        """Take back what was applied, the last first; what could not be, with the reason."""
        failed = []
        for patch in reversed(done):
            try:
                if self._part(patch) and patch not in was_active:
                    patch.revert()
            except Exception as error:
                failed.append((patch, error))
        return failed

    def _failure(self, number, patch, error, others):
        failure = PatchSetError(
            f"nothing of the set of {self.owner or 'no owner'} is applied: member {number} of "
            f"{len(self._members)}, {patch!r}, failed with {type(error).__name__}: {error}"
        )
        failure.patch = patch
        for other, reason in others:
            add_note(failure, f"{other!r} could not be taken back: {reason!r}")
        return failure

    def _attempt(self, action, *args):
        self._refused = None
        try:
            super()._attempt(action, *args)
            if self._refused is not None:
                self._stage, self.error = "failed", self._refused
        finally:
            if self._stage == "failed":
                self._stay()

    def _take_or_leave(self, force, leave):
        revert_each([patch for patch in reversed(self._members) if self._part(patch)], force, leave)

    def _switch(self, on):
        for patch in self._members:
            if on:
                patch.enable()
            else:
                patch.disable()

    def _enlist(self):
        """The list tells of the members."""

    def _all(self):
        for patch in self._members:
            yield patch
            if isinstance(patch, PatchSet):
                yield from patch._all()

    def _refuse_scope(self, method):
        if self._scope is not None:
            raise ValueError(
                f"{method}() cannot be limited to one context: use a set without scope for it"
            )


def _entered_by_context():
    from _contextvars import ContextVar

    return ContextVar("wraptrs.entered", default=0)
