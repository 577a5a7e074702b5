"""Making ``import wrapt`` mean wraptrs in this process, modules and all."""

import sys

_OURS = __name__.rpartition(".")[0]
_THEIRS = "wrapt"


class _Alias:
    """The finder and loader of ``wrapt`` and its submodules: each is the module of ours.

    Modules are imported when their alias is, not before.
    """

    @staticmethod
    def _target(fullname):
        """The module of ours that ``fullname`` stands for, or None."""
        package, dot, rest = fullname.partition(".")
        return _OURS + dot + rest if package == _THEIRS else None

    def find_spec(self, fullname, path=None, target=None):
        """The spec of an alias (``importlib.abc.MetaPathFinder``)."""
        ours = self._target(fullname)
        if ours is None:
            return None
        from importlib.machinery import ModuleSpec
        from importlib.util import find_spec

        real = find_spec(ours)
        if real is None:
            return None
        spec = ModuleSpec(fullname, self, origin=real.origin)
        spec.submodule_search_locations = real.submodule_search_locations
        return spec

    def create_module(self, spec):
        """None: the import system makes a throw-away module, which `exec_module` replaces."""

    def exec_module(self, module):
        """Put our module under the alias; the import system takes what stands there afterwards.

        The alias never becomes the module's own name or spec, which creating it here would do.
        """
        from importlib import import_module

        name = module.__spec__.name
        sys.modules[name] = import_module(self._target(name))


def install_as_wrapt():
    """Make ``wrapt`` and its submodules resolve to wraptrs from now on, in this process.

    ``import wrapt``, ``from wrapt import name`` and ``import wrapt.importer`` then give the very
    modules of wraptrs, whose ``__version__`` is that of wraptrs. Calling it again changes nothing.

    Raises RuntimeError if the real wrapt, or part of it, is imported already: objects of both
    would be in use side by side.
    """
    ours = sys.modules[_OURS]
    foreign = sorted(
        name
        for name, module in list(sys.modules.items())
        if _Alias._target(name) and module is not sys.modules.get(_Alias._target(name))
    )
    if foreign:
        raise RuntimeError(
            f"wrapt itself is imported already ({', '.join(foreign)}), so {_OURS} cannot take its "
            f"name; call install_as_wrapt() before anything imports wrapt, or start the program "
            f"with: python -m {_OURS} --as-wrapt"
        )
    if not any(isinstance(finder, _Alias) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Alias())
    sys.modules[_THEIRS] = ours
