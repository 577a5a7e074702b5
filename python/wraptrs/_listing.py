"""What is in force in this process, as a table for people or as JSON: patches and import hooks."""

import os

from ._tables import columns as columns_of
from ._tables import padded, shortened

# Headings, and how narrow a column may get.
_PATCHES = (("state", 7), ("kind", 12), ("name", 24), ("owner", 8), ("applied at", 14))
_HOOKS = (("state", 7), ("module", 16), ("hook", 24), ("from", 14))


def collect():
    """Patches and import hooks of this process, as plain data that JSON can hold."""
    from ._active import patches
    from .importer import post_import_hooks

    return {
        "pid": os.getpid(),
        "patches": [describe(patch) for patch in patches()],
        "hooks": [_hook(hook) for hook in post_import_hooks() if not _is_of_a_patch(hook)],
    }


def describe(patch):
    """One patch as plain data."""
    return {
        "kind": patch.kind,
        "state": patch.state,
        "name": patch.name,
        "owner": patch.owner,
        "location": patch.location,
        "applied_at": patch.applied_at,
        "mode": getattr(patch, "mode", None),
        "enabled": patch.enabled,
    }


def _is_of_a_patch(hook):
    """A patch that waits for an import has a hook, and is listed itself."""
    from ._patch import OF_A_PATCH

    return hook.source is OF_A_PATCH


def _hook(hook):
    return {
        "module": hook.module,
        "state": hook.state,
        "name": hook.name,
        "source": None if hook.source is None else str(hook.source),
        "priority": hook.priority,
    }


def as_table(found, width=80):
    """The whole as text of at most so many columns."""
    patches, hooks = found["patches"], found["hooks"]
    lines = [f"patches of process {found['pid']}: {len(patches) or 'none'}"]
    if patches:
        lines.append(patches_table(patches, width))
    lines.append(f"import hooks: {len(hooks) or 'none'}")
    if hooks:
        lines += _aligned(_HOOKS, map(_hook_cells, hooks), width)
    return "\n".join(lines)


def patches_table(patches, width=80):
    """Patches, as `describe` gives them, as lines below a heading."""
    return "\n".join(_aligned(_PATCHES, map(_patch_cells, patches), width))


def _patch_cells(patch):
    kind = patch["kind"] if patch["mode"] is None else f"{patch['kind']} ({patch['mode']})"
    state = patch["state"] if patch["enabled"] else "off"
    return state, kind, patch["name"], patch["owner"] or "-", _place(patch["location"])


def _hook_cells(hook):
    return hook["state"], hook["module"], hook["name"], hook["source"] or "-"


def _place(location):
    """A place by its file alone, not the folder."""
    return "-" if location is None else os.path.basename(location)


def _aligned(columns, rows, width):
    """Rows as lines below their heading, cells cut where all together are too wide."""
    table = [tuple(heading for heading, _ in columns), *rows]
    widths = [max(map(columns_of, column)) for column in zip(*table)]
    excess = 2 + sum(widths) + 2 * (len(widths) - 1) - width
    # The longest cells give way first, down to what still tells something.
    while excess > 0:
        spare = [size - least for size, (_, least) in zip(widths, columns)]
        at = max(range(len(widths)), key=lambda at: (spare[at] > 0, widths[at]))
        if spare[at] <= 0:
            break
        widths[at] -= 1
        excess -= 1
    cells = (
        [padded(shortened(cell, size), size) for cell, size in zip(row, widths)] for row in table
    )
    return [f"  {'  '.join(row)}".rstrip() for row in cells]
