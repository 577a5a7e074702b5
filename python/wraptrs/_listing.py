"""What is in force in this process, as a table for people or as JSON: patches and import hooks."""

import os

_WIDTH = 80
_COLUMNS = (("kind", 12), ("state", 8), ("name", 28), ("owner", 14), ("applied at", 14))


def collect():
    """Patches and import hooks of this process, as plain data that JSON can hold."""
    from ._active import patches
    from .importer import post_import_hooks

    return {
        "pid": os.getpid(),
        "patches": [_patch(patch) for patch in patches()],
        "hooks": [_hook(hook) for hook in post_import_hooks() if not _is_of_a_patch(hook)],
    }


def _patch(patch):
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
    from ._patch import Waiting

    return isinstance(hook.hook, Waiting)


def _hook(hook):
    return {
        "module": hook.module,
        "state": hook.state,
        "name": hook.name,
        "source": None if hook.source is None else str(hook.source),
        "priority": hook.priority,
    }


def as_json(found):
    """The whole as one line of JSON."""
    import json

    return json.dumps(found, default=str)


def as_table(found):
    """The whole as text of at most 80 columns."""
    lines = [f"patches of process {found['pid']}: {len(found['patches'])}"]
    if found["patches"]:
        lines.append(_line([title for title, _ in _COLUMNS]))
    for patch in found["patches"]:
        kind = patch["kind"] if patch["mode"] is None else f"{patch['kind']}/{patch['mode']}"
        state = patch["state"] if patch["enabled"] else "off"
        cells = kind, state, patch["name"], patch["owner"] or "-", _short(patch["location"])
        lines.append(_line(cells))
    lines.append(f"import hooks: {len(found['hooks'])}")
    for hook in found["hooks"]:
        of = f" of {hook['source']}" if hook["source"] else ""
        lines.append(f"  {hook['state']:<9} {hook['module']} -> {hook['name']}{of}"[:_WIDTH])
    return "\n".join(lines)


def _short(location):
    """A place by its file alone, not the folder."""
    if location is None:
        return "-"
    file, _, line = location.rpartition(":")
    return f"{os.path.basename(file)}:{line}"


def _line(cells):
    fitted = [_fit(cell, width) for cell, (_, width) in zip(cells, _COLUMNS)]
    return " ".join(fitted).rstrip()


def _fit(cell, width):
    """A cell of this width; of what is too long, the end says more than the beginning."""
    return cell.ljust(width) if len(cell) <= width else "~" + cell[1 - width :]
