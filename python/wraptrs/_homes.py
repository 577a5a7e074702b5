"""What the dicts and tuples that hold something are to others, and how all that holds is called.

Most objects are not held by the thing a programmer would name but by a part of it: the dict of a
module, the tuple of a function's defaults. The home of such a part is that thing. A name is an
expression where there is one: evaluated where the modules are imported it gives the object. What
has no name, an instance that no module holds say, is shown between < and >.
"""

import sys
from types import FunctionType, MethodType, ModuleType

from ._referrers import dict_of_module, is_namespace, loaded
from ._spots import attributes_of, own_dict

_dict_of_type = type.__dict__["__dict__"].__get__
_qualname_of_type = type.__dict__["__qualname__"].__get__
_module_of_type = type.__dict__["__module__"].__get__
_bases_of_type = type.__dict__["__bases__"].__get__

DESCRIPTORS = (staticmethod, classmethod, property)
FIELDS = ("__func__", "fget", "fset", "fdel", "__self__", "func")
_DEEP = 6

# How the parts are written behind the name of what they are a part of.
_PREFIXES = {
    "keyword default": ".__kwdefaults__",
    "annotation": ".__annotations__",
    "default": ".__defaults__",
    "closure": ".__closure__",
    "base class": ".__bases__",
    "partial keyword": ".keywords",
    "partial argument": ".args",
}


def named(key):
    """How an attribute is written behind the name of what has it."""
    plain = type(key) is str and key.isidentifier()
    return f".{key}" if plain else f".__dict__[{key!r}]"


def name_of_class(cls):
    """The name of a class with its module, whatever its metaclass says."""
    module, name = _module_of_type(cls), _qualname_of_type(cls)
    return f"{module}.{name}" if type(module) is str and module != "builtins" else name


class Homes:
    """The homes and names of what a search has found."""

    def __init__(self, search):
        self._search = search
        self._globals = None
        self._paths = {}  # by id, of what the search keeps alive

    def of(self, link):
        """The homes of a dict or tuple: pairs of which part of it that is, and the home."""
        kind = type(link)
        if issubclass(kind, dict):
            if self._is_namespace(link):
                return [("global", link)]
            part_of = _part_of_dict
        elif issubclass(kind, tuple):
            part_of = _part_of_tuple
        else:
            return []
        parts = [(part_of(owner, link), owner) for owner in self.owners(link)]
        return [
            (part, owner)
            for part, owner in parts
            if part and not self._search.is_machinery(owner, link)
        ]

    def owners(self, held):
        return self._search.owners.get(id(held), ())

    def path(self, thing, depth=0):
        """The name of something."""
        kind = type(thing)
        if kind is FunctionType:
            return self._name_of_function(self._search.copies.get(id(thing), thing))
        if issubclass(kind, ModuleType):
            return self._namespace(dict_of_module(thing))
        if issubclass(kind, type):
            return name_of_class(thing)
        if issubclass(kind, dict) and self._is_namespace(thing):
            return self._namespace(thing)
        if id(thing) not in self._paths:
            self._paths[id(thing)] = unnamed = f"<{name_of_class(kind)} at {id(thing):#x}>"
            self._paths[id(thing)] = self._named_by_owner(thing, depth) or unnamed
        return self._paths[id(thing)]

    def _named_by_owner(self, thing, depth):
        """The name of something by who holds it; the first that is an expression, if any is."""
        unnamed = None
        for owner in self.owners(thing) if depth < _DEEP else ():
            found = self._path_through(owner, thing, depth + 1)
            if found is not None and not found.startswith("<"):
                return found
            unnamed = unnamed or found
        return self._global_name(thing) or unnamed

    def path_in(self, container, key, depth=0):
        """The name of what a container holds under a key or index, or a set holds."""
        if issubclass(type(container), (dict, tuple)):
            for part, home in self.of(container):
                return self.path_of_part(part, home, key, depth)
        return f"{self.path(container, depth)}[{key!r}]"

    def path_of_part(self, part, home, key, depth=0):
        """The name of what a part of something holds under a key."""
        path = self.path(home, depth)
        if part in _PREFIXES:
            return f"{path}{_PREFIXES[part]}[{key!r}]"
        if part == "class attribute":
            entry = _dict_of_type(home).get(key)
            if issubclass(type(entry), DESCRIPTORS):
                return f"{path}.__dict__[{key!r}]"
        return path + named(key)

    def _path_through(self, owner, held, depth):
        """The name of something by one of those that hold it; None if that gives none."""
        kind = type(owner)
        if issubclass(kind, dict):
            for key, value in list(dict.items(owner)):
                if value is held:
                    return self.path_in(owner, key, depth)
            return None
        if issubclass(kind, (list, tuple)) or kind is loaded("_collections", "deque"):
            index = next((i for i, value in enumerate(list(owner)) if value is held), None)
            return None if index is None else self.path_in(owner, index, depth)
        if issubclass(kind, (*DESCRIPTORS, MethodType)) or kind is loaded("functools", "partial"):
            for field in FIELDS:
                if getattr(owner, field, None) is held:
                    return f"{self.path(owner, depth)}.{field}"
        if kind is FunctionType or issubclass(kind, type):
            return None
        for name, value, _ in attributes_of(owner):
            if value is held:
                return self.path(owner, depth) + named(name)
        return None

    def _name_of_function(self, function):
        """The name of a function; not the one that `functools.wraps` gave it, if that leads to
        another."""
        own = f"{function.__module__}.{function.__qualname__}"
        if "__wrapped__" not in function.__dict__ or _leads_to(function):
            return own
        code = function.__code__
        made = (
            f"{self._namespace(function.__globals__)}.{getattr(code, 'co_qualname', code.co_name)}"
        )
        return self._global_name(function) or made

    def _is_namespace(self, space):
        return id(space) in self._search.modules or is_namespace(space)

    def _namespace(self, space):
        return self._search.modules.get(id(space)) or str(space.get("__name__", "<globals>"))

    def _global_name(self, thing):
        """The name by which a module holds something."""
        if self._globals is None:
            self._globals = names = {}
            self._search.own(names)
            for module in list(sys.modules.values()):
                if issubclass(type(module), ModuleType):
                    space = dict_of_module(module)
                    for key, value in list(space.items()):
                        names.setdefault(id(value), (space, key))
        space, key = self._globals.get(id(thing), (None, None))
        return None if space is None else self._namespace(space) + named(key)


def _leads_to(function):
    """Whether the function's own name leads to it."""
    found = sys.modules.get(function.__module__)
    for part in function.__qualname__.split("."):
        if issubclass(type(found), ModuleType):
            found = dict_of_module(found).get(part)
        elif issubclass(type(found), type):
            found = _dict_of_type(found).get(part)
        else:
            return False
    return found is function or getattr(found, "__func__", None) is function


def _part_of_dict(owner, space):
    """Which part of its owner a dict is; None for one that is just held."""
    kind = type(owner)
    if kind is FunctionType:
        if owner.__globals__ is space:
            return "global"
        if owner.__kwdefaults__ is space:
            return "keyword default"
        return "attribute" if own_dict(owner) is space else "annotation"
    if issubclass(kind, type):
        return "class attribute" if _own_entries(owner) is space else None
    if kind is loaded("functools", "partial") and owner.keywords is space:
        return "partial keyword"
    if issubclass(kind, (dict, list, tuple)):
        return None
    return "attribute" if own_dict(owner) is space else None


def _own_entries(cls):
    """The very dict of a class, which hands out a read-only view."""
    from gc import get_referents

    return next((x for x in get_referents(_dict_of_type(cls)) if issubclass(type(x), dict)), None)


def _part_of_tuple(owner, values):
    """Which part of its owner a tuple is; None for one that is just held."""
    kind = type(owner)
    if kind is FunctionType:
        if owner.__defaults__ is values:
            return "default"
        if owner.__closure__ is values:
            return "closure"
        return None if getattr(owner, "__type_params__", ()) is values else "annotation"
    if issubclass(kind, type):
        return "base class" if _bases_of_type(owner) is values else None
    if kind is loaded("functools", "partial") and owner.args is values:
        return "partial argument"
    return None
