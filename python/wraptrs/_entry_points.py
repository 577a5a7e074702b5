"""Hooks that installed distributions name in their entry points."""

from ._hooks import PostImportHook, joined


class EntryPointHook:
    """The hook of an entry point, loaded when it is first called."""

    __slots__ = ("__weakref__", "_group", "_loaded", "entry_point")

    def __init__(self, entry_point, group):
        self.entry_point = entry_point
        self._group = group
        self._loaded = None

    def load(self):
        """The callable; its code is imported now if it was not before."""
        if self._loaded is None:
            loaded = self.entry_point.load()
            if not callable(loaded):
                raise TypeError(f"a hook must be callable, not {loaded!r}")
            self._loaded = loaded
        return self._loaded

    def __call__(self, module):
        return self.load()(module)

    @property
    def name(self):
        """What the entry point leads to."""
        return getattr(self.entry_point, "value", "?")

    def __repr__(self):
        return f"<hook {self.name!r}>"

    def describe(self):
        """The entry point, its group and its distribution, for messages."""
        name, value = getattr(self.entry_point, "name", "?"), self.name
        of = distribution_of(self.entry_point, self._group)
        return f"the entry point '{name} = {value}' of the group {self._group!r} in {of}"


def distribution_of(entry_point, group):
    """The distribution that an entry point belongs to, as text."""
    try:
        distribution = getattr(entry_point, "dist", None) or _search(entry_point, group)
        return f"the distribution '{distribution.metadata['Name']} {distribution.version}'"
    except Exception:  # a broken or missing distribution must not hide the error that names it
        return "an unknown distribution"


def _search(entry_point, group):
    """The distribution with this entry point: Python 3.9 does not note it."""
    from importlib.metadata import distributions

    name, value = getattr(entry_point, "name", None), getattr(entry_point, "value", None)
    for distribution in distributions():
        for each in distribution.entry_points:
            if (each.name, each.value, each.group) == (name, value, group):
                return distribution
    return None


def discover(group, lazy, options):
    """Register the hooks of a group; options are priority, on_error and repeat."""
    import importlib.metadata

    from .importer import register_handle

    try:
        found = importlib.metadata.entry_points(group=group)
    except TypeError:
        # Python 3.9 knows no selection.
        found = importlib.metadata.entry_points().get(group, ())
    handles, errors = [], []
    for entry_point in found:
        hook = EntryPointHook(entry_point, group)
        handle = PostImportHook(hook, entry_point.name, *options, source=hook.describe)
        try:
            tried = lazy or handle._load(hook)
            handles.append(register_handle(handle, now=tried))
        except Exception as error:
            errors.append(error)
    if errors:
        raise joined(errors)
    return tuple(handles)
