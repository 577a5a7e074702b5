"""The handle that all changes share: applied, reverted, switched, and who did it, where and when.

A kind of change derives from `Patch` and says how it is put and how it is taken out. The base does
the rest: each call of `apply` and `revert` for itself, twice is harmless, what fails leaves nothing
behind, and what is in force is listed. The list refers to handles weakly; a change that outlives
its handle is kept by what carries it.
"""

import sys
from _weakref import ref
from os import environ
from time import time

from ._native import _call_site, _owner_variable, _registry_add, _registry_discard
from ._turns import Change, Turn

SWITCH = "WRAPTRS_DISABLE"

_owner = _owner_variable()

# Each patch asks whether the switch is there. Asking the mapping that os.environ keeps costs a
# twentieth of asking os.environ, which encodes the name and raises within when it is absent.
try:
    _variables, _SWITCH = environ._data, environ.encodekey(SWITCH)
except AttributeError:
    _variables, _SWITCH = environ, SWITCH


class PatchConflictError(RuntimeError):
    """Somebody else changed what a patch would overwrite or take back."""


class Patch:
    """One change of a running program, and the handle to take it back.

    ``target`` is what was given, ``name`` a label of what changes, ``kind`` what sort of change it
    is, ``owner`` a label of who made it, ``location`` the "file:line" that applied it last and
    ``applied_at`` the time of that. ``original`` is what was there before, ``replacement`` what is
    put there. ``error`` is the exception that made it fail, or that a guard gave as the reason not
    to apply it; ``guard`` is what `only_if` made.

    As a context manager, sync or async, it reverts at the end, and applies at the beginning where
    it is not in force.

    Any thread may use it. While code runs that is not ours, such as a guard, others can use all
    other handles; who wants this one waits. PatchBusyError says that this took too long, or that
    the code itself uses the handle that called it.
    """

    kind = "patch"
    guard = None
    replacement = None
    applied_at = None
    error = None
    enabled = True
    _stays = False  # whether what is switched off still has its place, and must be taken out
    _site = None  # file and line that applied it
    _stage = "pending"
    _hook = None
    _shown_as = None  # the handle that users have of this one, which is a part of it

    def __init__(self, target, owner=None):
        self.target = target
        self.owner = owner or _owner.get()
        self._turn = Turn(ref(self))

    @property
    def name(self):
        """A label of what changes, such as "json:JSONEncoder.encode"."""
        return self.target if isinstance(self.target, str) else repr(self.target)

    @property
    def state(self):
        """One of "pending" (it waits, or was never applied), "active", "reverted", "failed"."""
        return self._stage

    @property
    def location(self):
        """The "file:line" that applied it last; None while nobody did."""
        return None if self._site is None else "{}:{}".format(*self._site)

    @property
    def original(self):
        """What was there before; None while that is not known."""
        return None

    def apply(self):
        """Put the change in force. Nothing happens where it is, or where it waits for an import.

        Returns the handle. Raises what the change raises, with nothing changed; its state is then
        "failed", and it may be tried again.
        """
        with self._turn, Change(self, "applied"):
            if not self._is_applied():
                self._note_caller()
                free = self.guard is None and _SWITCH not in _variables
                if free or self._waits() or self._may_apply(None):
                    self._attempt(self._put)
        return self

    def revert(self, force=False, leave=False):
        """Take the change out, whatever lies above it. Reverting twice is harmless.

        Where somebody else changed the same thing meanwhile, ``force`` sets it to what it was
        before this patch, ``leave`` lets the other's change stand and gives up on this one.
        Returns the handle. Raises PatchConflictError where neither was said.
        """
        with self._turn, Change(self, "reverted"):
            if self._hook is not None:
                hook, self._hook = self._hook, None
                hook.cancel()
            elif self._stage == "active":
                self._take_or_leave(force, leave)
            elif self._stage != "pending":
                return self
            self._stage = "reverted"
            _registry_discard(self._shown_as or self)
        return self

    def enable(self):
        """Switch the change on again. Returns the handle."""
        return self._set_enabled(True)

    def disable(self):
        """Switch the change off and keep its place. Returns the handle."""
        return self._set_enabled(False)

    def __enter__(self):
        return self.apply()

    def __exit__(self, *exception):
        self.revert()

    async def __aenter__(self):
        return self.apply()

    async def __aexit__(self, *exception):
        self.revert()

    def __repr__(self):
        return f"<{self.kind} of {self.name}, {self.state}>"

    def _is_applied(self):
        """Whether applying has nothing to do: it is in force here, or waits."""
        return self._stage == "active" or self._hook is not None

    def _end(self, force, leave):
        """Revert it for everybody, where it is limited to some."""
        self.revert(force, leave)

    def _put(self):
        """Make the change; nothing is left of it where that raises. False: it waits."""
        raise NotImplementedError(f"{type(self).__name__} does not say how it is applied")

    def _take(self, force):
        """Take the change out, or raise PatchConflictError."""
        raise NotImplementedError(f"{type(self).__name__} does not say how it is reverted")

    def _take_or_leave(self, force, leave):
        if not (self.enabled or self._stays):
            self.enabled = True  # for the next time: it is out already
            return
        try:
            self._take(force)
        except PatchConflictError:
            if not leave:
                raise
            self._give_up()

    def _give_up(self):
        """Make what cannot be taken out do as little as possible."""

    def _switch(self, on):
        """Switch a change that is in force."""
        if on:
            self._put()
        else:
            self._take(False)

    def _set_enabled(self, on):
        with self._turn, Change(self, "switched"):
            former, self.enabled = self.enabled, on
            if self._stage == "active" and former != on:
                try:
                    self._switch(on)
                except BaseException:
                    self.enabled = former
                    raise
        return self

    def _waits(self):
        """Whether applying waits for an import; what guards it is asked then."""
        return isinstance(self.target, str) and self.target.partition(":")[0].endswith("?")

    def _may_apply(self, module):
        """Ask the guard and the switch in the environment; a refusal is kept as the error."""
        if self.guard is None and _SWITCH not in _variables:
            return True
        from ._guards import refusal

        error = refusal(self, lambda: self._guarded(module))
        if error is not None:
            self._stage, self.error = "failed", error
        return error is None

    def _guarded(self, module):
        """What a fingerprint is taken of."""
        return self.target

    def _attempt(self, action, *args):
        if not self._stays:
            self.enabled = True  # what keeps no place while it is switched off is put there
        try:
            done = action(*args)
            self.error = None
            self._stage = "pending" if done is False else "active"
            self._enlist()
        except BaseException as error:
            self._stage, self.error = "failed", error
            self._retract()
            raise

    def _retract(self):
        """Take out what was put in before applying failed, as by a signal just after."""

    def _enlist(self):
        """Have the list tell of this change."""
        _registry_add(self._shown_as or self, None)

    def _wait_for(self, module_name, action):
        """Do the action with a module once it is imported, now if it is; False where it waits.

        The action is what makes the change, and has the same duties as `_put`.
        """
        from .importer import register_post_import_hook

        waiting = self._hook = Waiting(self, action)
        try:
            waiting.registration = register_post_import_hook(waiting, module_name)
            waiting.registration._source = OF_A_PATCH
        except BaseException:
            self._hook = None
            raise
        return self._hook is None

    def _note_caller(self):
        site = _call_site()
        self.applied_at = time()
        if site is not None:
            file, line, module = site
            self._site = file, line
            if not self.owner:
                self.owner = module


OF_A_PATCH = "a patch"  # the source of such a hook, which stays when the hook itself is let go


class Waiting:
    """The import hook of a patch that waits for a module."""

    def __init__(self, patch, action):
        self.patch = patch
        self.registration = None
        self._action = action

    def __call__(self, module):
        patch = self.patch
        with patch._turn, Change(patch, "applied", again=True):
            if patch._hook is not self:
                return
            if not patch._may_apply(module):
                patch._hook = None
                return
            patch._attempt(self._action, module)
            patch._hook = None  # not where it failed: the next import tries again

    @property
    def name(self):
        """What the list of import hooks calls it."""
        return self.patch.name

    def cancel(self):
        """Wait no longer; an import that calls this hook right now finds it is nobody's."""
        if self.registration is not None:
            self.registration.cancel()

    def __repr__(self):
        return f"<import hook of {self.patch!r}>"


class owned_by:
    """A context manager: patches made within, by this thread or task, get an owner label."""

    def __init__(self, owner):
        if not isinstance(owner, str) or not owner:
            raise TypeError(f"an owner is a label that is not empty, got {owner!r}")
        self.owner = owner
        self._tokens = []

    def __enter__(self):
        self._tokens.append(_owner.set(self.owner))
        return self

    def __exit__(self, *exception):
        _owner.reset(self._tokens.pop())


def module_target(target):
    """A string target "module?:path" as module name, whether to wait for it, and path.

    Raises ValueError for a string of another form.
    """
    module, colon, path = target.partition(":")
    name = module[:-1] if module.endswith("?") else module
    if not (name and colon and path):
        raise ValueError(
            f"a target given as a string is 'package.module:Class.method', with a '?' after the "
            f"module to wait for its import: got {target!r}"
        )
    return name, name is not module, path


def imported(name):
    """A module by its name, imported if it is not."""
    __import__(name)
    return sys.modules[name]
