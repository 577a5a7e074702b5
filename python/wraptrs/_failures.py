"""Several errors raised as one: an ExceptionGroup where Python has them."""

import sys

if sys.version_info >= (3, 11):

    class RevertError(ExceptionGroup):  # noqa: F821 - a builtin since Python 3.11
        """Several patches could not be reverted; ``exceptions`` says why, each naming its patch."""

        def derive(self, excs):
            return RevertError(self.message, excs)

else:

    class RevertError(Exception):
        """Several patches could not be reverted; ``exceptions`` says why, each naming its patch."""

        def __init__(self, message, exceptions):
            self.message = message
            self.exceptions = tuple(exceptions)
            super().__init__(message, self.exceptions)

        def __str__(self):
            reasons = (f"{type(error).__name__}: {error}" for error in self.exceptions)
            return "; ".join((f"{self.message} ({len(self.exceptions)} errors)", *reasons))


class UnfitReplacementError(TypeError):
    """A value cannot take the place of another; the message says why, and how to insist."""


def add_note(error, note):
    """Attach a line to an exception; before 3.11 only to ``__notes__``, which is not printed."""
    if hasattr(error, "add_note"):
        error.add_note(note)
    else:
        error.__notes__ = [*getattr(error, "__notes__", ()), note]


def revert_each(patches, force, leave, everywhere=False):
    """Revert patches in the order given, going on after failures, which are raised at the end.

    With `everywhere`, those that are in force in some contexts only end in all of them.

    Raises the one error, or a RevertError of several.
    """
    errors = []
    for patch in patches:
        try:
            if everywhere:
                patch._end(force, leave)
            else:
                patch.revert(force=force, leave=leave)
        except Exception as error:
            add_note(error, f"while reverting {patch!r}")
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise RevertError(f"{len(errors)} patches could not be reverted", errors)
