"""All that an import can change, taken as a snapshot, and packages made on the fly."""

from __future__ import annotations

import builtins
import sys
import textwrap
import types


class Snapshot:
    """The modules, finders, and names of packages; `difference` is empty if nothing changed."""

    def __init__(self):
        self.modules = dict(sys.modules)
        self.finders = (list(sys.meta_path), list(sys.path_hooks), list(sys.path))
        self.importer = builtins.__import__
        self.packages = {
            name: dict(vars(module))
            for name, module in self.modules.items()
            if isinstance(module, types.ModuleType)
            and hasattr(module, "__path__")
            and name != "wraptrs"  # which fills itself on demand
        }

    def difference(self):
        found = [name for name in self.modules if sys.modules.get(name) is not self.modules[name]]
        found += [
            name
            for name in sys.modules
            if name not in self.modules and not name.startswith("wraptrs.")
        ]
        if (list(sys.meta_path), list(sys.path_hooks), list(sys.path)) != self.finders:
            found.append("finders")
        if builtins.__import__ is not self.importer:
            found.append("__import__")
        for name, names in self.packages.items():
            now = vars(self.modules[name])
            found += [
                f"{name}:{attribute}"
                for attribute in {**names, **now}
                if now.get(attribute, found) is not names.get(attribute, found)
            ]
        return found


def write_modules(folder, **sources):
    """Write modules: the keyword `package__module` is package/module.py, `package` a package where
    another keyword begins with it."""
    names = [key.split("__") for key in sources]
    for key, source in sources.items():
        parts = key.split("__")
        is_package = any(other[: len(parts)] == parts and other != parts for other in names)
        path = folder.joinpath(*parts, "__init__") if is_package else folder.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".py").write_text(textwrap.dedent(source), encoding="utf-8")


def fake(name, **names):
    """A module made by hand."""
    module = types.ModuleType(name)
    module.__dict__.update(names)
    return module
