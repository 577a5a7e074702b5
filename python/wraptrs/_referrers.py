"""Who refers to an object, and who to those, as the garbage collector sees it.

`gc.get_referrers` compares every reference in the heap with each object asked for, one by one, so
it is asked for a few only; for many the heap is read once and compared by identity. It misses
tuples and dicts that the collector does not track, which happens where the object itself is not
tracked: those are found through what refers to them. What it reports too much is left out here:
frames of running calls, the containers of this very search, and all that belongs to this package,
whose layers and records hold what they patch and must never be taken for holders of the program's.
"""

import gc
import sys
from types import (
    AsyncGeneratorType,
    CellType,
    CoroutineType,
    FrameType,
    FunctionType,
    GeneratorType,
    MethodType,
    ModuleType,
    TracebackType,
)

from ._fields import CLOSURE, CODE, HOOK
from ._frozen import set_aside
from ._native import BaseObjectProxy

DEPTH = 4  # how far a name is looked for: what a list in a dict in an instance holds is named
FEW = 24
MANY = 2000
PACKAGE = __package__
_WATCHING = (f"{PACKAGE}._spots", f"{PACKAGE}._ways")

_dict_of_module = ModuleType.__dict__["__dict__"].__get__
_dict_of_type = type.__dict__["__dict__"].__get__
_mro_of_type = type.__dict__["__mro__"].__get__
GENERATORS = (GeneratorType, CoroutineType, AsyncGeneratorType)
_GENERATING = 0x20 | 0x80 | 0x200  # flags of their code
# They belong to calls that run.
_ITERATED = ([], (), {}, {}.values(), {}.items(), set())
_ON_THE_WAY = {FrameType, TracebackType, enumerate, zip, *(type(iter(x)) for x in _ITERATED)}
_LINKS = (tuple, list, set, frozenset, CellType, MethodType, staticmethod, classmethod, property)


def dict_of_module(module):
    """The dict of a module, without waking one that loads when it is asked for an attribute."""
    return _dict_of_module(module)


def _looks_on(owner):
    """Whether something only tells where an object is: a reference that was found before, and its
    place, keep a list or dict in view that the program holds by itself."""
    if type(owner) is FunctionType:
        return owner.__globals__.get("__name__") in _WATCHING
    return _dict_of_type(type(owner)).get("__module__") in _WATCHING


def _inside_package(name):
    return type(name) is str and name.partition(".")[0] == PACKAGE


class Referrers:
    """The search for one object: who holds it, and the owners of those that stand in between."""

    def __init__(self, obj):
        self.obj = obj
        self.owners = {}  # by id of what is held: the list of those that hold it
        self.hidden = set()  # ids of what only this package holds
        self.copies = {}  # by id: functions that run what a patched function ran, and that function
        self.modules = _modules()
        self._record_of = getattr(sys.modules.get(f"{PACKAGE}._layers"), "record_of", None)
        self.link_types = _link_types()
        self._types = {}
        self._aside = None  # what the collector does not list
        # Whatever refers to the object because of the search itself.
        self._mine = {id(self), id(self.__dict__)}
        self._mine.update(map(id, (self.owners, self.copies, self._types)))

    def own(self, container):
        """Leave a container out of all that is found; give it back."""
        self._mine.add(id(container))
        return container

    def holders(self):
        """What holds the object, without what is of no interest."""
        self._find_copies()
        found = self.own(self._referrers((self.obj,)))
        found += _suspended([holder for holder in found if type(holder) is FrameType])
        once = self.own({id(holder): holder for holder in found if self._counts(holder)})
        found[:] = once.values()
        self._find_owners(found)
        return found

    def _find_owners(self, found):
        """Find who holds what was found, and so on, up to what has a name of its own."""
        links = self.own([holder for holder in found if self.is_link(holder)])
        for _ in range(DEPTH):
            if not links:
                return
            wanted = self.own({id(link): link for link in links if id(link) not in self.owners})
            upper = self.own({})
            for owner in self._owners_among(wanted):
                for held in gc.get_referents(owner):
                    if id(held) in wanted and held is not owner:
                        known = self.owners.get(id(held))
                        if known is None:
                            known = self.owners[id(held)] = self.own([])
                        if not known or known[-1] is not owner:
                            known.append(owner)
                if self.is_link(owner):
                    upper[id(owner)] = owner
            if len(upper) > MANY:  # all that is left out are names
                upper = self.own({key: x for key, x in upper.items() if type(x) is tuple})
            links = self.own(list(upper.values()))

    def _owners_among(self, wanted):
        found = self.own(self._referrers(wanted.values()))
        kept = self.own([])
        for owner in found:
            if self._counts(owner):
                kept.append(owner)
            elif not (type(owner) in _ON_THE_WAY or id(owner) in self._mine or _looks_on(owner)):
                self.hidden.update(id(x) for x in gc.get_referents(owner) if id(x) in wanted)
        return kept

    def _referrers(self, objects):
        objects = self.own(tuple(objects))  # the very tuple of the call, which is found as well
        if self._aside is None:
            self._aside = self.own(set_aside())
        everything = self._aside
        unknown = self.own({id(obj) for obj in objects if not gc.is_tracked(obj)})
        more = self.own(_untracked(unknown, everything) if unknown else [])
        if len(objects) <= FEW:
            more += gc.get_referrers(*objects)
        else:
            everything = self.own(gc.get_objects() + everything)
        wanted = {id(obj) for obj in objects}
        found = [x for x in everything if not wanted.isdisjoint(map(id, gc.get_referents(x)))]
        return found + more

    def _counts(self, holder):
        """Whether something that refers to an object is of interest."""
        kind = type(holder)
        if id(holder) in self._mine or kind in _ON_THE_WAY:
            return False
        if kind is FunctionType:
            return not _inside_package(holder.__globals__.get("__name__"))
        if issubclass(kind, ModuleType):
            return not _inside_package(dict_of_module(holder).get("__name__"))
        if issubclass(kind, type):
            return not _inside_package(_dict_of_type(holder).get("__module__"))
        if kind is dict and id(holder) in self.modules:
            return not _inside_package(self.modules[id(holder)])
        return not self._is_ours(kind)

    def _is_ours(self, kind):
        """Whether a class, or one it derives from, is of this package."""
        known = self._types.get(kind)
        if known is None:
            known = any(
                cls is BaseObjectProxy or _inside_package(_dict_of_type(cls).get("__module__"))
                for cls in _mro_of_type(kind)
            )
            self._types[kind] = known
        return known

    def is_link(self, holder):
        """Whether something is named by who holds it: containers, cells, descriptors, partials."""
        kind = type(holder)
        if issubclass(kind, dict):
            return id(holder) not in self.modules and not is_namespace(holder)
        return issubclass(kind, self.link_types)

    def is_seen(self, holder):
        """Whether somebody but this package, or a call that runs, holds something that holds."""
        if not self.is_link(holder):
            return True
        waiting, known, hidden = [holder], {id(holder)}, False
        while waiting:
            link = waiting.pop()
            hidden = hidden or id(link) in self.hidden
            for owner in self.owners.get(id(link), ()):
                if not self.is_link(owner):
                    return True
                if id(owner) not in known:
                    known.add(id(owner))
                    waiting.append(owner)
        return not hidden and not is_spare(holder)

    def module_of(self, space):
        """The module that a dict is of; the dict itself where no module is loaded for it."""
        module = sys.modules.get(self.modules.get(id(space)))
        return space if module is None else module

    def is_patched(self, function):
        """Whether a function is patched in place."""
        if type(function) is not FunctionType or self._record_of is None:
            return False
        return self._record_of(function) is not None

    def is_machinery(self, owner, part):
        """Whether a part of a function is there because it is patched in place."""
        if not self.is_patched(owner):
            return False
        record = self._record_of(owner)
        return any(part is field for field in record.installed or ()) and not any(
            part is field for field in record.base
        )

    def _find_copies(self):
        """Functions patched in place go on as copies, in records that nobody shall see."""
        layers = sys.modules.get(f"{PACKAGE}._layers")
        for record in gc.get_referrers(layers.Record) if layers else ():
            if type(record) is layers.Record:
                waiting, seen = [record._original], self.copies
                if record.installed is not None:
                    waiting += _below(record.installed)
                while waiting:
                    copy = waiting.pop()
                    if id(copy) not in seen and _is_copy(copy, record.function):
                        seen[id(copy)] = record.function
                        waiting += _below(layers.state_of(copy))


def _is_copy(copy, function):
    if type(copy) is not FunctionType or copy is function:
        return False
    return (copy.__module__, copy.__qualname__) == (function.__module__, function.__qualname__)


def _below(state):
    """What a function with a wrapping template calls, or one whose calls go through a hook."""
    code, hook = state[CODE], state[HOOK]
    if hook is not None:
        return gc.get_referents(hook)
    if "O" in code.co_freevars:
        return [state[CLOSURE][code.co_freevars.index("O")].cell_contents]
    return []


def _modules():
    """The dicts of all modules that are loaded, by id: the name of each."""
    names = {}
    for name, module in list(sys.modules.items()):
        if issubclass(type(module), ModuleType):
            space = dict_of_module(module)
            if id(space) not in names or space.get("__name__") == name:
                names[id(space)] = name
    return names


def is_namespace(space):
    """Whether a dict is the globals of code that runs outside of any loaded module."""
    return "__builtins__" in space


def is_spare(holder):
    """Whether what nobody holds is a copy of a module's dict, kept by the interpreter itself."""
    return type(holder) is dict and "__name__" in holder and "__loader__" in holder


def loaded(module, name):
    """A type, or nothing that could match while its module is not loaded."""
    return getattr(sys.modules.get(module), name, ())


def _link_types():
    others = loaded("functools", "partial"), loaded("_collections", "deque")
    return (*_LINKS, *(kind for kind in others if kind != ()))


def _suspended(frames):
    """The generators and coroutines that the frames belong to."""
    frames = [frame for frame in frames if frame.f_code.co_flags & _GENERATING]
    if not frames:
        return []
    return [x for x in gc.get_referrers(*frames) if type(x) in GENERATORS]


def _untracked(wanted, aside):
    """The tuples and dicts that hold objects unknown to the collector, by id, and are so too."""
    seen, found = set(), []
    waiting = gc.get_objects() + aside
    while waiting:
        for held in gc.get_referents(waiting.pop()):
            if type(held) in (tuple, dict) and not gc.is_tracked(held) and id(held) not in seen:
                seen.add(id(held))
                waiting.append(held)
                if not wanted.isdisjoint(map(id, gc.get_referents(held))):
                    found.append(held)
    return found
