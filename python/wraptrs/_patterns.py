"""Targets with ``*`` in them: which functions they mean, in modules of now and of later."""

import sys
from types import BuiltinFunctionType, FunctionType

from ._patch import module_target
from .importer import ImportHookFinder, register_post_import_hook

_FUNCTIONS = (FunctionType, BuiltinFunctionType, classmethod, staticmethod)
_C_METHODS = ("method_descriptor", "classmethod_descriptor", "cython_function_or_method")


def is_pattern(target):
    """Whether a target is a string with a ``*`` in it."""
    return isinstance(target, str) and "*" in target


def split(target):
    """A pattern as module pattern, whether to wait for its import, and path.

    Raises ValueError for a string of another form.
    """
    module, waits, path = module_target(target)
    return module, waits or "*" in module, path


def members(module, path):
    """The functions of a module that a path with ``*`` means, as pairs of holder and attribute.

    Only what is defined there: not what a module imported, nor what a class inherits. Names with
    two underscores on both sides are meant only where the pattern spells those.
    """
    *classes, last = path.split(".")
    holders = [module]
    for pattern in classes:
        holders = [
            value
            for holder in holders
            for value in (vars(holder)[name] for name in _names(holder, pattern))
            if isinstance(value, type) and _is_own(value, module)
        ]
    found = {}
    for holder in holders:
        for name in _names(holder, last):
            value = vars(holder)[name]
            if _is_function(value) and ("*" not in last or _is_own(value, module, holder)):
                found[id(holder), name] = holder, name
    return list(found.values())


def _names(holder, pattern):
    from fnmatch import fnmatchcase

    def meant(name):
        special = name.startswith("__") and name.endswith("__")
        return fnmatchcase(name, pattern) and (not special or pattern.startswith("__"))

    return [name for name in list(vars(holder)) if isinstance(name, str) and meant(name)]


def _is_function(value):
    if isinstance(value, type):
        return False
    names = {cls.__name__ for cls in type(value).__mro__}
    wraps = callable(value) and isinstance(getattr(value, "__wrapped__", None), FunctionType)
    return isinstance(value, _FUNCTIONS) or wraps or not names.isdisjoint(_C_METHODS)


def _is_own(value, module, holder=None):
    """Whether a function or class is defined in a module and not only imported into it."""
    if isinstance(holder, type):
        return True  # it stands in the class itself
    home = getattr(value, "__module__", None)
    # C accelerators call themselves by another name: "_json" for "json".
    return home is None or home.lstrip("_") == module.__name__.lstrip("_")


class ModuleWatch:
    """Does something with each module whose name fits a pattern: those imported, and later ones.

    What it does must not raise: an import would fail for it.
    """

    def __init__(self, pattern, action):
        import re
        from fnmatch import translate

        # Nothing is imported in `find_spec`: that may be what is being imported.
        self._match = re.compile(translate(pattern)).match
        self._action = action
        self._seen = set()

    def start(self):
        """Begin with the modules that are imported already."""
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)
        for name, module in list(sys.modules.items()):
            if module is None or not self._fits(name):
                continue
            if getattr(getattr(module, "__spec__", None), "_initializing", False):
                self._await(name)
            else:
                self._seen.add(name)
                self._action(module)

    def stop(self):
        """Wait no longer."""
        self._seen.clear()
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(self, fullname, path=None, target=None):
        """What the finder of import hooks finds, now that one waits for the module."""
        if not self._fits(fullname):
            return None
        self._await(fullname)
        # It may stand in front, where it was asked before anybody waited.
        hooks = (finder for finder in sys.meta_path if isinstance(finder, ImportHookFinder))
        finder = next(hooks, None)
        return None if finder is None else finder.find_spec(fullname, path, target)

    def missed(self):
        """Names of modules that are there now, and were not imported."""
        return [name for name in list(sys.modules) if self._fits(name)]

    def _fits(self, name):
        return name not in self._seen and self._match(name) is not None

    def _await(self, name):
        self._seen.add(name)
        register_post_import_hook(self._act, name)

    def _act(self, module):
        if self in sys.meta_path:
            self._action(module)
