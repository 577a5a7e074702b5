"""What an import under swapped modules leaves behind, and taking it out again.

A module that is imported for the first time while others stand in for its dependencies holds those
for good. It belongs to the copy that wanted it, and whoever imports it later must get a fresh one.
What has to do with none of the swapped modules stays, as after any import: a second copy of, say,
an exception class would be another class.
"""

import sys

from ._swaps import ABSENT, Swap, attributes_of, base_of, prefixes, put


class Recorded(Swap):
    """A swap that knows which module asked for which while it was in force."""

    def __init__(self, values):
        super().__init__(values)
        self.asked = {}  # importer -> names

    def importing(self, importer, name, fromlist):
        names = self.asked.setdefault(importer, {})
        for found in [*prefixes(name), *(f"{name}.{item}" for item in fromlist)]:
            names[found] = True


class Surroundings:
    """The state of all modules before an import, and what to do about the difference."""

    def __init__(self):
        self._names = set(sys.modules)
        # An import also sets the attribute of the package, over what may stand there.
        self._packages = {
            name: dict(namespace)
            for name, namespace in _namespaces(list(sys.modules.items()))
            if "__path__" in namespace
        }

    def new(self):
        """The names of modules that were not there."""
        return [name for name in list(sys.modules) if name not in self._names]

    def restore(self, swap, target, isolate):
        """Take out the new modules that hold swapped ones; all, if the copy is to be isolated.

        Called with the swap still in force. Returns a function for when it no longer is.
        """
        new = self.new()
        tainted = _tainted(new, swap, target)
        gone = [name for name in new if (isolate and _was_asked(name, swap)) or name in tainted]
        held = _irreplaceable([name for name in new if not belongs(name, target)])
        gone = {name: sys.modules[name] for name in gone if name.partition(".")[0] not in held}

        def finish():
            for name, module in gone.items():
                if sys.modules.get(name) is module:
                    del sys.modules[name]
            for name, module in gone.items():
                self._restore_attribute(name, module)

        return finish

    def _restore_attribute(self, name, module):
        package, _, attribute = name.rpartition(".")
        namespace = attributes_of(sys.modules.get(package)) if package else None
        if namespace is not None and namespace.get(attribute) is module:
            put(namespace, attribute, self._packages.get(package, {}).get(attribute, ABSENT))


def _namespaces(items):
    for name, module in items:
        namespace = attributes_of(module)
        if namespace is not None:
            yield name, namespace


def belongs(name, package):
    """Whether a module is the package or inside it."""
    return name == package or name.startswith(package + ".")


def _was_asked(name, swap):
    return any(name in names for names in swap.asked.values())


def _tainted(new, swap, target):
    """Those of the new modules that got a swapped module, or one of these."""
    wrong = {id(module) for module in swap.values.values()} - {id(ABSENT), id(None)}
    tainted = {name for name in new if belongs(name, target)}
    names = {*swap.values, target}
    again = True
    while again:
        again = False
        for name in new:
            if name not in tainted and _got(name, names | tainted, wrong, swap):
                tainted.add(name)
                again = True
    return tainted


def _got(name, names, wrong, swap):
    asked = swap.asked.get(name, ())
    if not names.isdisjoint(asked) or not names.isdisjoint(prefixes(name)[:-1]):
        return True
    namespace = attributes_of(sys.modules.get(name)) or {}
    # By importlib.import_module() or from sys.modules, which leave no trace but this.
    return any(id(value) in wrong for value in list(namespace.values()))


def _irreplaceable(new):
    """The top-level packages with extension modules among these: many cannot be loaded twice."""
    from _frozen_importlib_external import ExtensionFileLoader

    return {
        name.partition(".")[0]
        for name, namespace in _namespaces((name, sys.modules.get(name)) for name in new)
        if isinstance(getattr(namespace.get("__spec__"), "loader", None), ExtensionFileLoader)
    }


class InjectionReport:
    """What became of the modules that an injection was given.

    ``picked_up`` has, by name, the modules that imported it: the injected one, its submodules, and
    what these imported for the first time. ``never_imported`` lists the names that none of them
    asked for. ``bypassed`` has, by name, the modules that were loaded before, were imported by one
    of those, and hold the module that is usually there.
    """

    def __init__(self, target, picked_up, never_imported, bypassed):
        self.target = target
        self.picked_up = picked_up
        self.never_imported = never_imported
        self.bypassed = bypassed

    def __repr__(self):
        parts = [f"{name} picked up by {', '.join(by)}" for name, by in self.picked_up.items()]
        parts += [f"{name} never imported" for name in self.never_imported]
        parts += [f"{name} bypassed by {', '.join(by)}" for name, by in self.bypassed.items()]
        return f"<injection into {self.target}: {'; '.join(parts) or 'nothing given'}>"


def report_on(target, given, swap, new):
    """The report about an import that has just been made under a swap."""
    inside = [name for name in swap.asked if belongs(name, target) or name in new]
    picked_up = {name: users for name in given if (users := _users(name, inside, swap))}
    asked = dict.fromkeys(found for name in inside for found in swap.asked[name])
    bypassed = {name: past for name in given if (past := _past(name, asked, new, given))}
    never = tuple(name for name in given if name not in picked_up)
    return InjectionReport(target, picked_up, never, bypassed)


def _users(name, inside, swap):
    return tuple(importer for importer in inside if name in swap.asked[importer])


def _past(name, asked, new, given):
    usual = base_of(name)
    if usual is ABSENT or usual is None:
        return ()
    return tuple(
        found
        for found, namespace in _namespaces((found, sys.modules.get(found)) for found in asked)
        if found not in new
        and found not in given
        and any(value is usual for value in list(namespace.values()))
    )
