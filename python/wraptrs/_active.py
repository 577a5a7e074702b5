"""What is in force: the list of patches, and taking them back all at once."""

from ._failures import revert_each
from ._native import _registry_entries


def patches(owner=None):
    """Every patch of this process that is active or waits for an import, in order of applying.

    Those of one ``owner``, if given. What the functions of wrapt's interface put on attributes is
    listed too. Nothing is kept alive by being listed: what dies, or is overwritten by somebody else
    without a handle being held, is gone from the list.

    Returns a tuple of `Patch` handles.
    """
    found = (handle_of_entry(subject, note) for subject, note in _registry_entries())
    return tuple(
        patch
        for patch in found
        if patch is not None
        and patch.state in ("active", "pending")
        and (owner is None or patch.owner == owner)
    )


def handle_of_entry(subject, note):
    """The handle of what is in the native list; None where it is no longer in force."""
    if note is None:
        return subject
    from ._named import handle_of

    return handle_of(subject, note)


def revert_all(owner=None, *, force=False, leave=False):
    """Revert every patch, or those of one owner, the last first, and go on after failures.

    Those that are limited to some contexts end in all of them. ``force`` and ``leave`` are as for
    `Patch.revert`. Returns how many there were.

    Raises the one error, or a RevertError of several, after all were tried.
    """
    active = patches(owner)
    revert_each(reversed(active), force, leave, everywhere=True)
    return len(active)
