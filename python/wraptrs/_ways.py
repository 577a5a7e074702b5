"""The ways in which things hold an object, each found as a `Reference`: who, how, and whether
something else can be put there."""

from types import BuiltinFunctionType, CellType, FunctionType, MethodType, ModuleType

from . import _spots as spots
from ._homes import DESCRIPTORS, Homes, name_of_class
from ._referrers import GENERATORS, loaded
from ._spots import ABSENT, attributes_of, weakly

_FIELDS = ("__func__", "fget", "fset", "fdel")
# They refer to the class they belong to, and that is no holding.
_TIES = (
    "classmethod_descriptor",
    "getset_descriptor",
    "member_descriptor",
    "method_descriptor",
    "wrapper_descriptor",
)

PATCHED = "the function is patched in place: revert that patch first"
BUILT_IN = "attributes of a built-in class cannot be assigned"
HASHED = "the class computes a hash, which may depend on the attribute"
INSIDE = "it tells what an object wraps, and that object keeps calling it"
SUPER = "it tells super() which class is meant"
KEY = "a key keeps its place in the dict only while it stays the same object"
DERIVED = "the class is derived from it: assign __bases__"


class Reference:
    """One way in which something holds an object.

    ``holder`` is what holds it: a module, class, function, instance, container, method or partial;
    None once that is gone. ``kind`` is the way: "global", "class attribute", "static method",
    "class method", "property", "closure", "default", "keyword default", "annotation", "attribute",
    "list", "deque", "dict", "key", "set", "frozenset", "tuple", "bound method", "partial", "partial
    argument", "partial keyword", "base class", "local variable" (of a generator or coroutine that
    waits) or "object". ``path`` is an expression for it where there is one. ``reason`` says why
    `rebind` cannot change it, and is None where it can.
    """

    __slots__ = ("__weakref__", "_holder", "_place", "kind", "path", "reason")

    def __init__(self, kind, holder, path, place, reason=None):
        self.kind = kind
        self.path = path
        self._place = place
        self.reason = reason
        self._holder = weakly(holder)

    @property
    def holder(self):
        """What holds the object; None once it is gone."""
        return self._holder()

    @property
    def rebindable(self):
        """Whether `rebind` can put another object there."""
        return self.reason is None

    def __str__(self):
        return f"{self.path} ({self.kind})" + (f": {self.reason}" if self.reason else "")

    def __repr__(self):
        return f"<Reference {self}>"


class Ways:
    """Turns what refers to an object into references."""

    def __init__(self, search):
        self._search, self._obj = search, search.obj
        self._homes = Homes(search)
        self.found = {}

    def add(self, holder):
        """Find all ways in which a holder holds the object."""
        kind = type(holder)
        if not self._search.is_seen(holder):
            return
        if issubclass(kind, dict):
            self._in_dict(holder)
        elif issubclass(kind, tuple):
            self._in_tuple(holder)
        elif kind is CellType:
            self._in_cell(holder)
        elif issubclass(kind, (list, set, frozenset)) or kind is loaded("_collections", "deque"):
            self._in_collection(holder)
        elif issubclass(kind, DESCRIPTORS):
            self._in_descriptor(holder)
        elif issubclass(kind, (MethodType, BuiltinFunctionType)):
            self._in_method(holder)
        elif kind is loaded("functools", "partial"):
            if holder.func is self._obj:
                self._fixed("partial", holder, f"{self._homes.path(holder)}.func")
        elif kind in GENERATORS:
            self._in_generator(holder)
        elif kind is not FunctionType and not issubclass(kind, type):
            self._in_instance(holder)

    def _note(self, kind, holder, path, place, reason=None):
        self.found.setdefault((kind, id(holder), path), (kind, holder, path, place, reason))

    def _fixed(self, kind, holder, path, reason=None):
        article = "an" if kind[0] in "aeiou" else "a"
        self._note(kind, holder, path, None, reason or f"{article} {kind} cannot be changed")

    def _in_dict(self, space):
        homes, obj = self._homes.of(space), self._obj
        for key, value in list(dict.items(space)):
            if value is obj:
                for part, home in homes:
                    self._in_part(part, home, key)
                if not homes:
                    path = self._homes.path_in(space, key)
                    self._note("dict", space, path, spots.Item(lambda: space, key))
            if key is obj:
                self._fixed("key", space, self._homes.path(space), KEY)

    def _in_part(self, part, home, key):
        """Something in a part of a module, class, function, instance or partial."""
        path = self._homes.path_of_part(part, home, key)
        copied = self._search.copies.get(id(home))
        if copied is not None:
            self._fixed(part, copied, path, PATCHED)
        elif part == "global":
            module = self._search.module_of(home)
            self._note(part, module, path, spots.Item(lambda: home, key))
        elif part == "class attribute":
            reason = BUILT_IN if spots.fixed_class(home) else None
            self._note(part, home, path, spots.ClassAttribute(home, key), reason)
        elif part == "attribute":
            self._in_attribute(home, key, path, spots.OwnAttribute(home, key))
        elif part in _PLACES:
            reason = PATCHED if self._search.is_patched(home) else None
            self._note(part, home, path, _PLACES[part](home, key), reason)
        else:
            self._fixed(part, home, path, DERIVED if part == "base class" else None)

    def _in_attribute(self, owner, name, path, place):
        reason = None
        if type(owner) is FunctionType:
            if name == "__wrapped__" and self._search.is_patched(owner):
                return
        elif name == "__wrapped__":
            reason = INSIDE
        elif type(owner).__hash__ not in (object.__hash__, None):
            reason = HASHED
        self._note("attribute", owner, path, place, reason)

    def _in_tuple(self, values):
        homes, owners = self._homes.of(values), self._homes.owners(values)
        for index, value in enumerate(values):
            if value is self._obj:
                for part, home in homes:
                    if part == "annotation":
                        self._in_annotations(home)
                    else:
                        self._in_part(part, home, index)
                if not homes and any(not issubclass(type(owner), type) for owner in owners):
                    path = self._homes.path_in(values, index)
                    self._fixed("tuple", values, path)

    def _in_annotations(self, function):
        """Annotations that are still as compiled: a tuple of names and values in turn."""
        for name, value in function.__annotations__.items():
            if value is self._obj:
                self._in_part("annotation", function, name)

    def _in_cell(self, cell):
        for closure in self._homes.owners(cell):
            for part, home in self._homes.of(closure) if type(closure) is tuple else ():
                if part == "closure":
                    index = next(i for i, c in enumerate(closure) if c is cell)
                    function = self._search.copies.get(id(home), home)
                    name = home.__code__.co_freevars[index]
                    path = f"{self._homes.path_of_part(part, home, index)}.cell_contents"
                    reason = SUPER if name == "__class__" else None
                    self._note(part, function, path, spots.Cell(cell), reason)
                    return

    def _in_collection(self, collection):
        kind = next(
            base.__name__
            for base in type(collection).__mro__
            if base.__name__ in ("list", "set", "frozenset", "deque")
        )
        if kind == "frozenset":
            self._fixed(kind, collection, self._homes.path(collection))
        elif kind == "set":
            place = spots.Member(collection, self._obj)
            if place.get() is not ABSENT:
                self._note(kind, collection, self._homes.path(collection), place)
        else:
            for index, value in enumerate(list(collection)):
                if value is self._obj:
                    path = self._homes.path_in(collection, index)
                    self._note(kind, collection, path, spots.Element(collection, index))

    def _in_descriptor(self, descriptor):
        entered = False
        for space in self._homes.owners(descriptor):
            for part, cls in self._homes.of(space) if issubclass(type(space), dict) else ():
                if part == "class attribute":
                    for name, entry in list(space.items()):
                        if entry is descriptor:
                            self._in_entry(descriptor, cls, name)
                            entered = True
        if not entered:
            for field in self._fields_of(descriptor):
                path = f"{self._homes.path(descriptor)}.{field}"
                self._fixed(_kind_of(descriptor), descriptor, path)

    def _fields_of(self, descriptor):
        return [field for field in _FIELDS if getattr(descriptor, field, None) is self._obj]

    def _in_entry(self, descriptor, cls, name):
        entry = self._homes.path_of_part("class attribute", cls, name)
        reason = BUILT_IN if spots.fixed_class(cls) else None
        for field in self._fields_of(descriptor):
            place = spots.InDescriptor(cls, name, field)
            self._note(_kind_of(descriptor), cls, f"{entry}.{field}", place, reason)

    def _in_method(self, method):
        if getattr(method, "__func__", None) is self._obj:
            self._fixed("bound method", method, f"{self._homes.path(method)}.__func__")
        elif method.__self__ is self._obj and not issubclass(type(self._obj), (ModuleType, type)):
            self._fixed("bound method", method, f"{self._homes.path(method)}.__self__")

    def _in_generator(self, generator):
        code, running = _state_of(generator)
        if not running and getattr(self._obj, "__code__", None) is not code:
            path = f"<locals of {generator.__qualname__}>"
            reason = "the variables of a call that waits cannot be assigned"
            self._fixed("local variable", generator, path, reason)

    def _in_instance(self, instance):
        before = len(self.found)
        for name, value, place in attributes_of(instance):
            if value is self._obj:
                path = self._homes.path_of_part("attribute", instance, name)
                self._in_attribute(instance, name, path, place)
                before = -1
        kind = type(instance)
        if before == len(self.found) and kind is not self._obj and kind.__name__ not in _TIES:
            reason = f"nothing is known of how {name_of_class(kind)} objects hold others"
            self._fixed("object", instance, self._homes.path(instance), reason)


_PLACES = {
    "default": spots.Default,
    "keyword default": spots.KeywordDefault,
    "annotation": spots.Annotation,
}


def _kind_of(descriptor):
    if isinstance(descriptor, property):
        return "property"
    return "static method" if isinstance(descriptor, staticmethod) else "class method"


def _state_of(generator):
    """The code of a generator or coroutine, and whether it runs right now."""
    prefix = {"generator": "gi", "coroutine": "cr"}.get(type(generator).__name__, "ag")
    return getattr(generator, f"{prefix}_code"), getattr(generator, f"{prefix}_running")
