"""Imports that no post-import hook notices until it is known which modules stay.

A hook waits for a module, once. A copy that is made by an injection is not what it waits for, nor
is a dependency that goes again with the copy; either would use the hook up. So while a copy is
made, a finder in front of all has this thread pass by ours, and the hooks are told afterwards.
"""

import sys
from _thread import get_ident


class Unnoticed:
    """While it lasts, imports of this thread fire no hooks; `tell` catches up on what stays."""

    def __enter__(self):
        # Without that module there are no hooks; its finder is what has to be passed by.
        self._importer = sys.modules.get("wraptrs.importer")
        self._thread = get_ident()
        if self._importer is not None:
            sys.meta_path.insert(0, self)
        return self

    def __exit__(self, *exception):
        if self._importer is not None:
            sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not self]

    def find_spec(self, fullname, path=None, target=None):
        """What the other finders have (``importlib.abc.MetaPathFinder``)."""
        if get_ident() != self._thread:
            return None
        for finder in list(sys.meta_path):
            if isinstance(finder, (Unnoticed, self._importer.ImportHookFinder)):
                continue
            find_spec = getattr(finder, "find_spec", None)
            if find_spec is None:  # of the protocol that ended with 3.12: the import system knows
                return None
            spec = find_spec(fullname, path, target)
            if spec is not None:
                return spec
        return None

    def tell(self, names):
        """Fire the hooks for those of the modules that are there now."""
        if self._importer is not None:
            for module in [sys.modules[name] for name in names if name in sys.modules]:
                spec = getattr(module, "__spec__", None)
                if not getattr(spec, "_initializing", False):  # another thread is still at it
                    self._importer.notify_module_loaded(module)
