"""wrapt's view of the hooks that wait: a dict of lists of callables by module names.

Tools and tests look at it, take hooks out and put them back.
"""

from _collections_abc import MutableMapping

from ._hooks import PostImportHook, registry


class WaitingHooks(MutableMapping):
    """The hooks that wait, by the name of the module; to change it changes what waits."""

    __slots__ = ()

    def __getitem__(self, name):
        hooks = Hooks(name)
        if not hooks:
            raise KeyError(name)
        return hooks

    def __setitem__(self, name, hooks):
        wait_for(name, hooks)

    def __delitem__(self, name):
        self.pop(name)

    def __iter__(self):
        return iter(registry.names())

    def __len__(self):
        return len(registry.names())

    def __repr__(self):
        return repr(dict(self))

    def pop(self, name, *default):
        """As `dict.pop`: the hooks wait no longer."""
        hooks = Hooks(name)
        if not hooks:
            return {}.pop(name, *default)
        wait_for(name, ())
        return list(hooks)

    def setdefault(self, name, default=()):
        """As `dict.setdefault`: what is appended to the result waits from then on."""
        hooks = Hooks(name)
        if not hooks:
            hooks.extend(default)
        return hooks


class Hooks(list):
    """The callables that waited for one module when this was made; to change it changes that."""

    __slots__ = ("_name",)
    __hash__ = None

    def __init__(self, name):
        super().__init__(handle.hook for handle in registry.waiting(name))
        self._name = name


def _writing(method):
    def write(self, *arguments):
        result = method(self, *arguments)
        wait_for(self._name, self)
        return result

    return write


for _method in ("append", "extend", "insert", "remove", "pop", "clear", "reverse"):
    setattr(Hooks, _method, _writing(getattr(list, _method)))
for _method in ("__setitem__", "__delitem__", "__iadd__"):
    setattr(Hooks, _method, _writing(getattr(list, _method)))


def wait_for(name, hooks):
    """Have these wait for a module and no others; those that do already keep their handles."""
    kept, added = registry.waiting(name), []
    for hook in hooks:
        index = next((i for i, handle in enumerate(kept) if handle.hook is hook), None)
        if index is None:
            added.append(hook)
        else:
            kept.pop(index)
    for handle in kept:
        handle.cancel()
    for hook in added:
        registry.add(PostImportHook(hook, name))
